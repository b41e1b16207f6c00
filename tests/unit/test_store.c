/* lib/store: the one contract of every backend, run for each: what is committed is there, in order, as it came. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/store.h"
#include "store_items.h"

static char dir[64];

/* A row for each backend: what to open for a fresh store. */
static char mem_name[] = "mem:";

static int no_setup(void **state)
{
	*state = mem_name;
	return 0;
}

static int dir_setup(void **state)
{
	temp_dir(dir, sizeof(dir));
	*state = dir;
	return 0;
}

static int dir_teardown(void **state)
{
	remove_dir(dir);
	return 0;
}

static struct store *open_store(void **state, uint64_t max_bytes)
{
	struct store_options o = { .max_bytes = max_bytes, .profile = PROFILE, .no_sync = true };
	struct store *s;

	assert_int_equal(store_open(*state, &o, &s), 0);
	return s;
}

static struct store_reader *open_reader(struct store *s)
{
	struct store_reader *r;

	assert_int_equal(store_reader_new(s, &r), 0);
	return r;
}

static int append(struct store *s, uint64_t from, size_t n)
{
	struct store_item *items = make_items(from, n);
	int err = store_write(s, items, n);

	free_items(items, n);
	return err;
}

static void assert_holds(struct store *s, uint64_t n)
{
	struct store_reader *r = open_reader(s);
	struct store_item got[7];
	uint64_t seq = 0;
	size_t n_got;

	assert_int_equal(store_count(s), n);
	do {
		assert_int_equal(store_reader_next(r, seq, got, 7, &n_got), 0);
		for (size_t i = 0; i < n_got; i++, seq++) {
			assert_int_equal(got[i].seq, seq);
			assert_true(item_is_whole(&got[i]));
			assert_int_equal(store_reader_get(r, seq, &got[i]), 0);
			assert_true(item_is_whole(&got[i]));
		}
	} while (n_got);
	assert_int_equal(seq, n);
	for (seq = 0; seq < n; seq++) { /* of a store without a codec they stand as they are */
		assert_int_equal(store_reader_packed(r, seq, got), 0);
		assert_int_equal(got->seq, seq);
		assert_true(item_is_whole(got));
	}
	assert_int_equal(store_reader_packed(r, n, got), -ENOENT);
	assert_int_equal(store_reader_get(r, n, got), -ENOENT);
	store_reader_free(r);
}

static void an_empty_store_holds_nothing(void **state)
{
	struct store *s = open_store(state, 0);
	struct store_stats stats;

	assert_holds(s, 0);
	assert_int_equal(store_write(s, NULL, 0), 0);
	assert_holds(s, 0);
	store_stats(s, &stats);
	assert_int_equal(stats.records, 0);
	assert_int_equal(stats.commits, 0);
	assert_int_equal(stats.max_bytes, STORE_MAX);
	store_close(s);
	store_close(NULL);
	store_reader_free(NULL);
}

static void records_come_back_in_order_as_they_were(void **state)
{
	struct store *s = open_store(state, 0);
	struct store_stats stats;
	uint64_t count = 0;

	for (size_t n = 1; count < 3000; n = n * 2 % 1023 + 1) {
		assert_int_equal(append(s, count, n), 0);
		count += n;
	}
	assert_holds(s, count);
	store_stats(s, &stats);
	assert_int_equal(stats.records, count);
	assert_true(stats.commits > 5 && stats.commits < count);
	assert_true(stats.bytes_used > count * 1000);
	store_close(s);
}

static void the_callers_memory_is_its_own_again(void **state)
{
	struct store *s = open_store(state, 0);
	struct store_item item = make_item(0, 3304);
	struct store_reader *r;

	assert_int_equal(store_write(s, &item, 1), 0);
	memset((void *)item.at, 0, item.bytes);
	free((void *)item.at);
	r = open_reader(s);
	assert_int_equal(store_reader_get(r, 0, &item), 0);
	assert_int_equal(item.bytes, 3304);
	assert_true(item_fits(&item));
	store_reader_free(r);
	store_close(s);
}

static void a_gap_is_refused_and_nothing_of_its_batch_stays(void **state)
{
	struct store *s = open_store(state, 0);
	struct store_item *items = make_items(10, 5);

	assert_int_equal(append(s, 1, 1), -EINVAL);
	assert_int_equal(append(s, 0, 10), 0);
	assert_int_equal(append(s, 11, 1), -EINVAL);
	items[3].seq = 99;
	assert_int_equal(store_write(s, items, 5), -EINVAL);
	items[3].seq = 13;
	assert_holds(s, 10);
	assert_int_equal(store_write(s, items, 5), 0);
	free_items(items, 5);
	assert_holds(s, 15);
	store_close(s);
}

static void large_records_stand_among_empty_ones(void **state)
{
	static const size_t sizes[] = { 0, 20000000, 0, 8, 5000001, 0, 1u << 20 };
	enum { N = sizeof(sizes) / sizeof(sizes[0]) };
	struct store *s = open_store(state, 0);
	struct store_item got[N + 1];
	struct store_reader *r;
	size_t n;

	for (size_t i = 0; i < N; i++) {
		struct store_item item = make_item(i, sizes[i]);

		assert_int_equal(store_write(s, &item, 1), 0);
		free((void *)item.at);
	}
	r = open_reader(s);
	assert_int_equal(store_reader_next(r, 0, got, N + 1, &n), 0);
	assert_int_equal(n, N);
	for (size_t i = 0; i < N; i++) {
		assert_int_equal(got[i].bytes, sizes[i]);
		assert_true(item_fits(&got[i]));
	}
	store_reader_free(r);
	store_close(s);
}

static void a_payload_past_the_longest_is_refused_unread(void **state)
{
	struct store *s = open_store(state, 0);
	struct store_item item = { .seq = 0, .at = "", .bytes = UINT32_MAX };

	assert_int_equal(store_write(s, &item, 1), -E2BIG);
	item.bytes = SIZE_MAX;
	assert_int_equal(store_write(s, &item, 1), -E2BIG);
	assert_holds(s, 0);
	store_close(s);
}

static void a_reader_sees_what_was_there_until_it_is_renewed(void **state)
{
	struct store *s = open_store(state, 0);
	struct store_item old, got[4];
	struct store_reader *r;
	size_t n;

	assert_int_equal(append(s, 0, 3), 0);
	r = open_reader(s);
	assert_int_equal(store_reader_get(r, 2, &old), 0);
	for (uint64_t seq = 3; seq < 300; seq++)
		assert_int_equal(append(s, seq, 1), 0);
	assert_int_equal(store_count(s), 300);
	assert_int_equal(store_reader_get(r, 3, got), -ENOENT);
	assert_int_equal(store_reader_next(r, 0, got, 4, &n), 0);
	assert_int_equal(n, 3);
	assert_true(item_is_whole(&old));

	assert_int_equal(store_reader_renew(r), 0);
	assert_int_equal(store_reader_get(r, 299, got), 0);
	assert_true(item_is_whole(got));
	assert_int_equal(store_reader_next(r, 296, got, 4, &n), 0);
	assert_int_equal(n, 4);
	assert_int_equal(store_reader_next(r, 300, got, 4, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(store_reader_next(r, UINT64_MAX, got, 4, &n), 0);
	assert_int_equal(n, 0);
	store_reader_free(r);
	store_close(s);
}

/* --- other versions --- */

/* What a store holds, or held once: the length of each record. */
struct model {
	size_t n;
	size_t sizes[400];
};

static void assert_like(struct store_reader *r, const struct model *m)
{
	struct store_item got;
	size_t n;

	for (uint64_t seq = 0; seq < m->n; seq++) {
		assert_int_equal(store_reader_get(r, seq, &got), 0);
		assert_int_equal(got.bytes, m->sizes[seq]);
		assert_true(item_fits(&got));
		assert_int_equal(store_reader_next(r, seq, &got, 1, &n), 0);
		assert_int_equal(n, 1);
		assert_int_equal(got.bytes, m->sizes[seq]);
	}
	assert_int_equal(store_reader_get(r, m->n, &got), -ENOENT);
}

/* Random versions of random records, and new ones among them. */
static size_t make_batch(struct model *m, struct store_item *items, size_t max, unsigned *seed)
{
	size_t n = 1 + (size_t)rand_r(seed) % max;

	for (size_t i = 0; i < n; i++) {
		uint64_t seq = m->n < 400 && rand_r(seed) % 3 == 0 ? m->n : (uint64_t)rand_r(seed) % (m->n + (m->n < 400));
		size_t bytes = (size_t)(rand_r(seed) % (rand_r(seed) % 20 ? 5000 : 60000));

		items[i] = make_item(seq, bytes);
		m->n += seq == m->n;
		m->sizes[seq] = bytes;
	}
	return n;
}

static void drop_batch(struct store_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free((void *)items[i].at);
}

static void a_newer_version_takes_the_place_of_a_record(void **state)
{
	struct store *s = open_store(state, 0);
	struct store_item two[2] = { make_item(1, 777), make_item(1, 8) }, got;
	struct store_reader *r;

	assert_int_equal(append(s, 0, 3), 0);
	r = open_reader(s);
	assert_int_equal(store_write(s, two, 2), 0);
	assert_int_equal(store_count(s), 3);
	assert_int_equal(store_reader_get(r, 1, &got), 0);
	assert_true(item_is_whole(&got));
	assert_int_equal(store_reader_renew(r), 0);
	assert_int_equal(store_reader_get(r, 1, &got), 0);
	assert_int_equal(got.bytes, 8);
	assert_true(item_fits(&got));
	drop_batch(two, 2);
	store_reader_free(r);
	store_close(s);
}

/* Each sees the versions of its last renewal, whatever is written since. */
static void readers_see_the_versions_of_their_time(void **state)
{
	static struct model now, then[3];
	struct store *s = open_store(state, 0);
	struct store_reader *readers[3];
	struct store_item items[30];
	unsigned seed = 7;

	now.n = 0;
	for (size_t i = 0; i < 3; i++) {
		readers[i] = open_reader(s);
		then[i].n = 0;
	}
	for (int round = 0; round < 300; round++) {
		size_t n = make_batch(&now, items, 30, &seed), i = (size_t)rand_r(&seed) % 3;

		assert_int_equal(store_write(s, items, n), 0);
		drop_batch(items, n);
		assert_like(readers[i], &then[i]);
		if (rand_r(&seed) % 3 == 0) {
			assert_int_equal(store_reader_renew(readers[i]), 0);
			then[i] = now;
		}
	}
	for (size_t i = 0; i < 3; i++)
		store_reader_free(readers[i]);
	readers[0] = open_reader(s);
	assert_int_equal(store_count(s), now.n);
	assert_like(readers[0], &now);
	store_reader_free(readers[0]);
	store_close(s);
}

static void a_batch_that_finds_no_room_replaces_nothing(void **state)
{
	static struct model m;
	struct store *s = open_store(state, 2u << 20);
	struct store_reader *r = open_reader(s);
	struct store_item items[21];
	unsigned seed = 9;

	m.n = 0;
	for (int round = 0; round < 10; round++) {
		size_t n = make_batch(&m, items, 5, &seed);

		assert_int_equal(store_write(s, items, n), 0);
		drop_batch(items, n);
	}
	for (int round = 0; round < 5; round++) {
		struct model next = m;
		size_t n = make_batch(&next, items, 20, &seed);

		items[n] = (struct store_item){ .seq = 0, .at = calloc(1, 3u << 20), .bytes = 3u << 20 };
		assert_int_equal(store_write(s, items, n + 1), -ENOSPC);
		items[n].bytes = UINT32_MAX;
		assert_int_equal(store_write(s, items, n + 1), -E2BIG);
		items[n] = (struct store_item){ .seq = next.n + 1, .at = items[n].at, .bytes = 8 };
		assert_int_equal(store_write(s, items, n + 1), -EINVAL);
		drop_batch(items, n + 1);
		assert_int_equal(store_reader_renew(r), 0);
		assert_int_equal(store_count(s), m.n);
		assert_like(r, &m);
	}
	store_reader_free(r);
	store_close(s);
}

static void a_failed_call_leaves_its_outputs_alone(void **state)
{
	struct store *s = open_store(state, 0);
	struct store_reader *r = open_reader(s);
	struct store_item item = { .seq = 42, .bytes = 43 };

	assert_int_equal(store_reader_get(r, 0, &item), -ENOENT);
	assert_int_equal(item.seq, 42);
	assert_int_equal(item.bytes, 43);
	store_reader_free(r);
	store_close(s);
}

static void a_full_store_refuses_keeps_what_it_has_and_takes_what_fits(void **state)
{
	struct store *s = open_store(state, 4u << 20);
	struct store_item large = { .at = calloc(1, 3u << 20), .bytes = 3u << 20 };
	struct store_stats stats;
	uint64_t count = 0;
	int err;

	while (!(err = append(s, count, 20)))
		count += 20;
	assert_int_equal(err, -ENOSPC);
	assert_true(count > 300);
	large.seq = count;
	for (int i = 0; i < 5; i++)
		assert_int_equal(store_write(s, &large, 1), -ENOSPC);
	free((void *)large.at);
	store_stats(s, &stats);
	assert_true(stats.bytes_used < stats.max_bytes + (1u << 20) && stats.max_bytes == 4u << 20);
	assert_true(stats.bytes_room < 3u << 20 && stats.bytes_spare > 3u << 20);
	assert_holds(s, count);
	while (!append(s, count, 1))
		count++;
	assert_holds(s, count);
	store_close(s);
}

static int replace(struct store *s, uint64_t from, size_t n, size_t step)
{
	struct store_item items[20];
	int err;

	for (size_t i = 0; i < n; i++)
		items[i] = make_item(from + i * step, 8);
	err = store_write(s, items, n);
	for (size_t i = 0; i < n; i++)
		free((void *)items[i].at);
	return err;
}

/* What is small and not an article, as what is ruled about two: until half of the margin is gone. */
static uint64_t add_small(struct store *s, uint64_t count)
{
	struct store_item item = make_item(count, 3000);
	int err;

	for (item.spare = true; !(err = store_write(s, &item, 1)); item.seq++)
		;
	assert_int_equal(err, -ENOSPC);
	free((void *)item.at);
	return item.seq;
}

static void a_full_store_can_be_cleared(void **state)
{
	struct store *s = open_store(state, 4u << 20);
	uint64_t count = 0, all;
	struct store_stats stats;

	while (!append(s, count, 1))
		count++;
	all = add_small(s, count);
	assert_true(all > count + 500);
	assert_int_equal(append(s, all, 1), -ENOSPC);
	for (uint64_t at = 0; at < 10; at++) /* here and there, whose pages are all another's, too */
		for (uint64_t from = at; from + 200 <= count; from += 200)
			assert_int_equal(replace(s, from, 20, 10), 0);
	store_stats(s, &stats);
	assert_int_equal(stats.records, all);
	store_close(s);
}

#define CONTRACT(setup, teardown) \
	cmocka_unit_test_setup_teardown(an_empty_store_holds_nothing, setup, teardown), \
	cmocka_unit_test_setup_teardown(records_come_back_in_order_as_they_were, setup, teardown), \
	cmocka_unit_test_setup_teardown(the_callers_memory_is_its_own_again, setup, teardown), \
	cmocka_unit_test_setup_teardown(a_gap_is_refused_and_nothing_of_its_batch_stays, setup, teardown), \
	cmocka_unit_test_setup_teardown(large_records_stand_among_empty_ones, setup, teardown), \
	cmocka_unit_test_setup_teardown(a_payload_past_the_longest_is_refused_unread, setup, teardown), \
	cmocka_unit_test_setup_teardown(a_reader_sees_what_was_there_until_it_is_renewed, setup, teardown), \
	cmocka_unit_test_setup_teardown(a_newer_version_takes_the_place_of_a_record, setup, teardown), \
	cmocka_unit_test_setup_teardown(readers_see_the_versions_of_their_time, setup, teardown), \
	cmocka_unit_test_setup_teardown(a_batch_that_finds_no_room_replaces_nothing, setup, teardown), \
	cmocka_unit_test_setup_teardown(a_failed_call_leaves_its_outputs_alone, setup, teardown), \
	cmocka_unit_test_setup_teardown(a_full_store_can_be_cleared, setup, teardown), \
	cmocka_unit_test_setup_teardown(a_full_store_refuses_keeps_what_it_has_and_takes_what_fits, setup, \
					teardown)

int main(void)
{
	const struct CMUnitTest memory[] = { CONTRACT(no_setup, NULL) };
	const struct CMUnitTest lmdb[] = { CONTRACT(dir_setup, dir_teardown) };
	int failed = cmocka_run_group_tests_name("memory", memory, NULL, NULL);

	return failed + cmocka_run_group_tests_name("lmdb", lmdb, NULL, NULL);
}
