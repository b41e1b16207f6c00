/* lib/store/loan: what is lent stays as it is for as long as it is said to. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/loan.h"
#include "tests/unit/random.h"

static struct loans *l;

static int up(void **state)
{
	(void)state;
	l = malloc(sizeof(*l));
	loans_init(l);
	return 0;
}

static int down(void **state)
{
	(void)state;
	loans_done(l);
	free(l);
	return 0;
}

static struct store_item lend(uint64_t seq, size_t bytes)
{
	uint64_t *at = malloc(bytes);
	struct store_item packed = { .seq = seq, .received = (int64_t)seq, .at = at, .bytes = bytes }, ret;

	memset(at, 0, bytes);
	at[0] = at[bytes / 8 - 1] = mix(seq);
	assert_int_equal(loans_lend(l, NULL, &packed, &ret), 0);
	free(at);
	return ret;
}

static void assert_is(const struct store_item *item, uint64_t seq)
{
	const uint64_t *at = item->at;

	assert_int_equal(item->seq, seq);
	assert_true(at[0] == mix(seq) && at[item->bytes / 8 - 1] == mix(seq));
}

/* All that were asked for among the last STORE_LOANS, in any order and again and again. */
static void what_was_asked_for_lately_is_good(void **state)
{
	static struct store_item last[STORE_LOANS];
	unsigned again = 0;

	(void)state;
	made_seed = 5;
	for (unsigned i = 0; i < 30 * STORE_LOANS; i++) {
		uint64_t seq = rnd() % (rnd() % 4 ? 3000 : 900);
		struct store_item got;

		if (loans_again(l, seq, &got))
			again++;
		else
			got = lend(seq, 16 + rnd() % 20 * 8);
		last[i % STORE_LOANS] = got;
		for (unsigned k = 0; k < STORE_LOANS && k <= i; k += 37)
			assert_is(&last[(i - k) % STORE_LOANS], last[(i - k) % STORE_LOANS].seq);
		assert_is(&got, seq);
		if (rnd() % 5000 == 0) {
			loans_end(l);
			assert_false(loans_again(l, seq, &got));
			i = STORE_LOANS - 1 + i / STORE_LOANS * STORE_LOANS;
			for (unsigned k = 0; k < STORE_LOANS; k++)
				last[k] = lend(10000 + k, 64);
		}
	}
	assert_true(again > 1000);
}

static void long_ones_are_taken_back_sooner(void **state)
{
	struct store_item last[STORE_LONG_LOANS];

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		last[i % STORE_LONG_LOANS] = lend(i, 4u << 20);
		for (unsigned k = 0; k < STORE_LONG_LOANS && k <= i; k++)
			assert_is(&last[(i - k) % STORE_LONG_LOANS], i - k);
		assert_true(l->bytes <= (2 * STORE_LONG_LOANS + 1) * ((size_t)4 << 20) + LOAN_BYTES);
	}
	loans_end(l);
	assert_int_equal(l->bytes, 0);
}

static void what_is_passed_on_lasts_until_the_next(void **state)
{
	struct store_item a = lend(1, 64), got;
	const struct store_item one = { .seq = 2, .at = "abcdefgh", .bytes = 8 }, two = { .seq = 3, .at = "ijklmnop", .bytes = 8 };

	(void)state;
	assert_int_equal(loans_pass(l, NULL, &one, &got), 0);
	assert_memory_equal(got.at, "abcdefgh", 8);
	assert_int_equal(loans_pass(l, NULL, &two, &got), 0);
	assert_memory_equal(got.at, "ijklmnop", 8);
	assert_false(loans_again(l, 2, &got));
	assert_is(&a, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_asked_for_lately_is_good),
		TEST(long_ones_are_taken_back_sooner),
		TEST(what_is_passed_on_lasts_until_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
