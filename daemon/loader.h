/*
 * Loading at start: a thread reads slices of the store ahead, the loop's thread gives them to the index in order,
 * and reads one itself when none is there for it.
 *
 *     slices   ... taken | being taken | read | being read | to be read ...
 *                          `- a ring of LOADER_SLICES ----'
 */
#ifndef ND_DAEMON_LOADER_H
#define ND_DAEMON_LOADER_H

#include "newsdup.h"

#define LOADER_SLICES 4u

struct loader;
typedef void loader_wake(void *arg); /* on the loader's thread: loader_step has something to do again */

struct loader_options {
	uint64_t articles; /* that the store holds */
	uint32_t slice;    /* of them in a slice; 0: LOADER_ARTICLES */
	bool threaded;     /* false: all happens in loader_step */
	loader_wake *wake;
	void *arg;
};

#define LOADER_ARTICLES 8192u

/* Errors: those of nd_slice_new, -EAGAIN without a thread. */
int loader_new(struct nd_store *store, struct nd_index *ix, const struct loader_options *o, struct loader **ret);
void loader_free(struct loader *l);

enum loader_state { LOADER_DONE, LOADER_GOES_ON, LOADER_WAITS };

/* Some ms of work. Returns a state, or nd_index_take's error. */
int loader_step(struct loader *l);

/* The index has taken no part of a slice whose rest it has not. */
bool loader_is_between(const struct loader *l);

#endif
