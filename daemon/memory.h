/*
 * memory_max: what the index, what is pending and what waits may take together. An eighth of it, or queue_bytes when that
 * is less, is for what waits; an article that would make the index grow past the rest is not put: the index grows by
 * leaps, and the next one is counted before it comes.
 *
 * What is gone leaves room for others, but the parts of an index never become smaller while it is there.
 */
#ifndef ND_DAEMON_MEMORY_H
#define ND_DAEMON_MEMORY_H

#include "newsdup.h"

struct service;

enum memory_policy { MEMORY_BUSY, MEMORY_EXPIRE }; /* the words of memory_full */

/* All zero: nothing was asked yet. */
struct memory {
	uint64_t credit; /* keys that may come before the index is looked at again */
	uint64_t times;  /* it has become full, since the start */
	bool full;
};

/* Whether there is room for an article to be put. When there is not, events and metrics tell, and expiry may begin. */
bool memory_takes(struct service *sv, const struct nd_fingerprint *fp);

/* The same of an index that is being loaded, which needs what it needs. */
bool memory_holds(const struct service *sv);

/* When it does not: logs what it needs. */
void memory_tell_need(const struct service *sv);

/* Bytes that all take now. */
uint64_t memory_used(const struct service *sv);

/* Bytes of requests and of what is pending that may wait: the setting queue_bytes, or what memory_max leaves for it. */
uint64_t memory_queue_bytes(const struct service *sv);

#endif
