/* quantile: against sorting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/quantile.h"

#define MANY 257u

static int compare(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	return (a > b) - (a < b);
}

static void every_rank_is_what_sorting_says(void **state)
{
	static const uint32_t masks[] = { 0, 1, 255, 0xFFFF, 0xFF000000, UINT32_MAX };
	uint32_t at[MANY], sorted[MANY], x = 99;

	for (size_t m = 0; m < sizeof(masks) / sizeof(masks[0]); m++)
		for (size_t n = 1; n <= MANY; n += n < 20 ? 1 : 79) {
			for (size_t i = 0; i < n; i++) {
				x = x * 1664525 + 1013904223;
				at[i] = (x ^ x >> 15) & masks[m];
			}
			memcpy(sorted, at, sizeof(sorted));
			qsort(sorted, n, sizeof(*sorted), compare);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(quantile_rank(at, n, i), sorted[i]);
		}
}

static void a_median_is_the_middle_or_between_the_two(void **state)
{
	const uint32_t at[] = { 9, 1, 5, 2, 4000000000u };

	assert_true(quantile_median(at, 1) == 9);
	assert_true(quantile_median(at, 2) == 5);
	assert_true(quantile_median(at, 3) == 5);
	assert_true(quantile_median(at, 4) == 3.5);
	assert_true(quantile_median(at, 5) == 5);
	assert_true(quantile_median((const uint32_t[]){ 4000000000u, 4000000001u }, 2) == 4000000000.5);
}

static void nine_of_ten_do_not_exceed_p90(void **state)
{
	uint32_t at[100];

	for (uint32_t i = 0; i < 100; i++)
		at[i] = 99 - i;
	assert_int_equal(quantile_p90(at, 100), 89);
	assert_int_equal(quantile_p90(at + 90, 10), 8);
	assert_int_equal(quantile_p90(at + 89, 11), 9);
	assert_int_equal(quantile_p90(at + 99, 1), 0);
	assert_int_equal(quantile_p90(at + 98, 2), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rank_is_what_sorting_says),
		cmocka_unit_test(a_median_is_the_middle_or_between_the_two),
		cmocka_unit_test(nine_of_ten_do_not_exceed_p90),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
