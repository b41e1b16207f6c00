/* lib/index/candidates: the same stories as adding up by hand, in the same order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "index/candidates.h"
#include "tests/unit/random.h"

#define ARTICLES 5000u

/* Articles of one story in `size`, and only those with such a score. */
struct grouping {
	uint32_t size, min;
};

static bool group(const void *arg, uint32_t article, uint32_t score, uint32_t *ret)
{
	const struct grouping *g = arg;

	*ret = article / g->size * g->size;
	return score >= g->min;
}

static int by_score(const void *x, const void *y)
{
	const struct candidate *a = x, *b = y;

	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	return a->story < b->story ? -1 : a->story > b->story;
}

static size_t model(const uint32_t *scores, const struct grouping *g, struct candidate *ret)
{
	static struct candidate all[ARTICLES];
	size_t n = 0;

	memset(all, 0, sizeof(all));
	for (uint32_t story = 0; story < ARTICLES; story += g->size) {
		struct candidate c = { .story = story };

		for (uint32_t a = story; a < story + g->size && a < ARTICLES; a++) {
			if (!scores[a] || scores[a] < g->min)
				continue;
			c.score += scores[a];
			if (scores[a] > c.best) {
				c.best = scores[a];
				c.article = a;
			}
		}
		if (c.score)
			all[n++] = c;
	}
	qsort(all, n, sizeof(all[0]), by_score);
	n = n < CANDIDATES_MAX ? n : CANDIDATES_MAX;
	memcpy(ret, all, n * sizeof(all[0]));
	return n;
}

/* A key of n stories; the first of them are kept. */
static void hit(struct candidates *c, uint32_t *scores, uint32_t n, uint32_t range)
{
	uint32_t articles[POSTINGS_KEEP], first = (uint32_t)(rnd() % range);
	struct posting p = { .count = n, .kept = n < POSTINGS_KEEP ? n : POSTINGS_KEEP, .articles = articles };

	for (uint32_t i = 0; i < p.kept; i++) {
		articles[i] = (first + i * 37) % ARTICLES;
		scores[articles[i]] += CANDIDATES_KEY / n;
	}
	assert_int_equal(candidates_hit(c, &p), 0);
}

static void assert_same(struct candidates *c, const uint32_t *scores, const struct grouping *g)
{
	struct candidate want[CANDIDATES_MAX];
	size_t n = model(scores, g, want);

	assert_int_equal(candidates_rank(c, group, g), 0);
	assert_int_equal(c->n_top, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(c->top[i].story, want[i].story);
		assert_int_equal(c->top[i].score, want[i].score);
		assert_int_equal(c->top[i].article, want[i].article);
		assert_int_equal(c->top[i].best, want[i].best);
	}
}

/* One object for all rounds: what one text has hit is forgotten by the next. */
static void the_best_stories_are_those_of_the_model(void **state)
{
	static uint32_t scores[ARTICLES];
	struct candidates c;

	made_seed = 51;
	candidates_init(&c);
	for (int round = 0; round < 600; round++) {
		const struct grouping g = { 1 + (uint32_t)(rnd() % 40), round % 3 ? (uint32_t)(rnd() % 6000) : 0 };
		uint32_t hits = (uint32_t)(rnd() % (round % 50 ? 60 : 6000));
		uint32_t range = round % 2 ? 50 : ARTICLES;

		memset(scores, 0, sizeof(scores));
		candidates_clear(&c);
		for (uint32_t i = 0; i < hits; i++)
			hit(&c, scores, 1 + (uint32_t)(rnd() % 10), range);
		assert_same(&c, scores, &g);
	}
	candidates_done(&c);
	candidates_done(&c);
	candidates_done(NULL);
}

static void without_a_hit_there_is_no_candidate(void **state)
{
	const struct grouping g = { 1, 0 };
	struct candidates c;

	candidates_init(&c);
	assert_int_equal(candidates_rank(&c, group, &g), 0);
	assert_int_equal(c.n_top, 0);
	candidates_clear(&c);
	assert_int_equal(candidates_rank(&c, group, &g), 0);
	assert_int_equal(c.n_top, 0);
	candidates_done(&c);
}

static void of_equal_scores_the_earlier_story_and_member_comes_first(void **state)
{
	const struct grouping g = { 4, 0 };
	struct candidates c;

	candidates_init(&c);
	for (uint32_t a = 100; a-- > 0;) {
		const struct posting p = { .count = 3, .kept = 1, .articles = &a };

		assert_int_equal(candidates_hit(&c, &p), 0);
	}
	assert_int_equal(candidates_rank(&c, group, &g), 0);
	assert_int_equal(c.n_top, CANDIDATES_MAX);
	for (uint32_t i = 0; i < CANDIDATES_MAX; i++) {
		assert_int_equal(c.top[i].story, 4 * i);
		assert_int_equal(c.top[i].article, 4 * i);
	}
	candidates_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_best_stories_are_those_of_the_model),
		cmocka_unit_test(without_a_hit_there_is_no_candidate),
		cmocka_unit_test(of_equal_scores_the_earlier_story_and_member_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
