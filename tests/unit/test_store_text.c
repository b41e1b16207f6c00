/* lib/store: texts beside records, and their dictionaries: the one contract of every backend. */
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
static char mem_name[] = "mem:";
static struct store *s;
static struct store_reader *r;
static struct buf got;

static void open_where(const char *where, uint64_t max_bytes)
{
	struct store_options o = { .profile = PROFILE, .no_sync = true, .max_bytes = max_bytes };

	assert_int_equal(store_open(where, &o, &s), 0);
	assert_int_equal(store_reader_new(s, &r), 0);
	buf_init(&got, KEPT_MAX);
}

static void close_all(void)
{
	store_reader_free(r);
	store_close(s);
	buf_done(&got);
}

static int mem_up(void **state)
{
	*state = mem_name;
	open_where(mem_name, 0);
	return 0;
}

static int mem_down(void **state)
{
	close_all();
	return 0;
}

static int dir_up(void **state)
{
	temp_dir(dir, sizeof(dir));
	*state = dir;
	open_where(dir, 0);
	return 0;
}

static int dir_down(void **state)
{
	close_all();
	remove_dir(dir);
	return 0;
}

/* A record with the text of this number; bytes 0: without one. */
static int put(uint64_t seq, uint64_t number, size_t bytes)
{
	struct store_item item = make_item(seq, size_of_item(seq));
	struct text_head *text = bytes ? make_packed(dictionaries_newest(store_dictionaries(s)), number, bytes) : NULL;
	int err;

	item.text = text;
	err = store_write(s, &item, 1);
	free((void *)item.at);
	free(text);
	return err;
}

static int drop(uint64_t seq)
{
	struct store_item item = make_item(seq, 8);
	int err;

	item.drop_text = true;
	err = store_write(s, &item, 1);
	free((void *)item.at);
	return err;
}

/* What a reader of its own sees: the text; bytes 0: there is none. */
static void assert_text(struct store_reader *reader, uint64_t seq, uint64_t number, size_t bytes)
{
	int err;

	buf_clear(&got);
	err = store_reader_text(reader, seq, &got);
	if (bytes && err)
		fail_msg("text %llu cannot be read: %d", (unsigned long long)seq, err);
	if (bytes)
		assert_true(text_fits(&got, number, bytes));
	else
		assert_int_equal(err, -ENOENT);
}

static void assert_now(uint64_t seq, uint64_t number, size_t bytes)
{
	assert_int_equal(store_reader_renew(r), 0);
	assert_text(r, seq, number, bytes);
}

static size_t size_of_text(uint64_t seq)
{
	static const size_t sizes[] = { 3300, 1, 0, 700, 9000, 40, 5200, 0, 2900, 300000, 16, 12000 };

	return sizes[seq % 12];
}

static void texts_come_back_as_they_were(void **state)
{
	for (uint64_t seq = 0; seq < 300; seq++)
		assert_int_equal(put(seq, seq, size_of_text(seq)), 0);
	for (uint64_t seq = 0; seq < 300; seq++)
		assert_now(seq, seq, size_of_text(seq));
	assert_now(300, 0, 0);
	assert_now(UINT64_MAX >> 8, 0, 0);
}

static void many_texts_in_one_batch_come_back_too(void **state)
{
	struct store_item *items = make_items(0, 500);

	for (uint64_t seq = 0; seq < 500; seq++)
		items[seq].text = size_of_text(seq) ? make_packed(NULL, seq, size_of_text(seq)) : NULL;
	assert_int_equal(store_write(s, items, 500), 0);
	for (uint64_t seq = 0; seq < 500; seq++) {
		assert_now(seq, seq, size_of_text(seq));
		free((void *)items[seq].text);
	}
	free_items(items, 500);
}

static void a_text_stays_when_its_record_is_replaced(void **state)
{
	assert_int_equal(put(0, 7, 3000), 0);
	assert_int_equal(put(1, 8, 3000), 0);
	assert_int_equal(put(0, 0, 0), 0);
	assert_now(0, 7, 3000);
	assert_now(1, 8, 3000);
}

static void another_text_takes_its_place(void **state)
{
	for (uint64_t seq = 0; seq < 50; seq++)
		assert_int_equal(put(seq, seq, 5000), 0);
	assert_int_equal(put(20, 99, 200), 0);
	assert_int_equal(put(49, 98, 30000), 0);
	assert_int_equal(put(50, 50, 100), 0);
	assert_now(19, 19, 5000);
	assert_now(20, 99, 200);
	assert_now(21, 21, 5000);
	assert_now(49, 98, 30000);
	assert_now(50, 50, 100);
}

static void a_dropped_text_is_gone_and_no_other(void **state)
{
	for (uint64_t seq = 0; seq < 40; seq++)
		assert_int_equal(put(seq, seq, 6000), 0);
	for (uint64_t seq = 0; seq < 40; seq += 3)
		assert_int_equal(drop(seq), 0);
	assert_int_equal(drop(3), 0);
	for (uint64_t seq = 0; seq < 40; seq++)
		assert_now(seq, seq, seq % 3 ? 6000 : 0);
	assert_int_equal(put(6, 66, 100), 0);
	assert_now(6, 66, 100);
}

static void what_comes_and_goes_in_one_batch_is_as_the_last_says(void **state)
{
	struct store_item items[4] = { make_item(0, 8), make_item(1, 8), make_item(0, 16), make_item(1, 24) };
	struct text_head *a = make_packed(NULL, 1, 4000), *b = make_packed(NULL, 2, 4000), *c = make_packed(NULL, 3, 100);

	items[0].text = a;
	items[1].text = b;
	items[2].drop_text = true;
	items[3].text = c;
	assert_int_equal(store_write(s, items, 4), 0);
	assert_now(0, 0, 0);
	assert_now(1, 3, 100);
	for (size_t i = 0; i < 4; i++)
		free((void *)items[i].at);
	free(a);
	free(b);
	free(c);
}

static void a_reader_sees_the_texts_of_its_time(void **state)
{
	struct store_reader *old;

	assert_int_equal(put(0, 1, 3000), 0);
	assert_int_equal(put(1, 2, 3000), 0);
	assert_int_equal(store_reader_new(s, &old), 0);
	assert_int_equal(put(0, 3, 500), 0);
	assert_int_equal(drop(1), 0);
	assert_int_equal(put(2, 4, 100), 0);
	assert_text(old, 0, 1, 3000);
	assert_text(old, 1, 2, 3000);
	assert_text(old, 2, 0, 0);
	assert_int_equal(store_reader_renew(old), 0);
	assert_text(old, 0, 3, 500);
	assert_text(old, 1, 0, 0);
	assert_text(old, 2, 4, 100);
	store_reader_free(old);
}

static void the_longest_text_is_kept_and_a_longer_one_refused(void **state)
{
	struct packer p;
	const struct text_head *head;
	char *noise = malloc(KEPT_MAX + 1);
	uint64_t x = 1;
	struct store_item item = make_item(0, 8);

	for (size_t i = 0; i < KEPT_MAX + 1; i++)
		noise[i] = (char)((x = x * 6364136223846793005u + 1442695040888963407u) >> 56);
	assert_int_equal(packer_init(&p), 0);
	assert_int_equal(packer_run(&p, NULL, noise, KEPT_MAX + 1, &head), -E2BIG);
	assert_int_equal(packer_run(&p, NULL, noise, KEPT_MAX, &head), 0);
	item.text = head;
	assert_int_equal(store_write(s, &item, 1), 0);
	assert_int_equal(store_reader_renew(r), 0);
	assert_int_equal(store_reader_text(r, 0, &got), 0);
	assert_int_equal(got.len, KEPT_MAX);
	assert_memory_equal(got.at, noise, KEPT_MAX);
	assert_int_equal(store_reader_text(r, 0, &got), -E2BIG);
	assert_int_equal(got.len, KEPT_MAX);
	packer_done(&p);
	free((void *)item.at);
	free(noise);
}

static void a_full_store_takes_neither_record_nor_text(void **state)
{
	uint64_t seq = 0;
	int err;

	close_all();
	if (*state == dir)
		remove_dir(dir);
	open_where(*state, 4u << 20);
	while (!(err = put(seq, seq, 20000)))
		seq++;
	assert_int_equal(err, -ENOSPC);
	assert_int_equal(store_count(s), seq);
	for (uint64_t i = 0; i < seq; i++)
		assert_now(i, i, 20000);
	assert_now(seq, 0, 0);
	while (!put(seq, seq, 20000)) /* the reader has let go of old pages */
		seq++;
	assert_int_equal(put(0, 1, 7000000), -ENOSPC);
	assert_now(0, 0, 20000);
}

/* --- dictionaries --- */

static void fill(uint64_t from, uint64_t to)
{
	for (; from < to; from += 50) {
		struct store_item *items = make_items(from, 50);

		for (size_t i = 0; i < 50; i++)
			items[i].text = make_packed(dictionaries_newest(store_dictionaries(s)), from + i, 1500);
		assert_int_equal(store_write(s, items, 50), 0);
		for (size_t i = 0; i < 50; i++)
			free((void *)items[i].text);
		free_items(items, 50);
	}
}

static void a_thousand_texts_make_a_dictionary_and_all_are_read(void **state)
{
	struct text_head *without = make_packed(NULL, 5000, 1500), *with;

	fill(0, 950);
	assert_int_equal(store_train(s), 0);
	assert_null(dictionaries_newest(store_dictionaries(s)));
	fill(950, 1000);
	assert_int_equal(store_train(s), 1);
	assert_int_equal(dictionaries_newest(store_dictionaries(s))->number, 1);
	assert_int_equal(store_train(s), 0);
	with = make_packed(dictionaries_newest(store_dictionaries(s)), 5000, 1500);
	assert_true(with->packed < without->packed);
	fill(1000, 1100);
	for (uint64_t seq = 0; seq < 1100; seq += 9)
		assert_now(seq, seq, 1500);
	free(with);
	free(without);
}

/* Some other texts' dictionary. */
static void add_dictionary(uint64_t number)
{
	struct buf texts, made;
	size_t sizes[400];

	buf_init(&texts, SIZE_MAX / 2);
	buf_init(&made, SIZE_MAX / 2);
	for (size_t i = 0; i < 400; i++) {
		char *text = make_text(number + i, 1000);

		sizes[i] = 1000;
		assert_int_equal(buf_add(&texts, text, 1000), 0);
		free(text);
	}
	assert_int_equal(dictionary_train(texts.at, sizes, 400, &made), 0);
	assert_int_equal(store_add_dictionary(s, made.at, made.len), 0);
	buf_done(&texts);
	buf_done(&made);
}

static void texts_of_every_dictionary_are_read(void **state)
{
	fill(0, 50);
	add_dictionary(1000);
	fill(50, 100);
	add_dictionary(2000);
	fill(100, 150);
	assert_int_equal(dictionaries_newest(store_dictionaries(s))->number, 2);
	for (uint64_t seq = 0; seq < 150; seq++)
		assert_now(seq, seq, 1500);
	assert_int_equal(store_add_dictionary(s, "no dictionary", 13), -EBADMSG);
	assert_int_equal(dictionaries_newest(store_dictionaries(s))->number, 2);
}

static void texts_that_are_all_alike_make_none(void **state)
{
	struct store_item *items = make_items(0, 1000);
	struct text_head *text = make_packed(NULL, 1, 20);

	for (size_t i = 0; i < 1000; i++)
		items[i].text = text;
	assert_int_equal(store_write(s, items, 1000), 0);
	assert_int_equal(store_train(s), 0);
	assert_null(dictionaries_newest(store_dictionaries(s)));
	free(text);
	free_items(items, 1000);
}

#define CONTRACT(up, down) \
	cmocka_unit_test_setup_teardown(texts_come_back_as_they_were, up, down), \
	cmocka_unit_test_setup_teardown(many_texts_in_one_batch_come_back_too, up, down), \
	cmocka_unit_test_setup_teardown(a_text_stays_when_its_record_is_replaced, up, down), \
	cmocka_unit_test_setup_teardown(another_text_takes_its_place, up, down), \
	cmocka_unit_test_setup_teardown(a_dropped_text_is_gone_and_no_other, up, down), \
	cmocka_unit_test_setup_teardown(what_comes_and_goes_in_one_batch_is_as_the_last_says, up, down), \
	cmocka_unit_test_setup_teardown(a_reader_sees_the_texts_of_its_time, up, down), \
	cmocka_unit_test_setup_teardown(the_longest_text_is_kept_and_a_longer_one_refused, up, down), \
	cmocka_unit_test_setup_teardown(a_full_store_takes_neither_record_nor_text, up, down), \
	cmocka_unit_test_setup_teardown(a_thousand_texts_make_a_dictionary_and_all_are_read, up, down), \
	cmocka_unit_test_setup_teardown(texts_of_every_dictionary_are_read, up, down), \
	cmocka_unit_test_setup_teardown(texts_that_are_all_alike_make_none, up, down)

/* --- on the disk --- */

static void reopen(bool read_only)
{
	struct store_options o = { .profile = PROFILE, .no_sync = true, .read_only = read_only };

	close_all();
	assert_int_equal(store_open(dir, &o, &s), 0);
	assert_int_equal(store_reader_new(s, &r), 0);
}

static void texts_and_dictionaries_are_there_after_a_restart(void **state)
{
	fill(0, 1000);
	assert_int_equal(store_train(s), 1);
	fill(1000, 1050);
	for (int read_only = 1; read_only >= 0; read_only--) {
		reopen(read_only);
		for (uint64_t seq = 0; seq < 1050; seq += 7)
			assert_text(r, seq, seq, 1500);
		assert_int_equal(store_train(s), 0);
	}
	assert_int_equal(dictionaries_newest(store_dictionaries(s))->number, 1);
	fill(1050, 1100);
	assert_now(1099, 1099, 1500);
	assert_now(1050, 1050, 1500);
}

static void a_store_that_had_enough_before_its_restart_makes_one_then(void **state)
{
	fill(0, 1000);
	reopen(false);
	assert_int_equal(store_train(s), 1);
}

/* Pages are filled to the end: of what the file grows by, the texts are nearly all. */
static void texts_take_little_more_room_than_they_have_bytes(void **state)
{
	struct store_stats before, after;
	uint64_t bytes = 0;

	store_stats(s, &before);
	for (uint64_t from = 0; from < 5000; from += 50) {
		struct store_item items[50];

		for (size_t i = 0; i < 50; i++) {
			items[i] = make_item(from + i, 0);
			items[i].text = make_packed(NULL, from + i, 2000 + 97 * ((from + i) % 41));
			bytes += sizeof(*items[i].text) + items[i].text->packed;
		}
		assert_int_equal(store_write(s, items, 50), 0);
		for (size_t i = 0; i < 50; i++) {
			free((void *)items[i].text);
			free((void *)items[i].at);
		}
		assert_int_equal(store_reader_renew(r), 0); /* it would keep old pages */
	}
	store_stats(s, &after);
	bytes += 5000 * 60; /* the records */
	assert_true(after.bytes_used - before.bytes_used < bytes + bytes / 20);
}

/* --- what is packed, damaged --- */

static int unpack(const struct dictionaries *d, const void *at, size_t n)
{
	struct unpacker u = { 0 };
	int err;

	buf_clear(&got);
	err = unpacker_run(&u, d, at, n, &got);
	unpacker_done(&u);
	if (err)
		assert_int_equal(got.len, 0);
	return err;
}

static void a_damaged_text_is_told_wherever_it_is(void **state)
{
	static const struct dictionaries none;
	struct text_head *text = make_packed(NULL, 3, 400);
	size_t n = sizeof(*text) + text->packed, size;
	uint8_t *at = (uint8_t *)text;

	buf_init(&got, KEPT_MAX);
	assert_int_equal(unpack(&none, at, n), 0);
	assert_true(text_fits(&got, 3, 400));
	for (size_t bit = 0; bit < 8 * n; bit++) {
		int err;

		at[bit / 8] ^= (uint8_t)(1u << bit % 8);
		err = unpack(&none, at, n);
		assert_true(err == -EBADMSG || (err == -EPROTO && bit / 8 == offsetof(struct text_head, version)));
		at[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t cut = 0; cut < n; cut++)
		assert_int_equal(unpack(&none, at, cut), -EBADMSG);
	assert_int_equal(text_size(at, sizeof(*text) - 1, &size), -EBADMSG);
	assert_int_equal(text_size(at, sizeof(*text), &size), 0);
	assert_int_equal(size, n);
	free(text);
	buf_done(&got);
}

/* With a right checksum: what says it is larger than may be, or needs a dictionary that is not there. */
static void a_head_that_lies_is_refused_before_anything_is_made_of_it(void **state)
{
	static const struct dictionaries none;
	struct text_head *text = make_packed(NULL, 3, 400), was = *text;
	size_t n = sizeof(*text) + text->packed, size;

	buf_init(&got, KEPT_MAX);
	text->raw = UINT32_MAX;
	assert_int_equal(unpack(&none, text, n), -EBADMSG);
	assert_int_equal(text_size(text, n, &size), -EBADMSG);
	*text = was;
	text->packed = UINT32_MAX;
	assert_int_equal(text_size(text, n, &size), -EBADMSG);
	*text = was;
	text->dictionary = 1;
	text_seal(text);
	assert_int_equal(unpack(&none, text, n), -EBADMSG);
	*text = was;
	text->raw--;
	text_seal(text);
	assert_int_equal(unpack(&none, text, n), -EBADMSG);
	text->raw += 2;
	text_seal(text);
	assert_int_equal(unpack(&none, text, n), -EBADMSG);
	free(text);
	buf_done(&got);
}

int main(void)
{
	const struct CMUnitTest memory[] = { CONTRACT(mem_up, mem_down) };
	const struct CMUnitTest lmdb[] = {
		CONTRACT(dir_up, dir_down),
		cmocka_unit_test_setup_teardown(texts_and_dictionaries_are_there_after_a_restart, dir_up, dir_down),
		cmocka_unit_test_setup_teardown(a_store_that_had_enough_before_its_restart_makes_one_then, dir_up, dir_down),
		cmocka_unit_test_setup_teardown(texts_take_little_more_room_than_they_have_bytes, dir_up, dir_down),
	};
	const struct CMUnitTest packed[] = {
		cmocka_unit_test(a_damaged_text_is_told_wherever_it_is),
		cmocka_unit_test(a_head_that_lies_is_refused_before_anything_is_made_of_it),
	};
	int failed = cmocka_run_group_tests_name("memory", memory, NULL, NULL);

	failed += cmocka_run_group_tests_name("lmdb", lmdb, NULL, NULL);
	return failed + cmocka_run_group_tests_name("packed", packed, NULL, NULL);
}
