/* daemon/commit: puts wait together, and are in the store together or not at all. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

static void who_comes_while_a_batch_is_written_is_in_the_next(void **state)
{
	sem_t closed;

	start(true);
	sem_init(&closed, 0, 0);
	gate = &closed;
	put("a", 0);
	commit_start(commit);
	put("b", 100);
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
		TEST(the_end_waits_for_the_batch_at_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
