/*
 * The index over a store: loaded again it is the one that never stopped, an index of which nothing is stored;
 * and what was rolled back was never there.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/indexing.h"

static int64_t arrival_of(nd_seq seq)
{
	return 1700000000000 + 7 * (int64_t)seq;
}

static void put_both(struct piece p)
{
	struct nd_fingerprint fp = print(p);
	struct nd_report x, y;

	assert_int_equal(nd_index_add(whole, &fp, &x), 0);
	assert_int_equal(nd_index_put(ix, &fp, arrival_of(x.seq), &y), 0);
	assert_int_equal(x.seq, y.seq);
	assert_same_report(&x, &y);
}

/* The n oldest of what is pending, in batches; fewer when there are not so many. */
static void commit(size_t n)
{
	assert_int_equal(nd_index_again(ix, SIZE_MAX), 0);
	while (n) {
		struct nd_stored batch[50];
		size_t got = nd_index_pending(ix, 0, batch, n < 50 ? n : 50);

		if (!got)
			return;
		assert_int_equal(nd_store_commit(store, batch, got), 0);
		nd_index_committed(ix, got);
		n -= got;
	}
}

static void restart(size_t step)
{
	commit(SIZE_MAX);
	nd_index_free(ix);
	assert_int_equal(nd_index_open(store, &ix), 0);
	load(step);
}

/* --- loading --- */

static void an_index_loaded_again_answers_the_same(void **state)
{
	static struct made m;

	made_seed = 81;
	for (unsigned i = 0; i < 4000; i++) {
		put_both(random_piece(&m, i));
		if (rnd() % 10 == 0)
			commit(rnd() % 30);
		if ((i & (i + 1)) == 0 || rnd() % 400 == 0) {
			restart(1 + rnd() % (rnd() % 2 ? 5 : 1000));
			assert_same_index(ix, whole);
		}
	}
	restart(SIZE_MAX);
	assert_same_index(ix, whole);
}

/* On the disk as in memory; strings, times of arrival and earlier versions too. */
static void what_was_stored_on_disk_is_there_after_a_restart(void **state)
{
	static struct made m;
	char dir[] = "/tmp/newsdup-test-XXXXXX", path[64];
	static const char *const files[] = { "store.mdb", "store.mdb-lock", "lock" };

	assert_non_null(mkdtemp(dir));
	nd_index_free(ix);
	nd_store_close(store);
	made_seed = 82;
	for (unsigned i = 0; i < 600; i++) {
		if (i % 150 == 0) {
			if (i) {
				commit(SIZE_MAX);
				nd_index_free(ix);
				nd_store_close(store);
			}
			assert_int_equal(nd_store_open(dir, NULL, &store), 0);
			assert_int_equal(nd_index_open(store, &ix), 0);
			load(64);
			assert_same_index(ix, whole);
		}
		put_both(random_piece(&m, i));
		if (rnd() % 20 == 0)
			commit(SIZE_MAX);
	}
	for (nd_seq i = 0; i < 600; i++) {
		struct nd_report x, y;

		assert_int_equal(nd_index_get(ix, i, &x), 0);
		assert_int_equal(nd_index_get(whole, i, &y), 0);
		assert_int_equal(x.article.id.len, y.article.id.len);
		assert_memory_equal(x.article.id.at, y.article.id.at, x.article.id.len);
		assert_int_equal(nd_index_received(ix, i), arrival_of(i));
		assert_int_equal(nd_index_earlier(ix, i), nd_index_earlier(whole, i));
	}
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		remove(path);
	}
	remove(dir);
}

static void nothing_is_put_before_all_is_loaded(void **state)
{
	struct nd_fingerprint fp;
	struct nd_report r;
	bool done = true;

	for (unsigned i = 0; i < 5; i++)
		put_both((struct piece){ .id = "a", .text = text_of(i * 100, i * 100 + 50) });
	commit(SIZE_MAX);
	nd_index_free(ix);
	assert_int_equal(nd_index_open(store, &ix), 0);
	fp = print((struct piece){ .id = "b", .text = "one two three" });
	assert_int_equal(nd_index_count(ix), 0);
	assert_int_equal(nd_index_put(ix, &fp, 0, &r), -EBUSY);
	assert_int_equal(nd_index_load(ix, 3, &done), 0);
	assert_false(done);
	assert_int_equal(nd_index_count(ix), 3);
	assert_int_equal(nd_index_put(ix, &fp, 0, &r), -EBUSY);
	assert_int_equal(nd_index_check(ix, &fp, &r), -EBUSY);
	assert_int_equal(nd_index_load(ix, 3, &done), 0);
	assert_true(done);
	assert_int_equal(nd_index_put(ix, &fp, 0, &r), 0);
	assert_int_equal(r.seq, 5);
}

static void an_index_without_a_store_has_nothing_to_load_and_nothing_pending(void **state)
{
	struct nd_stored item;
	bool done = false;

	assert_int_equal(nd_index_load(whole, 1, &done), 0);
	assert_true(done);
	put_both((struct piece){ .id = "a", .text = "x" });
	assert_int_equal(nd_index_pending(whole, 0, &item, 1), 0);
	nd_index_committed(whole, 1);
	nd_index_rollback(whole);
	assert_int_equal(nd_index_refresh(whole), 0);
	assert_int_equal(nd_index_count(whole), 1);
	assert_int_equal(nd_index_received(whole, 0), 0);
}

/* A record that is none of ours, behind a good checksum. */
static void a_record_that_makes_no_sense_is_refused(void **state)
{
	bool done = false;

	for (unsigned i = 0; i < 3; i++)
		put_both((struct piece){ .id = "a", .text = "x" });
	commit(SIZE_MAX);
	commit_junk(store, 3);
	nd_index_free(ix);
	assert_int_equal(nd_index_open(store, &ix), 0);
	assert_int_equal(nd_index_load(ix, 100, &done), -EBADMSG);
	assert_false(done);
	assert_int_equal(nd_index_count(ix), 3);
}

/* --- leaving --- */

static void what_was_rolled_back_was_never_there(void **state)
{
	static struct made m;
	unsigned i = 0;

	made_seed = 83;
	for (unsigned round = 0; round < 400; round++) {
		for (unsigned n = (unsigned)(rnd() % 12); n--; i++)
			put_both(random_piece(&m, i));
		commit(SIZE_MAX);
		for (unsigned n = (unsigned)(rnd() % (rnd() % 10 ? 8 : 100)), k = 0; k < n; k++) {
			struct nd_fingerprint fp = print(random_piece(&m, i + k));

			assert_int_equal(nd_index_put(ix, &fp, 0, NULL), 0);
		}
		nd_index_rollback(ix);
		assert_int_equal(nd_index_count(ix), i);
		if (round % 20 == 0)
			assert_same_index(ix, whole);
		if (rnd() % 100 == 0)
			restart(100);
	}
	assert_true(i > 1500);
	assert_same_index(ix, whole);
}

static void rolled_back_to_nothing_all_may_come_again(void **state)
{
	static struct made m;
	struct nd_index_stats stats;

	made_seed = 84;
	for (unsigned i = 0; i < 1500; i++) {
		struct nd_fingerprint fp = print(random_piece(&m, i));

		assert_int_equal(nd_index_put(ix, &fp, 0, NULL), 0);
	}
	nd_index_rollback(ix);
	nd_index_stats(ix, &stats);
	assert_int_equal(stats.articles, 0);
	assert_int_equal(stats.stories, 0);
	assert_int_equal(stats.keys, 0);
	assert_int_equal(stats.stop_keys, 0);
	assert_int_equal(stats.pending, 0);
	assert_int_equal(stats.pending_bytes, 0);
	for (unsigned i = 0; i < 1500; i++)
		put_both(random_piece(&m, i));
	assert_same_index(ix, whole);
}

/* The first of a batch was committed, what came after it was not. */
static void what_is_committed_stays_when_the_rest_leaves(void **state)
{
	static struct made m;

	made_seed = 85;
	for (unsigned round = 0, n = 0; round < 100; round++) {
		unsigned keep = (unsigned)(rnd() % 20), drop = (unsigned)(rnd() % 20);
		struct nd_stored kept[400];
		size_t n_kept;

		for (unsigned k = 0; k < keep; k++)
			put_both(random_piece(&m, n++));
		assert_int_equal(nd_index_again(ix, SIZE_MAX), 0);
		n_kept = nd_index_pending(ix, 0, kept, 400);
		assert_true(n_kept < 400);
		for (unsigned k = 0; k < drop; k++) {
			struct nd_fingerprint fp = print(random_piece(&m, n + k));

			assert_int_equal(nd_index_put(ix, &fp, 0, NULL), 0);
		}
		assert_int_equal(nd_store_commit(store, kept, n_kept), 0);
		nd_index_committed(ix, n_kept);
		nd_index_rollback(ix);
	}
	assert_same_index(ix, whole);
	restart(64);
	assert_same_index(ix, whole);
}

/* --- what is pending --- */

/* One that sets nothing off: it shares no paragraph with others. */
static struct piece lone_piece(struct made *m, unsigned i)
{
	struct piece p = random_piece(m, i);

	snprintf(m->id, sizeof(m->id), "%u", i);
	p.text = text_of(100 * i, 100 * i + 20 + (uint32_t)(rnd() % 60));
	return p;
}

static void pending_records_do_not_move(void **state)
{
	static struct made m;
	static struct nd_stored before[700], after[700];
	uint64_t sum = 0, again = 0;
	struct nd_index_stats stats;

	made_seed = 86;
	for (unsigned i = 0; i < 100; i++)
		put_both(lone_piece(&m, i));
	assert_int_equal(nd_index_pending(ix, 0, before, 700), 100);
	for (unsigned i = 0; i < 100; i++)
		for (size_t k = 0; k < before[i].bytes; k++)
			sum = sum * 31 + ((const uint8_t *)before[i].at)[k];
	for (unsigned i = 100; i < 600; i++)
		put_both(lone_piece(&m, i));
	assert_int_equal(nd_index_pending(ix, 0, after, 700), 600);
	assert_int_equal(nd_index_pending(ix, 590, after + 600, 100), 10);
	assert_int_equal(after[600].seq, 590);
	assert_int_equal(nd_index_pending(ix, 600, after, 100), 0);
	assert_memory_equal(before, after, 100 * sizeof(*before));
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(before[i].seq, i);
		assert_int_equal(before[i].received, arrival_of(i));
		assert_int_equal(before[i].bytes % 8, 0);
		for (size_t k = 0; k < before[i].bytes; k++)
			again = again * 31 + ((const uint8_t *)before[i].at)[k];
	}
	assert_int_equal(sum, again);
	assert_int_equal(nd_store_commit(store, before, 100), 0);
	nd_index_stats(ix, &stats);
	assert_int_equal(stats.pending, 600);
	nd_index_committed(ix, 100);
	nd_index_stats(ix, &stats);
	assert_int_equal(stats.pending, 500);
	assert_int_equal(nd_index_pending(ix, 0, after, 1), 1);
	assert_int_equal(after[0].seq, 100);
	assert_same_index(ix, whole);
	commit(SIZE_MAX);
	nd_index_stats(ix, &stats);
	assert_int_equal(stats.pending_bytes, 0);
	assert_same_index(ix, whole);
}

struct batch {
	struct nd_stored records[200];
	size_t n;
	int err;
};

static void *write_batch(void *arg)
{
	struct batch *b = arg;

	b->err = nd_store_commit(store, b->records, b->n);
	return NULL;
}

/* As a daemon does it: while a batch is on its way to the store, more is put, checked and looked at. */
static void a_batch_is_written_while_more_is_put(void **state)
{
	static struct batch batch;
	static struct made m;
	unsigned i = 0;

	made_seed = 89;
	for (unsigned round = 0; round < 60; round++) {
		pthread_t writer;

		batch.n = nd_index_pending(ix, 0, batch.records, 200);
		assert_int_equal(pthread_create(&writer, NULL, write_batch, &batch), 0);
		for (unsigned k = (unsigned)(rnd() % 40); k--; i++) {
			struct nd_fingerprint fp = print(random_piece(&m, i));
			struct nd_report r;

			assert_int_equal(nd_index_check(ix, &fp, &r), 0);
			assert_int_equal(nd_index_put(ix, &fp, arrival_of(i), NULL), 0);
			assert_int_equal(nd_index_add(whole, &fp, NULL), 0);
		}
		assert_int_equal(pthread_join(writer, NULL), 0);
		assert_int_equal(batch.err, 0);
		nd_index_committed(ix, batch.n);
	}
	assert_same_index(ix, whole);
	restart(64);
	assert_same_index(ix, whole);
}

/* --- checking --- */

static nd_seq or_itself(nd_seq told, nd_seq itself)
{
	return told == ND_NONE ? itself : told;
}

static void a_check_tells_what_a_put_would_and_changes_nothing(void **state)
{
	static struct made m;

	made_seed = 87;
	for (unsigned i = 0; i < 2000; i++) {
		struct piece p = random_piece(&m, i);
		struct nd_fingerprint fp = print(p);
		struct nd_match matches[ND_MATCHES_MAX];
		struct nd_report c, r;

		assert_int_equal(nd_index_again(ix, SIZE_MAX), 0);
		assert_int_equal(nd_index_check(ix, &fp, &c), 0);
		assert_int_equal(c.seq, ND_NONE);
		assert_int_equal(c.article.id.len, strlen(p.id));
		if (c.n_matches)
			memcpy(matches, c.matches, c.n_matches * sizeof(*matches));
		put_both(p);
		assert_int_equal(nd_index_get(ix, i, &r), 0);
		c.matches = matches;
		c.story = or_itself(c.story, i);
		c.origin = or_itself(c.origin, i);
		if (c.has_lead)
			c.lead_story = or_itself(c.lead_story, i);
		assert_same_report(&c, &r);
		assert_int_equal(c.published_ok, r.published_ok);
	}
	assert_same_index(ix, whole);
}

/* --- one article --- */

static void the_newest_article_of_an_id_is_found_and_leads_to_the_earlier_ones(void **state)
{
	static struct made m;
	static nd_seq newest[2000], earlier[2000];
	char id[16];

	made_seed = 88;
	memset(newest, 0xFF, sizeof(newest));
	for (unsigned i = 0; i < 2000; i++) {
		struct piece p = random_piece(&m, i);
		unsigned n = (unsigned)atoi(p.id);

		put_both(p);
		earlier[i] = newest[n];
		newest[n] = i;
		if (i % 500 == 0)
			restart(100);
	}
	assert_int_equal(nd_index_find(ix, str("no such id")), ND_NONE);
	assert_int_equal(nd_index_find(ix, str("")), ND_NONE);
	assert_int_equal(nd_index_earlier(ix, 2000), ND_NONE);
	assert_int_equal(nd_index_earlier(ix, ND_NONE), ND_NONE);
	assert_int_equal(nd_index_received(ix, 2000), 0);
	for (unsigned i = 0; i < 2000; i++) {
		snprintf(id, sizeof(id), "%u", i);
		assert_int_equal(nd_index_find(ix, str(id)), newest[i]);
		assert_int_equal(nd_index_earlier(ix, i), earlier[i]);
		assert_int_equal(nd_index_received(ix, i), arrival_of(i));
	}
	nd_index_rollback(ix);
	restart(100);
	for (unsigned i = 0; i < nd_index_count(ix); i++)
		assert_int_equal(nd_index_earlier(ix, i), earlier[i]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, twins_up, twins_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_index_loaded_again_answers_the_same),
		TEST(what_was_stored_on_disk_is_there_after_a_restart),
		TEST(nothing_is_put_before_all_is_loaded),
		TEST(an_index_without_a_store_has_nothing_to_load_and_nothing_pending),
		TEST(a_record_that_makes_no_sense_is_refused),
		TEST(what_was_rolled_back_was_never_there),
		TEST(rolled_back_to_nothing_all_may_come_again),
		TEST(what_is_committed_stays_when_the_rest_leaves),
		TEST(pending_records_do_not_move),
		TEST(a_batch_is_written_while_more_is_put),
		TEST(a_check_tells_what_a_put_would_and_changes_nothing),
		TEST(the_newest_article_of_an_id_is_found_and_leads_to_the_earlier_ones),
	};

	return cmocka_run_group_tests(tests, printer_up, printer_down);
}
