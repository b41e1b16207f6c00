/* A store record by record: what a record says; whatever bytes are taken for one, whoever reads it then stays within it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "newsdup_store.h"
#include "tests/unit/indexing.h"

#define BYTES_MAX (1 << 18)

static uint64_t bytes[BYTES_MAX / 8];

/* The record of an article, as it would go to a store that is empty. */
static size_t record_of(struct piece p)
{
	struct nd_fingerprint fp = print(p);
	struct nd_stored s;

	assert_int_equal(nd_index_put(ix, &fp, 7, NULL), 0);
	assert_int_equal(nd_index_again(ix, SIZE_MAX), 0);
	assert_int_equal(nd_index_pending(ix, 0, &s, 1), 1);
	assert_true(s.bytes < BYTES_MAX);
	memcpy(bytes, s.at, s.bytes);
	nd_index_rollback(ix);
	return s.bytes;
}

/* Loads a store of this record alone and judges an article by it. */
static void live_with(const struct nd_stored *s, struct piece p)
{
	struct nd_fingerprint fp = print(p);
	struct nd_store *other;
	struct nd_index *index;
	struct nd_report r;
	bool done = false;
	int err = 0;

	assert_int_equal(nd_store_open("mem:", NULL, &other), 0);
	assert_int_equal(nd_store_commit(other, s, 1), 0);
	assert_int_equal(nd_index_open(other, &index), 0);
	while (!done && !err)
		err = nd_index_load(index, 10, &done);
	if (!err && !nd_index_get(index, 0, &r)) {
		nd_index_check(index, &fp, &r);
		nd_index_put(index, &fp, 8, &r);
		nd_index_again(index, SIZE_MAX);
	}
	nd_index_free(index);
	nd_store_close(other);
}

static void bytes_that_are_changed_are_refused_or_do_no_harm(void **state)
{
	static struct made m;
	unsigned sound = 0;

	made_seed = 31;
	for (unsigned i = 0; i < 60; i++) {
		struct piece p = random_piece(&m, i);
		size_t n = record_of(p);

		for (unsigned k = 0; k < 60; k++) {
			uint8_t *at = (uint8_t *)bytes + rnd() % (k % 2 ? n : n < 400 ? n : 400), was = *at;
			struct nd_stored s = { .seq = 0, .received = 7, .at = bytes, .bytes = n };
			struct nd_stored_contents c;

			*at = (uint8_t)(k % 3 ? rnd() : was ^ (1u << rnd() % 8));
			if (!nd_stored_contents(&s, &c)) {
				sound++;
				live_with(&s, p);
			}
			*at = was;
		}
	}
	assert_true(sound > 100);
}

static void a_record_that_is_cut_is_none(void **state)
{
	struct piece p = { .id = "a", .outlet = "o", .text = text_of(0, 90) };
	size_t n = record_of(p);
	struct nd_stored_contents c;
	struct nd_stored s = { .seq = 0, .at = bytes };

	for (s.bytes = 0; s.bytes + 8 <= n; s.bytes++)
		assert_int_equal(nd_stored_contents(&s, &c), -EBADMSG);
	s.bytes = n;
	assert_int_equal(nd_stored_contents(&s, &c), 0);
	assert_int_equal(c.kind, ND_STORED_ARTICLE);
	assert_int_equal(c.article.id.len, 1);
	s.seq = (uint64_t)1 << 40;
	assert_int_equal(nd_stored_contents(&s, &c), -EBADMSG);
	s.seq = 0;
	bytes[0]++; /* its version */
	assert_int_equal(nd_stored_contents(&s, &c), -EPROTO);
}

static void commit_all(void)
{
	struct nd_stored batch[64];
	size_t n;

	assert_int_equal(nd_index_again(ix, SIZE_MAX), 0);
	while ((n = nd_index_pending(ix, 0, batch, 64)) > 0) {
		assert_int_equal(nd_store_commit(store, batch, n), 0);
		nd_index_committed(ix, n);
	}
}

static void a_reader_tells_what_the_store_holds(void **state)
{
	struct nd_stored_contents c;
	struct nd_reader *reader;
	struct nd_stored s;
	struct nd_kept kept;

	add((struct piece){ .id = "a", .text = text_of(0, 60) });
	add((struct piece){ .id = "b", .text = text_of(100, 160) });
	assert_int_equal(nd_index_rule(ix, ND_ALLOW, str("a"), str("b"), 9), 0);
	commit_all();
	assert_int_equal(nd_index_remove(ix, 0), 0);
	commit_all();
	assert_int_equal(nd_reader_new(store, &reader), 0);
	assert_int_equal(nd_reader_get(reader, 0, &s), 0);
	assert_int_equal(nd_stored_contents(&s, &c), 0);
	assert_int_equal(c.kind, ND_STORED_GONE);
	assert_int_equal(nd_reader_get(reader, 1, &s), 0);
	assert_int_equal(nd_stored_contents(&s, &c), 0);
	assert_int_equal(c.kind, ND_STORED_ARTICLE);
	assert_memory_equal(c.article.id.at, "b", 1);
	assert_int_equal(nd_reader_text(reader, 1, &kept), -ENOENT);
	assert_int_equal(nd_reader_get(reader, 2, &s), 0);
	assert_int_equal(s.received, 9);
	assert_int_equal(nd_stored_contents(&s, &c), 0);
	assert_int_equal(c.kind, ND_STORED_ALLOW);
	assert_memory_equal(c.a.at, "a", 1);
	assert_memory_equal(c.b.at, "b", 1);
	assert_int_equal(nd_reader_get(reader, 3, &s), -ENOENT);
	nd_reader_free(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bytes_that_are_changed_are_refused_or_do_no_harm, twins_up, twins_down),
		cmocka_unit_test_setup_teardown(a_record_that_is_cut_is_none, twins_up, twins_down),
		cmocka_unit_test_setup_teardown(a_reader_tells_what_the_store_holds, twins_up, twins_down),
	};

	return cmocka_run_group_tests(tests, printer_up, printer_down);
}
