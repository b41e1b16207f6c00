/*
 * Shingles: the hash of each is that of its units, in order.
 *
 * Hashes of units are well mixed, every bit of them; so a rotation and an addition for each unit are
 * enough for a hash all of whose bits are good, and no multiplication is needed.
 */
#ifndef ND_SKETCH_SHINGLE_H
#define ND_SKETCH_SHINGLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "text/fold.h"

/* A shingle and one more unit behind it. Up to five times 37 bits never come to the same rotation. */
static inline uint64_t shingle_join(uint64_t shingle, uint64_t unit)
{
	return hash_rotate(shingle, 37) + unit;
}

/* The hash of the shingle that starts at each of n units, as far as it reaches; room for n of them. */
void shingle_hash(const struct unit *u, size_t n, uint64_t *ret);

/* The same of short shingles. */
void shingle_hash_short(const struct unit *u, size_t n, uint64_t *ret);

/* Shingles of that weight that start at units [from, ...) and end before `to`: where they stop. */
size_t shingle_stop(const struct unit *u, size_t from, size_t to, uint32_t weight);

#endif
