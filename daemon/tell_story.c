#include "daemon/tell_story.h"

#include <stdlib.h>

#include "daemon/fields.h"
#include "daemon/reply.h"
#include "daemon/service.h"

#define SLICE 256u /* members told before others have their turn */

struct tell_story {
	struct telling telling;
	nd_seq leader, next;
	float weakest;
};

/* Members that were not in the store yet may have left since the last piece, their numbers given to others. */
static bool is_member(const struct nd_index *ix, nd_seq seq, nd_seq leader)
{
	return seq < nd_index_count(ix) && nd_index_story(ix, seq) == leader;
}

static bool tell_members(struct telling *telling, struct service *sv, struct out *o)
{
	struct tell_story *t = (struct tell_story *)telling;
	struct nd_index *ix = sv->index;

	if (!is_member(ix, t->next, t->leader))
		t->next = ND_NONE;
	for (unsigned i = 0; i < SLICE && t->next != ND_NONE; i++) {
		float similarity = fields_story_member(o, ix, t->next);

		if (similarity < t->weakest)
			t->weakest = similarity;
		t->next = nd_index_next_member(ix, t->next);
	}
	if (t->next != ND_NONE)
		return true;
	fields_story_end(o, t->weakest);
	reply_end(o);
	return false;
}

static void tell_story_free(struct telling *telling)
{
	free(telling);
}

struct telling *tell_story_new(nd_seq leader)
{
	struct tell_story *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	*t = (struct tell_story){ { tell_members, tell_story_free, false }, leader, leader, 1 };
	return &t->telling;
}
