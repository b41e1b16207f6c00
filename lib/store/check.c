#include "store/check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/dir.h"
#include "store/format.h"
#include "store/frame.h"
#include "store/pages.h"
#include "store/parts.h"
#include "store/text.h"

#define HOLD_TRIES 1000
#define PROGRESS_PAGES 1024u

static const char record_lacks[] = "the record is damaged: its end is not there";
static const char text_lacks[] = "the text is damaged: its end is not there";

/* A value of which parts are damaged: told once, when no more of them come. */
struct torn {
	const char *what; /* is wrong with the first */
	uint64_t page, seq;
	unsigned parts;   /* 0: there is nothing to tell */
};

/* What is known of a file under check. */
struct check {
	const struct check_sink *sink;
	struct check_result *ret;
	struct pages pages;
	struct pages_table articles;
	uint64_t profile, seq, shown;
	int format;      /* what format_judge says; 1: it was not found */
	bool n_articles; /* their table was found, */
	bool n_count;    /* and what tells how many there are */
	uint64_t count;
	struct buf value;   /* as it stands in the file, 8-byte aligned */
	struct parts records, texts;
	struct torn torn;
};

static void tell_page(void *arg, uint64_t page, const char *what)
{
	const struct check *c = arg;
	const struct check_fault f = { .page = page, .seq = CHECK_NOWHERE, .what = what };

	if (c->sink->tell)
		c->sink->tell(c->sink->arg, &f);
}

static void tell_record(struct check *c, uint64_t page, uint64_t seq, const struct store_item *item, const char *what)
{
	const struct check_fault f = { .page = page, .seq = seq, .item = item, .what = what };

	c->pages.faults++;
	if (c->sink->tell)
		c->sink->tell(c->sink->arg, &f);
}

static void show(struct check *c)
{
	if (!c->sink->progress || c->pages.n_seen - c->shown < PROGRESS_PAGES)
		return;
	c->shown = c->pages.n_seen;
	c->sink->progress(c->sink->arg, c->pages.n_seen, c->pages.n);
}

/* A value in memory of its own, 8-byte aligned. */
static int fetch(struct check *c, const struct pages_value *v)
{
	int err;

	buf_clear(&c->value);
	err = buf_reserve(&c->value, v->bytes + 1);
	return err ? err : pages_read(&c->pages, v->offset, c->value.at, v->bytes);
}

/* --- the tables --- */

static bool is_named(const struct pages_value *v, const char *name)
{
	return v->n_key == strlen(name) && !memcmp(v->key, name, v->n_key);
}

static int see_format(void *arg, const struct pages_value *v)
{
	struct check *c = arg;

	if (is_named(v, STORE_FORMAT) && v->at)
		c->format = format_judge(v->at, v->bytes, c->profile);
	return 0;
}

static int see_nothing(void *arg, const struct pages_value *v)
{
	(void)v;
	show(arg);
	return 0;
}

static void tear(struct check *c, uint64_t page, uint64_t seq, const char *what)
{
	if (!c->torn.parts++) {
		c->torn.what = what;
		c->torn.page = page;
		c->torn.seq = seq;
	}
}

static void tell_torn(struct check *c)
{
	struct torn *t = &c->torn;
	char what[96];

	if (!t->parts)
		return;
	snprintf(what, sizeof(what), t->parts > 1 ? "%s: %u parts of it" : "%s", t->what, t->parts);
	tell_record(c, t->page, t->seq, NULL, what);
	t->parts = 0;
}

/* Nothing more comes of a value; `lacking` is what there is to tell of one that lacks its end. */
static void finish(struct check *c, struct parts *p, uint64_t page, const char *lacking)
{
	tell_torn(c);
	if (parts_end(p))
		tell_record(c, page, p->seq, NULL, lacking);
}

/* Takes a part. Returns as parts_take. */
static int take(struct check *c, struct parts *p, const struct pages_value *v, const char *lacking)
{
	uint64_t key;
	int err = fetch(c, v);

	show(c);
	memcpy(&key, v->key, sizeof(key));
	if (c->torn.parts ? store_key_seq(key) != c->torn.seq : parts_lacks(p, key))
		finish(c, p, v->page, lacking);
	return err ? err : parts_take(p, key, c->value.at, v->bytes);
}

static int see_text(void *arg, const struct pages_value *v)
{
	struct check *c = arg;
	int state = take(c, &c->texts, v, text_lacks);
	uint64_t key;

	if (state == -ENOMEM)
		return state;
	memcpy(&key, v->key, sizeof(key));
	if (state < 0 || (state && text_verify(c->texts.value.at, c->texts.value.len)))
		tear(c, v->page, store_key_seq(key), "the text is damaged");
	return 0;
}

static int see_dictionary(void *arg, const struct pages_value *v)
{
	struct check *c = arg;
	struct store_item item;
	uint64_t number;
	int err = fetch(c, v);

	if (err == -ENOMEM)
		return err;
	memcpy(&number, v->key, sizeof(number));
	if (err || frame_read(c->value.at, v->bytes, number, &item) || frame_verify(c->value.at, number))
		pages_fault(&c->pages, v->page, "the dictionary %" PRIu64 " of texts is damaged", number);
	return 0;
}

/* Those whose keys are numbers, beside that of records. */
static int check_beside(struct check *c, struct pages_table *t, pages_visit *visit)
{
	int err;

	t->flags = PAGES_INTEGER_KEYS;
	err = pages_walk(&c->pages, t, visit, c);
	if (!err)
		finish(c, &c->texts, t->root, text_lacks);
	return err;
}

static void see_count(struct check *c, const struct pages_value *v)
{
	c->n_count = v->at && v->bytes == sizeof(c->count);
	if (c->n_count)
		memcpy(&c->count, v->at, sizeof(c->count));
}

static int see_table(void *arg, const struct pages_value *v)
{
	struct check *c = arg;
	struct pages_table t;
	pages_visit *visit = is_named(v, STORE_META) ? see_format : see_nothing;

	if (is_named(v, STORE_COUNT)) {
		see_count(c, v);
		return 0;
	}
	if (!pages_table_of(v, &t)) {
		pages_fault(&c->pages, v->page, "the table '%.*s' has no record", (int)v->n_key, (const char *)v->key);
		return 0;
	}
	if (is_named(v, STORE_TEXTS) || is_named(v, STORE_DICTIONARIES))
		return check_beside(c, &t, is_named(v, STORE_TEXTS) ? see_text : see_dictionary);
	if (!is_named(v, STORE_ARTICLES))
		return pages_walk(&c->pages, &t, visit, c);
	if (t.flags != PAGES_INTEGER_KEYS)
		pages_fault(&c->pages, v->page, "the table of records does not go by number");
	t.flags = PAGES_INTEGER_KEYS;
	c->articles = t;
	c->n_articles = true;
	return 0;
}

static int check_tables(struct check *c)
{
	int err = pages_walk(&c->pages, &c->pages.main, see_table, c);

	if (err)
		return err;
	if (c->format == 1 || c->format == -EBADMSG)
		pages_fault(&c->pages, CHECK_NOWHERE, "it does not say that it is a store of newsdup, or no more");
	if (!c->n_articles)
		pages_fault(&c->pages, CHECK_NOWHERE, "it has no table of records");
	return c->format == -EPROTO ? -EPROTO : 0;
}

/* --- records --- */

static const char *look_into(struct check *c, uint64_t seq, struct store_item *item)
{
	int err = frame_read(c->records.value.at, c->records.value.len, seq, item);

	if (err)
		return err == -EPROTO ? "the record is of another version" : "the record's head is damaged";
	if (frame_verify(c->records.value.at, seq))
		return "the record is damaged: its checksum is another";
	if (c->ret->other_profile || !c->sink->record)
		return NULL;
	return c->sink->record(c->sink->arg, item);
}

static void tell_gap(struct check *c, uint64_t page, uint64_t seq)
{
	char what[96];

	snprintf(what, sizeof(what), "records %" PRIu64 " to %" PRIu64 " are not there", c->seq, seq - 1);
	tell_record(c, page, c->seq, NULL, what);
}

static int see_record(void *arg, const struct pages_value *v)
{
	struct check *c = arg;
	struct store_item item = { .at = NULL };
	int state = take(c, &c->records, v, record_lacks);
	const char *what = NULL;
	uint64_t key, seq;

	if (state == -ENOMEM)
		return state;
	memcpy(&key, v->key, sizeof(key));
	seq = store_key_seq(key);
	if (store_key_mark(key) == STORE_ARTICLE_MARK && seq > c->seq)
		tell_gap(c, v->page, seq);
	if (store_key_mark(key) == STORE_ARTICLE_MARK && seq >= c->seq)
		c->seq = seq + 1;
	if (state < 0)
		tear(c, v->page, seq, state == -EPROTO ? "the record is of another version" : "the record is damaged");
	else if (state)
		what = look_into(c, seq, &item);
	if (what)
		tell_record(c, v->page, seq, item.at ? &item : NULL, what);
	c->ret->records += state == 1 && !what;
	return 0;
}

static int check_records(struct check *c)
{
	int err = pages_walk(&c->pages, &c->articles, see_record, c);

	if (!err)
		finish(c, &c->records, c->articles.root, record_lacks);
	if (!err && c->n_count && c->count > c->seq)
		tell_gap(c, c->articles.root, c->count);
	if (!err && (!c->n_count || c->count < c->seq))
		pages_fault(&c->pages, CHECK_NOWHERE, "how many records there are is not told rightly");
	return err;
}

/* Pages that lead nowhere: something was lost with what led to them. */
static void account(struct check *c)
{
	uint64_t lost = 0, first = 0;

	if (c->pages.faults)
		return; /* it follows from those */
	for (uint64_t i = 0; i < c->pages.n; i++) {
		if (pages_was_seen(&c->pages, i))
			continue;
		first = lost++ ? first : i;
	}
	if (lost)
		pages_fault(&c->pages, first, "%" PRIu64 " pages from here on are neither used nor free", lost);
}

static int check_all(struct check *c)
{
	int err = check_tables(c);

	c->ret->other_profile = c->format == -ESTALE;
	if (!err)
		err = pages_walk_free(&c->pages, &c->ret->free_pages);
	if (!err && c->n_articles)
		err = check_records(c);
	if (!err)
		account(c);
	return err;
}

static int check_pages(struct pages *p, uint64_t profile, const struct check_sink *sink, struct check_result *ret)
{
	struct check c = { .sink = sink, .ret = ret, .pages = *p, .profile = profile, .format = 1 };
	int err;

	c.pages.tell = tell_page;
	c.pages.arg = &c;
	parts_init(&c.records, STORE_ARTICLE_MARK, frame_whole, FRAME_PAYLOAD_MAX + sizeof(struct frame));
	parts_init(&c.texts, STORE_TEXT_MARK, text_size, PACKED_MAX);
	buf_init(&c.value, FRAME_PAYLOAD_MAX + (size_t)128);
	err = check_all(&c);
	ret->pages = c.pages.n;
	ret->page_bytes = c.pages.size;
	ret->faults = c.pages.faults;
	buf_done(&c.value);
	parts_done(&c.records);
	parts_done(&c.texts);
	return err;
}

/* No head can be used: that is told, and is all. */
static int check_file(int fd, uint64_t profile, const struct check_sink *sink, struct check_result *ret)
{
	struct check to_tell = { .sink = sink };
	struct pages p;
	int err = pages_init(&p, fd, tell_page, &to_tell);

	ret->faults = p.faults;
	if (!err)
		err = check_pages(&p, profile, sink, ret);
	pages_done(&p);
	return err == -EBADMSG ? 0 : err;
}

/* --- a store that is in use --- */

/* Opened while its newest commit is that of p: no page of that one is used again so long. Returns 1 when another one
 * came in between. */
static int hold(const char *dir, int fd, uint64_t profile, const struct pages *p, struct store **ret)
{
	struct store_options o = { .profile = profile, .read_only = true };
	struct store *s;
	int err = store_open(dir, &o, &s);

	if (err)
		return err == -EBADMSG || err == -ESTALE ? -EBUSY : err;
	if (pages_newest(fd) == p->txn) {
		*ret = s;
		return 0;
	}
	store_close(s);
	return 1;
}

static int check_in_use(const char *dir, int fd, uint64_t profile, const struct check_sink *sink,
			struct check_result *ret)
{
	struct store *held = NULL;
	int err = 1;

	for (int i = 0; i < HOLD_TRIES && err == 1; i++) {
		struct pages p;

		err = pages_init(&p, fd, NULL, NULL);
		err = err || p.faults ? 1 : hold(dir, fd, profile, &p, &held); /* a head may be half written */
		if (!err)
			err = check_pages(&p, profile, sink, ret);
		pages_done(&p);
	}
	store_close(held);
	return err == 1 ? -EBUSY : err;
}

int store_check(const char *dir, uint64_t profile, const struct check_sink *sink, struct check_result *ret)
{
	struct check_result found = { .records = 0 };
	int at = -1, lock = -1, fd = -1, err = dir_open(dir, false, &at);

	if (err)
		return err;
	err = dir_open_file(at, STORE_FILE, O_RDONLY, &fd);
	if (!err)
		err = dir_lock_to_look(at, STORE_LOCK, &lock);
	found.in_use = err == -EBUSY;
	if (found.in_use)
		err = check_in_use(dir, fd, profile, sink, &found);
	else if (!err)
		err = check_file(fd, profile, sink, &found);
	if (!err)
		*ret = found;
	if (lock >= 0)
		close(lock);
	if (fd >= 0)
		close(fd);
	close(at);
	return err;
}
