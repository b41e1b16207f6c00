/* lib/store/lmdb: what was committed outlives the process; what is not ours or not whole is refused, never read. */
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
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/format.h"
#include "store/frame.h"
#include "store/store.h"
#include "store_items.h"

static char dir[64], file[128];

static int setup(void **state)
{
	temp_dir(dir, sizeof(dir));
	snprintf(file, sizeof(file), "%s/store.mdb", dir);
	return 0;
}

static int teardown(void **state)
{
	remove_dir(dir);
	return 0;
}

static int try_open(uint64_t profile, bool read_only, struct store **ret)
{
	struct store_options o = { .profile = profile, .no_sync = true, .read_only = read_only };

	return store_open(dir, &o, ret);
}

static struct store *open_store(void)
{
	struct store *s;

	assert_int_equal(try_open(PROFILE, false, &s), 0);
	return s;
}

static void assert_refused(int with)
{
	struct store *s = NULL;

	assert_int_equal(try_open(PROFILE, false, &s), with);
	assert_int_equal(try_open(PROFILE, true, &s), with);
	assert_null(s);
}

/* A store of n records, closed again. */
static struct store_stats leave_store(size_t n)
{
	struct store *s = open_store();
	struct store_stats stats;

	assert_int_equal(append_items(s, 0, n), 0);
	store_stats(s, &stats);
	store_close(s);
	return stats;
}

static uint8_t *load_file(size_t *ret_bytes)
{
	FILE *f = fopen(file, "rb");
	struct stat st;
	uint8_t *at;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	*ret_bytes = (size_t)st.st_size;
	at = malloc(*ret_bytes);
	assert_int_equal(fread(at, 1, *ret_bytes, f), *ret_bytes);
	fclose(f);
	return at;
}

static void save_file(const uint8_t *at, size_t bytes)
{
	FILE *f = fopen(file, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(at, 1, bytes, f), bytes);
	fclose(f);
}

static void a_store_opened_again_holds_what_was_committed(void **state)
{
	uint64_t count = 0;

	for (size_t n = 1; n < 300; n = n * 3 + 1) {
		struct store *s = open_store();

		assert_items(s, count);
		assert_int_equal(append_items(s, count, n), 0);
		count += n;
		assert_items(s, count);
		store_close(s);
	}
}

static void a_flushed_store_is_like_one_that_is_not(void **state)
{
	struct store_options o = { .profile = PROFILE };
	struct store *s;

	assert_int_equal(store_open(dir, &o, &s), 0);
	assert_int_equal(append_items(s, 0, 20), 0);
	assert_int_equal(append_items(s, 20, 20), 0);
	store_close(s);
	s = open_store();
	assert_items(s, 40);
	store_close(s);
}

static void a_directory_is_made_but_not_its_parent(void **state)
{
	struct store_options o = { .profile = PROFILE, .no_sync = true };
	struct store *s = NULL;
	char path[128], inner[192];

	snprintf(path, sizeof(path), "%s/new", dir);
	snprintf(inner, sizeof(inner), "%s/below", path);
	assert_int_equal(store_open(inner, &o, &s), -ENOENT);
	assert_int_equal(store_open(path, &o, &s), 0);
	store_close(s);
	remove_dir(path);
	s = NULL;
	assert_int_equal(store_open("/dev/null", &o, &s), -ENOTDIR);
	o.read_only = true;
	assert_int_equal(store_open(path, &o, &s), -ENOENT);
	assert_int_equal(store_open(dir, &o, &s), -ENOENT);
	assert_int_equal(access(path, F_OK), -1);
	assert_null(s);
}

static void what_a_crash_left_of_a_new_store_is_swept_away(void **state)
{
	static const char *const leftovers[] = { "store.mdb.new", "store.mdb.new-lock", "lock" };
	char path[128];
	struct store *s;

	for (size_t i = 0; i < 3; i++) {
		int fd;

		snprintf(path, sizeof(path), "%s/%s", dir, leftovers[i]);
		fd = open(path, O_WRONLY | O_CREAT, 0600);
		assert_int_equal(write(fd, "half of something", 17), 17);
		close(fd);
	}
	s = open_store();
	assert_int_equal(append_items(s, 0, 5), 0);
	assert_items(s, 5);
	store_close(s);
	snprintf(path, sizeof(path), "%s/store.mdb.new", dir);
	assert_int_equal(access(path, F_OK), -1);
}

static void a_second_writer_is_refused_until_the_first_is_gone(void **state)
{
	struct store *first = open_store(), *second = NULL;

	assert_int_equal(try_open(PROFILE, false, &second), -EBUSY);
	assert_int_equal(append_items(first, 0, 3), 0);
	assert_items(first, 3);
	store_close(first);
	assert_int_equal(try_open(PROFILE, false, &second), 0);
	assert_items(second, 3);
	store_close(second);
}

/* Exit status of a process that reads the store beside the writer. */
static int read_beside(uint64_t n)
{
	struct store *s;
	int status, err = 0;
	pid_t pid = fork();

	if (!pid) {
		if (try_open(PROFILE, true, &s))
			_exit(1);
		if (store_count(s) != n || readable_items(s, &err) != n || err || append_items(s, n, 1) != -EROFS)
			_exit(2);
		store_close(s);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void another_process_reads_beside_the_writer(void **state)
{
	struct store *s = open_store();

	assert_int_equal(append_items(s, 0, 30), 0);
	assert_int_equal(read_beside(30), 0);
	assert_int_equal(append_items(s, 30, 30), 0);
	assert_int_equal(read_beside(60), 0);
	assert_items(s, 60);
	store_close(s);
}

/* Another process adds to the store, once it is told to. */
static pid_t start_writer(int *ret_tell)
{
	int fds[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		close(fds[1]);
		_exit(read(fds[0], &c, 1) != 1 || append_items(open_store(), 3, 4));
	}
	close(fds[0]);
	*ret_tell = fds[1];
	return pid;
}

static void what_is_only_read_stays_as_it_was_when_it_was_opened(void **state)
{
	struct store_reader *r;
	struct store_item got;
	struct store *s;
	int tell, status;
	pid_t pid;

	leave_store(3);
	pid = start_writer(&tell);
	assert_int_equal(try_open(PROFILE, true, &s), 0);
	assert_int_equal(store_reader_new(s, &r), 0);
	assert_int_equal(write(tell, "x", 1), 1);
	close(tell);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(store_reader_renew(r), 0);
	assert_int_equal(store_reader_get(r, 3, &got), -ENOENT);
	assert_int_equal(store_reader_get(r, 2, &got), 0);
	assert_items(s, 3); /* by another reader */
	store_reader_free(r);
	store_close(s);
	assert_int_equal(try_open(PROFILE, true, &s), 0);
	assert_items(s, 7);
	store_close(s);
}

static void a_store_of_another_profile_is_refused_and_kept(void **state)
{
	struct store *s = NULL;

	leave_store(5);
	assert_int_equal(try_open(PROFILE + 1, false, &s), -ESTALE);
	assert_int_equal(try_open(PROFILE + 1, true, &s), -ESTALE);
	s = open_store();
	assert_items(s, 5);
	store_close(s);
}

/* Where the record of the format stands in the file; it is copied whenever a page is. */
static void change_format(size_t offset, uint8_t by)
{
	size_t bytes, found = 0;
	uint8_t *at = load_file(&bytes);

	for (size_t i = 0; i + 40 < bytes; i++)
		if (!memcmp(at + i, "newsdup\0\3\0\0\0", 12)) {
			at[i + offset] ^= by;
			found++;
		}
	assert_true(found > 0);
	save_file(at, bytes);
	free(at);
}

static void a_store_of_another_format_is_refused(void **state)
{
	leave_store(5);
	change_format(8, 2);
	assert_refused(-EPROTO);
}

static void a_damaged_record_of_the_format_is_refused(void **state)
{
	static const size_t offsets[] = { 0, 12, 16, 23, 24, 31 };

	leave_store(5);
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		size_t bytes;
		uint8_t *whole = load_file(&bytes);

		change_format(offsets[i], 0x40);
		assert_refused(-EBADMSG);
		save_file(whole, bytes);
		free(whole);
	}
}

/* Whatever is wrong with a head: a store that is not opened keeps all that it has. */
static void what_is_refused_is_left_as_it_is(void **state)
{
	size_t bytes, refused = 0;
	uint8_t *whole;

	leave_store(600);
	whole = load_file(&bytes);
	for (size_t bit = 0; bit < 2 * 4096 * 8; bit += bit % 32768 < 8 * 160 ? 1 : 977) {
		struct store *s;
		uint8_t *now;
		size_t n;

		whole[bit / 8] ^= (uint8_t)(1 << bit % 8);
		save_file(whole, bytes);
		if (try_open(PROFILE, false, &s)) {
			now = load_file(&n);
			assert_int_equal(n, bytes);
			assert_memory_equal(now, whole, bytes);
			free(now);
			refused++;
		} else {
			store_close(s);
		}
		whole[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_true(refused > 100);
	free(whole);
}

static void a_foreign_file_is_refused(void **state)
{
	static const size_t sizes[] = { 0, 1, 100, 4096, 8192, 100000 };
	uint8_t *noise = malloc(100000);
	char path[160];

	for (size_t i = 0; i < 100000; i++)
		noise[i] = (uint8_t)(i * 2654435761u >> 13);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		save_file(noise, sizes[i]);
		assert_refused(-EBADMSG);
	}
	unlink(file);
	assert_int_equal(mkdir(file, 0700), 0);
	assert_refused(-EBADMSG);
	rmdir(file);
	snprintf(path, sizeof(path), "%s/lock", dir);
	unlink(path);
	free(noise);
}

static void a_file_cut_short_is_refused_wherever_the_cut_is(void **state)
{
	uint64_t used = leave_store(300).bytes_used, cuts[64];
	size_t bytes, n = 0;
	uint8_t *whole = load_file(&bytes);
	struct store *s;

	assert_true(bytes >= used);
	for (uint64_t cut = 0; cut < 3 * 4096; cut += 1365)
		cuts[n++] = cut;
	for (uint64_t back = 1; back < used && n < 60; back = back * 3 + 1)
		cuts[n++] = used - back;
	for (size_t i = 0; i < n; i++) {
		save_file(whole, cuts[i]);
		assert_refused(-EBADMSG);
	}
	save_file(whole, used); /* the room behind it may be missing */
	s = open_store();
	assert_items(s, 300);
	assert_int_equal(append_items(s, 300, 300), 0);
	assert_items(s, 600);
	store_close(s);
	free(whole);
}

/* Whether the node of a leaf stands there that has this key; how long its value is. */
static bool is_node_of(const uint8_t *at, uint64_t key, size_t *ret)
{
	uint16_t head[4];

	memcpy(head, at, sizeof(head));
	*ret = (size_t)head[1] << 16 | head[0];
	return !head[2] && head[3] == sizeof(key) && !memcmp(at + sizeof(head), &key, sizeof(key));
}

/* Flips a bit in the frame of seq, wherever a copy of it stands. */
static void flip(uint64_t seq, size_t offset)
{
	size_t bytes, found = 0, n = 0, before = 0;
	uint8_t *at = load_file(&bytes);

	for (uint64_t part = 0; !found; part++, before += n) {
		const uint64_t key = store_part_key(STORE_ARTICLE_MARK, seq, part);
		size_t length = 0;

		for (size_t i = 0; i + 16 <= bytes; i += 2)
			if (is_node_of(at + i, key, &length)) {
				n = length;
				if (offset >= before + n)
					continue;
				at[i + 16 + offset - before] ^= 0x10;
				found++;
			}
		assert_true(n > 0);
	}
	save_file(at, bytes);
	free(at);
}

static void a_flipped_bit_in_a_record_is_found(void **state)
{
	static const size_t offsets[] = { 0, 4, 8, 16, 23, 24, 1000, 3327 };

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		struct store_reader *r;
		struct store_item got[2];
		struct store *s;
		size_t n;
		int err;

		leave_store(60);
		flip(38, offsets[i]); /* one of 3304 bytes */
		s = open_store();
		assert_int_equal(readable_items(s, &err), 38);
		assert_int_equal(err, -EBADMSG);
		assert_int_equal(store_reader_new(s, &r), 0);
		assert_int_equal(store_reader_next(r, 38, got, 2, &n), -EBADMSG);
		assert_int_equal(store_reader_next(r, 39, got, 2, &n), 0);
		assert_int_equal(n, 2);
		assert_true(item_is_whole(&got[0]));
		store_reader_free(r);
		store_close(s);
		unlink(file);
	}
}

static void a_record_of_another_version_says_so(void **state)
{
	struct store_reader *r;
	struct store_item got;
	struct store *s;
	size_t n;

	leave_store(60);
	flip(38, 2);
	s = open_store();
	assert_int_equal(store_reader_new(s, &r), 0);
	assert_int_equal(store_reader_next(r, 38, &got, 1, &n), -EPROTO);
	assert_int_equal(store_reader_get(r, 38, &got), -EPROTO);
	store_reader_free(r);
	store_close(s);
}

/* A renewed reader lets go of old pages: the file of many small commits stays small. */
static void the_file_does_not_grow_by_commits_alone(void **state)
{
	struct store *s = open_store();
	struct store_item item = make_item(0, 8);
	struct store_reader *r;
	struct store_stats stats;

	assert_int_equal(store_reader_new(s, &r), 0);
	for (; item.seq < 3000; item.seq++) {
		assert_int_equal(store_write(s, &item, 1), 0);
		assert_int_equal(store_reader_renew(r), 0);
	}
	store_stats(s, &stats);
	assert_true(stats.bytes_used < 600000);
	assert_true(stats.bytes_file >= stats.bytes_used);
	free((void *)item.at);
	store_reader_free(r);
	store_close(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_store_opened_again_holds_what_was_committed),
		TEST(a_flushed_store_is_like_one_that_is_not),
		TEST(a_directory_is_made_but_not_its_parent),
		TEST(what_a_crash_left_of_a_new_store_is_swept_away),
		TEST(a_second_writer_is_refused_until_the_first_is_gone),
		TEST(another_process_reads_beside_the_writer),
		TEST(what_is_only_read_stays_as_it_was_when_it_was_opened),
		TEST(a_store_of_another_profile_is_refused_and_kept),
		TEST(a_store_of_another_format_is_refused),
		TEST(a_damaged_record_of_the_format_is_refused),
		TEST(what_is_refused_is_left_as_it_is),
		TEST(a_foreign_file_is_refused),
		TEST(a_file_cut_short_is_refused_wherever_the_cut_is),
		TEST(a_flipped_bit_in_a_record_is_found),
		TEST(a_record_of_another_version_says_so),
		TEST(the_file_does_not_grow_by_commits_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
