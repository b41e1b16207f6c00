/* lib/base/array: what is there stays, and room is made seldom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/array.h"

static void what_is_there_stays(void **state)
{
	uint32_t *at = NULL;
	size_t cap = 0, moves = 0;

	for (size_t n = 0; n < 100000; n++) {
		size_t before = cap;

		assert_int_equal(array_reserve(&at, &cap, n + 1, sizeof(*at)), 0);
		assert_true(cap > n);
		moves += cap != before;
		at[n] = (uint32_t)(n * 7);
	}
	for (size_t n = 0; n < 100000; n++)
		assert_int_equal(at[n], n * 7);
	assert_true(moves < 25);
	free(at);
}

static void room_that_is_there_is_enough(void **state)
{
	char *at = NULL, *was;
	size_t cap = 0;

	assert_int_equal(array_reserve(&at, &cap, 0, 1), 0);
	assert_null(at);
	assert_int_equal(array_reserve(&at, &cap, 1000, 1), 0);
	was = at;
	assert_int_equal(array_reserve(&at, &cap, cap, 1), 0);
	assert_ptr_equal(at, was);
	free(at);
}

static void too_much_changes_nothing(void **state)
{
	uint64_t *at = NULL, *was;
	size_t cap = 0, room;

	assert_int_equal(array_reserve(&at, &cap, 10, sizeof(*at)), 0);
	at[9] = 9;
	was = at;
	room = cap;
	assert_int_equal(array_reserve(&at, &cap, SIZE_MAX / sizeof(*at), sizeof(*at)), -ENOMEM);
	assert_int_equal(array_reserve(&at, &cap, SIZE_MAX, sizeof(*at)), -ENOMEM);
	assert_ptr_equal(at, was);
	assert_int_equal(cap, room);
	assert_int_equal(at[9], 9);
	free(at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_there_stays),
		cmocka_unit_test(room_that_is_there_is_enough),
		cmocka_unit_test(too_much_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
