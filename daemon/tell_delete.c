#include "daemon/tell_delete.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/call.h"
#include "daemon/clearing.h"
#include "daemon/clock.h"
#include "daemon/reply.h"

struct tell_delete {
	struct telling telling;
	struct clearing clearing;
	struct session *session;
	struct service *service;
	struct telling_page page; /* the request's id, and the outlet */
	struct selection selection;
	uint64_t arrived;
	bool one; /* a key was given: there is one article to look at */
};

static struct tell_delete *delete_of(struct clearing *c)
{
	return (struct tell_delete *)((char *)c - offsetof(struct tell_delete, clearing));
}

static bool is_of_outlet(const struct tell_delete *t, const struct nd_report *r)
{
	struct nd_str outlet = r->article.outlet;

	return !t->page.outlet ||
	       (outlet.len == t->page.outlet_len && !memcmp(outlet.at, t->page.outlet, outlet.len));
}

static bool is_published_then(const struct selection *s, const struct nd_report *r)
{
	struct nd_str text = r->article.published;
	struct when at;

	if (s->published_from.kind == WHEN_UNKNOWN && s->published_before.kind == WHEN_UNKNOWN)
		return true;
	at = text.at ? when_parse(text.at, text.len) : (struct when){ .kind = WHEN_UNKNOWN };
	if (at.kind == WHEN_UNKNOWN)
		return false;
	return (s->published_from.kind == WHEN_UNKNOWN || !when_before(&at, &s->published_from)) &&
	       (s->published_before.kind == WHEN_UNKNOWN || when_before(&at, &s->published_before));
}

static bool is_received_then(const struct selection *s, struct nd_index *ix, nd_seq seq)
{
	int64_t at;

	if (s->received_from == INT64_MIN && s->received_before == INT64_MAX)
		return true;
	at = nd_index_received(ix, seq);
	return at >= s->received_from && at < s->received_before;
}

/* An article is what its newest version says. */
static int look(struct clearing *c, struct service *sv, nd_seq seq)
{
	struct tell_delete *t = delete_of(c);
	struct nd_report r;
	int err = nd_index_get(sv->index, seq, &r);

	if (err)
		return err == -ENOENT ? 0 : err;
	if (r.superseded || !is_of_outlet(t, &r) || !is_published_then(&t->selection, &r) ||
	    !is_received_then(&t->selection, sv->index, seq))
		return 0;
	return clearing_add(c, sv, seq);
}

static void end(struct tell_delete *t, struct service *sv, struct out *o)
{
	uint64_t start = outbox_end(&t->session->out), ticket = commit_ticket(sv->commit);

	sv->metrics.deleted += t->clearing.articles;
	telling_page_head(&t->page, o);
	out_key(o, "deleted");
	out_u64(o, t->clearing.articles);
	reply_end(o);
	if (ticket == commit_done(sv->commit))
		metrics_latency(&sv->metrics, clock_ns() - t->arrived);
	else
		session_hold(t->session, start, t->page.id_len, ticket, t->arrived);
}

static bool step(struct telling *telling, struct service *sv, struct out *o)
{
	struct tell_delete *t = (struct tell_delete *)telling;
	int state = clearing_step(&t->clearing, sv);

	if (state > 0)
		return true;
	if (state < 0)
		telling_page_fail_by(&t->page, sv, o, state);
	else
		end(t, sv, o);
	return false;
}

static void tell_delete_free(struct telling *telling)
{
	struct tell_delete *t = (struct tell_delete *)telling;

	clearing_done(&t->clearing, t->service);
	telling_page_done(&t->page);
	free(t);
}

int tell_delete_new(const struct call *c, struct telling **ret)
{
	struct tell_delete *t = calloc(1, sizeof(*t));
	struct nd_index *ix = c->service->index;
	nd_seq from = 0, to = nd_index_count(ix);
	int err;

	if (!t)
		return -ENOMEM;
	err = telling_page_init(&t->page, c);
	if (err) {
		free(t);
		return err;
	}
	memcpy(&t->selection, call_str(c, c->ask->selection).at, sizeof(t->selection));
	if (c->ask->key.len) {
		from = nd_index_find(ix, call_str(c, c->ask->key));
		to = from + 1;
	}
	t->telling = (struct telling){ .step = step, .free = tell_delete_free };
	t->session = c->session;
	t->service = c->service;
	t->arrived = c->task->arrived;
	clearing_init(&t->clearing, c->service, look, from, to);
	*ret = &t->telling;
	return 0;
}
