/*
 * A story: the list of its members, in order of arrival from its leader on, and what its leader's entry knows of all
 * of them: which was published first, and whether they stand in two outlets.
 */
#ifndef ND_INDEX_STORY_H
#define ND_INDEX_STORY_H

#include "index/arrival.h"

/* What of an article matters to its story. */
struct member {
	struct when published;       /* as library_first */
	uint64_t outlet;             /* hash; 0: unknown */
	const struct record *record; /* when the library has no `known` */
};

struct member story_member(const struct library *l, const struct record *r);

/* What a member would bring to a story, behind all others. */
struct joining {
	bool is_origin, syndicates, has_outlet;
};

/* This may meet a record that cannot be read, and joining by it can not. */
struct joining story_joining(const struct library *l, const struct member *m, uint32_t story);

/* The newest article, whose entry is there, joins the story of the leader that it names. */
void story_join(struct library *l, uint32_t seq, const struct joining *j);

/* The same backwards, when none has come or gone since: before is what the leader's entry was. */
void story_unjoin(struct library *l, uint32_t seq, const struct entry *before);

/* Where to look for a member's place: 0 at first. Members that come in order of arrival find it at once. */
struct story_hint {
	uint32_t from, to; /* one before it in the story that it leaves; that it joins */
};

/*
 * An article moves to the story of another leader, or to one of its own (to == seq), or stays. When a leader moves,
 * the others move with it. Both stories are to be settled then.
 */
void story_move(struct library *l, uint32_t seq, uint32_t to, struct story_hint *hint);

/* An article leaves for a story of its own; of those that it led, the first leads on. Returns who leads them, to be
 * settled; ND_NONE: nobody is left. *hint: where the last one that parted stood; members of one story that part in order
 * of arrival, their leader last, are found at once. */
uint32_t story_part(struct library *l, uint32_t seq, uint32_t *hint);

/* Settling a story: its origin and its outlets are found anew, some members at a time. Begin with .story set and the
 * rest 0. */
struct story_facts {
	uint32_t story, next, origin, outlet;
	bool begun, syndicated;
};

/* Looks at up to *max more members, and counts them off; true: done, and the leader's entry has them. */
bool story_settle(struct library *l, struct story_facts *f, size_t *max);

/*
 * The lists of stories that are to be made anew: a sorted list of all their members, without memory of its own.
 */
struct members {
	uint32_t bins[32]; /* lists of about 2^i members; ND_NONE: none */
};

void members_init(struct members *m);

/* All members of the story go there, and belong to none (ND_NONE). */
void members_take(struct members *m, struct library *l, uint32_t story);

/* The first of all, in order of arrival; next leads on. */
uint32_t members_sorted(struct members *m, struct library *l);

#endif
