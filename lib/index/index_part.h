/*
 * What an index is made of, for the files that put it together: index.c, and load.c, which makes it anew from a store.
 */
#ifndef ND_INDEX_INDEX_PART_H
#define ND_INDEX_INDEX_PART_H

#include "index/again.h"
#include "index/index.h"

struct index {
	struct library library;
	struct arrival arrival;
	bool over_store, loaded;
	int damage; /* a rollback could not be done, and this is why: it is of no use any more */
	struct store *store;
	struct slice *slice; /* our own, for loading without others' help; NULL: not used yet */
	struct buf blank; /* the record that stands for what cannot be read */
	struct again again;
	struct undo *log; /* over a store: of each write that is pending */
	size_t n_log, cap_log;
	size_t n_whole;   /* of these, those that may be committed: nothing that follows from them is still to be done */
};

/* What the story of the article that `a` has judged would be like with it. */
struct index_state index_state_with(const struct library *l, const struct arrival *a);

#endif
