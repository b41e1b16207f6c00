/* lib/store_face: the public store is the store, for this library's profile. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "newsdup.h"
#include "store/store.h"
#include "store_items.h"

static int commit(struct nd_store *s, uint64_t from, size_t n)
{
	struct store_item *items = make_items(from, n);
	struct nd_stored *records = calloc(n, sizeof(*records));
	int err;

	for (size_t i = 0; i < n; i++)
		records[i] = (struct nd_stored){
			.seq = items[i].seq, .received = items[i].received, .at = items[i].at, .bytes = items[i].bytes,
		};
	err = nd_store_commit(s, records, n);
	free(records);
	free_items(items, n);
	return err;
}

static void commits_of_any_size_are_counted_in_memory(void **state)
{
	struct nd_store_stats stats;
	struct nd_store *s;

	assert_int_equal(nd_store_open("mem:", NULL, &s), 0);
	assert_int_equal(nd_store_commit(s, NULL, 0), 0);
	assert_int_equal(commit(s, 0, 1), 0);
	assert_int_equal(commit(s, 1, 100), 0);
	assert_int_equal(commit(s, 101, 3), 0);
	assert_int_equal(commit(s, 105, 1), -EINVAL);
	nd_store_stats(s, &stats);
	assert_int_equal(stats.articles, 104);
	assert_int_equal(stats.commits, 3);
	assert_int_equal(stats.max_bytes, (uint64_t)64 << 30);
	nd_store_close(s);
	nd_store_close(NULL);
}

static void what_was_committed_is_read_back_by_the_store_below(void **state)
{
	struct nd_store_options o = { .max_bytes = 16u << 20, .no_sync = true };
	struct store_options core = { .profile = nd_profile(), .read_only = true };
	struct store_reader *r;
	struct store_item got[4];
	struct nd_store *s;
	struct store *below;
	char dir[64];
	size_t n;

	temp_dir(dir, sizeof(dir));
	assert_int_equal(nd_store_open(dir, &o, &s), 0);
	assert_int_equal(commit(s, 0, 4), 0);
	nd_store_close(s);

	assert_int_equal(store_open(dir, &core, &below), 0);
	assert_int_equal(store_reader_new(below, &r), 0);
	assert_int_equal(store_reader_next(r, 0, got, 4, &n), 0);
	assert_int_equal(n, 4);
	for (size_t i = 0; i < 4; i++)
		assert_true(item_is_whole(&got[i]));
	store_reader_free(r);
	store_close(below);

	core = (struct store_options){ .profile = nd_profile() + 1 };
	assert_int_equal(store_open(dir, &core, &below), -ESTALE);
	o.read_only = true;
	assert_int_equal(nd_store_open(dir, &o, &s), 0);
	assert_int_equal(commit(s, 4, 1), -EROFS);
	nd_store_close(s);
	remove_dir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commits_of_any_size_are_counted_in_memory),
		cmocka_unit_test(what_was_committed_is_read_back_by_the_store_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
