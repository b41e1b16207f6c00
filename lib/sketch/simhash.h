/*
 * SimHash-64 (Charikar 2002, Manku et al. 2007): bit i says whether most features have bit i set.
 *
 * 64 counters. Up to 255 features are counted in 64 bytes, which are one to four vectors: a feature costs two
 * to twenty machine operations instead of 64 additions. The widest vectors that the processor has are picked
 * at run time.
 */
#ifndef ND_SKETCH_SIMHASH_H
#define ND_SKETCH_SIMHASH_H

#include <stddef.h>
#include <stdint.h>

struct simhash {
	uint32_t count[64]; /* features that have the bit */
	uint32_t n;         /* features */
};

void simhash_init(struct simhash *s);

/* Counts n features, which must be hashes. The sum must stay under 2^31. */
void simhash_add(struct simhash *s, const uint64_t *features, size_t n);

/* The majority of each bit; a tie is 0, and so is SimHash of nothing. */
uint64_t simhash_value(const struct simhash *s);

/* That of n features. */
uint64_t simhash_of(const uint64_t *features, size_t n);

/* That of n features of which 32 bits of their hashes are known. */
uint64_t simhash_of_halves(const uint32_t *halves, size_t n);

static inline unsigned simhash_distance(uint64_t a, uint64_t b)
{
	return (unsigned)__builtin_popcountll(a ^ b);
}

#define SIMHASH_BYTES_MAX 255u /* features that a byte can count */

/* How many of n features, at most SIMHASH_BYTES_MAX, have each bit. */
typedef void simhash_count_fn(const uint64_t *features, size_t n, uint8_t ret[64]);

/* All that this machine has, the plainest first, NULL behind the last: for tests. */
simhash_count_fn *const *simhash_all(void);

#endif
