#include "daemon/change.h"

#include <errno.h>
#include <string.h>

#include "daemon/call.h"
#include "daemon/growth.h"
#include "daemon/tell_delete.h"

static void put_count(struct out *o, const char *key, uint64_t count)
{
	out_key(o, key);
	out_u64(o, count);
}

/* The reply that has been written waits until all that is in the index by now is stored. */
static void hold(struct call *c)
{
	uint64_t ticket = commit_ticket(c->service->commit);

	if (ticket == commit_done(c->service->commit))
		return;
	c->held = true;
	session_hold(c->session, c->start, c->ask->id.len, ticket, c->task->arrived);
}

/* --- put --- */

static void put_unchanged(struct call *c, const struct nd_report *r)
{
	c->service->metrics.unchanged++;
	call_article(c, r);
	put_count(&c->out, "revision", r->revision);
	out_key(&c->out, "unchanged");
	out_bool(&c->out, true);
	reply_end(&c->out);
	hold(c);
}

/* Whether an article with this id is there and says the same; then it is answered. */
static bool is_unchanged(struct call *c, const struct nd_fingerprint *fp)
{
	struct nd_index *ix = c->service->index;
	struct nd_contents contents;
	struct nd_report r;
	nd_seq seq;

	if (nd_fingerprint_contents(fp, &contents))
		return false;
	seq = nd_index_find(ix, contents.article.id);
	if (seq == ND_NONE || !nd_index_is_same(ix, seq, fp) || nd_index_get(ix, seq, &r))
		return false;
	put_unchanged(c, &r);
	return true;
}

/* Of an id, so many earlier versions are kept. When the oldest cannot be taken out, the next put tries again. */
static void trim_history(struct service *sv, nd_seq seq)
{
	for (uint64_t n = 0; n <= sv->settings->history && seq != ND_NONE; n++)
		seq = nd_index_earlier(sv->index, seq);
	if (seq != ND_NONE)
		nd_index_remove(sv->index, seq);
}

void change_put(struct call *c)
{
	struct service *sv = c->service;
	struct nd_fingerprint fp = call_record(c);
	struct nd_packed text = call_text(c);
	struct nd_report r;
	uint64_t ticket;
	uint32_t revision;
	nd_seq seq;
	int err;

	if (is_unchanged(c, &fp))
		return;
	if (!space_takes(sv, &fp, &text)) {
		call_fail(c, "store_full", "the article is not stored: there is no room for it");
		return;
	}
	if (!memory_takes(sv, &fp)) {
		call_fail(c, "busy", "memory_max is reached");
		return;
	}
	err = nd_index_put_text(sv->index, &fp, text.bytes ? &text : NULL, c->task->received, &r);
	if (err) {
		call_fail_by(c, err);
		return;
	}
	seq = r.seq;
	revision = r.revision;
	sv->metrics.verdicts[1][r.verdict]++;
	flowing_change(&sv->flowing);
	ticket = commit_ticket(sv->commit);
	events_note(&sv->events, sv->index, &r, ticket);
	growth_look(sv, &r, ticket);
	call_article(c, &r);
	put_count(&c->out, "revision", revision);
	reply_end(&c->out);
	if (revision > sv->settings->history + 1)
		trim_history(sv, seq);
	hold(c);
}

/* --- deny, allow --- */

static void rule(struct call *c, enum nd_ruling ruling)
{
	struct service *sv = c->service;
	nd_seq a = call_find(c, c->ask->key), b = a == ND_NONE ? a : call_find(c, c->ask->other);
	int err;

	if (a == ND_NONE || b == ND_NONE)
		return;
	err = nd_index_rule(sv->index, ruling, call_str(c, c->ask->key), call_str(c, c->ask->other), c->task->received);
	if (err == -EINVAL) {
		call_fail(c, "bad_request", "fields \"a\" and \"b\" are the same article");
		return;
	}
	if (err) {
		call_fail_by(c, err);
		return;
	}
	flowing_change(&sv->flowing);
	sv->metrics.rulings[ruling]++;
	call_begin(c);
	reply_end(&c->out);
	hold(c);
}

void change_deny(struct call *c)
{
	rule(c, ND_DENY);
}

void change_allow(struct call *c)
{
	rule(c, ND_ALLOW);
}

/* --- delete --- */

void change_delete(struct call *c)
{
	struct telling *t;
	int err;

	if (c->ask->key.len && call_find(c, c->ask->key) == ND_NONE)
		return;
	err = tell_delete_new(c, &t);
	if (err) {
		call_fail_by(c, err);
		return;
	}
	c->held = true; /* it is answered at the end of it */
	session_tell(c->session, t);
}
