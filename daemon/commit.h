/*
 * Group commit: one thread writes what is pending in the index to the store, a batch at a time; whoever came
 * meanwhile is in the next batch.
 *
 * All but the writing itself is the loop's. Every put gets a ticket, and so does what was judged again; tickets up to
 * commit_done are in the store. When a batch fails, all that is pending leaves the index, and the tickets begin anew behind
 * commit_done: nobody may hold one then.
 */
#ifndef ND_DAEMON_COMMIT_H
#define ND_DAEMON_COMMIT_H

#include "newsdup_store.h"

struct commit;
typedef void commit_wake(void *arg); /* on the writer's thread: a batch has ended */

struct commit_stats {
	uint64_t commits, failures, records;
	uint64_t ns;      /* spent in commits */
	uint64_t largest; /* batch */
	uint64_t flushes;
};

/* threaded false: commit_start writes itself, for tests. Errors: -ENOMEM, -EAGAIN without a thread. */
int commit_new(struct nd_store *store, struct nd_index *ix, bool threaded, commit_wake *wake, void *arg,
	       struct commit **ret);

/* Waits for the batch at hand. */
void commit_free(struct commit *c);

/* For all that has been put and judged again by now. */
uint64_t commit_ticket(struct commit *c);
uint64_t commit_done(const struct commit *c);

/* Writes that are not in the store yet. */
uint64_t commit_waiting(const struct commit *c);

/* Hands over all that is pending, unless a batch is on its way. Returns whether one has started. */
bool commit_start(struct commit *c);

/* All that is pending leaves the index, as when a batch fails. Returns false while one is on its way. */
bool commit_abandon(struct commit *c);

/* Returns 1 when a batch has been committed since, 0 when nothing has happened, or why it failed. */
int commit_collect(struct commit *c);

/* Has what was committed flushed to the disk when `every` ns have passed since the last time; 0: never. Now and then. */
void commit_tick(struct commit *c, uint64_t now, uint64_t every);

/* Has the store looked for room that was none. Now and then. */
void commit_probe(struct commit *c);

/* Nothing is pending. */
bool commit_is_idle(const struct commit *c);

/* Why the last batch failed; 0: it did not. */
int commit_fault(const struct commit *c);

/* ns for which the batch at hand has been on its way at the time `now`; 0: there is none. */
uint64_t commit_age(const struct commit *c, uint64_t now);

struct commit_stats commit_stats(const struct commit *c);

#endif
