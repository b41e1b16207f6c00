#include "index/candidates.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct tally {
	uint32_t article; /* + 1; 0 free */
	uint32_t score;
};

void candidates_init(struct candidates *c)
{
	memset(c, 0, sizeof(*c));
}

void candidates_done(struct candidates *c)
{
	if (!c)
		return;
	free(c->tally);
	free(c->touched);
	candidates_init(c);
}

void candidates_clear(struct candidates *c)
{
	for (size_t i = 0; i < c->n_touched; i++)
		c->tally[c->touched[i]].article = 0;
	c->n_touched = c->n_top = 0;
}

static uint32_t tally_place(const struct tally *t, size_t cap, uint32_t article)
{
	uint32_t at = article * 0x9E3779B1u & (uint32_t)(cap - 1);

	while (t[at].article && t[at].article != article + 1)
		at = (at + 1) & (uint32_t)(cap - 1);
	return at;
}

static int tally_grow(struct candidates *c)
{
	size_t cap = c->cap ? 2 * c->cap : 1024;
	struct tally *t = calloc(cap, sizeof(*t));
	uint32_t *touched = malloc(cap / 2 * sizeof(*touched));

	if (!t || !touched) {
		free(t);
		free(touched);
		return -ENOMEM;
	}
	for (size_t i = 0; i < c->n_touched; i++) {
		const struct tally *old = &c->tally[c->touched[i]];

		touched[i] = tally_place(t, cap, old->article - 1);
		t[touched[i]] = *old;
	}
	free(c->tally);
	free(c->touched);
	c->tally = t;
	c->touched = touched;
	c->cap = cap;
	return 0;
}

static int hit_one(struct candidates *c, uint32_t article, uint32_t score)
{
	uint32_t at;
	int err;

	if (2 * (c->n_touched + 1) > c->cap) {
		err = tally_grow(c);
		if (err)
			return err;
	}
	at = tally_place(c->tally, c->cap, article);
	if (!c->tally[at].article) {
		c->tally[at] = (struct tally){ article + 1, 0 };
		c->touched[c->n_touched++] = at;
		c->seen++;
	}
	c->tally[at].score += score;
	return 0;
}

int candidates_hit(struct candidates *c, const struct posting *p)
{
	uint32_t score = CANDIDATES_KEY / p->count;
	int err = 0;

	for (uint32_t i = 0; i < p->kept && !err; i++)
		err = hit_one(c, p->articles[i], score);
	return err;
}

static int before(const struct candidate *x, const struct candidate *y)
{
	return x->score != y->score ? x->score > y->score : x->story < y->story;
}

/* Takes a candidate into the ordered top, if it is good enough. */
static void top_add(struct candidates *c, const struct candidate *new)
{
	size_t at = c->n_top;

	while (at && before(new, &c->top[at - 1]))
		at--;
	if (at == CANDIDATES_MAX)
		return;
	if (c->n_top < CANDIDATES_MAX)
		c->n_top++;
	memmove(&c->top[at + 1], &c->top[at], (c->n_top - 1 - at) * sizeof(*c->top));
	c->top[at] = *new;
}

static int by_story(const void *x, const void *y)
{
	const struct candidate *a = x, *b = y;

	if (a->story != b->story)
		return a->story < b->story ? -1 : 1;
	return a->article < b->article ? -1 : a->article > b->article;
}

static void merge_stories(struct candidates *c, const struct candidate *all, size_t n)
{
	for (size_t i = 0; i < n;) {
		struct candidate sum = all[i];

		for (i++; i < n && all[i].story == sum.story; i++) {
			sum.score += all[i].score;
			if (all[i].best > sum.best) {
				sum.best = all[i].best;
				sum.article = all[i].article;
			}
		}
		top_add(c, &sum);
	}
}

int candidates_rank(struct candidates *c, candidates_group_fn *group, const void *arg)
{
	struct candidate few[64], *all = few;
	size_t n = 0;

	if (c->n_touched > sizeof(few) / sizeof(few[0])) {
		all = malloc(c->n_touched * sizeof(*all));
		if (!all)
			return -ENOMEM;
	}
	for (size_t i = 0; i < c->n_touched; i++) {
		const struct tally *t = &c->tally[c->touched[i]];
		uint32_t story;

		if (group(arg, t->article - 1, t->score, &story))
			all[n++] = (struct candidate){ story, t->article - 1, t->score, t->score };
	}
	if (n > 1)
		qsort(all, n, sizeof(*all), by_story);
	merge_stories(c, all, n);
	if (all != few)
		free(all);
	return 0;
}
