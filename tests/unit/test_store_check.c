/* lib/store/check and salvage: a flipped bit is found wherever it counts, and costs one record at most. */
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

#include "random.h"
#include "store/check.h"
#include "store/salvage.h"
#include "store_items.h"

#ifdef __SANITIZE_ADDRESS__
#define FLIPS 100
#else
#define FLIPS 1000
#endif

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

static struct store *open_store(void)
{
	struct store_options o = { .profile = PROFILE, .no_sync = true };
	struct store *s;

	assert_int_equal(store_open(dir, &o, &s), 0);
	return s;
}

static void write_items(struct store *s, uint64_t from, size_t n)
{
	struct store_item *items = make_items(from, n);

	assert_int_equal(store_write(s, items, n), 0);
	free_items(items, n);
}

static char first_fault[256];

static void keep_first(void *arg, const struct check_fault *f)
{
	if (!first_fault[0])
		snprintf(first_fault, sizeof(first_fault), "page %llu, record %llu: %s", (unsigned long long)f->page,
			 (unsigned long long)f->seq, f->what);
}

static struct check_result check(void)
{
	const struct check_sink sink = { .tell = keep_first };
	struct check_result ret;

	first_fault[0] = '\0';
	assert_int_equal(store_check(dir, PROFILE, &sink, &ret), 0);
	return ret;
}

static void assert_well(uint64_t records)
{
	struct check_result r = check();

	assert_string_equal(first_fault, "");
	assert_int_equal(r.faults, 0);
	assert_int_equal(r.records, records);
}

static size_t lengths[4000]; /* of the records that were written */
static uint64_t n_items;

static void append(struct store *s, size_t n)
{
	write_items(s, n_items, n);
	for (; n; n--, n_items++)
		lengths[n_items] = size_of_item(n_items);
}

/* Another version, of another length. */
static void replace(struct store *s)
{
	uint64_t seq = rnd() % n_items;
	struct store_item item = make_item(seq, rnd() % 9000);

	assert_int_equal(store_write(s, &item, 1), 0);
	lengths[seq] = item.bytes;
	free((void *)item.at);
}

static void a_store_is_well_after_any_writes(void **state)
{
	n_items = 0;
	for (int round = 0; round < 60; round++) {
		struct store *s = open_store();

		append(s, rnd() % 40 + 1);
		for (int i = 0; i < 20; i++)
			replace(s);
		store_close(s);
		assert_well(n_items);
	}
}

static void leave_store(void)
{
	struct store *s = open_store();

	n_items = 0;
	append(s, 300);
	for (int i = 0; i < 60; i++)
		replace(s);
	append(s, 5);
	store_close(s);
}

static bool is_as_written(const struct store_item *item)
{
	return item->seq < n_items && item->bytes == lengths[item->seq] && item_fits(item);
}

/* How many records are lost to a salvage; all others must be as they were written. */
static uint64_t lost_to_salvage(void)
{
	struct salvage *s;
	struct store_item item;
	uint64_t lost = 0;

	assert_int_equal(salvage_open(dir, PROFILE, &s), 0);
	assert_int_equal(salvage_count(s), n_items);
	for (uint64_t i = 0; i < n_items; i++) {
		int err = salvage_get(s, i, &item);

		if (err) {
			assert_int_equal(err, -ENOENT);
			lost++;
		} else {
			assert_int_equal(item.seq, i);
			assert_true(is_as_written(&item));
		}
	}
	salvage_free(s);
	return lost;
}

static void assert_reads_as_written(void)
{
	struct store *s = open_store();
	struct store_reader *r;
	struct store_item got[5];
	uint64_t seq = 0;
	size_t n;

	assert_int_equal(store_count(s), n_items);
	assert_int_equal(store_reader_new(s, &r), 0);
	while (!store_reader_next(r, seq, got, 5, &n) && n)
		for (size_t i = 0; i < n; i++, seq++)
			assert_true(is_as_written(&got[i]));
	assert_int_equal(seq, n_items);
	store_reader_free(r);
	store_close(s);
}

static void flip(int fd, uint64_t bit)
{
	uint8_t byte;

	assert_int_equal(pread(fd, &byte, 1, (off_t)(bit / 8)), 1);
	byte ^= (uint8_t)(1 << bit % 8);
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)(bit / 8)), 1);
}

/* Bits of heads and tree, of which there are few, are tried as often as those of records. */
static uint64_t some_bit(uint64_t bytes, int turn)
{
	return turn % 4 ? rnd() % (bytes * 8) : rnd() % (2 * 4096 * 8);
}

static void a_flipped_bit_is_found_or_changes_nothing_and_costs_one_record_at_most(void **state)
{
	unsigned found = 0, lost = 0;
	struct check_result whole;
	int fd;

	leave_store();
	whole = check();
	assert_int_equal(whole.faults, 0);
	fd = open(file, O_RDWR);
	for (int i = 0; i < FLIPS; i++) {
		uint64_t bit = some_bit(whole.pages * whole.page_bytes, i), n;

		flip(fd, bit);
		if (check().faults)
			found++;
		else
			assert_reads_as_written();
		n = lost_to_salvage();
		assert_true(n <= 1);
		lost += n > 0;
		flip(fd, bit);
	}
	close(fd);
	print_message("     of %d flipped bits %u count, %u cost a record\n", FLIPS, found, lost);
	assert_true(found > FLIPS / 3 && lost > FLIPS / 5);
}

static void a_damaged_page_is_told_and_what_it_led_to_is_salvaged(void **state)
{
	uint8_t noise[4096];
	struct check_result whole;
	unsigned worst = 0;
	int fd;

	leave_store();
	whole = check();
	fd = open(file, O_RDWR);
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)rnd();
	for (uint64_t page = 0; page < whole.pages; page++) {
		uint8_t old[4096];
		uint64_t lost;

		assert_int_equal(pread(fd, old, sizeof(old), (off_t)(page * 4096)), sizeof(old));
		assert_int_equal(pwrite(fd, noise, sizeof(noise), (off_t)(page * 4096)), sizeof(noise));
		check();
		lost = lost_to_salvage();
		worst = lost > worst ? (unsigned)lost : worst;
		assert_int_equal(pwrite(fd, old, sizeof(old), (off_t)(page * 4096)), sizeof(old));
	}
	close(fd);
	assert_in_range(worst, 1, 60); /* those that stood on the page itself */
}

static unsigned times_told[3]; /* of each record */

static void count_told(void *arg, const struct check_fault *f)
{
	if (f->seq < 3)
		times_told[f->seq]++;
}

static unsigned told_of_records(void)
{
	const struct check_sink sink = { .tell = count_told };
	struct check_result r;
	unsigned ret = 0;

	memset(times_told, 0, sizeof(times_told));
	assert_int_equal(store_check(dir, PROFILE, &sink, &r), 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_in_range(times_told[i], 0, 1);
		ret += times_told[i];
	}
	return ret;
}

/* Records in many parts, of which some are lost: each is told once, and not every way to put the rest together is
 * tried. */
static void a_long_record_that_lost_a_page_is_told_once_and_given_up(void **state)
{
	struct store *s = open_store();
	uint8_t zeros[4096] = { 0 };
	struct check_result whole;
	struct salvage *salvage;
	unsigned told = 0;
	int fd;

	for (uint64_t i = 0; i < 3; i++) {
		struct store_item item = make_item(i, 60000);

		assert_int_equal(store_write(s, &item, 1), 0);
		lengths[i] = item.bytes;
		free((void *)item.at);
	}
	n_items = 3;
	store_close(s);
	whole = check();
	assert_int_equal(whole.faults, 0);
	fd = open(file, O_RDWR);
	for (uint64_t page = 2; page < whole.pages; page++) {
		uint8_t old[4096];

		assert_int_equal(pread(fd, old, sizeof(old), (off_t)(page * 4096)), sizeof(old));
		assert_int_equal(pwrite(fd, zeros, sizeof(zeros), (off_t)(page * 4096)), sizeof(zeros));
		told += told_of_records();
		assert_int_equal(salvage_open(dir, PROFILE, &salvage), 0);
		salvage_free(salvage);
		assert_int_equal(pwrite(fd, old, sizeof(old), (off_t)(page * 4096)), sizeof(old));
	}
	close(fd);
	assert_true(told > 30);
}

static void a_store_without_records_is_well(void **state)
{
	store_close(open_store());
	assert_well(0);
}

static void a_file_that_was_cut_is_told(void **state)
{
	struct check_result whole;

	leave_store();
	whole = check();
	for (uint64_t n = whole.pages; n-- > 0; n = n / 2) {
		assert_int_equal(truncate(file, (off_t)(n * whole.page_bytes)), 0);
		assert_true(check().faults > 0);
		assert_string_not_equal(first_fault, "");
	}
}

static void what_is_no_store_is_told(void **state)
{
	static const size_t sizes[] = { 0, 1, 100, 4096, 8192, 100000 };
	const struct check_sink sink = { .tell = NULL };
	struct check_result r;
	struct salvage *s;

	assert_int_equal(store_check(dir, PROFILE, &sink, &r), -ENOENT);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		FILE *f = fopen(file, "wb");

		for (size_t k = 0; k < sizes[i]; k++)
			fputc((int)rnd() & 255, f);
		fclose(f);
		assert_true(check().faults > 0);
	}
	unlink(file);
	assert_int_equal(mkdir(file, 0700), 0);
	assert_int_equal(store_check(dir, PROFILE, &sink, &r), -EBADMSG);
	rmdir(file);
	assert_int_equal(mkfifo(file, 0600), 0);
	assert_int_equal(store_check(dir, PROFILE, &sink, &r), -EBADMSG);
	assert_int_equal(salvage_open(dir, PROFILE, &s), -EBADMSG);
	unlink(file);
}

static void a_store_of_another_version_is_checked_and_not_salvaged(void **state)
{
	const struct check_sink sink = { .tell = NULL };
	struct check_result r;
	struct salvage *s;

	leave_store();
	assert_int_equal(store_check(dir, PROFILE + 1, &sink, &r), 0);
	assert_int_equal(r.faults, 0);
	assert_true(r.other_profile);
	assert_int_equal(salvage_open(dir, PROFILE + 1, &s), -ESTALE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_store_is_well_after_any_writes),
		TEST(a_flipped_bit_is_found_or_changes_nothing_and_costs_one_record_at_most),
		TEST(a_damaged_page_is_told_and_what_it_led_to_is_salvaged),
		TEST(a_long_record_that_lost_a_page_is_told_once_and_given_up),
		TEST(a_store_without_records_is_well),
		TEST(a_file_that_was_cut_is_told),
		TEST(what_is_no_store_is_told),
		TEST(a_store_of_another_version_is_checked_and_not_salvaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
