/* lib/index/pack: what is packed is unpacked, whatever a record holds; of what is damaged nothing else comes out. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/varint.h"
#include "index/pack.h"
#include "index/record.h"
#include "index/sound.h"
#include "tests/unit/indexing.h"

static struct buf packed, got;

static int up(void **state)
{
	buf_init(&packed, 1u << 30);
	buf_init(&got, 1u << 30);
	return twins_up(state);
}

static int down(void **state)
{
	buf_done(&packed);
	buf_done(&got);
	return twins_down(state);
}

static void assert_is(const void *at, size_t bytes)
{
	size_t n = record_size(at);

	assert_in_range(bytes - n, 0, 7);
	assert_int_equal(got.len, n);
	assert_memory_equal(got.at, at, n);
}

/* Behind something else in the buffer, and from just the bytes that it takes. */
static void assert_comes_back(const void *at, size_t bytes)
{
	uint8_t *copy;

	buf_clear(&packed);
	buf_clear(&got);
	assert_int_equal(buf_add(&packed, "abc", 3), 0);
	assert_int_equal(record_pack(at, bytes, &packed), 0);
	assert_memory_equal(packed.at, "abc", 3);
	copy = malloc(packed.len - 3);
	memcpy(copy, packed.at + 3, packed.len - 3);
	assert_int_equal(record_unpack(copy, packed.len - 3, &got), 0);
	free(copy);
	assert_is(at, bytes);
}

static void numbers_of_any_size_come_back(void **state)
{
	uint8_t room[VARINT_MAX];

	(void)state;
	for (unsigned bits = 0; bits <= 64; bits++)
		for (int more = -1; more <= 1; more++) {
			uint64_t x = (bits < 64 ? (uint64_t)1 << bits : 0) + (uint64_t)more;
			uint8_t *end = varint_put(room, x);
			struct varint_in in = { room, end, false };

			assert_in_range(end - room, 1, VARINT_MAX);
			assert_true(varint_get(&in) == x);
			assert_true(in.at == end && !in.bad);
			assert_true(unzigzag(zigzag((int64_t)x)) == (int64_t)x);
			in = (struct varint_in){ room, end - 1, false };
			assert_int_equal(varint_get(&in), 0);
			assert_true(in.bad);
		}
}

/* New ones, and those that were judged again: with matches, excerpts, what is set aside, some keys posted. */
static void records_of_an_archive_come_back_and_take_less(void **state)
{
	static struct nd_stored items[64];
	static struct made m;
	size_t raw = 0, small = 0, matches = 0, aside = 0, bits = 0, n;

	(void)state;
	made_seed = 21;
	for (unsigned i = 0; i < 1500; i++) {
		struct nd_fingerprint fp = print(random_piece(&m, i));

		assert_int_equal(nd_index_put(ix, &fp, (int64_t)i, NULL), 0);
		assert_int_equal(nd_index_again(ix, SIZE_MAX), 0);
		n = nd_index_pending(ix, 0, items, 64);
		for (size_t k = 0; k < n; k++) {
			const struct record *r = items[k].at;
			const struct fingerprint *print = record_fingerprint(r);

			assert_comes_back(r, items[k].bytes);
			raw += items[k].bytes;
			small += packed.len;
			matches += r->n_matches;
			aside += print->n_aside;
			bits += record_posted_bytes(print->n_keys, r->n_posted);
			assert_true(record_is_sound(got.at, got.len, (uint32_t)items[k].seq));
		}
		assert_int_equal(nd_store_commit(store, items, n), 0);
		nd_index_committed(ix, n);
	}
	assert_true(matches > 100 && aside > 100 && bits > 10);
	assert_true(small * 4 < raw * 3);
}

static void rulings_and_records_of_nothing_come_back(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	assert_int_equal(record_blank(&b), 0);
	assert_comes_back(b.at, b.len);
	((struct record *)(void *)b.at)->id_key = 0; /* as of one that is lost */
	((struct record *)(void *)b.at)->published = (struct when){ 5, 7, WHEN_DAY };
	assert_comes_back(b.at, b.len);
	buf_clear(&b);
	assert_int_equal(record_ruling(&b, ND_ALLOW, str("first"), str("second"), 77), 0);
	assert_comes_back(b.at, b.len);
	buf_done(&b);
}

static void any_numbers_come_back(void **state)
{
	struct nd_fingerprint fp = print((struct piece){ .id = "a", .title = "one two", .text = text_of(0, 300) });
	struct record *r = malloc(fp.bytes);

	(void)state;
	made_seed = 22;
	memcpy(r, fp.at, fp.bytes);
	for (unsigned i = 0; i < 2000; i++) {
		struct fingerprint *print = (struct fingerprint *)(uintptr_t)record_fingerprint(r);
		struct fp_paragraph *p = (struct fp_paragraph *)(uintptr_t)fp_paragraphs(print);
		struct fp_key *k = (struct fp_key *)(uintptr_t)fp_keys(print);
		struct fp_span *s = (struct fp_span *)(uintptr_t)fp_spans(print);
		uint32_t any[10];

		for (size_t n = 0; n < 10; n++)
			any[n] = (uint32_t)(rnd() >> rnd() % 64);
		r->story = any[0];
		r->lead_story = any[1] % 3 ? any[1] : ND_NONE;
		r->earlier_url = any[2];
		r->gone = (uint16_t)any[3];
		r->revision = (uint16_t)any[4];
		r->url_key = any[5] % 2 ? any[5] : 0;
		p->line = any[6];
		p->start = any[7];
		p->end = any[8];
		p->learned = any[8] % 16;
		k->place = any[9];
		s->place = any[1];
		s->paragraph = any[2] >> 1;
		s->quoted = any[3] % 2;
		print->body_hash = mix(any[0]);
		print->n_units = any[0];
		assert_comes_back(r, fp.bytes);
	}
	free(r);
}

static void what_is_no_record_is_not_packed(void **state)
{
	struct nd_fingerprint fp = print((struct piece){ .id = "a", .text = text_of(0, 100) });
	uint32_t *at = malloc(fp.bytes);

	(void)state;
	buf_clear(&packed);
	assert_int_equal(record_pack("", 0, &packed), -EINVAL);
	for (size_t n = 0; n < fp.bytes - 8; n += 8)
		assert_int_equal(record_pack(fp.at, n, &packed), -EINVAL);
	memcpy(at, fp.at, fp.bytes);
	at[0]++;
	assert_int_equal(record_pack(at, fp.bytes, &packed), -EINVAL);
	at[0]--;
	assert_int_equal(record_pack(at, fp.bytes, &packed), 0);
	free(at);
}

static void what_is_damaged_is_refused_or_another_record(void **state)
{
	struct nd_fingerprint fp =
		print((struct piece){ .id = "an id", .url = "http://a.example/b", .title = "one two", .text = text_of(0, 200) });
	size_t bytes;
	uint8_t *at;

	(void)state;
	buf_clear(&packed);
	assert_int_equal(record_pack(fp.at, fp.bytes, &packed), 0);
	bytes = packed.len;
	for (size_t n = 0; n < bytes; n++) {
		at = malloc(n + 1);
		memcpy(at, packed.at, n);
		buf_clear(&got);
		assert_int_equal(record_unpack(at, n, &got), -EBADMSG);
		record_packed_id(at, n);
		free(at);
	}
	at = malloc(bytes);
	for (size_t bit = 0; bit < bytes * 8; bit++) {
		int err;

		memcpy(at, packed.at, bytes);
		at[bit / 8] ^= (uint8_t)(1u << bit % 8);
		buf_clear(&got);
		err = record_unpack(at, bytes, &got);
		assert_true(!err || err == -EBADMSG || err == -EPROTO);
		record_packed_id(at, bytes);
		if (!err)
			record_is_sound(got.at, got.len, 1000);
	}
	free(at);
}

static void an_id_is_read_from_the_first_bytes(void **state)
{
	struct nd_fingerprint fp = print((struct piece){ .id = "an id", .url = "http://a.example/b", .text = text_of(0, 200) });
	struct nd_str id;

	(void)state;
	buf_clear(&packed);
	assert_int_equal(record_pack(fp.at, fp.bytes, &packed), 0);
	id = record_packed_id(packed.at, 40);
	assert_int_equal(id.len, 5);
	assert_memory_equal(id.at, "an id", 5);
	assert_null(record_packed_id(packed.at, 10).at);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(numbers_of_any_size_come_back),
		TEST(records_of_an_archive_come_back_and_take_less),
		TEST(rulings_and_records_of_nothing_come_back),
		TEST(any_numbers_come_back),
		TEST(what_is_no_record_is_not_packed),
		TEST(what_is_damaged_is_refused_or_another_record),
		TEST(an_id_is_read_from_the_first_bytes),
	};

	return cmocka_run_group_tests(tests, printer_up, printer_down);
}
