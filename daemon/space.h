/*
 * store_max, and the disk: an article that has no room in the store is not put at all, so that what takes away, which has
 * some left, is not in one commit with it and undone with it.
 */
#ifndef ND_DAEMON_SPACE_H
#define ND_DAEMON_SPACE_H

#include "newsdup.h"

struct service;

/* All zero: nothing was asked yet. */
struct space {
	bool full;       /* an article was refused, */
	uint64_t wanted; /* of so many bytes, and there is no room for it yet */
	unsigned caution; /* each halves what is taken away at a time: it had no room for as much as was thought */
};

/* Whether there is room for an article and its text, besides all that is pending. */
bool space_takes(struct service *sv, const struct nd_fingerprint *fp, const struct nd_packed *text);

/* Now and then, while it is full: whether that goes by. */
void space_tick(struct service *sv);

/* A commit has ended, with that error or 0. */
void space_committed(struct service *sv, int err);

/* So many articles, max at most, may be taken out in one commit. */
size_t space_removable(const struct service *sv, size_t max);

#endif
