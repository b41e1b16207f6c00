/* index/room: an index never grows by more than was told before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/table.h"
#include "tests/unit/indexing.h"

#define EACH 256u /* keys besides those of the body */

static uint64_t index_bytes(void)
{
	struct nd_index_stats stats;

	nd_index_stats(ix, &stats);
	return stats.index_bytes;
}

static void an_article_brings_no_more_than_was_told(void **state)
{
	static struct made m;
	unsigned grew = 0;

	made_seed = 5;
	for (unsigned i = 0; i < 6000; i++) {
		struct nd_fingerprint fp = print(random_piece(&m, i));
		uint64_t before = index_bytes();
		struct nd_contents c;
		size_t growth;

		assert_int_equal(nd_fingerprint_contents(&fp, &c), 0);
		growth = nd_index_growth(ix, c.n_keys + c.n_paragraphs + EACH);
		assert_int_equal(nd_index_add(ix, &fp, NULL), 0);
		assert_true(index_bytes() <= before + growth);
		grew += index_bytes() > before;
	}
	assert_true(grew > 100);
}

/* From empty, over the first mapping, to tables that double as a whole. */
static void a_table_grows_by_no_more_than_was_told(void **state)
{
	static const size_t steps[] = { 1, 100, 5000, 60000 };
	struct table t;

	made_seed = 9;
	table_init(&t);
	for (unsigned i = 0; t.used < 2000000; i++) {
		size_t n = steps[i % 4], told = t.bytes + table_growth(&t, n);

		for (size_t k = 0; k < n; k++)
			assert_int_equal(table_insert(&t, rnd() << 32 ^ rnd(), 1), 0);
		assert_true(t.bytes <= told);
		assert_true(t.used < 100000 || table_growth(&t, 0) <= 2 * t.bytes);
	}
	table_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_article_brings_no_more_than_was_told, index_up, index_down),
		cmocka_unit_test(a_table_grows_by_no_more_than_was_told),
	};

	return cmocka_run_group_tests(tests, printer_up, printer_down);
}
