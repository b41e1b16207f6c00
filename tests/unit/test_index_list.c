/* Lists of articles: worked off in order of arrival, whatever the order in which they were asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "index/list.h"
#include "tests/unit/random.h"

#define MODEL_MAX 300u

/* The place of the least of n. */
static size_t least(const uint32_t *model, size_t n)
{
	size_t ret = 0;

	for (size_t i = 1; i < n; i++)
		if (model[i] < model[ret])
			ret = i;
	return ret;
}

static void the_earliest_first(void **state)
{
	struct list list = { 0 };
	uint32_t model[MODEL_MAX];
	size_t n = 0;

	(void)state;
	for (unsigned i = 0; i < 40000; i++) {
		bool push = n < MODEL_MAX && (!n || rnd() % 1000 < (i / 4000 % 2 ? 350 : 650));

		if (push) {
			model[n] = (uint32_t)(rnd() % 500); /* some are equal */
			assert_int_equal(list_push(&list, model[n++]), 0);
		} else {
			size_t at = least(model, n);

			assert_int_equal(list.at[0], model[at]);
			list_pop(&list);
			model[at] = model[--n];
		}
		assert_int_equal(list.n, n);
		assert_int_equal(list_is_done(&list), !n);
		if (n)
			assert_int_equal(list.at[0], model[least(model, n)]);
	}
	free(list.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_earliest_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
