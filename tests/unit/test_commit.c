/* daemon/commit: puts wait together, and are in the store together or not at all. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <semaphore.h>

#include "daemon/clock.h"
#include "daemon/commit.h"
#include "tests/unit/made.h"

static struct nd_store *store;
static struct nd_index *ix;
static struct nd_fingerprinter *f;
static struct commit *commit;
static sem_t woken;
static int commit_error; /* of the store, however well it is */
static sem_t *gate;      /* what a commit waits for; NULL: nothing */

/* A disk that gives up, or that takes its time, is not to be had in a test: the linker puts this in between. */
int __real_nd_store_commit(struct nd_store *s, const struct nd_stored *records, size_t n);

int __wrap_nd_store_commit(struct nd_store *s, const struct nd_stored *records, size_t n)
{
	if (gate)
		sem_wait(gate);
	return commit_error ? commit_error : __real_nd_store_commit(s, records, n);
}

static void wake(void *arg)
{
	sem_post(&woken);
}

static void start(bool threaded)
{
	bool done;

	commit_error = 0;
	gate = NULL;
	assert_int_equal(sem_init(&woken, 0, 0), 0);
	assert_int_equal(nd_store_open("mem:", NULL, &store), 0);
	assert_int_equal(nd_index_open(store, &ix), 0);
	assert_int_equal(nd_index_load(ix, 1, &done), 0);
	assert_int_equal(nd_fingerprinter_new(&f), 0);
	assert_int_equal(commit_new(store, ix, threaded, wake, NULL, &commit), 0);
}

static int gone(void **state)
{
	commit_free(commit);
	nd_fingerprinter_free(f);
	nd_index_free(ix);
	nd_store_close(store);
	sem_destroy(&woken);
	return 0;
}

/* Its ticket. */
static uint64_t put(const char *id, uint32_t from)
{
	struct nd_article a = { .id = str(id), .text = str(text_of(from, from + 60)) };
	struct nd_fingerprint fp;

	assert_int_equal(nd_fingerprint(f, &a, &fp), 0);
	assert_int_equal(nd_index_put(ix, &fp, 1, NULL), 0);
	return commit_ticket(commit);
}

static uint64_t stored(void)
{
	struct nd_store_stats s;

	nd_store_stats(store, &s);
	return s.articles;
}

static int wait_and_collect(void)
{
	sem_wait(&woken);
	return commit_collect(commit);
}

static void nothing_is_not_committed(void **state)
{
	start(false);
	commit_start(commit);
	assert_int_equal(sem_trywait(&woken), -1);
	assert_int_equal(commit_collect(commit), 0);
	assert_true(commit_is_idle(commit));
	assert_int_equal(commit_age(commit, clock_ns()), 0);
}

static void all_that_is_pending_goes_in_one_batch(void **state)
{
	start(false);
	put("a", 0);
	put("b", 100);
	assert_int_equal(put("c", 200), 3);
	assert_false(commit_is_idle(commit));
	commit_start(commit);
	assert_int_equal(wait_and_collect(), 1);
	assert_int_equal(commit_done(commit), 3);
	assert_int_equal(stored(), 3);
	assert_true(commit_is_idle(commit));
	assert_int_equal(commit_stats(commit).commits, 1);
	assert_int_equal(commit_stats(commit).largest, 3);
}

/* The batch of one article is on its way, to a store whose gate is closed, and another one has come. */
static void start_before(sem_t *closed)
{
	start(true);
	sem_init(closed, 0, 0);
	gate = closed;
	put("a", 0);
	commit_start(commit);
	put("b", 100);
}

static void who_comes_while_a_batch_is_written_is_in_the_next(void **state)
{
	sem_t closed;

	start_before(&closed);
	commit_start(commit); /* one batch at a time */
	assert_int_equal(commit_collect(commit), 0);
	assert_true(commit_age(commit, clock_ns() + 1) > 0);
	sem_post(&closed);
	assert_int_equal(wait_and_collect(), 1);
	assert_int_equal(commit_done(commit), 1);
	assert_false(commit_is_idle(commit));
	sem_post(&closed);
	commit_start(commit);
	assert_int_equal(wait_and_collect(), 1);
	assert_int_equal(commit_done(commit), 2);
	assert_int_equal(stored(), 2);
	sem_destroy(&closed);
}

static void a_batch_that_fails_takes_all_that_is_pending_with_it(void **state)
{
	start(false);
	put("a", 0);
	commit_start(commit);
	assert_int_equal(wait_and_collect(), 1);
	commit_error = -EIO;
	put("b", 100);
	commit_start(commit);
	put("c", 200); /* it came meanwhile, and cannot stay without b */
	assert_int_equal(wait_and_collect(), -EIO);
	assert_int_equal(nd_index_count(ix), 1);
	assert_int_equal(stored(), 1);
	assert_int_equal(commit_fault(commit), -EIO);
	assert_true(commit_is_idle(commit));
	commit_error = 0;
	assert_int_equal(put("d", 300), 2); /* tickets go on behind the last one done */
	commit_start(commit);
	assert_int_equal(wait_and_collect(), 1);
	assert_int_equal(commit_fault(commit), 0);
	assert_int_equal(stored(), 2);
	assert_int_equal(nd_index_find(ix, str("d")), 1);
	assert_int_equal(nd_index_find(ix, str("b")), ND_NONE);
	assert_int_equal(commit_stats(commit).failures, 1);
}

/* Pages that share a footer: the first ones pass for copies of the very first, until it is in too many stories. */
static void put_page(unsigned i)
{
	struct nd_fingerprint fp;
	struct nd_article a;
	char id[16], text[4096] = "";

	words(text, 1000 * (i + 1) + 1, 1000 * (i + 1) + 41); /* the footer is no paragraph of its own */
	words(text, 900000, 900060);
	snprintf(id, sizeof(id), "p%u", i);
	a = (struct nd_article){ .id = str(id), .text = str(text) };
	assert_int_equal(nd_fingerprint(f, &a, &fp), 0);
	assert_int_equal(nd_index_put(ix, &fp, 1, NULL), 0);
}

static unsigned joined(void)
{
	unsigned n = 0;

	for (nd_seq i = 0; i < nd_index_count(ix); i++)
		n += nd_index_story(ix, i) != i;
	return n;
}

static void what_was_judged_again_is_in_one_batch_with_what_came_before(void **state)
{
	struct nd_stored items[64];
	unsigned before;
	bool done;

	start(false);
	for (unsigned i = 0; i < 20; i++)
		put_page(i);
	before = joined();
	assert_true(before >= 5);
	assert_int_equal(nd_index_remove(ix, 0), 0);
	assert_int_equal(nd_index_again(ix, SIZE_MAX), 0);
	assert_int_equal(joined(), before - 1);
	assert_true(commit_ticket(commit) > 20);
	commit_error = -ENOSPC;
	commit_start(commit);
	assert_int_equal(wait_and_collect(), -ENOSPC);
	assert_int_equal(nd_index_count(ix), 0);
	commit_error = 0;

	for (unsigned i = 0; i < 20; i++)
		put_page(i);
	commit_ticket(commit);
	commit_start(commit);
	assert_int_equal(wait_and_collect(), 1);
	assert_int_equal(joined(), before);
	assert_int_equal(nd_index_remove(ix, 0), 0);
	assert_int_equal(nd_index_again(ix, 4), 1);
	assert_int_equal(commit_ticket(commit) - commit_done(commit) > 0, 1);
	commit_start(commit); /* half of it is nothing yet */
	assert_int_equal(sem_trywait(&woken), -1);
	assert_int_equal(nd_index_again(ix, SIZE_MAX), 0);
	commit_ticket(commit);
	commit_error = -EIO;
	commit_start(commit);
	assert_int_equal(wait_and_collect(), -EIO);
	assert_int_equal(joined(), before);
	assert_int_equal(nd_index_again(ix, 1), 0); /* it is forgotten */
	assert_int_equal(nd_index_pending(ix, 0, items, 64), 0);

	commit_error = 0;
	assert_int_equal(nd_index_remove(ix, 0), 0);
	assert_int_equal(nd_index_again(ix, SIZE_MAX), 0);
	assert_true(commit_ticket(commit) > commit_done(commit));
	commit_start(commit);
	assert_int_equal(wait_and_collect(), 1);
	assert_true(commit_is_idle(commit));
	assert_int_equal(stored(), 20);
	nd_index_free(ix);
	assert_int_equal(nd_index_open(store, &ix), 0);
	assert_int_equal(nd_index_load(ix, SIZE_MAX, &done), 0);
	assert_int_equal(joined(), before - 1);
}

static void what_is_abandoned_leaves_unless_it_is_on_its_way(void **state)
{
	sem_t closed;

	start_before(&closed);
	assert_false(commit_abandon(commit));
	assert_int_equal(nd_index_count(ix), 2);
	sem_post(&closed);
	assert_int_equal(wait_and_collect(), 1);
	assert_true(commit_abandon(commit));
	assert_int_equal(nd_index_count(ix), 1);
	assert_true(commit_is_idle(commit));
	sem_destroy(&closed);
}

static void the_end_waits_for_the_batch_at_hand(void **state)
{
	start(true);
	put("a", 0);
	commit_start(commit);
	commit_free(commit);
	commit = NULL;
	assert_int_equal(stored(), 1);
}

#define TEST(f) cmocka_unit_test_teardown(f, gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_not_committed),
		TEST(all_that_is_pending_goes_in_one_batch),
		TEST(who_comes_while_a_batch_is_written_is_in_the_next),
		TEST(a_batch_that_fails_takes_all_that_is_pending_with_it),
		TEST(what_was_judged_again_is_in_one_batch_with_what_came_before),
		TEST(what_is_abandoned_leaves_unless_it_is_on_its_way),
		TEST(the_end_waits_for_the_batch_at_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
