#include "daemon/clearing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/clock.h"
#include "daemon/service.h"

#define BATCH 1024u      /* articles, or a few more; fewer when the store has hardly any room */
#define SLICE_NS 300000u

void clearing_init(struct clearing *c, struct service *sv, clearing_look *look, nd_seq from, nd_seq to)
{
	memset(c, 0, sizeof(*c));
	c->look = look;
	c->next = from;
	c->end = to;
	c->undone_at = sv->undone;
}

static void go_to(struct clearing *c, struct service *sv, enum clearing_stage stage)
{
	sv->removing += stage == CLEARING_TAKES;
	sv->removing -= c->stage == CLEARING_TAKES;
	c->stage = stage;
}

void clearing_done(struct clearing *c, struct service *sv)
{
	go_to(c, sv, CLEARING_LOOKS);
	free(c->batch);
	c->batch = NULL;
	c->n = c->cap = c->taken = 0;
}

static int add(struct clearing *c, const struct nd_index *ix, nd_seq seq, bool newest)
{
	size_t cap = c->cap ? 2 * c->cap : 64;
	struct leaver *at = c->batch;

	if (c->n == c->cap) {
		at = realloc(c->batch, cap * sizeof(*at));
		if (!at)
			return -ENOMEM;
		c->batch = at;
		c->cap = cap;
	}
	at[c->n++] = (struct leaver){ nd_index_story(ix, seq), seq, newest };
	return 0;
}

int clearing_add(struct clearing *c, struct service *sv, nd_seq seq)
{
	int err = add(c, sv->index, seq, true);

	while (!err && (seq = nd_index_earlier(sv->index, seq)) != ND_NONE)
		err = add(c, sv->index, seq, false);
	return err;
}

/* Story by story, its leader last, the others in order of arrival. */
static int compare_leavers(const void *x, const void *y)
{
	const struct leaver *a = x, *b = y;
	bool a_leads = a->seq == a->story, b_leads = b->seq == b->story;

	if (a->story != b->story)
		return a->story < b->story ? -1 : 1;
	if (a_leads != b_leads)
		return a_leads ? 1 : -1;
	return (a->seq > b->seq) - (a->seq < b->seq);
}

/* One that cannot be read does not keep others from being looked at. */
static int look_on(struct clearing *c, struct service *sv, uint64_t until)
{
	size_t max = space_removable(sv, BATCH);
	int err = 0;

	do {
		if (c->next < c->end && c->n < max)
			err = c->look(c, sv, c->next++);
	} while (!err && c->next < c->end && c->n < max && clock_ns() < until);
	if (err || (c->next < c->end && c->n < max))
		return err;
	if (c->n)
		qsort(c->batch, c->n, sizeof(*c->batch), compare_leavers);
	c->taken = 0;
	go_to(c, sv, CLEARING_TAKES);
	return 0;
}

/* Its versions may have been listed twice, and others delete, too. */
static int take(struct clearing *c, struct service *sv)
{
	int err = nd_index_remove(sv->index, c->batch[c->taken].seq);

	if (err && err != -ENOENT)
		return err;
	c->articles += !err && c->batch[c->taken].newest;
	c->taken++;
	return 0;
}

static int take_on(struct clearing *c, struct service *sv, uint64_t until)
{
	int err = 0;

	while (!err && c->taken < c->n && clock_ns() < until)
		err = take(c, sv);
	if (err || c->taken < c->n)
		return err;
	if (c->n)
		flowing_change(&sv->flowing);
	c->n = 0;
	commit_ticket(sv->commit);
	go_to(c, sv, CLEARING_SETTLES);
	return 0;
}

/* Where there is hardly any room, one batch is in the store before the next. */
static bool must_wait(const struct service *sv)
{
	size_t max = space_removable(sv, BATCH);

	return max < BATCH && commit_waiting(sv->commit) >= max;
}

static int step(struct clearing *c, struct service *sv, uint64_t until)
{
	if (c->stage == CLEARING_LOOKS)
		return must_wait(sv) ? 0 : look_on(c, sv, until);
	if (c->stage == CLEARING_TAKES)
		return take_on(c, sv, until);
	if (!service_judges_again(sv))
		go_to(c, sv, CLEARING_LOOKS);
	return 0;
}

int clearing_step(struct clearing *c, struct service *sv)
{
	int err;

	if (sv->undone != c->undone_at)
		return sv->undone_by;
	err = step(c, sv, clock_ns() + SLICE_NS);
	if (err)
		return err;
	return c->stage != CLEARING_LOOKS || c->n || c->next < c->end;
}
