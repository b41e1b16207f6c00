#include "sketch/pick.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* So many that look like repeats are looked for. */
#define FEW_REPEATS 64u

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

/* A bit for the first bits of a hash, fewer than a shingle has. */
struct bits {
	uint64_t *words;
	unsigned shift; /* that leaves their number */
};

/* Picks hashes up to the first whose bit is taken; returns how many. */
static size_t pick_new(const struct bits *b, const uint64_t *hashes, size_t n, struct picked *ret)
{
	uint64_t *words = b->words;
	unsigned shift = b->shift;
	struct picked to = *ret;
	size_t i;

	for (i = 0; i < n; i++) {
		uint64_t hash = hashes[i], at = hash >> shift, *word = &words[at / 64], bit = (uint64_t)1 << at % 64;

		if (__builtin_expect((*word & bit) != 0, 0))
			break;
		*word |= bit;
		pick(&to, hash);
	}
	*ret = to;
	return i;
}

/* The same up to n; those whose bit is taken are looked for, `left` of them at most: false. */
static bool pick_distinct(const struct bits *b, const uint64_t *hashes, size_t n, struct picked *ret, size_t *left)
{
	for (size_t i = 0; i < n; i++) {
		i += pick_new(b, hashes + i, n - i, ret);
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
static bool distinct_by_bits(struct picker *p, const uint64_t *hashes, size_t n, struct cut *cuts, size_t n_cuts,
			     struct picked *ret)
{
	struct picked to = *ret;
	size_t left = FEW_REPEATS, words = 64, i = 0, end;
	struct bits bits = { p->bits, 52 };

	for (; words < n; bits.shift--)
		words *= 2;
	memset(p->bits, 0, words * sizeof(*p->bits));
	for (size_t cut = 0; cut <= n_cuts; cut++, i = end) {
		end = cut < n_cuts && cuts[cut].unit < n ? cuts[cut].unit : n;
		if (!pick_distinct(&bits, hashes + i, end - i, &to, &left))
			return false;
		if (cut < n_cuts)
			cuts[cut].span.place = to.n;
	}
	*ret = to;
	return true;
}

static int distinct(struct picker *p, const uint64_t *hashes, size_t n, struct cut *cuts, size_t n_cuts,
		    struct picked *ret)
{
	if (n <= PICK_BIT_WORDS && distinct_by_bits(p, hashes, n, cuts, n_cuts, ret))
		return 0;
	return distinct_by_set(p, hashes, n, cuts, n_cuts, ret);
}

/* Few texts are so short that they must be gone through again. */
int picker_run(struct picker *p, const uint64_t *hashes, size_t n, struct cut *cuts, size_t n_cuts, struct buf *out,
	       struct fingerprint *head)
{
	struct picked picked;
	int err = keys_reserve(p, n);

	if (!err)
		err = buf_reserve(out, n * sizeof(*picked.shingles));
	head->scale = 2 * FP_SCALE;
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
