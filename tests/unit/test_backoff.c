/* lib/client/backoff: pauses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/backoff.h"

static void test_pauses_double_with_jitter_up_to_a_maximum(void **state)
{
	struct backoff a, b;
	bool differ = false;

	backoff_init(&a, 100, 1500, 1);
	backoff_init(&b, 100, 1500, 2);
	for (int round = 0; round < 2; round++) {
		for (int most = 100, i = 0; i < 12; i++) {
			int ms = backoff_next(&a);

			assert_in_range(ms, most / 2, most);
			differ |= backoff_next(&b) != ms;
			most = most * 2 < 1500 ? most * 2 : 1500;
		}
		backoff_reset(&a);
		backoff_reset(&b);
	}
	assert_true(differ);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pauses_double_with_jitter_up_to_a_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
