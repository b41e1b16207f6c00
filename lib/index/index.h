/*
 * The index: every article that came, what it repeats, and the stories they form.
 *
 * It is a pure function of the records added, in their order. An arrival (arrival.h) is judged first,
 * while nothing changes; then it is written, joins its story, and its keys are posted.
 */
#ifndef ND_INDEX_INDEX_H
#define ND_INDEX_INDEX_H

#include "index/record.h"

struct index;
struct library;

int index_new(const char *dir, struct index **ret);
void index_free(struct index *ix);

/* The record is copied. Errors: as nd_index_add. */
int index_add(struct index *ix, const struct record *r, nd_seq *ret);

/* Fetches what adding the record will need. */
void index_expect(const struct index *ix, const struct record *r);

nd_seq index_count(const struct index *ix);

/* Valid until the next add. seq must be below the count. */
const struct record *index_record(const struct index *ix, nd_seq seq);

/* What may change after an article came. */
struct index_state {
	nd_seq story, origin, lead_story, next_member;
	bool syndicated, superseded;
};

struct index_state index_state(const struct index *ix, nd_seq seq);
void index_stats(const struct index *ix, struct nd_index_stats *ret);

/* What there is to look up, for pair.h. Valid until the next add. */
const struct library *index_library(const struct index *ix);

#endif
