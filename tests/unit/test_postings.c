/* lib/index/postings: counts stories and keeps the first articles of a key, as a plain list would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "index/postings.h"
#include "tests/unit/random.h"

/* Key i of the model; no two share what the table keeps of a key. */
static uint64_t key_of(uint32_t i)
{
	return mix(i) << 42 | (uint64_t)(i % 777) << 32 | i * 0x9E3779B1u;
}

struct plain {
	uint32_t count;
	uint32_t articles[POSTINGS_KEEP];
};

static void plain_add(struct plain *p, uint32_t article)
{
	if (p->count < POSTINGS_KEEP)
		p->articles[p->count] = article;
	p->count++;
}

static void assert_same(const struct postings *p, uint64_t key, const struct plain *want)
{
	struct posting got;
	uint32_t *slot = postings_get(p, key, &got);
	uint32_t kept = want->count < POSTINGS_KEEP ? want->count : POSTINGS_KEEP;

	assert_int_equal(slot != NULL, want->count > 0);
	assert_int_equal(got.count, want->count);
	assert_int_equal(got.kept, kept);
	if (kept)
		assert_memory_equal(got.articles, want->articles, kept * sizeof(*got.articles));
}

static size_t stop_keys(const struct plain *all, size_t n)
{
	size_t ret = 0;

	for (size_t i = 0; i < n; i++)
		ret += all[i].count > POSTINGS_STOP;
	return ret;
}

static void an_unknown_key_has_count_zero(void **state)
{
	struct postings p;
	struct posting got;

	postings_init(&p);
	assert_null(postings_get(&p, 42, &got));
	assert_int_equal(got.count, 0);
	assert_int_equal(got.kept, 0);
	postings_read(&p, NULL, &got);
	assert_int_equal(got.count, 0);
	postings_done(&p);
	postings_done(&p);
	postings_done(NULL);
}

/* Frequencies as of words: few keys come often, most once or twice. */
static void random_postings_agree_with_a_plain_list(void **state)
{
	enum { KEYS = 60000, ADDS = 300000 };
	struct plain *all = calloc(KEYS, sizeof(*all));
	struct postings p;

	made_seed = 11;
	postings_init(&p);
	for (uint32_t n = 0; n < ADDS; n++) {
		uint32_t range = 1u << rnd() % 17, i = (uint32_t)(rnd() % range) % KEYS;

		assert_int_equal(postings_add(&p, key_of(i), n), 0);
		plain_add(&all[i], n);
		assert_same(&p, key_of(i), &all[i]);
		if ((n & (n - 1)) == 0)
			for (uint32_t k = 0; k < KEYS; k++)
				assert_same(&p, key_of(k), &all[k]);
	}
	for (uint32_t k = 0; k < KEYS; k++)
		assert_same(&p, key_of(k), &all[k]);
	assert_int_equal(p.stop_keys, stop_keys(all, KEYS));
	assert_true(p.stop_keys > 1000);
	postings_done(&p);
	free(all);
}

/* The slot found first and the addition made with it later: as an arrival does it. */
static void adding_at_a_known_slot_is_adding(void **state)
{
	enum { KEYS = 500 };
	struct plain all[KEYS] = { 0 };
	struct postings p;

	made_seed = 12;
	postings_init(&p);
	for (uint32_t n = 0; n < 20000; n++) {
		uint32_t i = (uint32_t)(rnd() % KEYS), other = (uint32_t)(rnd() % KEYS);
		struct posting got;
		uint32_t *slot = postings_get(&p, key_of(i), &got);
		uint64_t moves = p.table.moves;

		if (other != i && rnd() % 2) {
			assert_int_equal(postings_add(&p, key_of(other), n), 0);
			plain_add(&all[other], n);
			if (p.table.moves != moves)
				slot = table_find(&p.table, key_of(i));
		}
		assert_int_equal(postings_add_at(&p, slot, key_of(i), n), 0);
		plain_add(&all[i], n);
	}
	for (uint32_t k = 0; k < KEYS; k++)
		assert_same(&p, key_of(k), &all[k]);
	postings_done(&p);
}

/* Random waves of additions, and of the newest ones taken back. */
static void what_was_taken_back_was_never_added(void **state)
{
	enum { KEYS = 3000, ADDS = 60000 };
	struct plain *all = calloc(KEYS, sizeof(*all));
	uint32_t *log = calloc(ADDS, sizeof(*log)), n = 0;
	struct postings p;

	made_seed = 13;
	postings_init(&p);
	for (uint32_t wave = 0; wave < 300; wave++) {
		uint32_t more = (uint32_t)(rnd() % 800), less;

		for (uint32_t i = 0; i < more && n < ADDS; i++, n++) {
			log[n] = (uint32_t)(rnd() % (1u << rnd() % 12)) % KEYS;
			assert_int_equal(postings_add(&p, key_of(log[n]), n), 0);
			plain_add(&all[log[n]], n);
		}
		less = (uint32_t)(rnd() % (rnd() % 20 ? 700 : n + 1));
		while (n && less--) {
			uint64_t key = key_of(log[--n]);

			postings_remove(&p, key, n);
			all[log[n]].count--;
		}
		for (uint32_t k = 0; k < KEYS; k++)
			assert_same(&p, key_of(k), &all[k]);
		assert_int_equal(p.stop_keys, stop_keys(all, KEYS));
	}
	while (n) {
		uint64_t key = key_of(log[--n]);

		postings_remove(&p, key, n);
	}
	assert_int_equal(p.table.used, 0);
	assert_int_equal(p.stop_keys, 0);
	postings_done(&p);
	free(all);
	free(log);
}

/* --- leaving and coming back --- */

#define CROWD 120u

/* Those kept are in order, they are there, and none that is there stands before the last of them. */
static void assert_sound(const struct postings *p, uint64_t key, const bool there[CROWD], bool complete)
{
	struct posting got;
	uint32_t n = 0, at = 0;

	postings_get(p, key, &got);
	for (uint32_t i = 0; i < CROWD; i++) {
		n += there[i];
		if (at < got.kept && got.articles[at] == i) {
			assert_true(there[i]);
			at++;
		} else if (there[i]) {
			assert_true(at == got.kept);
		}
	}
	assert_int_equal(at, got.kept);
	assert_int_equal(got.count, n);
	if (complete)
		assert_int_equal(got.kept, n < POSTINGS_KEEP ? n : POSTINGS_KEEP);
}

static void articles_leave_and_come_in_any_order(void **state)
{
	made_seed = 14;
	for (uint32_t round = 0; round < 400; round++) {
		bool there[CROWD] = { false }, complete = true;
		uint32_t n = 0, range = 2 + (uint32_t)(rnd() % (CROWD - 1));
		struct postings p;

		postings_init(&p);
		for (uint32_t step = 0; step < 600; step++) {
			uint32_t i = (uint32_t)(rnd() % range);

			if (there[i])
				postings_remove(&p, 7, i);
			else
				assert_int_equal(postings_add(&p, 7, i), 0);
			n += there[i] ? UINT32_MAX : 1;
			there[i] = !there[i];
			complete &= n <= POSTINGS_KEEP;
			assert_sound(&p, 7, there, complete);
			assert_int_equal(p.stop_keys, n > POSTINGS_STOP);
			if (!n)
				complete = true;
		}
		postings_done(&p);
	}
}

/* However long the list: what left it and came back finds its place. */
static void a_list_is_the_same_when_all_who_left_are_back(void **state)
{
	made_seed = 15;
	for (uint32_t round = 0; round < 2000; round++) {
		uint32_t n = 1 + (uint32_t)(rnd() % CROWD), gone[CROWD], n_gone = 0;
		struct plain all = { 0 };
		struct postings p;

		postings_init(&p);
		for (uint32_t i = 0; i < n; i++) {
			assert_int_equal(postings_add(&p, 7, 3 * i), 0);
			plain_add(&all, 3 * i);
		}
		for (uint32_t i = 0; i < n; i++)
			if (rnd() % 3 == 0)
				gone[n_gone++] = 3 * i;
		for (uint32_t i = n_gone; i > 1; i--) {
			uint32_t k = (uint32_t)(rnd() % i), t = gone[k];

			gone[k] = gone[i - 1];
			gone[i - 1] = t;
		}
		for (uint32_t i = 0; i < n_gone; i++)
			postings_remove(&p, 7, gone[i]);
		for (uint32_t i = n_gone; i--;)
			assert_int_equal(postings_add(&p, 7, gone[i]), 0);
		assert_same(&p, 7, &all);
		postings_done(&p);
	}
}

static void articles_stand_in_order_of_arrival_up_to_the_limit(void **state)
{
	struct plain want = { 0 };
	struct postings p;

	postings_init(&p);
	for (uint32_t n = 0; n < 5000; n++) {
		uint32_t article = n * 7 + 3;

		assert_int_equal(p.stop_keys, n > POSTINGS_STOP);
		assert_int_equal(postings_add(&p, 99, article), 0);
		plain_add(&want, article);
		assert_same(&p, 99, &want);
	}
	postings_done(&p);
}

static void the_first_article_and_the_last_possible_one_are_kept(void **state)
{
	static const uint32_t articles[] = { 0, 1, 0x3FFFFFFE };

	for (size_t i = 0; i < 3; i++) {
		struct plain want = { 0 };
		struct postings p;

		postings_init(&p);
		for (uint32_t n = 0; n < POSTINGS_KEEP + 2; n++) {
			assert_int_equal(postings_add(&p, 5, articles[i]), 0);
			plain_add(&want, articles[i]);
			assert_same(&p, 5, &want);
		}
		postings_done(&p);
	}
}

static void an_article_number_that_does_not_fit_is_refused(void **state)
{
	static const uint32_t articles[] = { 0x3FFFFFFF, 0x40000000, 0x7FFFFFFF, UINT32_MAX };
	struct plain want = { 0 };
	struct postings p;

	postings_init(&p);
	for (size_t i = 0; i < 4; i++)
		assert_true(postings_add(&p, 5, articles[i]) < 0);
	assert_same(&p, 5, &want);
	for (uint32_t n = 0; n < 3; n++) {
		assert_int_equal(postings_add(&p, 5, n), 0);
		plain_add(&want, n);
		for (size_t i = 0; i < 4; i++)
			assert_true(postings_add(&p, 5, articles[i]) < 0);
		assert_same(&p, 5, &want);
	}
	postings_done(&p);
}

static void lists_that_are_outgrown_are_used_again(void **state)
{
	struct postings p;
	size_t bytes;

	postings_init(&p);
	for (uint32_t n = 0; n < POSTINGS_KEEP; n++)
		for (uint32_t k = 0; k < 10000; k++)
			assert_int_equal(postings_add(&p, key_of(k), n), 0);
	bytes = postings_bytes(&p);
	for (uint32_t n = 0; n < 50; n++)
		for (uint32_t k = 0; k < 10000; k++)
			assert_int_equal(postings_add(&p, key_of(k), n), 0);
	assert_int_equal(postings_bytes(&p), bytes);
	assert_int_equal(p.stop_keys, 10000);
	postings_done(&p);
}

/* A batch of articles on keys that are there, any of which may grow its list. */
static void what_was_reserved_is_enough(void **state)
{
	enum { KEYS = 3000, BATCH = 40 };
	struct postings p;

	made_seed = 9;
	postings_init(&p);
	assert_int_equal(postings_reserve(&p, BATCH), 0);
	for (uint32_t k = 0; k < KEYS; k++)
		assert_int_equal(postings_add(&p, key_of(k), 0), 0);
	for (uint32_t n = 1; n < KEYS; n++) {
		const uint32_t *pool;

		assert_int_equal(postings_reserve(&p, BATCH), 0);
		pool = p.pool;
		for (uint32_t i = 0; i < BATCH; i++)
			assert_int_equal(postings_add(&p, key_of((uint32_t)(rnd() % KEYS)), n), 0);
		assert_ptr_equal(p.pool, pool);
		assert_true(p.pool_len <= p.pool_cap);
	}
	postings_done(&p);
}

static bool left(uint64_t gone, uint32_t i)
{
	return i >= 64 || !(gone >> i & 1);
}

/* n articles, 10, 20, 30 and on, of which up to 15 have left: what is known does not depend on whether they were ever there. */
static void what_a_key_says_of_earlier_articles_is_what_it_said_then(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 70; n++) {
		struct postings p;
		uint64_t gone = 0;
		uint32_t count = n;

		postings_init(&p);
		for (uint32_t i = 0; i < n; i++)
			assert_int_equal(postings_add(&p, 42, 10 * i + 10), 0);
		for (uint32_t k = 0; k < n % 16; k++) {
			uint32_t i = (uint32_t)(mix(100 * n + k) % (n < 64 ? n : 64));

			if (!left(gone, i))
				continue;
			gone |= (uint64_t)1 << i;
			count--;
			postings_remove(&p, 42, 10 * i + 10);
		}
		for (uint32_t before = 0; before < 10 * n + 20; before++) {
			struct posting got;
			uint32_t earlier = 0;

			for (uint32_t i = 0; i < n; i++)
				earlier += 10 * i + 10 < before && left(gone, i);
			postings_get(&p, 42, &got);
			posting_before(&got, before);
			assert_int_equal(got.count, earlier <= POSTINGS_STOP ? earlier : count);
			assert_true(got.kept <= earlier && (got.kept == earlier || earlier > POSTINGS_STOP));
		}
		postings_done(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unknown_key_has_count_zero),
		cmocka_unit_test(random_postings_agree_with_a_plain_list),
		cmocka_unit_test(adding_at_a_known_slot_is_adding),
		cmocka_unit_test(what_was_taken_back_was_never_added),
		cmocka_unit_test(articles_leave_and_come_in_any_order),
		cmocka_unit_test(a_list_is_the_same_when_all_who_left_are_back),
		cmocka_unit_test(articles_stand_in_order_of_arrival_up_to_the_limit),
		cmocka_unit_test(the_first_article_and_the_last_possible_one_are_kept),
		cmocka_unit_test(an_article_number_that_does_not_fit_is_refused),
		cmocka_unit_test(lists_that_are_outgrown_are_used_again),
		cmocka_unit_test(what_was_reserved_is_enough),
		cmocka_unit_test(what_a_key_says_of_earlier_articles_is_what_it_said_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
