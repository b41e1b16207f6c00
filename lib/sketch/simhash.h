/*
 * SimHash-64 (Charikar 2002, Manku et al. 2007): bit i says whether most features have bit i set.
 *
 * The 64 counters lie bit-sliced: plane k holds bit k of every counter. Eight features or more go
 * through a tree of carry-save adders (Harley-Seal) before they touch the higher planes, so a feature
 * costs about six machine operations instead of 64 additions, in portable C.
 */
#ifndef ND_SKETCH_SIMHASH_H
#define ND_SKETCH_SIMHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIMHASH_PLANES 26 /* counts to 2^26 - 1: more than a text of the largest size has features */

struct simhash {
	uint64_t plane[SIMHASH_PLANES];
	uint32_t n; /* features */
};

void simhash_init(struct simhash *s);

/* Counts n features, which must be hashes. The sum must stay under 2^26. */
void simhash_add(struct simhash *s, const uint64_t *features, size_t n);

/* Counts what `more` has counted. */
void simhash_merge(struct simhash *s, const struct simhash *more);

/* The majority of each bit; a tie is 0, and so is SimHash of nothing. */
uint64_t simhash_value(const struct simhash *s);

static inline unsigned simhash_distance(uint64_t a, uint64_t b)
{
	return (unsigned)__builtin_popcountll(a ^ b);
}

#endif
