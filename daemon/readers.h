/*
 * Who reads the store, and since when: a reader that is never done keeps what was freed from being used again, and the
 * file grows. LMDB tells the number of the commit that a reader sees; when that was the newest is noted here.
 */
#ifndef ND_DAEMON_READERS_H
#define ND_DAEMON_READERS_H

#include "newsdup_store.h"

#define READERS_SAMPLES 600u
#define READERS_EVERY_NS 1000000000u

struct readers {
	struct nd_store_look look;         /* as of the last sample */
	uint64_t newest[READERS_SAMPLES];  /* the number of the newest commit, a sample each second, in turn */
	uint64_t n;                        /* samples so far */
	uint64_t next;                     /* ns: when the next one is due */
	int fault;                         /* why the last look failed; 0 */
	uint64_t age;                      /* seconds since what the oldest reader sees was replaced; 0: it sees the newest */
};

/* Takes a sample when one is due; readers of processes that have died are cleared away. */
void readers_tick(struct readers *r, struct nd_store *store, uint64_t now);

#endif
