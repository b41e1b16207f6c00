#include "daemon/growth.h"

#include "daemon/fields.h"
#include "daemon/service.h"

/* Whether a story has exactly so many members. */
static bool has_members(const struct nd_index *ix, nd_seq leader, uint64_t n)
{
	nd_seq i = leader;

	for (; n && i != ND_NONE; n--)
		i = nd_index_next_member(ix, i);
	return !n && i == ND_NONE;
}

static bool is_weak(struct service *sv, const struct nd_report *r)
{
	const struct nd_match *tie = sv->settings->alarm_similarity ? fields_tie(sv->index, r) : NULL;

	return tie && tie->similarity * 100 < (float)sv->settings->alarm_similarity;
}

void growth_look(struct service *sv, const struct nd_report *r, uint64_t ticket)
{
	uint64_t members = sv->settings->alarm_members;

	if (r->story == r->seq)
		return;
	if (!(members && has_members(sv->index, r->story, members + 1)) && !is_weak(sv, r))
		return;
	sv->metrics.alarms++;
	events_note_growth(&sv->events, sv->index, r, ticket);
}
