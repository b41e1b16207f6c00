#include "daemon/tell_outlets.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/call.h"
#include "daemon/flows_json.h"

#define SLICE 256u        /* rows told before others have their turn */
#define ORDER_STEP 16384u /* pairs put in order, likewise */

struct tell_outlets {
	struct telling telling;
	struct telling_page page;
	uint64_t since;      /* changes of the index that the figures must know of */
	struct flows *flows; /* NULL: they are not whole yet */
	size_t place, end;   /* outlets to be told */
	bool is_open;        /* the one at `place` is being told */
	struct flow_pairs pairs; /* its */
	size_t pair;
};

static struct nd_str str_of(const char *at, size_t len)
{
	return (struct nd_str){ at, len };
}

/* Which outlets the page has; false: it goes on after one that nobody knows. */
static bool choose(struct tell_outlets *t)
{
	const struct telling_page *p = &t->page;
	size_t n = flows_count(t->flows), after = p->after ? flows_find(t->flows, str_of(p->after, p->after_len)) : n;

	t->place = after < n ? after + 1 : 0;
	t->end = n;
	if (p->outlet) {
		size_t only = flows_find(t->flows, str_of(p->outlet, p->outlet_len));

		t->place = only < t->place ? n : only;
		t->end = only < n ? only + 1 : n;
	}
	if (t->place > t->end)
		t->place = t->end;
	if (t->end - t->place > p->limit)
		t->end = t->place + p->limit;
	return !p->after || after < n;
}

/* Returns whether the items can be told. */
static bool begin(struct tell_outlets *t, struct service *sv, struct out *o, bool *ret_more)
{
	int err = flowing_get(&sv->flowing, sv->index, t->since, &t->flows);

	*ret_more = err > 0;
	if (err < 0)
		telling_page_fail_by(&t->page, sv, o, err);
	if (err)
		return false;
	if (choose(t)) {
		telling_page_begin(&t->page, o);
		return true;
	}
	telling_page_fail(&t->page, sv, o, "bad_request", "field \"after\" is no outlet by now: begin again");
	return false;
}

static int open_item(struct tell_outlets *t, struct out *o)
{
	const struct flow_outlet *x = flows_outlet(t->flows, t->place);
	int err = flows_pairs(t->flows, x, &t->pairs);

	if (err)
		return err;
	t->is_open = true;
	t->pair = 0;
	out_begin_object(o);
	err = flows_json_outlet(o, t->flows, x);
	out_key(o, "pairs");
	out_begin_array(o);
	return err;
}

static void close_item(struct tell_outlets *t, struct out *o)
{
	out_end_array(o);
	out_end_object(o);
	flow_pairs_done(&t->pairs);
	t->is_open = false;
	t->place++;
}

/* The next row; false: it takes time to find out which. */
static bool tell_row(struct tell_outlets *t, struct out *o)
{
	if (!t->is_open) {
		int err = open_item(t, o);

		if (err)
			o->err = err;
	} else if (flow_pairs_step(&t->pairs, ORDER_STEP)) {
		return false;
	} else if (t->pair < flow_pairs_count(&t->pairs)) {
		flows_json_pair(o, t->flows, flow_pairs_at(&t->pairs, t->pair++));
	} else {
		close_item(t, o);
	}
	return true;
}

static void end(const struct tell_outlets *t, struct out *o)
{
	bool more = t->end && t->end < flows_count(t->flows) && !t->page.outlet;

	out_end_array(o);
	out_key(o, "next");
	if (more)
		out_string(o, flows_name(t->flows, flows_outlet(t->flows, t->end - 1)));
	else
		out_null(o);
	reply_end(o);
}

static bool tell_some(struct telling *telling, struct service *sv, struct out *o)
{
	struct tell_outlets *t = (struct tell_outlets *)telling;
	bool more;

	if (!t->flows && !begin(t, sv, o, &more))
		return more;
	for (unsigned i = 0; i < SLICE && t->place < t->end && !o->err; i++)
		if (!tell_row(t, o))
			return true;
	if (t->place < t->end)
		return true;
	end(t, o);
	return false;
}

static void tell_outlets_free(struct telling *telling)
{
	struct tell_outlets *t = (struct tell_outlets *)telling;

	if (t->is_open)
		flow_pairs_done(&t->pairs);
	flows_release(t->flows);
	telling_page_done(&t->page);
	free(t);
}

int tell_outlets_new(const struct call *c, struct telling **ret)
{
	struct tell_outlets *t = calloc(1, sizeof(*t));
	int err = t ? telling_page_init(&t->page, c) : -ENOMEM;

	if (err) {
		free(t);
		return err;
	}
	t->telling = (struct telling){ tell_some, tell_outlets_free, false };
	t->since = t->page.after ? 0 : c->service->flowing.changes;
	*ret = &t->telling;
	return 0;
}
