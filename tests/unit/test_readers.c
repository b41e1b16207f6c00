/* daemon/readers, lib/store/lmdb_look: who reads a store, since when, and what waits to be used again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/readers.h"
#include "made.h"
#include "store_items.h"

#define SECOND 1000000000u

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

static struct nd_store *open_store(void)
{
	const struct nd_store_options o = { .no_sync = true };
	struct nd_store *s;

	assert_int_equal(nd_store_open(dir, &o, &s), 0);
	return s;
}

static void commit(struct nd_store *s, uint64_t seq)
{
	commit_junk(s, seq);
}

static void a_reader_that_is_not_renewed_grows_old(void **state)
{
	struct readers r = { .n = 0 };
	struct nd_store *s = open_store();
	struct nd_slice *reader;

	commit(s, 0);
	readers_tick(&r, s, SECOND);
	assert_int_equal(r.age, 0);
	assert_int_equal(r.look.readers, 0);
	assert_int_equal(nd_slice_new(s, &reader), 0);
	readers_tick(&r, s, 2 * (uint64_t)SECOND);
	assert_int_equal(r.age, 0); /* it sees the newest */
	assert_int_equal(r.look.readers, 1);
	for (uint64_t i = 0; i < 5; i++) {
		commit(s, 0);
		readers_tick(&r, s, (3 + i) * SECOND);
		assert_int_equal(r.age, i + 1);
	}
	readers_tick(&r, s, 7 * (uint64_t)SECOND + 1); /* too soon */
	assert_int_equal(r.age, 5);
	assert_true(r.look.newest - r.look.oldest_read == 5);
	nd_slice_free(reader);
	readers_tick(&r, s, 9 * (uint64_t)SECOND);
	assert_int_equal(r.age, 0);
	nd_store_close(s);
}

static void what_is_freed_is_told_and_used_again(void **state)
{
	struct nd_store *s = open_store();
	struct nd_store_look look;
	struct nd_store_stats before, after;

	for (uint64_t i = 0; i < 50; i++)
		commit(s, i);
	nd_store_stats(s, &before);
	for (uint64_t i = 0; i < 50; i++)
		commit(s, i);
	nd_store_stats(s, &after);
	assert_int_equal(nd_store_look(s, &look), 0);
	assert_true(look.free_bytes > 4096 && look.free_bytes < after.bytes_used);
	assert_true(after.bytes_used < before.bytes_used + 20 * 4096);
	nd_store_close(s);
}

/* A process that reads and dies on the spot. */
static void read_and_die(void)
{
	const struct nd_store_options o = { .read_only = true };
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct nd_store *s;

		_exit(nd_store_open(dir, &o, &s) ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void readers_that_have_died_are_cleared_away(void **state)
{
	struct nd_store *s = open_store();
	struct nd_store_look look;

	commit(s, 0);
	for (int i = 0; i < 200; i++) { /* more than there is room for at once */
		read_and_die();
		commit(s, 0);
		assert_int_equal(nd_store_look(s, &look), 0);
		assert_int_equal(look.readers, 0);
		assert_int_equal(look.newest, look.oldest_read);
	}
	nd_store_close(s);
}

static void what_is_in_memory_has_nothing_to_tell(void **state)
{
	struct readers r = { .n = 0 };
	struct nd_store *s;

	assert_int_equal(nd_store_open("mem:", NULL, &s), 0);
	readers_tick(&r, s, SECOND);
	assert_int_equal(r.age, 0);
	assert_int_equal(r.look.free_bytes, 0);
	assert_int_equal(nd_store_flush(s), 0);
	nd_store_close(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_reader_that_is_not_renewed_grows_old),
		TEST(what_is_freed_is_told_and_used_again),
		TEST(readers_that_have_died_are_cleared_away),
		TEST(what_is_in_memory_has_nothing_to_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
