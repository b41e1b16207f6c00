/* An index beside a store answers as if all had come to one index, and leaves the store alone. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/indexing.h"

static void store_all(void)
{
	assert_int_equal(nd_index_again(ix, SIZE_MAX), 0);
	for (;;) {
		struct nd_stored batch[50];
		size_t n = nd_index_pending(ix, 0, batch, 50);

		if (!n)
			return;
		assert_int_equal(nd_store_commit(store, batch, n), 0);
		nd_index_committed(ix, n);
	}
}

/* The store is let go of before article `held` comes behind its 600. */
static void judge_by_both(unsigned held)
{
	static struct made m;
	struct nd_stored none;
	struct nd_index_stats stats;
	struct nd_store_stats before, after;

	made_seed = 417;
	m = (struct made){ 0 };
	for (unsigned i = 0; i < 600; i++) {
		struct nd_fingerprint fp = print(random_piece(&m, i));

		assert_int_equal(nd_index_put(ix, &fp, 1700000000000 + i, NULL), 0);
		assert_int_equal(nd_index_add(whole, &fp, NULL), 0);
	}
	store_all();
	nd_index_free(ix);
	nd_store_stats(store, &before);
	assert_int_equal(nd_index_open_beside(store, "/tmp", &ix), 0);
	assert_int_equal(nd_index_let_go(ix), -EBUSY);
	load(100);
	for (unsigned i = 600; i < 1500; i++) {
		struct piece p = random_piece(&m, i);
		struct nd_report x, y;

		if (i == held)
			assert_int_equal(nd_index_let_go(ix), 0);
		x = add_to(whole, p);
		y = add(p);

		assert_same_report(&x, &y);
	}
	assert_int_equal(nd_index_again(ix, SIZE_MAX), 0);
	assert_int_equal(nd_index_again(whole, SIZE_MAX), 0);
	assert_same_index(ix, whole);
	assert_whole();
	for (nd_seq i = 0; i < 1500; i++)
		assert_int_equal(nd_index_received(ix, i), i < 600 ? 1700000000000 + i : 0);
	nd_index_stats(ix, &stats);
	assert_int_equal(stats.pending, 0);
	assert_true(stats.spool_bytes > 0);
	assert_int_equal(nd_index_pending(ix, 0, &none, 1), 0);
	nd_store_stats(store, &after);
	assert_memory_equal(&before, &after, sizeof(before));
}

static void what_comes_is_judged_by_both(void **state)
{
	judge_by_both(UINT32_MAX);
}

static void the_store_need_not_be_held(void **state)
{
	judge_by_both(600);
}

static void it_may_be_let_go_of_in_the_midst(void **state)
{
	judge_by_both(1000);
	assert_int_equal(nd_index_let_go(ix), 0);
	assert_whole();
}

static void the_same_article_is_known_by_id_text_and_title(void **state)
{
	const struct piece a = { .id = "a", .text = text_of(0, 60), .title = "one" };
	struct piece p = a;
	struct nd_fingerprint fp = print(p);

	assert_int_equal(nd_index_same(ix, &fp), ND_NONE);
	assert_int_equal(add(a).seq, 0);
	fp = print(p);
	assert_int_equal(nd_index_same(ix, &fp), 0);
	assert_true(nd_index_is_same(ix, 0, &fp));
	p.id = "b";
	fp = print(p);
	assert_int_equal(nd_index_same(ix, &fp), ND_NONE);
	assert_false(nd_index_is_same(ix, 0, &fp));
	p = a;
	p.title = "two";
	fp = print(p);
	assert_int_equal(nd_index_same(ix, &fp), ND_NONE);
	p = a;
	p.text = text_of(0, 61);
	fp = print(p);
	assert_int_equal(nd_index_same(ix, &fp), ND_NONE);
	assert_int_equal(add(p).seq, 1);
	fp = print(p);
	assert_int_equal(nd_index_same(ix, &fp), 1);
	fp = print(a);
	assert_int_equal(nd_index_same(ix, &fp), ND_NONE); /* the newest counts */
	assert_true(nd_index_is_same(ix, 0, &fp));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_comes_is_judged_by_both, twins_up, twins_down),
		cmocka_unit_test_setup_teardown(the_store_need_not_be_held, twins_up, twins_down),
		cmocka_unit_test_setup_teardown(it_may_be_let_go_of_in_the_midst, twins_up, twins_down),
		cmocka_unit_test_setup_teardown(the_same_article_is_known_by_id_text_and_title, twins_up, twins_down),
	};

	return cmocka_run_group_tests(tests, printer_up, printer_down);
}
