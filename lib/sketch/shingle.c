#include "sketch/shingle.h"

#include "sketch/fingerprint.h"

/* What makes a shingle: units up to a weight, which so many words come to, or so many syllables. */
struct kind {
	uint32_t weight;
	unsigned words, syllables;
};

/* The hash of the units from u on until their weight comes to `want`, or the text ends. */
static uint64_t hash_to(const struct unit *u, size_t n, uint32_t want)
{
	uint64_t hash = u->hash;
	uint32_t sum = u->weight;

	for (size_t k = 1; k < n && sum < want; k++) {
		hash = shingle_join(hash, u[k].hash);
		sum += u[k].weight;
	}
	return hash;
}

/* Where the run of units of that weight ends that goes on at i, at `max` at the latest. */
static inline size_t run_end(const struct unit *u, size_t i, size_t max, uint32_t weight)
{
	while (i < max && u[i].weight == weight)
		i++;
	return i;
}

/*
 * Shingles of `span` units, as far as a run of units of one weight that starts at i reaches: behind the last of them.
 * *end: that of the run.
 */
__attribute__((always_inline))
static inline size_t hash_run(const struct unit *u, size_t i, size_t n, uint32_t weight, unsigned span, uint64_t *ret,
			      size_t *end)
{
	size_t ahead = span - 1, k = run_end(u, i, i + ahead < n ? i + ahead : n, weight);
	size_t most = k == i + ahead ? n : k;

	for (; k < most && u[k].weight == weight; i++, k++) {
		uint64_t hash = u[i].hash;

#pragma GCC unroll 4
		for (unsigned j = 1; j < span; j++)
			hash = shingle_join(hash, u[i + j].hash);
		ret[i] = hash;
	}
	*end = k;
	return i;
}

/* Most units stand in long runs of words or of syllables, which need no look at weights. */
__attribute__((always_inline))
static inline void hash_all(const struct unit *u, size_t n, struct kind kind, uint64_t *ret)
{
	for (size_t i = 0, end; i < n;) {
		if (u[i].weight == UNIT_WORD)
			i = hash_run(u, i, n, UNIT_WORD, kind.words, ret, &end);
		else
			i = hash_run(u, i, n, UNIT_SYLLABLE, kind.syllables, ret, &end);
		for (; i < end; i++)
			ret[i] = hash_to(u + i, n - i, kind.weight);
	}
}

#define UNITS(weight, unit) (((weight) + (unit) - 1) / (unit))
#define KIND(weight) ((struct kind){ weight, UNITS(weight, UNIT_WORD), UNITS(weight, UNIT_SYLLABLE) })

void shingle_hash(const struct unit *u, size_t n, uint64_t *ret)
{
	hash_all(u, n, KIND(FP_SHINGLE_WEIGHT), ret);
}

void shingle_hash_short(const struct unit *u, size_t n, uint64_t *ret)
{
	hash_all(u, n, KIND(FP_SHORT_WEIGHT), ret);
}

size_t shingle_stop(const struct unit *u, size_t from, size_t to, uint32_t weight)
{
	uint32_t sum = 0;

	while (to > from) {
		sum += u[--to].weight;
		if (sum >= weight)
			return to + 1;
	}
	return from;
}
