/*
 * Indexes for the tests: one in memory, or one over a store and its twin, of which nothing is stored, as it must be like.
 */
#ifndef ND_TESTS_INDEXING_H
#define ND_TESTS_INDEXING_H

#include "newsdup.h"
#include "tests/unit/made.h"

extern struct nd_fingerprinter *printer;
extern struct nd_store *store;
extern struct nd_index *ix;
extern struct nd_index *whole; /* the twin */

/* For a group of tests: the printer. */
int printer_up(void **state);
int printer_down(void **state);

/* Around a test: an index of its own, in memory. */
int index_up(void **state);
int index_down(void **state);

/* Around a test: an index over a store in memory, and its twin. */
int twins_up(void **state);
int twins_down(void **state);

/* Loads ix, so many articles in a step. */
void load(size_t step);

/* Valid until the next call. */
struct nd_fingerprint print(struct piece p);

/* Adds to an index (`add`: to ix), and what it says of it. */
struct nd_report add_to(struct nd_index *to, struct piece p);
struct nd_report add(struct piece p);

/* What ix says of it by now. */
struct nd_report now(nd_seq seq);

/* ND_NEW: none. */
uint32_t relation_to(const struct nd_report *r, nd_seq other);

/* What holds of ix after every archive. */
void assert_whole(void);

#endif
