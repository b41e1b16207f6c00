/* lib/store/spool: what was appended stands where it was put, whatever comes after it, a full disk too. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/spool.h"

#define MIB ((size_t)1 << 20)

static char dir[64];

static int setup(void **state)
{
	snprintf(dir, sizeof(dir), "/tmp/test_spool.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	return rmdir(dir);
}

static uint8_t byte_of(uint64_t at, size_t i)
{
	return (uint8_t)(at / 8 * 31 + i * 7 + i / 256);
}

static int append(struct spool *s, size_t n, uint64_t *ret_at)
{
	void *to;
	int err = spool_append(s, n, &to, ret_at);

	if (err)
		return err;
	assert_int_equal((uintptr_t)to % 8, 0);
	assert_int_equal(*ret_at % 8, 0);
	for (size_t i = 0; i < n; i++)
		((uint8_t *)to)[i] = byte_of(*ret_at, i);
	return 0;
}

static void assert_stands(const struct spool *s, uint64_t at, size_t n)
{
	const uint8_t *got = spool_at(s, at);

	for (size_t i = 0; i < n; i++)
		if (got[i] != byte_of(at, i))
			fail_msg("byte %zu of the record at %llu", i, (unsigned long long)at);
}

static void assert_empty_dir(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	assert_non_null(d);
	while ((e = readdir(d)))
		assert_int_equal(e->d_name[0], '.');
	closedir(d);
}

static void the_working_file_has_no_name(void **state)
{
	struct spool *s;
	uint64_t at;

	assert_int_equal(spool_new(dir, &s), 0);
	assert_int_equal(spool_bytes(s), 0);
	assert_int_equal(append(s, 3 * MIB, &at), 0);
	assert_int_equal(append(s, 3 * MIB, &at), 0);
	assert_empty_dir();
	spool_free(s);
	spool_free(NULL);
}

/* Sizes that end before, on and behind the border of a block. */
static void records_survive_the_borders_of_blocks(void **state)
{
	static const size_t sizes[] = { 1, 7, 8, 9, 1000, 65536, MIB / 2, MIB / 2 - 8, MIB / 2 + 8, 0 };
	static uint64_t places[4000];
	static size_t lens[4000];
	struct spool *s;
	uint64_t end = 0;

	assert_int_equal(spool_new(dir, &s), 0);
	for (size_t n = 0; n < 4000; n++) {
		lens[n] = n < 100 ? sizes[n % 10] : n * 2654435761u % 9000;
		assert_int_equal(append(s, lens[n], &places[n]), 0);
		assert_int_equal(places[n], end);
		end += (lens[n] + 7) / 8 * 8;
		assert_int_equal(spool_bytes(s), end);
		assert_stands(s, places[n], lens[n]);
		assert_stands(s, places[n / 2], lens[n / 2]);
	}
	for (size_t n = 0; n < 4000; n++)
		assert_stands(s, places[n], lens[n]);
	spool_free(s);
}

static void large_records_stand_among_small_ones(void **state)
{
	static const size_t sizes[] = { MIB,     1, MIB + 1, 8 * MIB, 5, 20 * MIB + 3, MIB - 8, MIB - 16, 8,
					8, 8, 2 * MIB, 2 * MIB };
	enum { N = sizeof(sizes) / sizeof(sizes[0]) };
	uint64_t places[N];
	struct spool *s;

	assert_int_equal(spool_new(dir, &s), 0);
	for (size_t n = 0; n < N; n++) {
		assert_int_equal(append(s, sizes[n], &places[n]), 0);
		for (size_t i = 0; i <= n; i++)
			assert_stands(s, places[i], sizes[i]);
	}
	spool_free(s);
}

static void a_record_past_the_address_space_is_refused(void **state)
{
	struct spool *s;
	uint64_t at = 42, good;
	void *to = NULL;

	assert_int_equal(spool_new(dir, &s), 0);
	assert_int_equal(append(s, 100, &good), 0);
	assert_int_equal(spool_append(s, (size_t)1 << 50, &to, &at), -EFBIG);
	assert_int_equal(spool_append(s, SIZE_MAX - 100, &to, &at), -EFBIG);
	assert_int_equal(spool_append(s, SIZE_MAX, &to, &at), -EFBIG);
	assert_null(to);
	assert_int_equal(at, 42);
	assert_stands(s, good, 100);
	spool_free(s);
}

static void a_directory_that_is_not_there_is_an_error(void **state)
{
	struct spool *s = NULL;

	assert_int_equal(spool_new("/tmp/no/such/directory", &s), -ENOENT);
	assert_int_equal(spool_new("/dev/null", &s), -ENOTDIR);
	assert_null(s);
}

static void limit_files(rlim_t bytes)
{
	struct rlimit l;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &l), 0);
	l.rlim_cur = bytes < l.rlim_max ? bytes : l.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &l), 0);
}

/* A limit of the process is a full disk to it; records of 100 KB, so that a block is cut within one. */
static void a_full_disk_is_an_error_and_what_stood_before_stays(void **state)
{
	enum { N = 200, SIZE = 100000 };
	void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
	uint64_t places[N], at = 0;
	size_t n = 0, refused = 0;
	struct spool *s;
	int err = 0;

	assert_int_equal(spool_new(dir, &s), 0);
	limit_files(3 * MIB + 12345);
	while (n < N && !(err = append(s, SIZE, &places[n])))
		n++;
	assert_true(err == -EFBIG || err == -ENOSPC);
	assert_true(n >= 3 * MIB / SIZE);
	assert_int_equal(spool_bytes(s), n * SIZE);
	for (; refused < 3; refused++)
		assert_true(append(s, SIZE, &at) < 0);
	for (size_t i = 0; i < n; i++)
		assert_stands(s, places[i], SIZE);
	limit_files(RLIM_INFINITY);
	signal(SIGXFSZ, old);

	/* room again: nothing was lost, the next record stands behind the last one */
	while (n < N) {
		assert_int_equal(append(s, SIZE, &places[n]), 0);
		n++;
	}
	for (size_t i = 0; i < N; i++) {
		assert_int_equal(places[i], i * SIZE);
		assert_stands(s, places[i], SIZE);
	}
	spool_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_working_file_has_no_name),
		cmocka_unit_test(records_survive_the_borders_of_blocks),
		cmocka_unit_test(large_records_stand_among_small_ones),
		cmocka_unit_test(a_record_past_the_address_space_is_refused),
		cmocka_unit_test(a_directory_that_is_not_there_is_an_error),
		cmocka_unit_test(a_full_disk_is_an_error_and_what_stood_before_stays),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
