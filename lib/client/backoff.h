/*
 * Pauses between attempts: each about twice the one before, up to a maximum, with jitter, so that a hundred
 * crawlers do not knock all at once on a daemon that comes back.
 */
#ifndef ND_CLIENT_BACKOFF_H
#define ND_CLIENT_BACKOFF_H

#include <stdint.h>

struct backoff {
	int first, max; /* ms */
	int next;       /* the longest that the next pause can be */
	uint64_t random;
};

/* seed: anything that differs from process to process. */
void backoff_init(struct backoff *b, int first_ms, int max_ms, uint64_t seed);

/* The next pause in ms: between half of its share and all of it, never below 1. */
int backoff_next(struct backoff *b);

/* Pauses are short again. */
void backoff_reset(struct backoff *b);

#endif
