/*
 * The index when memory ends or the store cannot be read: what failed has left no trace, and comes again. The
 * library's allocations and the store's reader are wrapped by the linker (see the Makefile).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/store.h"
#include "tests/unit/indexing.h"

static unsigned fail_in; /* the n-th allocation from here fails; 0: none does */
static bool unreadable;  /* the reader, as when the disk has gone */
static unsigned readable_for; /* records, before it is unreadable */

static bool fails(void)
{
	return fail_in && !--fail_in;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *at, size_t n);
void *__real_aligned_alloc(size_t align, size_t n);
int __real_store_reader_get(struct store_reader *r, uint64_t seq, struct store_item *ret);
int __real_store_reader_renew(struct store_reader *r);

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *at, size_t n)
{
	return fails() ? NULL : __real_realloc(at, n);
}

void *__wrap_aligned_alloc(size_t align, size_t n)
{
	return fails() ? NULL : __real_aligned_alloc(align, n);
}

int __wrap_store_reader_get(struct store_reader *r, uint64_t seq, struct store_item *ret)
{
	if (unreadable && !readable_for)
		return -EBADMSG;
	if (unreadable)
		readable_for--;
	return __real_store_reader_get(r, seq, ret);
}

int __wrap_store_reader_renew(struct store_reader *r)
{
	return unreadable ? -EIO : __real_store_reader_renew(r);
}

static int gone(void **state)
{
	fail_in = 0;
	unreadable = false;
	return twins_down(state);
}

static struct nd_fingerprint random_print(unsigned i)
{
	static struct made m;

	return print(random_piece(&m, i));
}

static void commit(void)
{
	static struct nd_stored all[4000];
	size_t n;

	assert_int_equal(nd_index_again(ix, SIZE_MAX), 0);
	n = nd_index_pending(ix, 0, all, 4000);

	assert_int_equal(nd_store_commit(store, all, n), 0);
	nd_index_committed(ix, n);
}

/* Adds an article to both while the first allocation fails, the second and so on, until none does. */
static unsigned add_starving(struct nd_index *to, const struct nd_fingerprint *fp)
{
	nd_seq n = nd_index_count(to);
	struct nd_report x, y;
	unsigned tries = 0;
	int err;

	assert_int_equal(nd_index_add(whole, fp, &x), 0);
	do {
		fail_in = ++tries;
		err = nd_index_add(to, fp, &y);
		assert_true(err == 0 || (err == -ENOMEM && nd_index_count(to) == n));
	} while (err);
	fail_in = 0;
	assert_same_report(&x, &y);
	return tries - 1;
}

static void an_article_that_memory_ended_for_is_not_in_the_index(void **state)
{
	unsigned failed = 0;

	made_seed = 91;
	for (unsigned i = 0; i < 1500; i++) {
		struct nd_fingerprint fp = random_print(i);

		failed += add_starving(ix, &fp);
		if (i % 100 == 0)
			assert_same_index(ix, whole);
	}
	assert_true(failed > 2000);
	assert_same_index(ix, whole);
}

/* Packs it while the first allocation fails, the second and so on; the same to put it. */
static nd_seq put_starving(struct nd_packer *p, const struct nd_article *a)
{
	struct nd_fingerprint fp;
	struct nd_packed packed;
	struct nd_report r;
	unsigned tries = 0;
	int err;

	assert_int_equal(nd_fingerprint(printer, a, &fp), 0);
	do {
		fail_in = ++tries;
		err = nd_pack(p, a, &packed);
		assert_true(err == 0 || err == -ENOMEM);
	} while (err);
	tries = 0;
	do {
		fail_in = ++tries;
		err = nd_index_put_text(ix, &fp, &packed, 0, &r);
		assert_true(err == 0 || err == -ENOMEM);
	} while (err);
	fail_in = 0;
	return r.seq;
}

static void a_text_is_kept_with_its_article_or_neither_is(void **state)
{
	struct nd_packer *p;

	made_seed = 93;
	assert_int_equal(nd_packer_new(store, &p), 0);
	for (unsigned i = 0; i < 400; i++) {
		static struct made m;
		struct piece piece = random_piece(&m, i);
		struct nd_article a = article_of(&piece);
		nd_seq seq = put_starving(p, &a);
		struct nd_kept k;

		for (int committed = 0; committed < 2; committed++) {
			assert_int_equal(nd_index_text(ix, seq, &k), 0);
			assert_int_equal(k.text.len, a.text.len);
			assert_memory_equal(k.text.at, a.text.at, a.text.len);
			commit();
		}
	}
	nd_packer_free(p);
}

static void the_same_without_a_store(void **state)
{
	struct nd_index *bulk;

	made_seed = 92;
	assert_int_equal(nd_index_new("/tmp", &bulk), 0);
	for (unsigned i = 0; i < 1500; i++) {
		struct nd_fingerprint fp = random_print(i);

		add_starving(bulk, &fp);
	}
	assert_same_index(bulk, whole);
	nd_index_free(bulk);
}

static void loading_goes_on_where_memory_ended(void **state)
{
	unsigned failed = 0, opened = 0;
	struct nd_index *again = NULL;
	bool done = false;
	int err = -ENOMEM;

	made_seed = 93;
	for (unsigned i = 0; i < 800; i++) {
		struct nd_fingerprint fp = random_print(i);

		assert_int_equal(nd_index_put(ix, &fp, 0, NULL), 0);
		assert_int_equal(nd_index_add(whole, &fp, NULL), 0);
	}
	commit();
	while (err) {
		fail_in = ++opened;
		err = nd_index_open(store, &again);
		assert_true(!err || err == -ENOMEM);
	}
	while (!done) {
		fail_in = 1 + (unsigned)(rnd() % 60);
		err = nd_index_load(again, 1 + rnd() % 100, &done);
		assert_true(!err || err == -ENOMEM);
		failed += err != 0;
	}
	fail_in = 0;
	assert_true(opened > 3 && failed > 10);
	assert_same_index(again, whole);
	nd_index_free(again);
}

static void an_article_that_the_store_cannot_be_read_for_is_not_in_the_index(void **state)
{
	unsigned failed = 0;

	made_seed = 94;
	for (unsigned i = 0; i < 1000; i++) {
		struct nd_fingerprint fp = random_print(i);
		struct nd_report x, y;
		int err;

		readable_for = (unsigned)(rnd() % 20);
		unreadable = true;
		err = nd_index_check(ix, &fp, &y);
		assert_true(!err || err == -EBADMSG || err == -EIO);
		readable_for = (unsigned)(rnd() % 20);
		err = nd_index_put(ix, &fp, 0, &y);
		assert_true(!err || err == -EBADMSG || err == -EIO);
		unreadable = false;
		failed += err != 0;
		if (err) {
			assert_int_equal(nd_index_count(ix), i);
			assert_int_equal(nd_index_put(ix, &fp, 0, &y), 0);
		}
		assert_int_equal(nd_index_add(whole, &fp, &x), 0);
		assert_same_report(&x, &y);
		if (i % 10 == 0)
			commit();
	}
	assert_true(failed > 100);
	assert_same_index(ix, whole);
}

/* What was committed while the store could not be read stays in memory until it can. */
static void a_commit_that_cannot_be_seen_yet_loses_nothing(void **state)
{
	struct nd_index_stats stats;
	struct nd_report r;

	made_seed = 95;
	for (unsigned i = 0; i < 300; i++) {
		struct nd_fingerprint fp = random_print(i);

		assert_int_equal(nd_index_put(ix, &fp, 0, NULL), 0);
		assert_int_equal(nd_index_add(whole, &fp, NULL), 0);
	}
	unreadable = true;
	commit();
	nd_index_stats(ix, &stats);
	assert_int_equal(stats.pending, 0);
	assert_true(stats.pending_bytes > 0);
	assert_int_equal(nd_index_refresh(ix), -EIO);
	assert_int_equal(nd_index_get(ix, 0, &r), -EIO);
	assert_int_equal(nd_index_id(ix, 0, &r.article), -EIO);
	nd_index_rollback(ix);
	assert_int_equal(nd_index_count(ix), 300);
	unreadable = false;
	assert_int_equal(nd_index_refresh(ix), 0);
	nd_index_stats(ix, &stats);
	assert_int_equal(stats.pending_bytes, 0);
	assert_same_index(ix, whole);
}

static void again_starving(nd_seq seq)
{
	int more = 1;

	assert_int_equal(nd_index_ask_again(whole, seq), 0);
	assert_int_equal(nd_index_again(whole, SIZE_MAX), 0);
	for (unsigned tries = 1; more; tries++) {
		fail_in = tries;
		more = nd_index_ask_again(ix, seq);
		assert_true(!more || more == -ENOMEM);
	}
	fail_in = 0;
	for (unsigned tries = 1; (more = nd_index_again(ix, 0)) > 0; tries++) {
		fail_in = 1 + tries % 7;
		more = nd_index_again(ix, 1);
		assert_true(more >= 0 || more == -ENOMEM);
		fail_in = 0;
	}
}

static void judging_again_goes_on_where_memory_ended(void **state)
{
	made_seed = 96;
	for (unsigned i = 0; i < 1000; i++) {
		struct nd_fingerprint fp = random_print(i);

		assert_int_equal(nd_index_put(ix, &fp, 0, NULL), 0);
		assert_int_equal(nd_index_add(whole, &fp, NULL), 0);
		if (rnd() % 2)
			again_starving((nd_seq)(rnd() % (i + 1)));
		if (rnd() % 50 == 0)
			commit();
	}
	assert_same_index(ix, whole);
}

/* Not gone, or gone whole. */
static void an_article_that_memory_ended_for_is_not_taken_out(void **state)
{
	unsigned failed = 0;

	made_seed = 99;
	for (unsigned i = 0; i < 800; i++) {
		struct nd_fingerprint fp = random_print(i);
		nd_seq seq = (nd_seq)(rnd() % (i + 1));
		int want, err = -ENOMEM;

		assert_int_equal(nd_index_put(ix, &fp, 0, NULL), 0);
		assert_int_equal(nd_index_add(whole, &fp, NULL), 0);
		if (rnd() % 3)
			continue;
		want = nd_index_remove(whole, seq);
		for (unsigned tries = 1; err == -ENOMEM; tries++, failed++) {
			fail_in = tries;
			readable_for = tries;
			unreadable = rnd() % 2;
			err = nd_index_remove(ix, seq);
			unreadable = false;
			err = err == -EIO || err == -EBADMSG ? -ENOMEM : err;
		}
		fail_in = 0;
		assert_int_equal(err, want);
		assert_int_equal(nd_index_again(whole, SIZE_MAX), 0);
		assert_int_equal(nd_index_again(ix, SIZE_MAX), 0);
		if (rnd() % 10 == 0)
			commit();
	}
	assert_true(failed > 500);
	assert_same_index(ix, whole);
}

static void judging_again_goes_on_when_the_store_can_be_read_again(void **state)
{
	unsigned failed = 0;

	made_seed = 97;
	for (unsigned i = 0; i < 600; i++) {
		struct nd_fingerprint fp = random_print(i);
		nd_seq seq = (nd_seq)(rnd() % (i + 1));

		assert_int_equal(nd_index_put(ix, &fp, 0, NULL), 0);
		assert_int_equal(nd_index_add(whole, &fp, NULL), 0);
		if (rnd() % 3 == 0)
			commit();
		assert_int_equal(nd_index_ask_again(whole, seq), 0);
		assert_int_equal(nd_index_again(whole, SIZE_MAX), 0);
		assert_int_equal(nd_index_ask_again(ix, seq), 0);
		for (int more = 1; more;) {
			readable_for = (unsigned)(rnd() % 20);
			unreadable = rnd() % 2;
			more = nd_index_again(ix, 1);
			assert_true(more >= 0 || more == -EBADMSG || more == -EIO);
			failed += more < 0;
			unreadable = false;
		}
	}
	assert_true(failed > 100);
	assert_same_index(ix, whole);
}

/* Better no answer than a wrong one. */
static void an_index_that_could_not_be_rolled_back_says_so(void **state)
{
	struct nd_fingerprint fp;
	struct nd_report r;
	bool done;

	made_seed = 98;
	for (unsigned i = 0; i < 300; i++) {
		fp = random_print(i);
		assert_int_equal(nd_index_put(ix, &fp, 0, NULL), 0);
		assert_int_equal(nd_index_add(whole, &fp, NULL), 0);
	}
	commit();
	for (nd_seq i = 0; i < 300; i++)
		assert_int_equal(nd_index_ask_again(ix, i), 0);
	assert_int_equal(nd_index_again(ix, SIZE_MAX), 0);
	unreadable = true;
	readable_for = 20;
	nd_index_rollback(ix);
	unreadable = false;
	nd_index_refresh(ix);
	fp = random_print(1000);
	assert_true(nd_index_put(ix, &fp, 0, NULL) < 0);
	assert_true(nd_index_check(ix, &fp, &r) < 0);
	assert_true(nd_index_get(ix, 0, &r) < 0);
	nd_index_free(ix);
	assert_int_equal(nd_index_open(store, &ix), 0);
	assert_int_equal(nd_index_load(ix, 1000, &done), 0);
	assert_same_index(ix, whole);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, twins_up, gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_article_that_memory_ended_for_is_not_in_the_index),
		TEST(a_text_is_kept_with_its_article_or_neither_is),
		TEST(the_same_without_a_store),
		TEST(loading_goes_on_where_memory_ended),
		TEST(an_article_that_the_store_cannot_be_read_for_is_not_in_the_index),
		TEST(a_commit_that_cannot_be_seen_yet_loses_nothing),
		TEST(judging_again_goes_on_where_memory_ended),
		TEST(an_article_that_memory_ended_for_is_not_taken_out),
		TEST(judging_again_goes_on_when_the_store_can_be_read_again),
		TEST(an_index_that_could_not_be_rolled_back_says_so),
	};

	return cmocka_run_group_tests(tests, printer_up, printer_down);
}
