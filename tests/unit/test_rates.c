/* daemon/rates: a second's worth at once, then the rate, each user for himself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/rates.h"

#define SECOND 1000000000u

static unsigned allowed(struct rates *r, uid_t uid, unsigned n, uint64_t now)
{
	unsigned ret = 0;

	while (n--)
		ret += rates_allow(r, uid, 10, now);
	return ret;
}

static void a_user_has_a_burst_and_then_the_rate(void **state)
{
	struct rates r = { 0 };

	assert_int_equal(allowed(&r, 1, 100, SECOND), 10);
	assert_int_equal(allowed(&r, 1, 100, SECOND + SECOND / 2), 5);
	assert_int_equal(allowed(&r, 1, 100, 100ul * SECOND), 10);
}

static void users_do_not_share(void **state)
{
	struct rates r = { 0 };

	assert_int_equal(allowed(&r, 1, 100, SECOND), 10);
	assert_int_equal(allowed(&r, 2, 100, SECOND), 10);
}

static void more_users_than_are_remembered_do_no_harm(void **state)
{
	struct rates r = { 0 };

	for (uid_t uid = 0; uid < 3 * RATES_USERS; uid++)
		assert_int_equal(allowed(&r, uid, 20, SECOND + uid), 10);
}

static void no_rate_is_no_limit(void **state)
{
	struct rates r = { 0 };

	for (unsigned i = 0; i < 1000; i++)
		assert_true(rates_allow(&r, 1, 0, SECOND));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_has_a_burst_and_then_the_rate),
		cmocka_unit_test(users_do_not_share),
		cmocka_unit_test(more_users_than_are_remembered_do_no_harm),
		cmocka_unit_test(no_rate_is_no_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
