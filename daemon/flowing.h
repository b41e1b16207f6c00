/*
 * The daemon's flows: made when somebody asks, for all who ask meanwhile, and kept until something changes.
 */
#ifndef ND_DAEMON_FLOWING_H
#define ND_DAEMON_FLOWING_H

#include "daemon/flows.h"

/* All zero: nothing was asked yet. */
struct flowing {
	uint64_t changes;  /* of the index, since the start */
	struct flows *whole, *made; /* NULL: none */
	uint64_t whole_at, made_at; /* changes when it was begun */
	bool stepped;      /* in this turn */
};

void flowing_done(struct flowing *w);

/* The index has changed: an article came, left, or is judged otherwise. */
static inline void flowing_change(struct flowing *w)
{
	w->changes++;
}

/* Another turn of the loop: the figures that are being made may go on a step. */
static inline void flowing_turn(struct flowing *w)
{
	w->stepped = false;
}

/* Figures that know of the first `since` changes at least. Returns 0 with *ret held for the caller; 1 when they are
 * not whole yet, ask again next turn. Errors: as flows_step. */
int flowing_get(struct flowing *w, struct nd_index *ix, uint64_t since, struct flows **ret);

#endif
