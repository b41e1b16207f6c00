/* lib/index/furniture: paragraphs become furniture by stories of an outlet, a host, or all, as a plain list says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "index/furniture.h"
#include "index/judge.h"
#include "tests/unit/random.h"

static struct furniture f;

static int fresh(void **state)
{
	furniture_init(&f);
	return 0;
}

static int gone(void **state)
{
	furniture_done(&f);
	furniture_done(&f);
	return 0;
}

static uint64_t hash_of(uint32_t paragraph)
{
	return mix(paragraph + 1);
}

/* furniture_source_fn: where each article comes from follows from its number, in the model too. */
static struct source source_of(const void *arg, uint32_t article)
{
	return (struct source){ (uint16_t)(mix(article) % 7), (uint16_t)((mix(article) >> 32) % 5) };
}

static const struct source here = { 1, 1 }, there = { 2, 2 }, nowhere = { 0, 0 };

/* arg: a list of sources by article. */
static struct source listed(const void *arg, uint32_t article)
{
	const struct source *const *list = arg;

	return *list[article];
}

static void add_from(const struct source *const *list, uint32_t n, uint64_t hash)
{
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(furniture_add(&f, table_find(&f.table, hash), hash, i, *list[i], listed, list), 0);
}

static bool is(uint64_t hash, uint32_t now, struct source from)
{
	struct sightings single;

	return furniture_is(furniture_read(&f, table_find(&f.table, hash), now, &single), from, 0);
}

static void three_stories_of_an_outlet_make_furniture_there(void **state)
{
	static const struct source other_host = { 1, 9 }, another = { 1, 8 };
	const struct source *const list[] = { &here, &other_host, &another };

	add_from(list, 2, 42);
	assert_false(is(42, 2, here));
	furniture_done(&f);
	furniture_init(&f);
	add_from(list, 3, 42);
	assert_true(is(42, 3, (struct source){ 1, 0 }));
	assert_false(is(42, 3, there));
	assert_false(is(42, 3, nowhere));
	assert_false(is(43, 3, here));
}

static void so_do_three_of_one_host(void **state)
{
	static const struct source a = { 1, 5 }, b = { 2, 5 }, c = { 3, 5 };
	const struct source *const list[] = { &a, &b, &c };

	add_from(list, 3, 42);
	assert_true(is(42, 3, (struct source){ 4, 5 }));
	assert_false(is(42, 3, (struct source){ 1, 6 }));
}

static void five_stories_make_furniture_everywhere(void **state)
{
	const struct source *const list[] = { &nowhere, &nowhere, &nowhere, &nowhere, &nowhere };

	add_from(list, 4, 42);
	assert_false(is(42, 4, nowhere));
	furniture_done(&f);
	furniture_init(&f);
	add_from(list, 5, 42);
	assert_true(is(42, 5, nowhere));
	assert_true(is(42, 5, here));
}

static void what_may_be_prose_takes_more(void **state)
{
	const struct source *const list[] = { &here, &there, &nowhere, &here, &there, &nowhere, &nowhere };
	const uint32_t prose = 60;
	struct sightings single;

	add_from(list, 6, 42);
	assert_true(is(42, 6, nowhere));
	assert_false(furniture_is(furniture_read(&f, table_find(&f.table, 42), 6, &single), here, prose));
	furniture_done(&f);
	furniture_init(&f);
	add_from(list, 7, 42);
	assert_true(furniture_is(furniture_read(&f, table_find(&f.table, 42), 7, &single), nowhere, prose));
}

static void what_has_not_come_for_long_is_forgotten_unless_it_is_furniture(void **state)
{
	const struct source *const list[] = { &here, &here, &here };
	uint32_t ago = 0;

	while (!judge_forgotten(ago, ago))
		ago++;
	assert_int_equal(furniture_add(&f, NULL, 1, 0, here, listed, list), 0);
	add_from(list, 2, 2);
	add_from(list, 3, 3);
	assert_false(is(2, ago, here));
	assert_int_equal(f.table.used, 3);
	for (uint32_t n = 0; n < 3 * ago; n += 1000)
		furniture_sweep(&f, n);
	assert_int_equal(f.table.used, 1);
	assert_true(is(3, 3 * ago, here));
	assert_null(table_find(&f.table, 1));
}

static void seen_again_after_that_it_starts_anew(void **state)
{
	const struct source *const list[] = { &here, &here };
	struct sightings single;
	uint32_t ago = 3;

	while (!judge_forgotten(ago - 1, ago))
		ago++;
	add_from(list, 2, 42);
	assert_int_equal(furniture_add(&f, table_find(&f.table, 42), 42, ago, here, listed, list), 0);
	assert_int_equal(furniture_read(&f, table_find(&f.table, 42), ago, &single)->count, 1);
	assert_int_equal(single.article[0], ago);
}

static void a_paragraph_that_leaves_its_last_article_is_unknown(void **state)
{
	const struct source *const list[] = { &here, &here, &here };

	add_from(list, 3, 42);
	furniture_remove(&f, table_find(&f.table, 42), 42, 1);
	assert_false(is(42, 3, here));
	furniture_remove(&f, table_find(&f.table, 42), 42, 0);
	furniture_remove(&f, table_find(&f.table, 42), 42, 2);
	assert_null(table_find(&f.table, 42));
	assert_int_equal(f.table.used, 0);
}

/* --- the model: every article of each paragraph --- */

enum { PARAGRAPHS = 300, STEPS = 30000, SEEN = STEPS };

struct seen {
	uint32_t n, article[SEEN];
};

static uint32_t of_model(const struct seen *s, uint32_t outlet, uint32_t host)
{
	uint32_t ret = 0;

	for (uint32_t i = 0; i < s->n && i < FURNITURE_KEEP; i++) {
		struct source from = source_of(NULL, s->article[i]);

		ret += (outlet && from.outlet == outlet) || (host && from.host == host);
	}
	return ret;
}

static bool model_is(const struct seen *s, struct source from)
{
	return s->n >= 5 || of_model(s, from.outlet, 0) >= 3 || of_model(s, 0, from.host) >= 3;
}

static bool model_is_any(const struct seen *s)
{
	bool ret = false;

	for (uint32_t i = 0; i < s->n; i++)
		ret |= model_is(s, source_of(NULL, s->article[i]));
	return ret;
}

static void model_forget(struct seen *s, uint32_t now)
{
	if (s->n && judge_forgotten(now - s->article[s->n - 1], now) && !model_is_any(s))
		s->n = 0;
}

static void assert_same(struct seen *s, uint32_t paragraph, uint32_t now)
{
	struct sightings single;
	uint32_t *slot = table_find(&f.table, hash_of(paragraph));
	const struct sightings *got = furniture_read(&f, slot, now, &single);

	model_forget(s, now);
	assert_int_equal(got->count, s->n);
	for (uint32_t i = 0; i < got->kept; i++)
		assert_int_equal(got->article[i], s->article[i]);
	for (uint16_t outlet = 0; outlet < 7; outlet++)
		for (uint16_t host = 0; host < 5; host++)
			assert_int_equal(furniture_is(got, (struct source){ outlet, host }, 0),
					 model_is(s, (struct source){ outlet, host }));
}

static void model_add(struct seen *s, uint32_t article)
{
	if (s->n < SEEN)
		s->article[s->n++] = article;
}

/* The newest article only: those before it are decided by what came before. */
static void both_remove(struct seen *s, uint32_t paragraph)
{
	furniture_remove(&f, table_find(&f.table, hash_of(paragraph)), hash_of(paragraph), s->article[--s->n]);
}

static void random_paragraphs_agree_with_a_plain_list(void **state)
{
	struct seen *all = calloc(PARAGRAPHS, sizeof(*all));
	uint32_t article = 0;

	made_seed = 5;
	assert_non_null(all);
	for (unsigned i = 0; i < STEPS; i++) {
		uint32_t paragraph = (uint32_t)(rnd() % (1 + rnd() % PARAGRAPHS));
		uint64_t hash = hash_of(paragraph);
		struct seen *s = &all[paragraph];

		article += (uint32_t)(rnd() % (rnd() % 100 ? 200 : 100000));
		if (article > 800000000)
			break;
		assert_same(s, paragraph, article);
		if (s->n && s->article[s->n - 1] == article)
			continue;
		assert_int_equal(furniture_add(&f, table_find(&f.table, hash), hash, article,
					       source_of(NULL, article), source_of, NULL), 0);
		model_add(s, article);
		assert_same(s, paragraph, article);
		if (rnd() % 10 == 0 && s->n < FURNITURE_KEEP)
			both_remove(s, paragraph);
		furniture_sweep(&f, article);
	}
	for (uint32_t p = 0; p < PARAGRAPHS; p++)
		assert_same(&all[p], p, article);
	free(all);
}

static void what_was_reserved_is_enough(void **state)
{
	enum { BATCH = 40 };
	uint32_t article = 0, paragraph = 0;

	for (unsigned i = 0; i < 200; i++) {
		const struct sightings *rows;

		assert_int_equal(furniture_reserve(&f, BATCH), 0);
		rows = f.rows;
		for (unsigned k = 0; k < BATCH; k++, paragraph++)
			for (unsigned n = 0; n < 2; n++, article++)
				assert_int_equal(furniture_add(&f, table_find(&f.table, hash_of(paragraph)), hash_of(paragraph),
							       article, source_of(NULL, article), source_of, NULL), 0);
		assert_ptr_equal(f.rows, rows);
		assert_true(f.n_rows <= f.cap_rows);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, gone)
		TEST(three_stories_of_an_outlet_make_furniture_there),
		TEST(so_do_three_of_one_host),
		TEST(five_stories_make_furniture_everywhere),
		TEST(what_may_be_prose_takes_more),
		TEST(what_has_not_come_for_long_is_forgotten_unless_it_is_furniture),
		TEST(seen_again_after_that_it_starts_anew),
		TEST(a_paragraph_that_leaves_its_last_article_is_unknown),
		TEST(random_paragraphs_agree_with_a_plain_list),
		TEST(what_was_reserved_is_enough),
	};

	return cmocka_run_group_tests_name("furniture", tests, NULL, NULL);
}
