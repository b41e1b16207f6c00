#include "index/compare.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_MAX 192u /* short shingles of a head: weight 450 at 3 a unit, and room */
#define HEAD_SLOTS 512u

void compare_init(struct compare *c)
{
	memset(c, 0, sizeof(*c));
}

void compare_done(struct compare *c)
{
	if (!c)
		return;
	free(c->slots);
	free(c->rare);
	free(c->other_rare);
	compare_init(c);
}

void compare_keys(const struct fingerprint *fp, uint64_t *ret)
{
	const uint32_t *shingles = fp_shingles(fp), *lows = fp_key_lows(fp);
	uint32_t n = 0;

	for (uint32_t i = 0; i < fp->n_shingles && n < fp->n_keys; i++) {
		if (!fp_is_key(shingles[i], fp->scale))
			continue;
		ret[n] = (uint64_t)shingles[i] << 32 | lows[n];
		n++;
	}
}

static int bytes_reserve(uint8_t **at, size_t *cap, size_t n)
{
	if (n <= *cap)
		return 0;
	free(*at);
	*cap = n + n / 2;
	*at = malloc(*cap);
	if (!*at) {
		*cap = 0;
		return -ENOMEM;
	}
	return 0;
}

/* Every shingle gets the rarity of the key nearest to it; without a key all are rare. */
static uint32_t spread(const struct fingerprint *fp, const uint32_t *counts, uint8_t *ret)
{
	const uint32_t *shingles = fp_shingles(fp), max = judge_rare_max();
	uint32_t from = 0, last = 0, key = 0, n = 0;
	uint8_t rare = 1;

	for (uint32_t i = 0; i < fp->n_shingles && key < fp->n_keys; i++) {
		uint32_t middle;
		uint8_t own;

		if (!fp_is_key(shingles[i], fp->scale))
			continue;
		own = counts[key] <= max;
		middle = key ? last + (i - last + 1) / 2 : 0;
		if (key)
			memset(ret + from, rare, middle - from);
		n += rare * (middle - from);
		from = middle;
		last = i;
		rare = own;
		key++;
	}
	memset(ret + from, rare, fp->n_shingles - from);
	return n + rare * (fp->n_shingles - from);
}

static int slots_reserve(struct compare *c, uint32_t n)
{
	size_t cap = 64;

	while (cap < 2 * (size_t)n)
		cap *= 2;
	if (cap > c->cap_slots) {
		free(c->slots);
		c->slots = malloc(cap * sizeof(*c->slots));
		c->cap_slots = c->slots ? cap : 0;
		if (!c->slots)
			return -ENOMEM;
	}
	memset(c->slots, 0, cap * sizeof(*c->slots));
	c->mask = (uint32_t)(cap - 1);
	return 0;
}

/* Loads the head of the text: place + 1 of each short shingle. */
static void load_head(struct compare *c)
{
	const uint32_t *head = fp_head(c->fp);
	uint32_t n = c->fp->n_head < HEAD_MAX ? c->fp->n_head : HEAD_MAX;

	memset(c->head_slots, 0, sizeof(c->head_slots));
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = head[i] % HEAD_SLOTS;

		while (c->head_slots[at] && head[c->head_slots[at] - 1] != head[i])
			at = (at + 1) % HEAD_SLOTS;
		if (!c->head_slots[at])
			c->head_slots[at] = (uint16_t)(i + 1);
	}
}

int compare_load(struct compare *c, const struct fingerprint *fp, const uint32_t *counts)
{
	const uint32_t *shingles = fp_shingles(fp);
	int err = slots_reserve(c, fp->n_shingles);

	if (!err)
		err = bytes_reserve(&c->rare, &c->cap_rare, fp->n_shingles + 1);
	if (err)
		return err;
	c->fp = fp;
	c->n_rare = spread(fp, counts, c->rare);
	load_head(c);
	for (uint32_t i = 0; i < fp->n_shingles; i++) {
		uint32_t at = shingles[i] * 0x9E3779B1u & c->mask;

		while (c->slots[at])
			at = (at + 1) & c->mask;
		c->slots[at] = i + 1;
	}
	return 0;
}

int compare_rare(struct compare *c, const struct fingerprint *fp, const uint32_t *counts, uint32_t *ret)
{
	int err = bytes_reserve(&c->other_rare, &c->cap_other, fp->n_shingles + 1);

	if (!err)
		*ret = spread(fp, counts, c->other_rare);
	return err;
}

void compare_count(const struct compare *c, const struct fingerprint *b, struct evidence *ret)
{
	const uint32_t *mine = fp_shingles(c->fp), *theirs = fp_shingles(b);
	uint32_t shared = 0, rare = 0;

	for (uint32_t i = 0; i < b->n_shingles; i++) {
		uint32_t want = theirs[i], at = want * 0x9E3779B1u & c->mask, place;

		while ((place = c->slots[at]) != 0) {
			if (mine[place - 1] == want) {
				shared++;
				rare += c->rare[place - 1];
				break;
			}
			at = (at + 1) & c->mask;
		}
	}
	ret->a = c->fp->n_shingles;
	ret->b = b->n_shingles;
	ret->shared = shared;
	ret->rare_a = c->n_rare;
	ret->rare_shared = rare;
}

static uint32_t head_find(const struct compare *c, uint32_t shingle)
{
	const uint32_t *head = fp_head(c->fp);
	uint32_t at = shingle % HEAD_SLOTS;

	while (c->head_slots[at] && head[c->head_slots[at] - 1] != shingle)
		at = (at + 1) % HEAD_SLOTS;
	return c->head_slots[at];
}

float compare_leads(const struct compare *c, const struct fingerprint *b)
{
	uint32_t n = b->n_head < HEAD_MAX ? b->n_head : HEAD_MAX, in_mine = 0, in_theirs = 0;
	const uint32_t *theirs = fp_head(b);
	uint8_t seen[HEAD_MAX + 1] = { 0 };
	float ab, ba;

	if (!c->fp->n_lead || !b->n_lead)
		return 0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t place = head_find(c, theirs[i]);

		if (!place)
			continue;
		in_mine += i < b->n_lead;
		in_theirs += place <= c->fp->n_lead && !seen[place];
		seen[place] = 1;
	}
	ab = (float)in_theirs / (float)c->fp->n_lead;
	ba = (float)in_mine / (float)b->n_lead;
	return ab > ba ? ab : ba;
}
