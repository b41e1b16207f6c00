#include "text/site.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

void site_done(struct site *s)
{
	free(s->phrases);
	free(s->hashes);
	*s = (struct site){ 0 };
}

/* What is looked for at a unit: a word, or two syllables. */
static inline uint64_t anchor_of(const struct unit *u, const struct unit *end)
{
	if (u->weight == UNIT_SYLLABLE && u + 1 < end && u[1].weight == UNIT_SYLLABLE)
		return hash_rotate(u->hash, 37) + u[1].hash;
	return u->hash;
}

static inline bool in_bloom(const struct site *s, uint64_t anchor)
{
	uint64_t at = anchor >> 40 & (SITE_BLOOM - 1);

	return s->bloom[at / 64] >> at % 64 & 1;
}

/* The unit of a phrase that is the least common, as far as its length tells. */
static size_t best_anchor(const struct unit *u, size_t n)
{
	size_t best = 0, longest = 0;

	for (size_t i = 0; i < n; i++) {
		size_t len = u[i].end - u[i].start;

		len = u[i].weight == UNIT_SYLLABLE && i + 1 < n && u[i + 1].weight == UNIT_SYLLABLE ? 2 * len : len;
		if (len > longest) {
			longest = len;
			best = i;
		}
	}
	return best;
}

static int grow(void **at, size_t *cap, size_t want, size_t size)
{
	size_t n = *cap ? *cap : 64;
	void *grown;

	if (want <= *cap)
		return 0;
	while (n < want)
		n *= 2;
	grown = reallocarray(*at, n, size);
	if (!grown)
		return -ENOMEM;
	*at = grown;
	*cap = n;
	return 0;
}

/* Whether the phrase is another word's already. */
static bool is_another(const struct site *s, const struct unit *u, size_t n, uint64_t anchor, enum site_word word)
{
	for (const struct site_phrase *p = s->phrases, *end = p + s->n; p < end; p++) {
		size_t k = 0;

		if (p->anchor != anchor || p->n != n || p->word == (uint8_t)word)
			continue;
		while (k < n && s->hashes[p->units + k] == u[k].hash)
			k++;
		if (k == n)
			return true;
	}
	return false;
}

static int add_phrase(struct site *s, const struct unit *u, size_t n, enum site_word word)
{
	size_t at = best_anchor(u, n);
	uint64_t anchor = anchor_of(u + at, u + n), bit = anchor >> 40 & (SITE_BLOOM - 1);
	int err = is_another(s, u, n, anchor, word) ? -EEXIST : grow((void **)&s->phrases, &s->cap, s->n + 1, sizeof(*s->phrases));

	if (!err)
		err = grow((void **)&s->hashes, &s->cap_hashes, s->n_hashes + n, sizeof(*s->hashes));
	if (err)
		return err;
	s->phrases[s->n++] = (struct site_phrase){
		.anchor = anchor, .units = (uint32_t)s->n_hashes, .n = (uint8_t)n, .at = (uint8_t)at, .word = word
	};
	for (size_t i = 0; i < n; i++)
		s->hashes[s->n_hashes++] = u[i].hash;
	s->bloom[bit / 64] |= (uint64_t)1 << bit % 64;
	return 0;
}

int site_add(struct site *s, const struct folded *line)
{
	bool wall = line->len > 5 && !memcmp(line->text, "wall ", 5);
	size_t n = line->n_units;

	if (!wall && !(line->len > 5 && !memcmp(line->text, "site ", 5)))
		return -EINVAL;
	if (n < 2)
		return -EINVAL;
	if (n - 1 > SITE_PHRASE_UNITS || s->n == SITE_PHRASES_MAX)
		return -E2BIG;
	return add_phrase(s, line->units + 1, n - 1, wall ? SITE_WALL : SITE_LINE);
}

/* Of one anchor, walls first. */
static int in_order(const void *a, const void *b)
{
	const struct site_phrase *x = a, *y = b;

	if (x->anchor != y->anchor)
		return x->anchor < y->anchor ? -1 : 1;
	return y->word - x->word;
}

void site_sort(struct site *s)
{
	if (s->n)
		qsort(s->phrases, s->n, sizeof(*s->phrases), in_order);
}

static size_t first_of(const struct site *s, uint64_t anchor)
{
	size_t from = 0, end = s->n;

	while (from < end) {
		size_t middle = from + (end - from) / 2;

		if (s->phrases[middle].anchor < anchor)
			from = middle + 1;
		else
			end = middle;
	}
	return from;
}

/* Whether a phrase stands in units [from, end) with its anchor at i. */
static bool stands(const struct site *s, const struct site_phrase *p, const struct unit *u, size_t from, size_t i,
		   size_t end)
{
	if (i - from < p->at || end - i < (size_t)p->n - p->at)
		return false;
	for (size_t k = 0; k < p->n; k++)
		if (u[i - p->at + k].hash != s->hashes[p->units + k])
			return false;
	return true;
}

struct site_found site_find(const struct site *s, const struct unit *u, size_t from, size_t end)
{
	struct site_found ret = { SITE_NOTHING, from, from };

	for (size_t i = from; i < end; i++) {
		uint64_t anchor = anchor_of(u + i, u + end);

		if (__builtin_expect(!in_bloom(s, anchor), 1))
			continue;
		for (size_t k = first_of(s, anchor); k < s->n && s->phrases[k].anchor == anchor; k++)
			if (s->phrases[k].word > ret.word && stands(s, &s->phrases[k], u, from, i, end)) {
				ret.word = (enum site_word)s->phrases[k].word;
				ret.from = i - s->phrases[k].at;
				ret.end = ret.from + s->phrases[k].n;
			}
		if (ret.word == SITE_WALL)
			break;
	}
	return ret;
}
