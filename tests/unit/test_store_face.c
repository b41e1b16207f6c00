/* lib/store_face: the public store is the store, for this library's profile. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "index/pack.h"
#include "index/record.h"
#include "newsdup.h"
#include "store/store.h"
#include "store_items.h"

/* The record of number seq. */
static void make_record(struct buf *to, uint64_t seq)
{
	char id[32];
	const struct nd_str a = { id, (size_t)snprintf(id, sizeof(id), "article %u", (unsigned)seq) }, b = { "another", 7 };

	buf_init(to, 1 << 20);
	assert_int_equal(record_ruling(to, ND_DENY, a, b, (uint32_t)seq), 0);
}

static int commit(struct nd_store *s, uint64_t from, size_t n)
{
	struct nd_stored *items = calloc(n, sizeof(*items));
	struct buf *records = calloc(n, sizeof(*records));
	int err;

	for (size_t i = 0; i < n; i++) {
		make_record(&records[i], from + i);
		items[i] = (struct nd_stored){
			.seq = from + i, .received = (int64_t)from, .at = records[i].at, .bytes = records[i].len,
		};
	}
	err = nd_store_commit(s, items, n);
	for (size_t i = 0; i < n; i++)
		buf_done(&records[i]);
	free(records);
	free(items);
	return err;
}

static void assert_is_record(const struct store_item *got, uint64_t seq)
{
	struct buf want;

	make_record(&want, seq);
	assert_int_equal(got->seq, seq);
	assert_int_equal(got->bytes, want.len);
	assert_memory_equal(got->at, want.at, want.len);
	buf_done(&want);
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
	assert_int_equal(nd_store_commit(s, &(struct nd_stored){ .seq = 104, .at = "no record at all", .bytes = 16 }, 1), -EINVAL);
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
	struct store_options core = { .profile = nd_profile(), .codec = &record_codec, .read_only = true };
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
		assert_is_record(&got[i], i);
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
