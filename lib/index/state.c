/*
 * What is known of an article by now, beside its record: its story, who published that first, the leads that it takes
 * part in.
 */
#include "index/index_part.h"
#include "index/story.h"

/* The origin of a story as its member seq is told. For a moment that is a version that has been replaced, and will leave:
 * its newest version is it then, if that has joined, or else somebody stands in. */
static uint32_t origin_of(const struct library *l, uint32_t story, uint32_t seq)
{
	uint32_t origin = l->entries[story].origin, i;

	if (!l->entries[origin].superseded)
		return origin;
	i = ruling_article(l, library_record(l, origin)->id_key);
	if (i != ND_NONE && l->entries[i].story == story)
		return i;
	for (i = story; i != ND_NONE && l->entries[i].superseded; i = l->entries[i].next)
		;
	return i == ND_NONE ? seq : i;
}

struct index_state index_state(const struct index *ix, nd_seq seq)
{
	const struct entry *e = &ix->library.entries[seq], *leader = &ix->library.entries[e->story];

	return (struct index_state){
		.story = e->story,
		.origin = origin_of(&ix->library, e->story, seq),
		.lead_story = library_lead(&ix->library, seq),
		.next_member = e->next,
		.syndicated = leader->syndicated,
		.superseded = e->superseded,
		.gone = e->gone,
	};
}

nd_seq index_nth(const struct index *ix, uint64_t n)
{
	const struct library *l = &ix->library;

	for (nd_seq i = 0; i < l->n && n; i++) {
		n -= !l->entries[i].gone;
		if (!n)
			return i;
	}
	return ND_NONE;
}

nd_seq index_lead_story(const struct index *ix, nd_seq seq)
{
	return library_lead(&ix->library, seq);
}

/* Puts a lead story in its place behind the first one; of too many the last ones fall off. Returns how many there
 * are. */
static size_t add_lead(nd_seq *leads, size_t own, size_t n, size_t max, nd_seq lead)
{
	size_t i = n;

	for (size_t k = 0; k < n; k++)
		if (leads[k] == lead)
			return n;
	if (n == max && (n == own || leads[n - 1] < lead))
		return n;
	for (i = n < max ? n : n - 1; i > own && leads[i - 1] > lead; i--)
		leads[i] = leads[i - 1];
	leads[i] = lead;
	return n < max ? n + 1 : n;
}

/* A version that another one has replaced is still said to hold leads, by the later articles that have them. */
size_t index_leads(const struct index *ix, nd_seq seq, nd_seq *ret, size_t max)
{
	const struct library *l = &ix->library;
	bool counts = max && !l->entries[seq].gone && !l->entries[seq].superseded;
	uint32_t place = 0, other = counts ? links_next(&l->links, seq, &place) : ND_NONE;
	nd_seq lead = counts ? library_lead(l, seq) : ND_NONE;
	size_t own = lead != ND_NONE, n = own;

	if (own)
		ret[0] = lead;
	for (; other != ND_NONE; other = place ? links_next(&l->links, seq, &place) : ND_NONE) {
		lead = l->entries[other].gone || l->entries[other].superseded ? ND_NONE : library_lead(l, other);
		if (lead != ND_NONE)
			n = add_lead(ret, own, n, max, lead);
	}
	return n;
}

struct index_state index_state_with(const struct library *l, const struct arrival *a)
{
	struct member m = { a->digest.published, a->digest.outlet, a->record };
	struct when first = m.published;
	struct index_state s = { a->story, ND_NONE, a->lead_story, ND_NONE, false, false, false };
	const struct entry *leader;
	struct joining j;

	if (a->story == ND_NONE)
		return s;
	for (size_t i = 0; i < a->n_matches; i++)
		if (a->matches[i].article == a->same_id && library_match_is_alike(&a->matches[i]))
			first = library_first(l, library_record(l, a->same_id));
	if (when_before(&first, &m.published))
		m.published = first;
	leader = &l->entries[a->story];
	j = story_joining(l, &m, a->story);
	if (!j.is_origin)
		s.origin = origin_of(l, a->story, ND_NONE);
	s.syndicated = leader->syndicated || j.syndicates;
	return s;
}
