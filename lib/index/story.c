#include "index/story.h"

#include <string.h>

#include "base/hash.h"

struct member story_member(const struct library *l, const struct record *r)
{
	struct nd_str outlet = record_string(r, RECORD_OUTLET);

	return (struct member){ library_first(l, r), outlet.len ? hash_bytes(outlet.at, outlet.len) | 1 : 0, r };
}

/* --- joining --- */

/* Equal hashes are no proof, and seldom: then the records tell. */
static bool another_outlet(const struct library *l, const struct member *m, uint32_t than)
{
	struct nd_str a, b;

	if (l->known && l->known[than].outlet != m->outlet)
		return true;
	a = record_string(m->record, RECORD_OUTLET);
	b = record_string(library_record(l, than), RECORD_OUTLET);
	return a.len != b.len || (a.len && memcmp(a.at, b.at, a.len));
}

static struct when published(const struct library *l, uint32_t article)
{
	return l->known ? l->known[article].published : library_first(l, library_record(l, article));
}

/* An outlet that joins a story: the first that is known waits for another one. */
static struct joining joining(const struct library *l, const struct member *m, uint32_t origin, uint32_t outlet)
{
	const struct when first = published(l, origin);

	return (struct joining){
		.is_origin = when_before(&m->published, &first),
		.syndicates = m->outlet && outlet != ND_NONE && another_outlet(l, m, outlet),
		.has_outlet = m->outlet,
	};
}

struct joining story_joining(const struct library *l, const struct member *m, uint32_t story)
{
	return joining(l, m, l->entries[story].origin, l->entries[story].outlet);
}

void story_join(struct library *l, uint32_t seq, const struct joining *j)
{
	uint32_t story = l->entries[seq].story;
	struct entry *leader = &l->entries[story];

	l->n_stories += leader->last == story;
	l->entries[leader->last].next = seq;
	leader->last = seq;
	if (j->is_origin)
		leader->origin = seq;
	if (j->has_outlet && leader->outlet == ND_NONE)
		leader->outlet = seq;
	leader->syndicated = leader->syndicated || j->syndicates;
}

void story_unjoin(struct library *l, uint32_t seq, const struct entry *before)
{
	uint32_t story = l->entries[seq].story;
	struct entry *leader = &l->entries[story];

	leader->last = before->last;
	leader->origin = before->origin;
	leader->outlet = before->outlet;
	leader->syndicated = before->syndicated;
	l->entries[leader->last].next = ND_NONE;
	l->n_stories -= leader->last == story;
}

/* --- moving --- */

/* The last member before seq. */
static uint32_t member_before(const struct library *l, uint32_t story, uint32_t seq, uint32_t hint)
{
	uint32_t at = hint < seq && l->entries[hint].story == story ? hint : story;

	while (l->entries[at].next < seq)
		at = l->entries[at].next;
	return at;
}

static bool is_alone(const struct library *l, uint32_t story)
{
	return l->entries[story].last == story;
}

/* A member that does not lead. The leader stands in for the origin until that is found anew. */
static void story_leave(struct library *l, uint32_t seq, uint32_t *hint)
{
	uint32_t story = l->entries[seq].story, before = member_before(l, story, seq, *hint);
	struct entry *leader = &l->entries[story];

	l->entries[before].next = l->entries[seq].next;
	if (leader->last == seq)
		leader->last = before;
	if (leader->origin == seq)
		leader->origin = story;
	l->n_stories -= is_alone(l, story);
	*hint = before;
}

static void story_insert(struct library *l, uint32_t seq, uint32_t to, uint32_t *hint)
{
	uint32_t before = member_before(l, to, seq, *hint);

	l->n_stories += is_alone(l, to);
	l->entries[seq].story = to;
	l->entries[seq].next = l->entries[before].next;
	l->entries[before].next = seq;
	if (l->entries[to].last < seq)
		l->entries[to].last = seq;
	*hint = seq;
}

static void story_start(struct library *l, uint32_t seq)
{
	struct entry *e = &l->entries[seq];

	e->story = e->last = e->origin = seq;
	e->next = e->outlet = ND_NONE;
	e->syndicated = false;
}

/* Two lists that are in order become one; the first begins it. */
static uint32_t lists_merge(struct library *l, uint32_t a, uint32_t b)
{
	uint32_t first = ND_NONE, *end = &first;

	while (a != ND_NONE && b != ND_NONE) {
		uint32_t *lesser = a < b ? &a : &b;

		*end = *lesser;
		end = &l->entries[*end].next;
		*lesser = *end;
	}
	*end = a != ND_NONE ? a : b;
	return first;
}

/* All members of a story go to another one, whose leader came before theirs. */
static void story_merge(struct library *l, uint32_t story, uint32_t to)
{
	struct entry *leader = &l->entries[to];

	l->n_stories -= !is_alone(l, story) && !is_alone(l, to);
	l->n_stories += is_alone(l, story) && is_alone(l, to);
	if (leader->last < l->entries[story].last)
		leader->last = l->entries[story].last;
	for (uint32_t i = story; i != ND_NONE; i = l->entries[i].next)
		l->entries[i].story = to;
	lists_merge(l, to, story);
}

void story_move(struct library *l, uint32_t seq, uint32_t to, struct story_hint *hint)
{
	uint32_t from = l->entries[seq].story;

	if (to == from) {
		hint->from = seq;
		return;
	}
	if (from == seq) {
		story_merge(l, seq, to);
	} else {
		story_leave(l, seq, &hint->from);
		if (to == seq)
			story_start(l, seq);
		else
			story_insert(l, seq, to, &hint->to);
	}
}

/* The second member leads the others from now on. */
static uint32_t story_hand_over(struct library *l, uint32_t story)
{
	struct entry *e = &l->entries[story];
	uint32_t heir = e->next, last = e->last;

	l->n_stories--;
	for (uint32_t i = heir; i != ND_NONE; i = l->entries[i].next)
		l->entries[i].story = heir;
	l->n_stories += last != heir;
	l->entries[heir].last = last;
	l->entries[heir].origin = heir;
	l->entries[heir].outlet = ND_NONE;
	l->entries[heir].syndicated = false;
	return heir;
}

uint32_t story_part(struct library *l, uint32_t seq, uint32_t *hint)
{
	uint32_t story = l->entries[seq].story;

	if (story == seq && is_alone(l, seq))
		return ND_NONE;
	if (story == seq)
		story = story_hand_over(l, seq);
	else
		story_leave(l, seq, hint);
	story_start(l, seq);
	return story;
}

/* --- what is known of all --- */

static void facts_add(const struct library *l, struct story_facts *f, uint32_t seq)
{
	const struct member m = story_member(l, library_record(l, seq));
	const struct joining j = joining(l, &m, f->begun ? f->origin : seq, f->outlet);

	if (!f->begun || j.is_origin)
		f->origin = seq;
	if (j.has_outlet && f->outlet == ND_NONE)
		f->outlet = seq;
	f->syndicated = f->syndicated || j.syndicates;
	f->next = l->entries[seq].next;
	f->begun = true;
}

bool story_settle(struct library *l, struct story_facts *f, size_t *max)
{
	struct entry *leader = &l->entries[f->story];

	if (!f->begun) {
		f->next = f->story;
		f->outlet = ND_NONE;
	}
	for (; *max && f->next != ND_NONE; --*max)
		facts_add(l, f, f->next);
	if (f->next != ND_NONE)
		return false;
	leader->origin = f->origin;
	leader->outlet = f->outlet;
	leader->syndicated = f->syndicated;
	leader->unsettled = false;
	return true;
}

/* --- making lists anew --- */

void members_init(struct members *m)
{
	for (size_t i = 0; i < 32; i++)
		m->bins[i] = ND_NONE;
}

void members_take(struct members *m, struct library *l, uint32_t story)
{
	uint32_t list = story;
	size_t i = 0;

	l->n_stories -= !is_alone(l, story);
	for (uint32_t k = story; k != ND_NONE; k = l->entries[k].next)
		l->entries[k].story = ND_NONE;
	for (; i < 31 && m->bins[i] != ND_NONE; i++) {
		list = lists_merge(l, m->bins[i], list);
		m->bins[i] = ND_NONE;
	}
	m->bins[i] = m->bins[i] == ND_NONE ? list : lists_merge(l, m->bins[i], list);
}

uint32_t members_sorted(struct members *m, struct library *l)
{
	uint32_t ret = ND_NONE;

	for (size_t i = 0; i < 32; i++)
		ret = lists_merge(l, m->bins[i], ret);
	members_init(m);
	return ret;
}
