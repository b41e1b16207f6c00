/* daemon/arrivals: the lines of an input, as articles of an index: each as it came, and those that came again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/arrivals.h"

static void add_all(struct arrivals *a, const nd_seq *seqs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(arrivals_add(a, seqs[i]), 0);
	assert_int_equal(a->lines, n);
}

/* Each line's article, and whether an earlier line has become it, too. */
static void assert_lines(const struct arrivals *a, const nd_seq *seqs, const bool *again)
{
	size_t line = 0;

	for (size_t i = 0; i < a->n; i++)
		for (uint32_t k = 0; k < a->spans[i].n; k++, line++) {
			assert_int_equal(a->spans[i].first + k, seqs[line]);
			assert_int_equal(a->spans[i].again, again[line]);
		}
	assert_int_equal(line, a->lines);
}

static void an_archive_without_repeats_is_one_span(void **state)
{
	struct arrivals a;

	(void)state;
	assert_int_equal(arrivals_init(&a, 0, 0), 0);
	for (nd_seq i = 0; i < 1000; i++)
		assert_int_equal(arrivals_add(&a, i), 0);
	assert_int_equal(a.n, 1);
	assert_int_equal(a.lines, 1000);
	arrivals_done(&a);
}

static void what_came_again_is_told(void **state)
{
	const nd_seq seqs[] = { 0, 1, 0, 2, 2, 3, 4, 1 };
	const bool again[] = { false, false, true, false, true, false, false, true };
	struct arrivals a;

	(void)state;
	assert_int_equal(arrivals_init(&a, 0, 0), 0);
	add_all(&a, seqs, 8);
	assert_lines(&a, seqs, again);
	arrivals_done(&a);
}

/* From 4 on it is that of a killed run with the same input: named once it has come for the first time. */
static void what_was_there_before_counts_once_it_is_named(void **state)
{
	const nd_seq seqs[] = { 7, 10, 2, 7, 3, 11, 10, 2 };
	const bool again[] = { false, false, true, true, true, false, true, true };
	struct arrivals a;

	(void)state;
	assert_int_equal(arrivals_init(&a, 10, 4), 0);
	for (nd_seq i = 0; i < 10; i++)
		assert_false(arrivals_has(&a, i));
	add_all(&a, seqs, 8);
	assert_lines(&a, seqs, again);
	for (nd_seq i = 0; i < 12; i++)
		assert_int_equal(arrivals_has(&a, i), i == 2 || i == 3 || i == 7 || i >= 10);
	arrivals_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_archive_without_repeats_is_one_span),
		cmocka_unit_test(what_came_again_is_told),
		cmocka_unit_test(what_was_there_before_counts_once_it_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
