/*
 * What is pending in an index, to its store, in one transaction: for commands that add to a store by themselves. The
 * daemon's own commits are group commits, on a thread (commit.h).
 */
#ifndef ND_DAEMON_PENDING_H
#define ND_DAEMON_PENDING_H

#include "newsdup.h"

/* The room for a transaction's records, used again by the next one; zeroed at first. */
struct pending {
	struct nd_stored *records;
	size_t cap;
};

void pending_done(struct pending *p);

/* It is on the disk then. Errors: as nd_store_commit; what was pending still is. */
int pending_commit(struct pending *p, struct nd_index *ix, struct nd_store *to);

#endif
