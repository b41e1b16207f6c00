#include "sketch/pick.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* So many that look like repeats are looked for. */
#define FEW_REPEATS 64u

/* Bits that tell up to PICK_FEW hashes apart, a cache's worth of them, and up to PICK_BIT_WORDS: as powers of two. */
#define PICK_FEW 512u
#define FEW_BITS 15u
#define MANY_BITS 17u
_Static_assert((1u << MANY_BITS) / 64 == PICK_BIT_WORDS, "all of the bits");

void picker_init(struct picker *p)
{
	p->keys = NULL;
	p->seen = NULL;
	p->cap_keys = p->cap_seen = 0;
}

void picker_done(struct picker *p)
{
	if (!p)
		return;
	free(p->keys);
	free(p->seen);
	picker_init(p);
}

/* Room for as many keys as there are hashes, and one more: each is written before it is known to be one. */
static int keys_reserve(struct picker *p, size_t n)
{
	size_t cap = n + n / 2 + 64;

	if (n < p->cap_keys)
		return 0;
	free(p->keys);
	p->keys = malloc(cap * sizeof(*p->keys));
	p->cap_keys = p->keys ? cap : 0;
	return p->keys ? 0 : -ENOMEM;
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

/* --- the distinct ones, the keys among them, and where the cuts are among them --- */

/* What has been picked so far. */
struct picked {
	uint32_t *shingles;  /* the distinct ones */
	struct fp_key *keys;
	uint32_t n, n_keys;
	uint64_t limit;      /* hashes from here on are no keys */
};

/* No branch could foretell which ones are keys. */
static inline void pick(struct picked *to, uint64_t hash)
{
	to->shingles[to->n] = fp_shingle_of(hash);
	to->keys[to->n_keys] = (struct fp_key){ to->n, (uint32_t)hash };
	to->n_keys += hash <= to->limit;
	to->n++;
}

/* By a set: of texts that are long or repeat themselves. */
static int distinct_by_set(struct picker *p, const uint64_t *hashes, size_t n, struct cut *cuts, size_t n_cuts,
			   struct picked *ret)
{
	size_t cap = 64, cut = 0;
	int err;

	while (cap < 2 * n && cap < (size_t)2 << FP_SHINGLE_BITS)
		cap *= 2;
	err = seen_clear(p, cap);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		uint32_t shingle = fp_shingle_of(hashes[i]);
		size_t at = shingle & (cap - 1);

		for (; cut < n_cuts && cuts[cut].unit <= i; cut++)
			cuts[cut].span.place = ret->n;
		while (p->seen[at] && p->seen[at] != shingle + 1)
			at = (at + 1) & (cap - 1);
		if (p->seen[at])
			continue;
		p->seen[at] = shingle + 1;
		pick(ret, hashes[i]);
	}
	for (; cut < n_cuts; cut++)
		cuts[cut].span.place = ret->n;
	return 0;
}

/* Whether one of n shingles is `want`. */
static bool among(const uint32_t *shingles, size_t n, uint32_t want)
{
	_Static_assert(sizeof(wchar_t) == sizeof(*shingles), "wmemchr looks for 32 bits");
	return wmemchr((const wchar_t *)shingles, (wchar_t)want, n) != NULL;
}

/* Picks hashes up to the first whose bit is taken, a bit for what `shift` leaves of one; returns how many. What has been
 * picked is written back at the end: the compiler keeps it in registers. */
__attribute__((always_inline))
static inline size_t pick_new(uint64_t *words, unsigned shift, const uint64_t *hashes, size_t n, struct picked *ret)
{
	uint32_t *shingles = ret->shingles + ret->n;
	struct fp_key *keys = ret->keys;
	size_t n_keys = ret->n_keys, i;
	uint64_t limit = ret->limit;
	uint32_t place = ret->n;

	for (i = 0; i < n; i++) {
		uint64_t hash = hashes[i], at = hash >> shift, word = words[at / 64];

		if (__builtin_expect(word >> at % 64 & 1, 0))
			break;
		words[at / 64] = word | (uint64_t)1 << at % 64;
		shingles[i] = fp_shingle_of(hash);
		keys[n_keys] = (struct fp_key){ place + (uint32_t)i, (uint32_t)hash };
		n_keys += hash <= limit;
	}
	ret->n += (uint32_t)i;
	ret->n_keys = (uint32_t)n_keys;
	return i;
}

/* The same up to n; those whose bit is taken are looked for, `left` of them at most: false. */
__attribute__((always_inline))
static inline bool pick_distinct(uint64_t *words, unsigned shift, const uint64_t *hashes, size_t n, struct picked *ret,
				 size_t *left)
{
	for (size_t i = 0; i < n; i++) {
		i += pick_new(words, shift, hashes + i, n - i, ret);
		if (i == n)
			break;
		if (!(*left)--)
			return false;
		if (!among(ret->shingles, ret->n, fp_shingle_of(hashes[i])))
			pick(ret, hashes[i]);
	}
	return true;
}

/* By bits: most texts hardly repeat a shingle. False: this one repeats itself. */
__attribute__((always_inline))
static inline bool distinct_by_bits(uint64_t *words, unsigned shift, const uint64_t *hashes, size_t n, struct cut *cuts,
				    size_t n_cuts, struct picked *ret)
{
	struct picked to = *ret;
	size_t left = FEW_REPEATS, i = 0, end;

	memset(words, 0, (size_t)1 << (64 - shift) >> 3);
	for (size_t cut = 0; cut <= n_cuts; cut++, i = end) {
		end = cut < n_cuts && cuts[cut].unit < n ? cuts[cut].unit : n;
		if (!pick_distinct(words, shift, hashes + i, end - i, &to, &left))
			return false;
		if (cut < n_cuts)
			cuts[cut].span.place = to.n;
	}
	*ret = to;
	return true;
}

/* The compiler makes better code of shifts that it knows. */
static bool distinct_of_few(struct picker *p, const uint64_t *hashes, size_t n, struct cut *cuts, size_t n_cuts,
			    struct picked *ret)
{
	if (n <= PICK_FEW)
		return distinct_by_bits(p->bits, 64 - FEW_BITS, hashes, n, cuts, n_cuts, ret);
	return distinct_by_bits(p->bits, 64 - MANY_BITS, hashes, n, cuts, n_cuts, ret);
}

static int distinct(struct picker *p, const uint64_t *hashes, size_t n, struct cut *cuts, size_t n_cuts,
		    struct picked *ret)
{
	if (n <= PICK_BIT_WORDS && distinct_of_few(p, hashes, n, cuts, n_cuts, ret))
		return 0;
	return distinct_by_set(p, hashes, n, cuts, n_cuts, ret);
}

/* --- the scale --- */

static size_t count_up_to(const uint64_t *hashes, size_t n, uint64_t limit)
{
	size_t ret = 0;

	for (size_t i = 0; i < n; i++)
		ret += hashes[i] <= limit;
	return ret;
}

/* A scale to begin with: no coarser one leaves keys enough, and most texts that are too short for it are told by a look
 * at their hashes, among which there are no fewer keys than among the distinct ones. */
static uint32_t first_scale(const uint64_t *hashes, size_t n)
{
	uint32_t ret = FP_SCALE;

	while (ret > 1 && n < FP_KEYS_MIN * ret && count_up_to(hashes, n, UINT64_MAX / ret) < FP_KEYS_MIN)
		ret /= 2;
	return ret;
}

int picker_run(struct picker *p, const uint64_t *hashes, size_t n, struct cut *cuts, size_t n_cuts, struct buf *out,
	       struct fingerprint *head)
{
	struct picked picked;
	int err = keys_reserve(p, n);

	if (!err)
		err = buf_reserve(out, n * sizeof(*picked.shingles));
	head->scale = 2 * first_scale(hashes, n);
	do {
		head->scale /= 2;
		picked = (struct picked){ (uint32_t *)(void *)(out->at + out->len), p->keys, 0, 0,
					  UINT64_MAX / head->scale };
		if (!err)
			err = distinct(p, hashes, n, cuts, n_cuts, &picked);
	} while (!err && picked.n_keys < FP_KEYS_MIN && head->scale > 1);
	if (err)
		return err;
	head->n_shingles = picked.n;
	head->n_keys = picked.n_keys;
	out->len += picked.n * sizeof(*picked.shingles);
	return buf_add(out, p->keys, picked.n_keys * sizeof(*p->keys));
}
