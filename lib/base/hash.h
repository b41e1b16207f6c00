/*
 * The one door to xxHash (https://xxhash.com, XXH3-64, seed 0), and the mixing of 64-bit words.
 */
#ifndef ND_BASE_HASH_H
#define ND_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#if defined(__x86_64__)
/* libxxhash's own choice of vectors at run time (xxh_x86dispatch.h, which cannot stand beside XXH_INLINE_ALL). */
uint64_t XXH3_64bits_dispatch(const void *input, size_t len);
uint64_t XXH3_64bits_withSeed_dispatch(const void *input, size_t len, XXH64_hash_t seed);
#else
#define XXH3_64bits_dispatch XXH3_64bits
#define XXH3_64bits_withSeed_dispatch XXH3_64bits_withSeed
#endif

/* XXH3-64; longer inputs are worth a call. */
static inline uint64_t hash_bytes(const void *at, size_t n)
{
	return n > 240 ? XXH3_64bits_dispatch(at, n) : XXH3_64bits(at, n);
}

static inline uint64_t hash_seeded(const void *at, size_t n, uint64_t seed)
{
	return n > 240 ? XXH3_64bits_withSeed_dispatch(at, n, seed) : XXH3_64bits_withSeed(at, n, seed);
}

static inline uint64_t hash_rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

/* Appends one 64-bit word to a running hash: order matters, and one multiplication is all it costs. */
static inline uint64_t hash_step(uint64_t state, uint64_t word)
{
	return hash_rotate(state * 0x9E3779B185EBCA87u, 31) + word;
}

/* XXH3's avalanche: every bit of the state reaches every bit of the result. */
static inline uint64_t hash_finish(uint64_t state)
{
	state ^= state >> 37;
	state *= 0x165667919E3779F9u;
	return state ^ state >> 32;
}

#endif
