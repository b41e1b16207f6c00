/*
 * Loading with a thread's help: the same index, whatever the slices and whoever read them.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/loader.h"
#include "made.h"

#define ARTICLES 3000u

static struct nd_store *store;
static struct nd_index *whole;

static void commit(struct nd_index *ix)
{
	static struct nd_stored some[ARTICLES];
	size_t n;

	assert_int_equal(nd_index_again(ix, SIZE_MAX), 0);
	while ((n = nd_index_pending(ix, 0, some, ARTICLES))) {
		assert_int_equal(nd_store_commit(store, some, n), 0);
		nd_index_committed(ix, n);
	}
}

static int setup(void **state)
{
	static struct made m;
	struct nd_fingerprinter *printer;
	bool done;

	assert_int_equal(nd_fingerprinter_new(&printer), 0);
	assert_int_equal(nd_store_open("mem:", NULL, &store), 0);
	assert_int_equal(nd_index_open(store, &whole), 0);
	assert_int_equal(nd_index_load(whole, 1, &done), 0);
	made_seed = 71;
	for (unsigned i = 0; i < ARTICLES; i++) {
		struct piece p = random_piece(&m, i);
		struct nd_article a = article_of(&p);
		struct nd_fingerprint fp;

		assert_int_equal(nd_fingerprint(printer, &a, &fp), 0);
		assert_int_equal(nd_index_put(whole, &fp, i, NULL), 0);
	}
	commit(whole);
	nd_fingerprinter_free(printer);
	return 0;
}

static int teardown(void **state)
{
	nd_index_free(whole);
	nd_store_close(store);
	return 0;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t woken = PTHREAD_COND_INITIALIZER;
static unsigned wakes;

static void wake(void *arg)
{
	pthread_mutex_lock(&lock);
	wakes++;
	pthread_cond_signal(&woken);
	pthread_mutex_unlock(&lock);
}

static void wait_for_wake(void)
{
	pthread_mutex_lock(&lock);
	while (!wakes)
		pthread_cond_wait(&woken, &lock);
	wakes--;
	pthread_mutex_unlock(&lock);
}

static int load(struct nd_index *ix, uint64_t articles, uint32_t slice, bool threaded)
{
	struct loader_options o = { .articles = articles, .slice = slice, .threaded = threaded, .wake = wake };
	struct loader *l;
	int state;

	wakes = 0;
	assert_int_equal(loader_new(store, ix, &o, &l), 0);
	while ((state = loader_step(l)) > LOADER_DONE)
		if (state == LOADER_WAITS)
			wait_for_wake();
	loader_free(l);
	return state;
}

static void the_index_is_the_same_whoever_reads_the_slices(void **state)
{
	static const uint32_t slices[] = { 1, 7, 100, 749, 750, 2999, 3000, 0 };

	for (unsigned i = 0; i < 2 * sizeof(slices) / sizeof(*slices); i++) {
		struct nd_index *ix;

		assert_int_equal(nd_index_open(store, &ix), 0);
		assert_int_equal(load(ix, ARTICLES, slices[i / 2], i % 2), LOADER_DONE);
		assert_int_equal(nd_index_count(ix), ARTICLES);
		assert_same_index(ix, whole);
		nd_index_free(ix);
	}
}

static void an_empty_store_is_loaded_at_once(void **state)
{
	struct nd_store *full = store;
	struct nd_index *ix;

	assert_int_equal(nd_store_open("mem:", NULL, &store), 0);
	assert_int_equal(nd_index_open(store, &ix), 0);
	assert_int_equal(load(ix, 0, 0, true), LOADER_DONE);
	nd_index_free(ix);
	nd_store_close(store);
	store = full;
}

static void a_loader_may_be_stopped_in_the_middle(void **state)
{
	for (unsigned steps = 0; steps < 12; steps++) {
		struct loader_options o = { .articles = ARTICLES, .slice = 100, .threaded = true, .wake = wake };
		struct nd_index *ix;
		struct loader *l;

		assert_int_equal(nd_index_open(store, &ix), 0);
		assert_int_equal(loader_new(store, ix, &o, &l), 0);
		for (unsigned i = 0; i < steps; i++)
			assert_true(loader_step(l) >= 0);
		loader_free(l);
		nd_index_free(ix);
	}
	loader_free(NULL);
}

static void a_slice_out_of_turn_is_refused(void **state)
{
	struct nd_slice *slice;
	struct nd_index *ix;

	assert_int_equal(nd_index_open(store, &ix), 0);
	assert_int_equal(nd_slice_new(store, &slice), 0);
	nd_slice_read(slice, 10, 10);
	assert_int_equal(nd_index_take(ix, slice), -EINVAL);
	nd_slice_read(slice, 0, 10);
	while (nd_index_take(ix, slice) == 1)
		;
	assert_int_equal(nd_index_count(ix), 10);
	assert_false(nd_index_is_loaded(ix));
	nd_slice_free(slice);
	nd_slice_free(NULL);
	nd_index_free(ix);
}

/* A record that is none of ours in the middle of a slice that another one follows. Last: the store keeps it. */
static void what_is_damaged_ends_it_there(void **state)
{
	commit_junk(store, ARTICLES);
	for (unsigned threaded = 0; threaded < 2; threaded++) {
		struct nd_index *ix;

		assert_int_equal(nd_index_open(store, &ix), 0);
		assert_int_equal(load(ix, ARTICLES + 1, 1000, threaded), -EBADMSG);
		assert_int_equal(nd_index_count(ix), ARTICLES);
		nd_index_free(ix);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_index_is_the_same_whoever_reads_the_slices),
		cmocka_unit_test(an_empty_store_is_loaded_at_once),
		cmocka_unit_test(a_loader_may_be_stopped_in_the_middle),
		cmocka_unit_test(a_slice_out_of_turn_is_refused),
		cmocka_unit_test(what_is_damaged_ends_it_there),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
