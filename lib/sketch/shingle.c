#include "sketch/shingle.h"

#include "sketch/fingerprint.h"

/* The hash of the units from *k on until their weight, *sum so far, comes to `want`, or the text ends. */
static inline uint64_t join_to(const struct unit *u, size_t n, uint64_t hash, size_t *k, uint32_t *sum, uint32_t want)
{
	for (; *sum < want && *k < n; ++*k) {
		hash = shingle_join(hash, u[*k].hash);
		*sum += u[*k].weight;
	}
	return hash;
}

void shingle_hash_some(const struct unit *u, size_t n, size_t from, size_t end, uint64_t *shingles, uint64_t *shorts)
{
	for (size_t i = from; i < end; i++) {
		uint32_t sum = u[i].weight;
		size_t k = i + 1;

		shorts[i] = join_to(u, n, u[i].hash, &k, &sum, FP_SHORT_WEIGHT);
		shingles[i] = join_to(u, n, shorts[i], &k, &sum, FP_SHINGLE_WEIGHT);
	}
}

/* Where the run of units of that weight ends that goes on at i, at `max` at the latest. */
static size_t run_end(const struct unit *u, size_t i, size_t max, uint32_t weight)
{
	while (i < max && u[i].weight == weight)
		i++;
	return i;
}

/* Shingles of three words, as far as a run of words that starts at i reaches: behind the last of them. *end: that of the
 * run. */
static size_t hash_words(const struct unit *u, size_t i, size_t n, uint64_t *shingles, uint64_t *shorts, size_t *end)
{
	size_t k = run_end(u, i, i + 2 < n ? i + 2 : n, UNIT_WORD), most = k == i + 2 ? n : k;

	for (; k < most && u[k].weight == UNIT_WORD; i++, k++) {
		uint64_t two = shingle_join(u[i].hash, u[i + 1].hash);

		shorts[i] = two;
		shingles[i] = shingle_join(two, u[k].hash);
	}
	*end = k;
	return i;
}

/* The same of five syllables, the short ones of three. */
static size_t hash_syllables(const struct unit *u, size_t i, size_t n, uint64_t *shingles, uint64_t *shorts, size_t *end)
{
	size_t k = run_end(u, i, i + 4 < n ? i + 4 : n, UNIT_SYLLABLE), most = k == i + 4 ? n : k;

	for (; k < most && u[k].weight == UNIT_SYLLABLE; i++, k++) {
		uint64_t three = shingle_join(shingle_join(u[i].hash, u[i + 1].hash), u[i + 2].hash);

		shorts[i] = three;
		shingles[i] = shingle_join(shingle_join(three, u[i + 3].hash), u[k].hash);
	}
	*end = k;
	return i;
}

/* Most units stand in long runs of words or of syllables, which need no look at weights. */
void shingle_hash(const struct unit *u, size_t n, uint64_t *shingles, uint64_t *shorts)
{
	for (size_t i = 0, end; i < n; i = end) {
		if (u[i].weight == UNIT_WORD)
			i = hash_words(u, i, n, shingles, shorts, &end);
		else
			i = hash_syllables(u, i, n, shingles, shorts, &end);
		shingle_hash_some(u, n, i, end, shingles, shorts);
	}
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
