/*
 * store_max, and the disk: an article that has no room in the store is not put at all, so that what takes away, which has
 * some left, is not in one commit with it and undone with it.
 */
#ifndef ND_DAEMON_SPACE_H
#define ND_DAEMON_SPACE_H

#include "newsdup_store.h"

struct service;

/* All zero: nothing was asked yet. */
struct space {
	bool full;       /* an article was refused, or a commit had no room, */
	uint64_t wanted; /* and there is none yet for an article of so many bytes */
	unsigned caution; /* each halves what is taken away at a time: it had no room for as much as was thought */
};

/* Whether there is room for an article and its text, besides all that is pending. */
bool space_takes(struct service *sv, const struct nd_fingerprint *fp, const struct nd_packed *text);

/* Now and then, while it is full: whether that goes by. */
void space_tick(struct service *sv);

/* A commit has ended, with that error or 0. Who calls it tells what that means (service_note_fault). */
void space_committed(struct service *sv, int err);

/* So many articles, max at most, may be taken out in one commit. */
size_t space_removable(const struct service *sv, size_t max);

#endif
