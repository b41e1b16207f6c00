#include "daemon/ops.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "daemon/call.h"
#include "daemon/change.h"
#include "daemon/clock.h"
#include "daemon/explained.h"
#include "daemon/fields.h"
#include "daemon/tell_furniture.h"
#include "daemon/tell_leads.h"
#include "daemon/tell_outlets.h"
#include "daemon/tell_story.h"

#define HISTORY_MAX 100u /* earlier versions that get tells; of more, the newest */

void call_begin(struct call *c)
{
	reply_begin(&c->out, call_str(c, c->ask->id));
}

static uint64_t retry_of(const struct call *c, const char *code)
{
	const struct settings *s = c->service->settings;

	if (!strcmp(code, "busy"))
		return s->retry;
	if (strcmp(code, "rate_limited"))
		return 0;
	return s->rate && s->rate < 1000 ? 1000 / s->rate : 1;
}

void call_fail(struct call *c, const char *code, const char *format, ...)
{
	struct outbox *b = &c->session->out;
	char text[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	b->buf.len = b->from + (size_t)(c->start - b->passed);
	out_init(&c->out, &b->buf);
	reply_error(&c->out, call_str(c, c->ask->id), code, (struct nd_str){ text, strlen(text) }, retry_of(c, code));
	metrics_reject(&c->service->metrics, code);
}

void call_fail_by(struct call *c, int err)
{
	switch (err) {
	case -EIO:
	case -EBADMSG:
		call_fail(c, "store_error", "the store cannot be read: %s", strerror(-err));
		nd_index_refresh(c->service->index); /* the next one tries anew, even when nothing is committed */
		break;
	case -EOVERFLOW:
	case -ENOSPC:
		call_fail(c, "store_full", "there is no room for more: %s", strerror(-err));
		break;
	case -EPROTO:
		call_fail(c, "profile_mismatch", "a record is of another version");
		break;
	case -EBUSY:
		call_fail(c, "busy", "the index is not loaded");
		break;
	default:
		call_fail(c, "internal", "%s", strerror(-err));
	}
}

static void put_word(struct out *o, const char *key, const char *word)
{
	out_key(o, key);
	out_word(o, word);
}

static void put_count(struct out *o, const char *key, uint64_t count)
{
	out_key(o, key);
	out_u64(o, count);
}

/* --- hello, health, stats --- */

static void put_limits(struct out *o, const struct settings *s)
{
	out_key(o, "limits");
	out_begin_object(o);
	put_count(o, "line", s->line_max);
	put_count(o, "text", s->text_max);
	put_count(o, "paragraphs", ND_PARAGRAPHS_MAX);
	put_count(o, "depth", s->depth_max);
	put_count(o, "id", ND_ID_MAX);
	put_count(o, "connections", s->connections_max);
	put_count(o, "queue", s->queue_max);
	out_end_object(o);
}

static void run_hello(struct call *c)
{
	call_begin(c);
	put_word(&c->out, "name", "newsdupd");
	put_word(&c->out, "version", ND_VERSION);
	put_count(&c->out, "protocol", 1);
	out_key(&c->out, "profile");
	out_hex64(&c->out, nd_profile());
	out_key(&c->out, "rules");
	out_hex64(&c->out, c->service->rules);
	put_word(&c->out, "role", role_name(c->session->role));
	out_key(&c->out, "ready");
	out_bool(&c->out, c->service->ready);
	put_limits(&c->out, c->service->settings);
	reply_end(&c->out);
}

static void run_health(struct call *c)
{
	const struct service *sv = c->service;
	const char *fault = service_fault(sv);

	call_begin(c);
	put_word(&c->out, "status", fault ? "failing" : sv->ready ? "ok" : "starting");
	out_key(&c->out, "ready");
	out_bool(&c->out, sv->ready && !sv->stopping);
	out_key(&c->out, "progress");
	out_begin_object(&c->out);
	put_count(&c->out, "done", nd_index_count(sv->index));
	put_count(&c->out, "total", sv->ready ? nd_index_count(sv->index) : sv->stored);
	out_end_object(&c->out);
	put_word(&c->out, "store", fault ? fault : "ok");
	reply_end(&c->out);
}

static void put_requests(struct out *o, const struct metrics *m)
{
	out_key(o, "requests");
	out_begin_object(o);
	for (unsigned i = 0; i < OPS; i++)
		put_count(o, ops_row(i)->name, m->requests[i]);
	put_count(o, "other", m->requests[OPS]);
	out_end_object(o);
	out_key(o, "verdicts");
	out_begin_object(o);
	for (unsigned i = 0; i < ND_RELATIONS; i++)
		put_count(o, nd_relation_name(i), m->verdicts[0][i] + m->verdicts[1][i]);
	out_end_object(o);
	out_key(o, "rejects");
	out_begin_object(o);
	for (unsigned i = 0; metrics_code(i); i++)
		if (m->rejects[i])
			put_count(o, metrics_code(i), m->rejects[i]);
	out_end_object(o);
}

static void put_index(struct out *o, const struct service *sv, const struct nd_index_stats *ix)
{
	struct nd_store_stats store;

	nd_store_stats(sv->store, &store);
	put_count(o, "articles", ix->articles);
	put_count(o, "versions", ix->versions);
	put_count(o, "stories", ix->stories);
	put_count(o, "keys", ix->keys);
	put_count(o, "stop_keys", ix->stop_keys);
	put_count(o, "index_bytes", ix->index_bytes);
	put_count(o, "store_bytes", store.bytes_file);
}

/* Of a store that is only read nobody looks now and then. */
static void put_free(struct out *o, const struct service *sv)
{
	struct nd_store_look look = sv->readers.look;

	if (!sv->read_only || !nd_store_look(sv->store, &look))
		put_count(o, "store_free_bytes", look.free_bytes);
}

/* What a daemon has, and not its store. */
static void put_daemon(struct out *o, const struct service *sv, const struct nd_index_stats *ix)
{
	struct commit_stats commits = commit_stats(sv->commit);

	put_count(o, "store_oldest_reader_s", sv->readers.age);
	put_count(o, "candidates", ix->candidates);
	put_count(o, "verified", ix->verified);
	put_count(o, "uptime_s", (clock_ns() - sv->started) / 1000000000u);
	put_count(o, "connections", sv->connections);
	put_count(o, "subscribers", sv->events.n_subscribers);
	put_requests(o, &sv->metrics);
	put_count(o, "queue", sv->waiting);
	put_count(o, "commits", commits.commits);
	out_key(o, "commit_seconds");
	buf_addf(o->b, "%llu.%06llu", (unsigned long long)(commits.ns / 1000000000u),
		 (unsigned long long)(commits.ns / 1000 % 1000000u));
}

static void run_stats(struct call *c)
{
	const struct service *sv = c->service;
	struct nd_index_stats ix;
	struct out *o = &c->out;

	nd_index_stats(sv->index, &ix);
	call_begin(c);
	put_index(o, sv, &ix);
	put_free(o, sv);
	if (!sv->read_only)
		put_daemon(o, sv, &ix);
	reply_end(o);
}

/* --- articles --- */

void call_article(struct call *c, const struct nd_report *r)
{
	call_begin(c);
	out_key(&c->out, "key");
	fields_id(&c->out, &r->article);
	fields_article(&c->out, c->service->index, r);
}

static void run_check(struct call *c)
{
	struct nd_fingerprint fp = call_record(c);
	struct nd_report r;
	int err = nd_index_check(c->service->index, &fp, &r);

	if (err) {
		call_fail_by(c, err);
		return;
	}
	c->service->metrics.verdicts[0][r.verdict]++;
	call_article(c, &r);
	reply_end(&c->out);
}

nd_seq call_find(struct call *c, struct extent key)
{
	struct nd_str id = call_str(c, key);
	nd_seq ret = id.at ? nd_index_find(c->service->index, id) : ND_NONE;

	if (ret == ND_NONE)
		call_fail(c, "not_found", "no article has this id");
	return ret;
}

static void put_received(struct out *o, int64_t ms)
{
	char text[CLOCK_TEXT];

	clock_print(ms, text);
	out_key(o, "received");
	if (ms)
		out_word(o, text);
	else
		out_null(o);
}

static void put_version(struct call *c, nd_seq seq)
{
	struct nd_report r;

	if (nd_index_get(c->service->index, seq, &r))
		return;
	out_begin_object(&c->out);
	put_received(&c->out, nd_index_received(c->service->index, seq));
	put_word(&c->out, "verdict", nd_relation_name(r.verdict));
	out_end_object(&c->out);
}

static void put_history(struct call *c, nd_seq seq)
{
	nd_seq versions[HISTORY_MAX];
	size_t n = 0;

	while (n < HISTORY_MAX && (seq = nd_index_earlier(c->service->index, seq)) != ND_NONE)
		versions[n++] = seq;
	out_key(&c->out, "history");
	out_begin_array(&c->out);
	while (n)
		put_version(c, versions[--n]);
	out_end_array(&c->out);
}

static void run_get(struct call *c)
{
	nd_seq seq = call_find(c, c->ask->key);
	struct nd_report r;
	int err;

	if (seq == ND_NONE)
		return;
	err = nd_index_get(c->service->index, seq, &r);
	if (err) {
		call_fail_by(c, err);
		return;
	}
	call_article(c, &r);
	put_count(&c->out, "revision", r.revision);
	put_received(&c->out, nd_index_received(c->service->index, seq));
	put_history(c, seq);
	reply_end(&c->out);
}

static void run_story(struct call *c)
{
	nd_seq seq = call_find(c, c->ask->key);
	struct nd_report leader;
	struct telling *t;
	int err;

	if (seq == ND_NONE)
		return;
	err = nd_index_get(c->service->index, nd_index_story(c->service->index, seq), &leader);
	if (err) {
		call_fail_by(c, err);
		return;
	}
	t = tell_story_new(leader.seq);
	if (!t) {
		call_fail_by(c, -ENOMEM);
		return;
	}
	call_begin(c);
	out_key(&c->out, "story");
	fields_id(&c->out, &leader.article);
	fields_story_begin(&c->out, c->service->index, &leader);
	session_tell(c->session, t);
}

static void run_leads(struct call *c)
{
	nd_seq seq = c->ask->key.len ? call_find(c, c->ask->key) : ND_NONE;
	struct telling *t;
	int err;

	if (c->ask->key.len && seq == ND_NONE)
		return;
	err = tell_leads_new(c, seq, &t);
	if (err == -EINVAL)
		call_fail(c, "bad_request", "field \"after\" is none that a page has ended with");
	else if (err)
		call_fail_by(c, err);
	else
		session_tell(c->session, t);
}

static void run_outlets(struct call *c)
{
	struct telling *t;
	int err = tell_outlets_new(c, &t);

	if (err)
		call_fail_by(c, err);
	else
		session_tell(c->session, t);
}

static void run_furniture(struct call *c)
{
	struct telling *t;
	int err = tell_furniture_new(c, &t);

	if (err == -EINVAL)
		call_fail(c, "bad_request", "field \"after\" is none that a page has ended with");
	else if (err)
		call_fail_by(c, err);
	else
		session_tell(c->session, t);
}

/* Two texts of so much the loop's thread compares in 12 ms, while others wait; in 80 when they repeat three words. */
#define EXPLAIN_TEXT_MAX ((size_t)256 << 10)

/* The kept texts of both; without one of them, or when one is long, both are absent. Errors: nd_index_text's. */
static int explain_texts(struct call *c, nd_seq a, nd_seq b, struct nd_kept *ret_a, struct nd_kept *ret_b)
{
	struct nd_kept x, y;
	int err = nd_index_text(c->service->index, a, &x);

	if (!err)
		err = nd_index_text(c->service->index, b, &y);
	*ret_a = *ret_b = (struct nd_kept){ .text = { NULL, 0 } };
	if (err)
		return err == -ENOENT ? 0 : err;
	if (x.text.len <= EXPLAIN_TEXT_MAX && y.text.len <= EXPLAIN_TEXT_MAX) {
		*ret_a = x;
		*ret_b = y;
	}
	return 0;
}

static void run_explain(struct call *c)
{
	struct nd_index *ix = c->service->index;
	nd_seq a = call_find(c, c->ask->key), b = a == ND_NONE ? a : call_find(c, c->ask->other);
	struct explained_archive arrival;
	struct nd_kept text_a, text_b;
	struct nd_explanation x;
	int err;

	if (a == ND_NONE || b == ND_NONE)
		return;
	if (a == b) {
		call_fail(c, "bad_request", "fields \"a\" and \"b\" are the same article");
		return;
	}
	err = explain_texts(c, a, b, &text_a, &text_b);
	if (!err)
		err = nd_index_explain(ix, c->service->fingerprinter, a, b, text_a.text, text_b.text, &x);
	if (err) {
		call_fail_by(c, err);
		return;
	}
	arrival = explained_arrival(ix, a, b);
	call_begin(c);
	explained_fields(&c->out, &x, &arrival, text_a.text);
	reply_end(&c->out);
}

static void run_subscribe(struct call *c)
{
	struct events *e = &c->service->events;
	const struct settings *s = c->service->settings;
	int err;

	if (e->n_subscribers >= s->subscribers_max) {
		call_fail(c, "busy", "there are %zu subscribers already", e->n_subscribers);
		return;
	}
	err = events_subscribe(e, &c->session->subscriber, c->ask->events, s->events_max);
	if (err) {
		call_fail_by(c, err);
		return;
	}
	call_begin(c);
	reply_end(&c->out);
}

/* clang-format off */
static const struct op rows[OPS] = {
	{ "hello",     ROLE_NONE,  OP_NOTHING, true,  run_hello },
	{ "check",     ROLE_READ,  OP_ARTICLE, false, run_check },
	{ "put",       ROLE_WRITE, OP_ARTICLE, false, change_put },
	{ "delete",    ROLE_ADMIN, OP_SELECTION, false, change_delete },
	{ "deny",      ROLE_WRITE, OP_PAIR,    false, change_deny },
	{ "allow",     ROLE_WRITE, OP_PAIR,    false, change_allow },
	{ "get",       ROLE_READ,  OP_KEY,     false, run_get },
	{ "story",     ROLE_READ,  OP_KEY,     false, run_story },
	{ "explain",   ROLE_READ,  OP_PAIR,    false, run_explain },
	{ "leads",     ROLE_READ,  OP_PAGE,    false, run_leads },
	{ "outlets",   ROLE_READ,  OP_PAGE,    false, run_outlets },
	{ "furniture", ROLE_READ,  OP_PAGE,    false, run_furniture },
	{ "stats",     ROLE_READ,  OP_NOTHING, true,  run_stats },
	{ "health",    ROLE_NONE,  OP_NOTHING, true,  run_health },
	{ "subscribe", ROLE_READ,  OP_EVENTS,  true,  run_subscribe },
};
/* clang-format on */

const struct op *ops_row(unsigned i)
{
	return &rows[i];
}

unsigned ops_number(const struct op *op)
{
	return (unsigned)(op - rows);
}

const struct op *ops_find(struct nd_str name)
{
	for (unsigned i = 0; i < OPS; i++)
		if (strlen(rows[i].name) == name.len && !memcmp(rows[i].name, name.at, name.len))
			return &rows[i];
	return NULL;
}
