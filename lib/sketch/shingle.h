/*
 * The hash of a shingle: of the hashes of its units, in order.
 *
 * Hashes of units are well mixed, every bit of them; so a rotation and an addition for each unit are
 * enough for a hash all of whose bits are good, and no multiplication is needed.
 */
#ifndef ND_SKETCH_SHINGLE_H
#define ND_SKETCH_SHINGLE_H

#include <stdint.h>

#include "base/hash.h"

/* A shingle and one more unit behind it. Up to five times 37 bits never come to the same rotation. */
static inline uint64_t shingle_join(uint64_t shingle, uint64_t unit)
{
	return hash_rotate(shingle, 37) + unit;
}

#endif
