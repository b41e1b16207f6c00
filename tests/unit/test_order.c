/* order: a sort in slices, against the truth of counting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "daemon/order.h"

#define MANY 1000u

static uint32_t values[MANY];
static size_t compared;

static bool value_less(const void *arg, uint32_t a, uint32_t b)
{
	const uint32_t *v = arg;

	compared++;
	return v[a] < v[b];
}

static void fill(uint32_t range)
{
	uint32_t x = 12345;

	for (size_t i = 0; i < MANY; i++) {
		x = x * 1103515245 + 12345;
		values[i] = (x >> 8) % range;
	}
}

static void check(size_t n, size_t slice)
{
	struct order o;

	assert_int_equal(order_init(&o, n), 0);
	while (order_step(&o, value_less, values, slice))
		;
	for (size_t i = 1; i < n; i++) {
		uint32_t a = o.at[i - 1], b = o.at[i];

		assert_true(values[a] < values[b] || (values[a] == values[b] && a < b));
	}
	for (size_t i = 0; i < n; i++)
		assert_true(o.at[i] < n);
	order_done(&o);
}

static void every_size_is_put_in_order_and_equals_stay_as_they_were(void **state)
{
	for (uint32_t range = 1; range <= 1000; range *= 10) {
		fill(range);
		for (size_t n = 0; n < 70; n++)
			check(n, 1 + n % 7);
		check(MANY, 1);
		check(MANY, 64);
		check(MANY, SIZE_MAX);
	}
}

static void a_step_places_no_more_than_it_may(void **state)
{
	struct order o;
	unsigned steps = 0;

	fill(1000);
	assert_int_equal(order_init(&o, MANY), 0);
	do {
		compared = 0;
		steps++;
	} while (order_step(&o, value_less, values, 10) && compared <= 11);
	assert_true(compared <= 11);
	assert_true(steps >= MANY);
	order_done(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size_is_put_in_order_and_equals_stay_as_they_were),
		cmocka_unit_test(a_step_places_no_more_than_it_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
