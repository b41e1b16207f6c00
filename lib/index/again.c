#include "index/again.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "index/removal.h"
#include "index/resting.h"

#define SETTLE_STEP 256u /* members looked at in a step */
#define RESPREAD 4u      /* times that those who rest on an article are asked for once more in a round, on average, */
#define RESPREAD_MIN 64u /* and so many besides */
#define SCAN_STEP 16384u /* entries */

void again_init(struct again *g)
{
	memset(g, 0, sizeof(*g));
	buf_init(&g->record, UINT32_MAX);
	g->scan = ND_NONE;
}

void again_done(struct again *g)
{
	if (!g)
		return;
	free(g->queue.at);
	free(g->members.at);
	free(g->unsettled.at);
	free(g->origins.at);
	free(g->resting.at);
	free(g->spread.at);
	free(g->changes);
	buf_done(&g->record);
	memset(g, 0, sizeof(*g));
}

/* --- the queue --- */

bool again_is_between(const struct again *g)
{
	return list_is_done(&g->members);
}

bool again_is_idle(const struct again *g)
{
	return list_is_done(&g->queue) && again_is_between(g) && list_is_done(&g->unsettled) &&
	       list_is_done(&g->spread) && g->scan == ND_NONE;
}

static void spread_end(struct again *g, struct library *l)
{
	for (size_t i = 0; i < g->spread.n; i++)
		l->entries[g->spread.at[i]].spread = false;
	list_clear(&g->spread);
	g->n_respread = 0;
}

/* What is asked for now is the first of a new round. */
static void round_begin(struct again *g, struct library *l)
{
	if (again_is_idle(g))
		spread_end(g, l);
}

int again_ask(struct again *g, struct library *l, uint32_t article)
{
	int err;

	if (l->entries[article].asked)
		return 0;
	round_begin(g, l);
	err = list_push(&g->queue, article);
	if (!err)
		l->entries[article].asked = true;
	return err;
}

static void unmark(struct library *l, const struct list *list)
{
	for (size_t i = list->next; i < list->n; i++) {
		struct entry *e = &l->entries[list->at[i]];

		e->asked = e->waits = e->unsettled = false;
	}
}

void again_forget(struct again *g, struct library *l)
{
	unmark(l, &g->queue);
	unmark(l, &g->members);
	unmark(l, &g->unsettled);
	spread_end(g, l);
	list_clear(&g->queue);
	list_clear(&g->members);
	list_clear(&g->unsettled);
	list_clear(&g->origins);
	g->facts = (struct story_facts){ 0 };
	g->scan = ND_NONE;
	g->n_changes = 0;
}

/* --- a story --- */

/* Asking for one of its members was asking for all: those whose turn comes with another one's ask no more. */
static int story_begin(struct again *g, struct library *l)
{
	uint32_t article = g->queue.at[0], story = l->entries[article].story;
	int err = 0;

	list_clear(&g->members);
	if (!l->entries[article].asked || l->entries[article].gone) {
		list_pop(&g->queue);
		return 0;
	}
	for (uint32_t i = story; i != ND_NONE && !err; i = l->entries[i].next) {
		err = list_reserve(&g->members, 1);
		if (!err)
			g->members.at[g->members.n++] = i;
	}
	if (err) {
		list_clear(&g->members);
		return err;
	}
	for (size_t i = 0; i < g->members.n; i++) {
		l->entries[g->members.at[i]].waits = true;
		l->entries[g->members.at[i]].asked = false;
	}
	list_pop(&g->queue);
	g->hint = (struct story_hint){ 0, 0 };
	return 0;
}

static int changes_reserve(struct again *g)
{
	size_t cap = g->cap_changes ? 2 * g->cap_changes : 64;
	struct nd_change *grown;

	if (g->n_changes < g->cap_changes)
		return 0;
	grown = realloc(g->changes, cap * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	g->changes = grown;
	g->cap_changes = cap;
	return 0;
}

/* Room for all that a step may have to note. */
static int reserve(struct again *g)
{
	int err = list_reserve(&g->unsettled, 3);

	if (!err)
		err = list_reserve(&g->origins, 3);
	if (!err)
		err = list_reserve(&g->spread, 1);
	return err ? err : changes_reserve(g);
}

static int copy_record(struct again *g, const struct library *l, uint32_t seq)
{
	const struct record *r = library_record(l, seq);

	if (l->shelf->fault)
		return l->shelf->fault;
	buf_clear(&g->record);
	return buf_add(&g->record, r, record_size(r));
}

static int judge_again(struct library *l, struct arrival *a, const struct record *r, uint32_t seq,
		       struct story_hint *hint, struct undo *ret)
{
	int err;

	entrance_take_keys(l, r, seq);
	err = arrival_judge_again(a, l, r, seq);
	if (!err)
		err = l->shelf->fault;
	if (!err)
		err = entrance_again(l, a, seq, hint, ret);
	if (err < 0)
		entrance_give_keys(l, r, seq);
	return err;
}

static void note_change(struct again *g, const struct record *before, const struct record *after, uint32_t seq,
			uint32_t from)
{
	struct nd_change c = {
		.seq = seq,
		.story_before = from,
		.story = after->story,
		.origin_before = ND_NONE,
		.origin = ND_NONE,
		.verdict_before = before->verdict,
		.verdict = after->verdict,
	};

	if (!g->quiet && !after->retired && (c.verdict != c.verdict_before || c.story != c.story_before))
		g->changes[g->n_changes++] = c;
}

/* Room was made for it. */
static void note_spread(struct again *g, struct library *l, uint32_t seq)
{
	if (l->entries[seq].spread)
		return;
	g->spread.at[g->spread.n++] = seq;
	l->entries[seq].spread = true;
}

/* Its lead may be lost: those that followed it want another one. */
static void note_lost_lead(struct again *g, struct library *l, uint32_t seq)
{
	l->entries[seq].heir = ND_NONE;
	if (g->scan > seq)
		g->scan = seq + 1;
}

static void note_unsettled(struct again *g, struct library *l, uint32_t story, uint32_t origin)
{
	if (l->entries[story].unsettled)
		return;
	g->unsettled.at[g->unsettled.n++] = story;
	g->origins.at[g->origins.n++] = origin;
	l->entries[story].unsettled = true;
}

/* Of a story of its own, or of another version of the same article, there is nothing to tell. */
static void note_origin(struct again *g, const struct library *l, uint32_t story, uint32_t before)
{
	const struct entry *e = &l->entries[story];
	uint32_t verdict = library_record(l, story)->verdict;
	bool same_id = e->origin == before || library_record(l, e->origin)->id_key == library_record(l, before)->id_key;

	if (!same_id && !e->superseded && !l->shelf->fault && !g->quiet)
		g->changes[g->n_changes++] = (struct nd_change){ story, story, story, before, e->origin, verdict, verdict };
}

/* The story that the newest version of an id is in: that may be as old as one that has changed. */
static void note_newest_unsettled(struct again *g, struct library *l, uint64_t id_key)
{
	uint32_t newest = ruling_article(l, id_key);

	if (newest != ND_NONE)
		note_unsettled(g, l, l->entries[newest].story, l->entries[l->entries[newest].story].origin);
}

/* Whether other paragraphs are set aside: the share of it that stands in others is another. */
static bool is_of_other_size(const struct record *before, const struct record *now)
{
	const struct fingerprint *was = record_fingerprint(before), *is = record_fingerprint(now);

	return was->n_aside != is->n_aside || was->n_aside_keys != is->n_aside_keys || was->n_aside_head != is->n_aside_head;
}

/* Whether later articles may find it, or follow its lead, or join its story, or may not, because of what it is now:
 * whoever finds it is compared with the leader of its story, too. */
static bool matters_to_others(const struct record *before, const struct record *now, uint32_t from, uint32_t to)
{
	return to != from || now->lead_story != before->lead_story || now->n_posted != before->n_posted ||
	       now->allowed != before->allowed || is_of_other_size(before, now);
}

static int member_step(struct again *g, struct library *l, struct arrival *a, struct undo *ret)
{
	uint32_t seq = g->members.at[g->members.next], from = l->entries[seq].story, to;
	uint32_t origin = l->entries[from].origin, lead = l->entries[seq].lead_story;
	const struct record *r, *now;
	int wrote = reserve(g);

	if (!wrote)
		wrote = copy_record(g, l, seq);
	if (wrote)
		return wrote;
	r = (const struct record *)g->record.at;
	l->entries[seq].waits = false;
	wrote = judge_again(l, a, r, seq, &g->hint, ret);
	if (wrote < 0) {
		l->entries[seq].waits = true;
		return wrote;
	}
	g->members.next++;
	to = l->entries[seq].story;
	if (to != from) {
		note_unsettled(g, l, from, origin);
		note_unsettled(g, l, to, l->entries[to].origin);
	}
	now = wrote ? library_record(l, seq) : r; /* what was written is held, what was not may be out of reach by now */
	if (library_alike(l, r) != library_alike(l, now))
		note_newest_unsettled(g, l, r->id_key);
	if (matters_to_others(r, now, from, to))
		note_spread(g, l, seq);
	if (lead == seq && library_lead_is_lost(l, seq))
		note_lost_lead(g, l, seq);
	if (wrote)
		note_change(g, r, now, seq, r->story);
	return wrote;
}

/* Once the whole story has been judged again. One that is led no more by whom it was has gone into another. */
static int settle_step(struct again *g, struct library *l)
{
	uint32_t story = g->unsettled.at[g->unsettled.next], before = g->origins.at[g->unsettled.next];
	size_t max = SETTLE_STEP;
	bool leads = l->entries[story].story == story && !l->entries[story].gone, done;
	int err = reserve(g);

	if (err)
		return err;
	g->facts.story = story;
	done = !leads || story_settle(l, &g->facts, &max);
	if (!done && !l->shelf->fault)
		return 0;
	g->facts = (struct story_facts){ 0 };
	if (leads && !l->shelf->fault)
		note_origin(g, l, story, before);
	if (l->shelf->fault)
		return l->shelf->fault;
	l->entries[story].unsettled = false;
	if (++g->unsettled.next == g->unsettled.n) {
		list_clear(&g->unsettled);
		list_clear(&g->origins);
	}
	return 0;
}

/* --- an article goes --- */

/* Who rests on an article is judged again. */
static int ask_resting(struct again *g, struct library *l, const struct record *r, uint32_t seq, bool named)
{
	int err;

	list_clear(&g->resting);
	err = resting_alike(l, r, seq, &g->resting);
	if (!err)
		err = resting_ruled(l, r, seq, &g->resting);
	if (!err && named)
		err = resting_named(l, r, seq, &g->resting);
	for (size_t i = 0; i < g->resting.n && !err; i++)
		err = again_ask(g, l, g->resting.at[i]);
	return err ? err : l->shelf->fault;
}

/* Whether those that rest on an article may be asked for once more: now and then, but two never send each other on for
 * ever. */
static bool may_respread(struct again *g)
{
	size_t articles = g->spread.n - g->n_respread;

	return g->n_respread < RESPREAD * articles + RESPREAD_MIN && ++g->n_respread;
}

/* The articles that one may lead, or leads no more, are asked for. When it is to be judged again itself, it may post more
 * by that, and they are asked for once more. */
static int spread_step(struct again *g, struct library *l)
{
	uint32_t seq = g->spread.at[g->spread.next];
	int err = l->entries[seq].gone ? 0 : copy_record(g, l, seq);

	if (!err && !l->entries[seq].gone)
		err = ask_resting(g, l, (const struct record *)g->record.at, seq, false);
	if (err)
		return err;
	g->spread.next++;
	if (l->entries[seq].asked && may_respread(g))
		l->entries[seq].spread = false;
	return 0;
}

int again_ask_allies(struct again *g, struct library *l, uint64_t id)
{
	uint32_t allies[ALLIES_MAX];
	size_t n = ruling_allies(l, id, allies);
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		err = again_ask(g, l, allies[i]);
	return err;
}

/* Both, and whoever they are allowed with: any of these may have another one to join. */
int again_ask_pair(struct again *g, struct library *l, const struct record *ruling)
{
	enum nd_ruling kind;
	uint64_t ids[2];
	int err = 0;

	ruling_read(ruling, &kind, ids);
	for (size_t i = 0; i < 2 && !err; i++) {
		uint32_t article = ruling_article(l, ids[i]);

		if (article != ND_NONE)
			err = again_ask(g, l, article);
		if (article != ND_NONE && !err)
			err = again_ask_allies(g, l, ids[i]);
	}
	return err;
}

int again_retire(struct again *g, struct library *l, uint32_t seq)
{
	int err = copy_record(g, l, seq);

	if (!err)
		err = ask_resting(g, l, (const struct record *)g->record.at, seq, false);
	return err ? err : again_ask(g, l, seq);
}

/* The version that counts again when this one is gone is judged before those that it may lead. */
static int ask_coming_back(struct again *g, struct library *l, const struct record *r, uint32_t seq)
{
	uint32_t earlier = l->entries[seq].superseded ? ND_NONE : library_earlier(l, r, NAME_ID);

	int err = earlier == ND_NONE ? 0 : again_ask(g, l, earlier);

	return err || earlier == ND_NONE ? err : ask_resting(g, l, library_record(l, earlier), earlier, false);
}

int again_remove(struct again *g, struct library *l, uint32_t seq, struct undo *ret)
{
	uint32_t story = l->entries[seq].story, origin = l->entries[story].origin, heir;
	const struct record *r;
	int err = copy_record(g, l, seq);

	if (err)
		return err;
	round_begin(g, l);
	r = (const struct record *)g->record.at;
	err = reserve(g);
	if (!err)
		err = ask_resting(g, l, r, seq, true);
	if (!err)
		err = ask_coming_back(g, l, r, seq);
	if (!err)
		err = list_reserve(&g->queue, 1);
	if (!err)
		err = removal_do(l, r, seq, &g->part_hint, &heir, ret);
	if (err)
		return err;
	if (heir != ND_NONE) {
		note_unsettled(g, l, heir, origin);
		again_ask(g, l, heir);
	}
	if (heir != ND_NONE && heir != story)
		note_spread(g, l, heir);
	if (r->lead_story == seq)
		note_lost_lead(g, l, seq);
	note_newest_unsettled(g, l, r->id_key);
	return 0;
}

/* Whether an article can be followed: it is there, and so is the one that its own lead leads to. */
static bool may_lead(const struct library *l, uint32_t article)
{
	uint32_t lead = library_lead_is_lost(l, article) ? ND_NONE : library_lead_raw(l, article);

	return lead != ND_NONE && !library_lead_is_lost(l, lead);
}

/* The first whose lead followed one that is lost is followed by the others. All of them are judged again: their verdicts
 * may say that they follow. */
static int lead_on(struct again *g, struct library *l, uint32_t seq, struct undo *ret)
{
	struct entry *lost = &l->entries[library_lead_raw(l, seq)];
	uint32_t heir = lost->heir < seq && may_lead(l, lost->heir) ? lost->heir : seq;
	int err = again_ask(g, l, seq);

	if (!err)
		err = list_reserve(&g->spread, 1);
	if (!err)
		err = copy_record(g, l, seq);
	if (!err)
		err = entrance_lead(l, (const struct record *)g->record.at, seq, heir, ret);
	if (err)
		return err;
	lost->heir = heir;
	if (heir == seq)
		note_spread(g, l, seq);
	return 1;
}

static int scan_step(struct again *g, struct library *l, struct undo *ret)
{
	uint32_t end = l->n - g->scan > SCAN_STEP ? g->scan + SCAN_STEP : l->n;

	for (; g->scan < end; g->scan++) {
		uint32_t lead = library_lead_raw(l, g->scan);

		if (lead != ND_NONE && library_lead_is_lost(l, lead) && !l->entries[g->scan].gone)
			return lead_on(g, l, g->scan, ret); /* and comes by again, to find it well led */
	}
	if (end == l->n)
		g->scan = ND_NONE;
	return 0;
}

int again_step(struct again *g, struct library *l, struct arrival *a, struct undo *ret)
{
	if (!list_is_done(&g->members))
		return member_step(g, l, a, ret);
	if (!list_is_done(&g->unsettled))
		return settle_step(g, l);
	if (!list_is_done(&g->spread))
		return spread_step(g, l);
	if (g->scan != ND_NONE)
		return scan_step(g, l, ret);
	return list_is_done(&g->queue) ? 0 : story_begin(g, l);
}
