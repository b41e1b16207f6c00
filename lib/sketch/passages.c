#include "sketch/passages.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sketch/fingerprint.h"
#include "sketch/shingle.h"

void passages_init(struct passages *p)
{
	memset(p, 0, sizeof(*p));
}

void passages_done(struct passages *p)
{
	if (!p)
		return;
	free(p->at);
	free(p->hashes);
	free(p->next);
	free(p->slots);
	passages_init(p);
}

/* --- the shingles of b --- */

/* The shingle that starts at unit i, as a fingerprint has it; 0 when the text ends before it does. */
static uint64_t shingle_at(struct stretch s, size_t i)
{
	uint64_t hash = s.units[i].hash;
	uint32_t weight = s.units[i].weight;

	while (weight < FP_SHINGLE_WEIGHT) {
		if (++i == s.n)
			return 0;
		hash = shingle_join(hash, s.units[i].hash);
		weight += s.units[i].weight;
	}
	return hash | !hash;
}

static int reserve_hashes(struct passages *p, size_t n)
{
	if (n <= p->cap_hashes)
		return 0;
	free(p->hashes);
	free(p->next);
	p->hashes = malloc(n * sizeof(*p->hashes));
	p->next = malloc(n * sizeof(*p->next));
	p->cap_hashes = p->hashes && p->next ? n : 0;
	return p->cap_hashes ? 0 : -ENOMEM;
}

static int reserve_slots(struct passages *p, size_t n)
{
	size_t cap = 64;

	while (cap < 2 * n)
		cap *= 2;
	if (cap > p->cap_slots) {
		free(p->slots);
		p->slots = malloc(cap * sizeof(*p->slots));
		p->cap_slots = p->slots ? cap : 0;
		if (!p->slots)
			return -ENOMEM;
	}
	memset(p->slots, 0, cap * sizeof(*p->slots));
	p->mask = cap - 1;
	return 0;
}

static uint32_t *slot_of(const struct passages *p, uint64_t hash)
{
	size_t at = hash & p->mask;

	while (p->slots[at] && p->hashes[p->slots[at] - 1] != hash)
		at = (at + 1) & p->mask;
	return &p->slots[at];
}

/* From the last to the first, each put before those behind it: lists are in order of the text. */
static int index_shingles(struct passages *p, struct stretch b)
{
	int err = reserve_hashes(p, b.n);

	if (!err)
		err = reserve_slots(p, b.n);
	for (size_t i = b.n; i-- > 0 && !err;) {
		uint32_t *slot;

		p->hashes[i] = shingle_at(b, i);
		if (!p->hashes[i])
			continue;
		slot = slot_of(p, p->hashes[i]);
		p->next[i] = *slot;
		*slot = (uint32_t)i + 1;
	}
	return err;
}

/* --- matching --- */

/* Units i and k of each text, and how many from there are the same. */
struct match {
	size_t a, b, n;
};

static size_t same_units(struct stretch a, size_t i, struct stretch b, size_t k)
{
	size_t n = 0;

	while (i + n < a.n && k + n < b.n && a.units[i + n].hash == b.units[k + n].hash)
		n++;
	return n;
}

/* The longest match of what starts at unit i; of equals one that follows the passage before. */
static struct match longest(const struct passages *p, struct stretch a, size_t i, struct stretch b, size_t behind)
{
	struct match ret = { .a = i };
	uint64_t hash = shingle_at(a, i);
	uint32_t place = hash ? *slot_of(p, hash) : 0;

	for (unsigned tried = 0; place && tried < PASSAGES_PLACES; tried++) {
		size_t k = place - 1, n = same_units(a, i, b, k);

		if (n > ret.n || (n == ret.n && ret.b < behind && k >= behind)) {
			ret.b = k;
			ret.n = n;
		}
		place = p->next[k];
	}
	return ret;
}

/* How many of the last units before `end` are too few for a shingle: where one may begin that goes on. */
static size_t overlap(struct stretch a, size_t start, size_t end)
{
	uint32_t weight = 0;
	size_t n = 0;

	while (end - n > start + 1 && weight + a.units[end - n - 1].weight < FP_SHINGLE_WEIGHT)
		weight += a.units[end - ++n].weight;
	return n;
}

static int add(struct passages *p, struct stretch a, struct stretch b, const struct match *m)
{
	if (p->n == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 32;
		struct passage *at = realloc(p->at, cap * sizeof(*at));

		if (!at)
			return -ENOMEM;
		p->at = at;
		p->cap = cap;
	}
	p->at[p->n++] = (struct passage){
		.a = a.units[m->a].start,
		.a_end = a.units[m->a + m->n - 1].end,
		.b = b.units[m->b].start,
		.b_end = b.units[m->b + m->n - 1].end,
	};
	return 0;
}

/*
 * A match that starts inside the last passage counts when it reaches past its end: so every shingle of a
 * that stands in b lies in a passage. It starts less than a shingle before that end, so no unit is walked
 * over more than a few times.
 */
static int walk(struct passages *p, struct stretch a, struct stretch b)
{
	size_t i = 0, end = 0, behind = 0;
	int err = 0;

	while (i < a.n && !err) {
		struct match m = longest(p, a, i, b, behind);

		if (!m.n || i + m.n <= end) {
			i++;
			continue;
		}
		err = add(p, a, b, &m);
		end = i + m.n;
		behind = m.b + m.n;
		i = end - overlap(a, i, end);
	}
	return err;
}

int passages_find(struct passages *p, struct stretch a, struct stretch b)
{
	int err = index_shingles(p, b);

	p->n = 0;
	return err ? err : walk(p, a, b);
}
