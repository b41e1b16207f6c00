/* lib/base/draft and dir: what a killed maker leaves goes, what is somebody's stays. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/dir.h"
#include "base/draft.h"

static char top[64], path[80];

static int setup(void **state)
{
	snprintf(top, sizeof(top), "/tmp/test_draft.XXXXXX");
	snprintf(path, sizeof(path), "%s/new", mkdtemp(top));
	return 0;
}

static int teardown(void **state)
{
	draft_sweep(path);
	return rmdir(top);
}

static int in_draft(const char *name, int flags)
{
	char file[128];

	snprintf(file, sizeof(file), "%s/%s", path, name);
	return open(file, flags, 0640);
}

static void leave(const char *name)
{
	close(in_draft(name, O_WRONLY | O_CREAT));
}

static void what_was_begun_is_swept(void **state)
{
	char stamp[8] = "";
	int fd;

	assert_int_equal(draft_sweep(path), 0); /* there is none */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(draft_begin(path, "1234"), 0);
		fd = in_draft(DRAFT_STAMP, O_RDONLY);
		assert_int_equal(read(fd, stamp, sizeof(stamp)), 4);
		assert_string_equal(stamp, "1234");
		close(fd);
		leave("store.mdb");
		leave("lock");
	}
	assert_int_equal(draft_sweep(path), 0);
	assert_int_equal(access(path, F_OK), -1);
}

static void a_store_without_a_stamp_stays(void **state)
{
	assert_int_equal(mkdir(path, 0750), 0);
	leave("store.mdb");
	assert_int_equal(draft_sweep(path), -EEXIST);
	assert_int_equal(draft_begin(path, ""), -EEXIST);
	leave(DRAFT_STAMP);
	assert_int_equal(draft_sweep(path), 0);
}

static void what_somebody_has_open_stays(void **state)
{
	int dir, lock;

	assert_int_equal(draft_begin(path, ""), 0);
	assert_int_equal(dir_open(path, false, &dir), 0);
	assert_int_equal(dir_lock_there(dir, "lock", &lock), 0);
	assert_int_equal(lock, -1); /* nobody has made it */
	assert_int_equal(dir_lock(dir, "lock", &lock), 0);
	assert_int_equal(draft_sweep(path), -EBUSY);
	assert_true(dir_has(dir, DRAFT_STAMP));
	close(lock);
	close(dir);
	assert_int_equal(draft_sweep(path), 0);
}

static void what_else_is_there_stays(void **state)
{
	int dir;

	assert_int_equal(draft_begin(path, ""), 0);
	leave("notes");
	assert_int_equal(draft_sweep(path), -ENOTEMPTY);
	assert_int_equal(dir_open(path, false, &dir), 0);
	assert_int_equal(dir_drop(dir, "notes"), 0);
	assert_int_equal(dir_drop(dir, "notes"), 0);
	close(dir);
}

static void a_file_takes_after_the_one_it_replaces(void **state)
{
	struct stat st;
	int dir;

	assert_int_equal(draft_begin(path, ""), 0);
	assert_int_equal(dir_open(path, false, &dir), 0);
	leave("store.mdb");
	assert_int_equal(fchmodat(dir, DRAFT_STAMP, 0604, 0), 0);
	assert_int_equal(dir_take_after(dir, "store.mdb", dir, DRAFT_STAMP), 0);
	assert_int_equal(fstatat(dir, "store.mdb", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0604);
	assert_int_equal(dir_take_after(dir, "store.mdb", dir, "nothing"), 0);
	assert_int_equal(fstatat(dir, "store.mdb", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0604);
	assert_int_equal(dir_take_after(dir, "nothing", dir, DRAFT_STAMP), -ENOENT);
	close(dir);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_begun_is_swept),
		TEST(a_store_without_a_stamp_stays),
		TEST(what_somebody_has_open_stays),
		TEST(what_else_is_there_stays),
		TEST(a_file_takes_after_the_one_it_replaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
