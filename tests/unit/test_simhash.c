/* lib/sketch/simhash: 64 plain counters tell the truth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sketch/simhash.h"
#include "tests/unit/random.h"

struct plain {
	uint64_t n, set[64];
};

static void plain_add(struct plain *p, const uint64_t *features, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (int bit = 0; bit < 64; bit++)
			p->set[bit] += features[i] >> bit & 1;
	p->n += n;
}

static uint64_t plain_value(const struct plain *p)
{
	uint64_t ret = 0;

	for (int bit = 0; bit < 64; bit++)
		ret |= (uint64_t)(2 * p->set[bit] > p->n) << bit;
	return ret;
}

static void fill(uint64_t *features, size_t n, int kind)
{
	for (size_t i = 0; i < n; i++)
		features[i] = kind == 0 ? rnd() : kind == 1 ? rnd() | rnd() | rnd() : kind == 2 ? rnd() & rnd() & rnd()
			    : kind == 3 ? UINT64_MAX : 0;
}

static void nothing_has_value_zero(void **state)
{
	struct simhash s;

	simhash_init(&s);
	assert_int_equal(simhash_value(&s), 0);
	simhash_add(&s, NULL, 0);
	assert_int_equal(simhash_value(&s), 0);
	assert_int_equal(s.n, 0);
}

static void one_feature_is_its_own_value(void **state)
{
	made_seed = 21;
	for (int i = 0; i < 1000; i++) {
		uint64_t feature = rnd();
		struct simhash s;

		simhash_init(&s);
		simhash_add(&s, &feature, 1);
		assert_int_equal(simhash_value(&s), feature);
	}
}

static void every_number_of_features_agrees_with_plain_counters(void **state)
{
	uint64_t features[300];

	made_seed = 22;
	for (int kind = 0; kind < 5; kind++)
		for (size_t n = 0; n <= 300; n++) {
			struct plain p = { 0 };
			struct simhash s;

			fill(features, n, kind);
			simhash_init(&s);
			simhash_add(&s, features, n);
			plain_add(&p, features, n);
			assert_int_equal(s.n, n);
			assert_int_equal(simhash_value(&s), plain_value(&p));
		}
}

static void every_kind_of_vector_counts_as_the_plainest(void **state)
{
	simhash_count_fn *const *all = simhash_all();
	uint64_t features[SIMHASH_BYTES_MAX];
	uint8_t want[64], got[64];

	made_seed = 27;
	for (int kind = 0; kind < 5; kind++)
		for (size_t n = 0; n <= SIMHASH_BYTES_MAX; n++) {
			fill(features, n, kind);
			all[0](features, n, want);
			for (size_t i = 1; all[i]; i++) {
				memset(got, 0xAA, sizeof(got));
				all[i](features, n, got);
				assert_memory_equal(got, want, sizeof(got));
			}
		}
}

static void features_added_in_pieces_count_the_same(void **state)
{
	uint64_t features[300];

	made_seed = 23;
	for (int round = 0; round < 500; round++) {
		struct plain p = { 0 };
		struct simhash s;
		size_t at = 0;

		fill(features, 300, round % 3);
		simhash_init(&s);
		while (at < 300) {
			size_t n = rnd() % 20;

			if (n > 300 - at)
				n = 300 - at;
			simhash_add(&s, features + at, n);
			plain_add(&p, features + at, n);
			at += n;
			assert_int_equal(simhash_value(&s), plain_value(&p));
		}
	}
}

static void of_features_at_once_it_is_the_same(void **state)
{
	uint64_t features[600];

	made_seed = 24;
	for (int round = 0; round < 3000; round++) {
		size_t n = rnd() % (round % 2 ? 600 : 5);
		struct plain p = { 0 };

		fill(features, n, (int)(rnd() % 5));
		plain_add(&p, features, n);
		assert_int_equal(simhash_of(features, n), plain_value(&p));
	}
}

/* Sets of halves that share most are near, others are 32 bits apart, more or less. */
static void of_halves_it_tells_likeness(void **state)
{
	uint32_t a[600], b[600];

	made_seed = 25;
	assert_int_equal(simhash_of_halves(NULL, 0), 0);
	for (int round = 0; round < 300; round++) {
		for (int i = 0; i < 600; i++) {
			a[i] = (uint32_t)rnd();
			b[i] = i < 570 ? a[i] : (uint32_t)rnd();
		}
		assert_true(simhash_distance(simhash_of_halves(a, 600), simhash_of_halves(b, 600)) < 18);
		for (int i = 0; i < 570; i++)
			b[i] = (uint32_t)rnd();
		assert_true(simhash_distance(simhash_of_halves(a, 600), simhash_of_halves(b, 600)) > 10);
	}
}

static void a_tie_is_zero(void **state)
{
	for (size_t n = 1; n <= 64; n++) {
		struct simhash s;
		uint64_t on = UINT64_MAX, off = 0;

		simhash_init(&s);
		for (size_t i = 0; i < n; i++) {
			simhash_add(&s, &on, 1);
			simhash_add(&s, &off, 1);
		}
		assert_int_equal(simhash_value(&s), 0);
		simhash_add(&s, &on, 1);
		assert_int_equal(simhash_value(&s), UINT64_MAX);
	}
}

/* As many as the largest text can have: 8 MiB of one-byte units. */
static void the_largest_text_does_not_overflow_a_counter(void **state)
{
	enum { BLOCK = 1 << 16, TIMES = 128 };
	uint64_t *features = malloc(BLOCK * sizeof(*features));
	struct simhash all;

	assert_non_null(features);
	for (size_t i = 0; i < BLOCK; i++)
		features[i] = i % 2 ? 0xFF00FF00FF00FF01u : 0xFFFF0000FFFF0001u;
	simhash_init(&all);
	for (int i = 0; i < TIMES; i++)
		simhash_add(&all, features, BLOCK);
	assert_int_equal(all.n, BLOCK * TIMES);
	assert_int_equal(simhash_value(&all), 0xFF000000FF000001u);
	free(features);
}

static void distance_counts_the_bits_that_differ(void **state)
{
	assert_int_equal(simhash_distance(0, 0), 0);
	assert_int_equal(simhash_distance(0, UINT64_MAX), 64);
	for (int bit = 0; bit < 64; bit++)
		assert_int_equal(simhash_distance(42, 42 ^ UINT64_C(1) << bit), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_has_value_zero),
		cmocka_unit_test(one_feature_is_its_own_value),
		cmocka_unit_test(every_number_of_features_agrees_with_plain_counters),
		cmocka_unit_test(every_kind_of_vector_counts_as_the_plainest),
		cmocka_unit_test(features_added_in_pieces_count_the_same),
		cmocka_unit_test(of_features_at_once_it_is_the_same),
		cmocka_unit_test(of_halves_it_tells_likeness),
		cmocka_unit_test(a_tie_is_zero),
		cmocka_unit_test(the_largest_text_does_not_overflow_a_counter),
		cmocka_unit_test(distance_counts_the_bits_that_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
