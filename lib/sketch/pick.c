#include "sketch/pick.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* Up to so many hashes are told apart by bits; so many that look like repeats are looked for. */
#define FEW_HASHES 2048u
#define FEW_REPEATS 64u

void picker_init(struct picker *p)
{
	p->keys = NULL;
	p->low = NULL;
	p->seen = NULL;
	p->cap = p->cap_seen = 0;
}

void picker_done(struct picker *p)
{
	if (!p)
		return;
	free(p->keys);
	free(p->low);
	free(p->seen);
	picker_init(p);
}

static int reserve(struct picker *p, size_t n)
{
	size_t cap = n + n / 2 + 64;

	if (n <= p->cap)
		return 0;
	free(p->keys);
	free(p->low);
	p->keys = malloc(cap * sizeof(*p->keys));
	p->low = malloc(cap * sizeof(*p->low));
	p->cap = p->keys && p->low ? cap : 0;
	return p->cap ? 0 : -ENOMEM;
}

static int seen_clear(struct picker *p, size_t cap)
{
	if (cap > p->cap_seen) {
		free(p->seen);
		p->seen = malloc(cap * sizeof(*p->seen));
		p->cap_seen = p->seen ? cap : 0;
		if (!p->seen)
			return -ENOMEM;
	}
	memset(p->seen, 0, cap * sizeof(*p->seen));
	return 0;
}

/* --- the distinct ones: their halves, and where the cuts are among them --- */

static inline void keep(struct picker *p, uint32_t *high, uint32_t at, uint64_t hash)
{
	high[at] = (uint32_t)(hash >> 32);
	p->low[at] = (uint32_t)hash;
}

/* By a set: of texts that are long or repeat themselves. */
static int distinct_by_set(struct picker *p, const uint64_t *hashes, size_t n, struct cut *cuts, size_t n_cuts,
			   uint32_t *high, uint32_t *ret)
{
	size_t cap = 64, cut = 0;
	uint32_t kept = 0;
	int err;

	while (cap < 2 * n)
		cap *= 2;
	err = seen_clear(p, cap);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		uint64_t hash = hashes[i] | !hashes[i];
		size_t at = hash & (cap - 1);

		for (; cut < n_cuts && cuts[cut].unit <= i; cut++)
			cuts[cut].span.place = kept;
		while (p->seen[at] && p->seen[at] != hash)
			at = (at + 1) & (cap - 1);
		if (p->seen[at])
			continue;
		p->seen[at] = hash;
		keep(p, high, kept++, hashes[i]);
	}
	for (; cut < n_cuts; cut++)
		cuts[cut].span.place = kept;
	*ret = kept;
	return 0;
}

/* Whether one of n high halves is `want`. */
static bool among(const uint32_t *high, size_t n, uint32_t want)
{
	_Static_assert(sizeof(wchar_t) == sizeof(*high), "wmemchr looks for 32 bits");
	return wmemchr((const wchar_t *)high, (wchar_t)want, n) != NULL;
}

/*
 * By a bit for each hash: most texts hardly repeat a shingle, and the few whose bit is taken are looked for. Returns
 * false when these are many: the text repeats itself.
 */
static bool distinct_by_bits(struct picker *p, const uint64_t *hashes, size_t n, struct cut *cuts, size_t n_cuts,
			     uint32_t *high, uint32_t *ret)
{
	size_t repeats = 0, words = 64, mask;
	uint64_t *bits = p->bits;
	uint32_t kept = 0;

	while (words < PICK_BIT_WORDS && words < 2 * n)
		words *= 2;
	mask = words - 1;
	memset(bits, 0, words * sizeof(*bits));
	for (size_t i = 0, cut = 0;; cuts[cut++].span.place = kept) {
		size_t to = cut < n_cuts && cuts[cut].unit < n ? cuts[cut].unit : n;

		for (; i < to; i++) {
			uint64_t hash = hashes[i], bit = (uint64_t)1 << hash % 64, *word = &bits[hash / 64 & mask];

			if (__builtin_expect((*word & bit) != 0, 0)) {
				if (repeats++ == FEW_REPEATS)
					return false;
				if (among(high, kept, (uint32_t)(hash >> 32)))
					continue;
			}
			*word |= bit;
			keep(p, high, kept++, hash);
		}
		if (cut == n_cuts)
			break;
	}
	*ret = kept;
	return true;
}

/* --- the keys --- */

/* Those below 2^64 / scale, which is a power of two; returns how many. No branch could be foretold. */
static uint32_t draw_keys(struct picker *p, const uint32_t *high, uint32_t n, uint32_t scale)
{
	uint32_t bits = ~(UINT32_MAX / scale), keys = 0;

	for (uint32_t i = 0; i < n; i++) {
		p->keys[keys].place = i;
		p->keys[keys].low = p->low[i];
		keys += !(high[i] & bits);
	}
	return keys;
}

int picker_run(struct picker *p, const uint64_t *hashes, size_t n, struct cut *cuts, size_t n_cuts, struct buf *out,
	       struct fingerprint *head)
{
	uint32_t *high, kept = 0;
	int err = reserve(p, n);

	if (!err)
		err = buf_reserve(out, n * sizeof(*high));
	if (err)
		return err;
	high = (uint32_t *)(void *)(out->at + out->len);
	if (n > FEW_HASHES || !distinct_by_bits(p, hashes, n, cuts, n_cuts, high, &kept))
		err = distinct_by_set(p, hashes, n, cuts, n_cuts, high, &kept);
	if (err)
		return err;
	head->n_shingles = kept;
	head->scale = 2 * FP_SCALE;
	do {
		head->scale /= 2;
		head->n_keys = draw_keys(p, high, kept, head->scale);
	} while (head->n_keys < FP_KEYS_MIN && head->scale > 1);
	out->len += kept * sizeof(*high);
	return buf_add(out, p->keys, head->n_keys * sizeof(*p->keys));
}
