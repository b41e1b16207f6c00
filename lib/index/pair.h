/*
 * A pair: two articles measured against each other on purpose, outside of an arrival. The figures are
 * those that an arrival would have judged by, but none is estimated.
 */
#ifndef ND_INDEX_PAIR_H
#define ND_INDEX_PAIR_H

#include "index/arrival.h"

struct pair {
	struct evidence evidence;           /* a: the later article; b: the earlier one */
	struct circumstances circumstances;
	unsigned simhash_distance;          /* of 64 bits */
	bool days_known;
};

/*
 * Measures `later` against `earlier`. What is rare, the library tells; NULL: these two articles are all
 * there is, as if they had been added to an empty index, `earlier` first. Errors: -ENOMEM, -EPROTO (a
 * record of another version), -EOVERFLOW.
 */
int pair_measure(const struct library *l, const struct record *later, const struct record *earlier,
		 struct pair *ret);

#endif
