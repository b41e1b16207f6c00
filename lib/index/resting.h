/*
 * Resting: which articles may be judged otherwise when one comes, goes, or is found no more: those that rest on it.
 * Each function adds to a list; a member stands for its whole story.
 */
#ifndef ND_INDEX_RESTING_H
#define ND_INDEX_RESTING_H

#include "index/arrival.h"
#include "index/list.h"

/*
 * Stories with members that came later and may be like the article, as they have posted some of its rare keys: they
 * follow it, or would, if it leads, or is the one of its story that has posted. r: its record. Errors: -ENOMEM.
 */
int resting_alike(const struct library *l, const struct record *r, uint32_t seq, struct list *ret);

/* Later articles that a ruling ties to it: whether they may be where it is, or with it, is to be judged anew. */
int resting_ruled(const struct library *l, const struct record *r, uint32_t seq, struct list *ret);

/* Those that its names went to: they are revisions of it, or have its title among other headlines. Errors: -ENOMEM,
 * a fault of the shelf. */
int resting_named(const struct library *l, const struct record *r, uint32_t seq, struct list *ret);

#endif
