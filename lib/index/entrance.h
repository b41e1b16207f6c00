/*
 * The entrance: how an article that was judged enters the library, and how the newest leaves it again.
 *
 * It is written on the shelf, joins its story, its keys are posted, its names and its text are noted. Leaving
 * undoes the same steps backwards, so that all is as if it had never come. What a step overwrites is kept in a
 * struct undo; what it posted is found again by the rule that posted it.
 */
#ifndef ND_INDEX_ENTRANCE_H
#define ND_INDEX_ENTRANCE_H

#include "index/arrival.h"

struct undo {
	/* of its story's leader, before it joined */
	uint32_t last, origin, outlet;
	bool syndicated;

	bool adds_nothing;
	uint32_t same_id;
	uint32_t names[DIGEST_NAMES]; /* what the tables held; 0: nothing */
	uint32_t n_body, n_lead, n_names; /* how far posting came */
};

/* The article that `a` has judged. On failure nothing has changed. Errors: -ENOMEM, those of the shelf,
 * -EOVERFLOW (too many articles or keys). */
int entrance_enter(struct library *l, const struct arrival *a, int64_t received, struct undo *ret);

/*
 * The same of what was judged before it was stored, in two parts: first an article without its keys, in order of
 * arrival and after room was made for it; then keys in any order, but those of one key in order of arrival. What
 * failed may be tried again. Errors: -ENOMEM, -EOVERFLOW.
 */
int entrance_return(struct library *l, const struct digest *d);
int entrance_return_body(struct library *l, uint64_t key, uint32_t seq, bool adds_nothing);
int entrance_return_lead(struct library *l, uint64_t key, uint32_t seq);

/* Fetches the memory that the return of one will change. */
void entrance_expect(const struct library *l, const struct digest *d);

/* The newest article leaves; it must not be committed. */
void entrance_leave(struct library *l, const struct undo *u);

/* Whether a member with the outlet of d makes a story syndicated that was not. */
bool entrance_syndicates(const struct library *l, const struct digest *d, const struct entry *leader);

#endif
