/* lib/store/lmdb_room: a full store, or disk, is an error of what adds; what takes away goes on, and leaves its room. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "store/store.h"
#include "store_items.h"

static char dir[64];

static int setup(void **state)
{
	temp_dir(dir, sizeof(dir));
	return 0;
}

static int teardown(void **state)
{
	remove_dir(dir);
	return 0;
}

static int replace(struct store *s, uint64_t from, size_t n, size_t step)
{
	struct store_item *items = calloc(n, sizeof(*items));
	int err;

	for (size_t i = 0; i < n; i++)
		items[i] = make_item(from + i * step, 8);
	err = store_write(s, items, n);
	free_items(items, n);
	return err;
}

static uint64_t fill(struct store *s, uint64_t count)
{
	int err;

	while (!(err = append_items(s, count, 1)))
		count++;
	assert_int_equal(err, -ENOSPC);
	return count;
}

static struct store *open_small(uint64_t max_bytes)
{
	struct store_options o = { .profile = PROFILE, .no_sync = true, .max_bytes = max_bytes };
	struct store *s;

	assert_int_equal(store_open(dir, &o, &s), 0);
	return s;
}

/* Records of one length, which need no pages side by side. */
static uint64_t fill_evenly(struct store *s, uint64_t count)
{
	struct store_item item;
	int err;

	do {
		item = make_item(count, 2000);
		err = store_write(s, &item, 1);
		free((void *)item.at);
		count += !err;
	} while (!err);
	assert_int_equal(err, -ENOSPC);
	return count;
}

/* Again and again; what is left of each takes a fraction of it. */
static void what_is_cleared_leaves_its_room_to_others(void **state)
{
	struct store *s = open_small(4u << 20);
	struct store_stats stats;
	uint64_t from = 0, to = 0, first = 0;

	for (int round = 0; round < 5; round++) {
		to = fill_evenly(s, to);
		first = first ? first : to;
		assert_true(to - from >= first / 2);
		assert_false(store_takes(s, 1, 1u << 20));
		for (; from + 20 <= to; from += 20)
			assert_int_equal(replace(s, from, 20, 1), 0);
		store_stats(s, &stats);
		assert_true(stats.bytes_room > 1u << 20 && store_takes(s, 100, 500000));
	}
	store_close(s);
}

/* All of it in one transaction, every page of which is changed. */
static void a_full_store_can_be_cleared_at_once(void **state)
{
	struct store *s = open_small(4u << 20);
	uint64_t count = fill_evenly(s, 0);

	assert_int_equal(replace(s, 0, count, 1), 0);
	assert_true(fill_evenly(s, count) > count * 3 / 2);
	store_close(s);
}

/* As one that was filled by a version that had no margin, or whose limit is another by now. */
static void a_store_larger_than_its_limit_can_be_cleared(void **state)
{
	struct store *s = open_small(0);
	uint64_t count = 2000;

	assert_int_equal(append_items(s, 0, count), 0);
	store_close(s);
	s = open_small(1);
	assert_int_equal(append_items(s, count, 1), -ENOSPC);
	for (uint64_t from = 0; from < count; from += 50)
		assert_int_equal(replace(s, from, 50, 1), 0);
	assert_int_equal(append_items(s, count, 1), 0);
	store_close(s);
}

/* What it still sees cannot be used again; once it is gone, it can. */
static void a_reader_may_keep_a_full_store_full_but_not_for_ever(void **state)
{
	struct store *s = open_small(4u << 20);
	uint64_t count = fill(s, 0);
	struct store_reader *r;

	assert_int_equal(store_reader_new(s, &r), 0);
	for (uint64_t from = 0; from + 20 <= count / 2; from += 20)
		assert_int_equal(replace(s, from, 20, 1), 0);
	assert_int_equal(append_items(s, count, 1), -ENOSPC);
	assert_false(store_takes(s, 1, 3000));
	store_reader_free(r);
	assert_false(store_takes(s, 1, 3000));
	store_probe(s);
	assert_true(store_takes(s, 1, 3000));
	assert_int_equal(append_items(s, count, 1), 0);
	store_close(s);
}

static void limit_files(rlim_t bytes)
{
	struct rlimit l;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &l), 0);
	l.rlim_cur = bytes < l.rlim_max ? bytes : l.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &l), 0);
}

static void restore(struct store *s, uint64_t from, size_t n)
{
	struct store_item *items = make_items(from, n);

	assert_int_equal(store_write(s, items, n), 0);
	free_items(items, n);
}

/* A limit of the process is a full disk to it. */
static void a_full_disk_is_an_error_and_the_store_goes_on_when_there_is_room(void **state)
{
	void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
	struct store *s = open_small(0);
	uint64_t count = 0;
	int err;

	limit_files(3000000);
	while (!(err = append_items(s, count, 10)))
		count += 10;
	assert_int_equal(err, -ENOSPC);
	assert_true(count > 100);
	for (int i = 0; i < 3; i++)
		assert_int_equal(append_items(s, count, 10), -ENOSPC);
	assert_items(s, count);
	for (uint64_t from = 0; from < 100; from += 20) /* the reserve */
		assert_int_equal(replace(s, from, 20, 1), 0);
	assert_int_equal(append_items(s, count, 10), 0); /* what was cleared leaves its room */
	count += 10;
	limit_files(RLIM_INFINITY);
	signal(SIGXFSZ, old);

	restore(s, 0, 100);
	assert_int_equal(append_items(s, count, 10), 0);
	assert_items(s, count + 10);
	store_close(s);
	s = open_small(0);
	assert_items(s, count + 10);
	store_close(s);
}

/* The map of a store may be smaller than what it holds by now: it is read, and refuses more. */
static void a_smaller_map_than_the_file_is_full(void **state)
{
	struct store *s = open_small(0);

	assert_int_equal(append_items(s, 0, 1000), 0);
	store_close(s);
	s = open_small(1);
	assert_items(s, 1000);
	assert_int_equal(append_items(s, 1000, 100), -ENOSPC);
	assert_items(s, 1000);
	store_close(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_full_disk_is_an_error_and_the_store_goes_on_when_there_is_room),
		TEST(a_smaller_map_than_the_file_is_full),
		TEST(what_is_cleared_leaves_its_room_to_others),
		TEST(a_full_store_can_be_cleared_at_once),
		TEST(a_store_larger_than_its_limit_can_be_cleared),
		TEST(a_reader_may_keep_a_full_store_full_but_not_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
