#include "daemon/ask.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "daemon/clock.h"
#include "daemon/events.h"
#include "daemon/ops.h"
#include "wire/request.h"

#define KEEP_BYTES ((size_t)1 << 20) /* of memory for the next ones */

struct asker {
	struct wire_reader *reader;
	struct nd_fingerprinter *fingerprinter;
	struct nd_packer *packer;  /* NULL: texts are not kept */
	char arrival[CLOCK_TEXT]; /* the time of an article that has none */
};

void asks_init(struct asks *a)
{
	*a = (struct asks){ 0 };
	buf_init(&a->data, SIZE_MAX / 2);
}

void asks_done(struct asks *a)
{
	buf_done(&a->data);
	free(a->at);
	a->at = NULL;
	a->n = a->cap = 0;
}

void asks_clear(struct asks *a)
{
	if (a->data.cap > KEEP_BYTES)
		buf_done(&a->data);
	buf_clear(&a->data);
	a->n = 0;
}

int asker_new(const struct ask_limits *limits, struct asker **ret)
{
	struct wire_limits wire = wire_limits_default;
	struct asker *k = calloc(1, sizeof(*k));
	int err;

	if (!k)
		return -ENOMEM;
	wire.line = (size_t)INT32_MAX; /* lines have been measured before */
	wire.text = limits->text;
	wire.depth = limits->depth;
	err = wire_reader_new(&wire, &k->reader);
	if (!err)
		err = nd_fingerprinter_new(&k->fingerprinter);
	if (!err && limits->keep)
		err = nd_packer_new(limits->keep, &k->packer);
	if (err)
		asker_free(k);
	else
		*ret = k;
	return err;
}

void asker_free(struct asker *k)
{
	if (!k)
		return;
	wire_reader_free(k->reader);
	nd_fingerprinter_free(k->fingerprinter);
	nd_packer_free(k->packer);
	free(k);
}

void asker_use(struct asker *k, struct nd_rules *rules)
{
	nd_fingerprinter_use(k->fingerprinter, rules);
}

/* --- appending --- */

static int more(struct asks *a)
{
	size_t cap = a->cap ? 2 * a->cap : 16;
	struct ask *at;

	if (a->n < a->cap)
		return 0;
	at = realloc(a->at, cap * sizeof(*at));
	if (!at)
		return -ENOMEM;
	a->at = at;
	a->cap = cap;
	return 0;
}

static int keep(struct asks *a, const void *at, size_t len, struct extent *ret)
{
	size_t start = a->data.len;
	int err = buf_add(&a->data, at, len);

	if (!err)
		*ret = (struct extent){ start, len };
	return err;
}

static int keep_str(struct asks *a, struct nd_str s, struct extent *ret)
{
	return s.at && s.len ? keep(a, s.at, s.len, ret) : 0;
}

static int keep_aligned(struct asks *a, const void *at, size_t len, struct extent *ret)
{
	static const char padding[8];
	int err = buf_add(&a->data, padding, -a->data.len & 7);

	return err ? err : keep(a, at, len, ret);
}

static int refuse(struct asks *to, struct ask *ask, const char *code, const char *reason)
{
	ask->code = code;
	return keep(to, reason, strlen(reason), &ask->reason);
}

/* --- one request --- */

static int refuse_article(struct asks *to, struct ask *ask, int err, bool decoding)
{
	switch (err) {
	case -EILSEQ:
		return decoding ? refuse(to, ask, "bad_charset", "the text is no text in its charset")
				: refuse(to, ask, "bad_utf8", "a field is no UTF-8");
	case -ENOTSUP:
		return refuse(to, ask, "bad_charset", "the charset is unknown");
	case -E2BIG:
		return refuse(to, ask, "too_large", "the article is over a limit");
	case -ENOMEM:
		return err;
	default:
		return refuse(to, ask, "internal", "the article cannot be fingerprinted");
	}
}

/* The daemon knows when an article came; that stands for a time that cannot be read. */
static void set_published(struct asker *k, struct nd_article *a, int64_t now)
{
	if (a->published.at && when_parse(a->published.at, a->published.len).kind != WHEN_UNKNOWN)
		return;
	clock_print(now, k->arrival);
	a->published = (struct nd_str){ k->arrival, strlen(k->arrival) };
}

/* What is put; a check keeps nothing. */
static int keep_text(struct asker *k, const struct nd_article *a, struct asks *to, struct ask *ask)
{
	struct nd_packed packed;
	int err;

	if (!k->packer || ask->op->role < ROLE_WRITE)
		return 0;
	err = nd_pack(k->packer, a, &packed);
	return err ? refuse_article(to, ask, err, false) : keep_aligned(to, packed.at, packed.bytes, &ask->text);
}

static int read_article(struct asker *k, struct wire_article *in, int64_t now, struct asks *to, struct ask *ask)
{
	struct nd_fingerprint fp;
	int err;

	if (in->raw.at) {
		err = nd_decode(k->fingerprinter, in->raw, in->charset, &in->article.text);
		if (err)
			return refuse_article(to, ask, err, true);
	}
	set_published(k, &in->article, now);
	err = nd_fingerprint(k->fingerprinter, &in->article, &fp);
	if (err)
		return refuse_article(to, ask, err, false);
	err = keep_aligned(to, fp.at, fp.bytes, &ask->record);
	return err ? err : keep_text(k, &in->article, to, ask);
}

static int read_events(const struct wire_request *in, struct asks *to, struct ask *ask)
{
	ask->events = in->has_events ? 0 : EVENTS_ALL;
	for (size_t i = 0; i < in->n_events; i++) {
		uint32_t bit = events_bit(in->events[i]);

		if (!bit)
			return refuse(to, ask, "bad_request", "field \"events\" has an unknown event");
		ask->events |= bit;
	}
	return 0;
}

static int read_page(const struct wire_request *in, struct asks *to, struct ask *ask)
{
	int err;

	if (in->key.at && !in->key.len)
		return refuse(to, ask, "bad_request", "field \"key\" is empty");
	ask->limit = in->limit;
	err = keep_str(to, in->key, &ask->key);
	if (!err)
		err = keep_str(to, in->after, &ask->after);
	return err ? err : keep_str(to, in->outlet, &ask->outlet);
}

/* A bound: a bare date is its first second. False: it is no time. */
static bool read_bound(struct nd_str text, struct when *ret)
{
	*ret = (struct when){ .kind = WHEN_UNKNOWN };
	if (!text.at)
		return true;
	*ret = when_parse(text.at, text.len);
	if (ret->kind == WHEN_UNKNOWN)
		return false;
	ret->kind = WHEN_INSTANT;
	return true;
}

/* What would have been meant to say it more closely, if it were known; NULL: nothing. */
static const char *stray(const struct wire_request *in)
{
	if (in->has_article)
		return "article";
	if (in->a.at || in->b.at)
		return in->a.at ? "a" : "b";
	return in->has_unknown ? in->unknown : in->page;
}

static int refuse_stray(const char *field, struct asks *to, struct ask *ask)
{
	char reason[128];

	snprintf(reason, sizeof(reason), "field \"%s\" is none of delete", field);
	return refuse(to, ask, "bad_request", reason);
}

static int read_selection(const struct wire_request *in, struct asks *to, struct ask *ask)
{
	struct selection s = { .received_from = INT64_MIN, .received_before = INT64_MAX };
	struct when from, before;
	int err;

	if (stray(in))
		return refuse_stray(stray(in), to, ask);
	if (!in->key.at && !in->outlet.at && !in->published_from.at && !in->published_before.at &&
	    !in->received_from.at && !in->received_before.at)
		return refuse(to, ask, "bad_request", "nothing says which articles are meant");
	if (in->key.at && !in->key.len)
		return refuse(to, ask, "bad_request", "field \"key\" is empty");
	if (!read_bound(in->published_from, &s.published_from) || !read_bound(in->published_before, &s.published_before) ||
	    !read_bound(in->received_from, &from) || !read_bound(in->received_before, &before))
		return refuse(to, ask, "bad_request", "a bound is no time and no date");
	if (from.kind != WHEN_UNKNOWN)
		s.received_from = 1000 * from.second;
	if (before.kind != WHEN_UNKNOWN)
		s.received_before = 1000 * before.second;
	err = keep_str(to, in->key, &ask->key);
	if (!err)
		err = keep_str(to, in->outlet, &ask->outlet);
	return err ? err : keep(to, &s, sizeof(s), &ask->selection);
}

/* What is missing for the op; NULL: nothing. */
static const char *missing(const struct op *op, const struct wire_request *in)
{
	if (op->needs == OP_ARTICLE && !in->has_article)
		return "field \"article\" is missing";
	if (op->needs == OP_KEY && !in->key.at)
		return "field \"key\" is missing";
	if (op->needs == OP_PAIR && (!in->a.at || !in->b.at))
		return "fields \"a\" and \"b\" are needed";
	return NULL;
}

static int read_rest(struct asker *k, struct wire_request *in, int64_t now, struct asks *to, struct ask *ask)
{
	const char *what;
	int err = 0;

	ask->op = ops_find(in->op);
	if (!ask->op)
		return refuse(to, ask, "unknown_op", "there is no such operation");
	what = missing(ask->op, in);
	if (what)
		return refuse(to, ask, "bad_request", what);
	switch (ask->op->needs) {
	case OP_ARTICLE:
		return read_article(k, &in->article, now, to, ask);
	case OP_KEY:
		return keep_str(to, in->key, &ask->key);
	case OP_PAIR:
		err = keep_str(to, in->a, &ask->key);
		return err ? err : keep_str(to, in->b, &ask->other);
	case OP_EVENTS:
		return read_events(in, to, ask);
	case OP_PAGE:
		return read_page(in, to, ask);
	case OP_SELECTION:
		return read_selection(in, to, ask);
	default:
		return 0;
	}
}

/* Takes back what a failure has left half-done. */
static int commit(struct asks *to, const struct ask *ask, size_t before, int err)
{
	if (!err)
		err = more(to);
	if (err)
		to->data.len = before;
	else
		to->at[to->n++] = *ask;
	return err;
}

int asker_read(struct asker *k, const char *line, size_t len, int64_t now, struct asks *to)
{
	size_t before = to->data.len;
	struct ask ask = { 0 };
	struct wire_request in;
	struct wire_error wrong;
	int err = wire_read_request(k->reader, line, len, &in, &wrong);
	int kept = err == 0 || err == -EBADMSG ? keep_str(to, in.id, &ask.id) : err;

	if (!kept)
		kept = err ? refuse(to, &ask, wrong.code, wrong.reason) : read_rest(k, &in, now, to, &ask);
	return commit(to, &ask, before, kept);
}

int asker_refuse(struct asker *k, const char *line, size_t len, const char *code, const char *reason, struct asks *to)
{
	size_t before = to->data.len;
	struct ask ask = { 0 };
	int err = line ? keep_str(to, wire_read_id(k->reader, line, len), &ask.id) : 0;

	if (!err)
		err = refuse(to, &ask, code, reason);
	return commit(to, &ask, before, err);
}
