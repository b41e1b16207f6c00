/*
 * What memory holds of an article; the rest stands in its record.
 *
 * A story is the list of its members in order of arrival, from its leader on. Leads form no lists: the article that
 * began a lead story may have joined an earlier one since, and those that followed it still name it; what they name
 * leads there (library_lead).
 */
#ifndef ND_INDEX_ENTRY_H
#define ND_INDEX_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

struct entry {
	/* what is asked of candidates, which are many: 16 bytes, mostly of one line of the cache */
	uint32_t story;      /* its leader */
	uint32_t lead_story;
	uint16_t shingles;   /* of its body; 65,535 for more */
	uint8_t scale;       /* of its keys */
	bool superseded : 1; /* a later article has its id */
	bool syndicated : 1; /* of a leader: its story stands in two outlets or more */
	bool gone : 1;       /* it has been taken out: a story of its own, with nothing in it */

	/* while stories are judged again */
	bool asked : 1;      /* its story waits for it */
	bool waits : 1;      /* its story is at hand, and its turn has not come */
	bool unsettled : 1;  /* of a leader: members have come or gone, it is to be settled */
	bool undone : 1;     /* what it posted has been taken back */
	bool spread : 1;     /* those that it may lead have been asked for already */

	uint32_t next;       /* member; ND_NONE at the end */
	uint64_t record;     /* place on the shelf */
	uint32_t last;       /* of a leader: the newest member */
	uint32_t origin;     /* of a leader: the member published first */
	uint32_t outlet;     /* of a leader: the first member whose outlet is known; ND_NONE */
	uint32_t heir;       /* of one whose lead is lost: the first that followed it, while others are sought; ND_NONE */
};

static inline void entry_prefetch(const struct entry *e)
{
	__builtin_prefetch(e);
	__asm__ volatile(""); /* as in table_prefetch */
}

#endif
