/* lib/store: one thread appends while others read, on every backend. For the thread sanitizer. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "store/store.h"
#include "store_items.h"

#define RECORDS 6000

struct writer {
	struct store *s;
	int err;
};

static _Atomic bool given_up; /* the writer: nobody waits for what it has not written */

static void *write_all(void *arg)
{
	struct writer *w = arg;
	uint64_t seq = 0;

	for (size_t n = 1; seq < RECORDS && !w->err; n = n % 17 + 1) {
		struct store_item *items = make_items(seq, n);

		w->err = store_write(w->s, items, n);
		free_items(items, n);
		seq += n;
	}
	given_up = w->err != 0;
	return NULL;
}

/* Reads on behind the writer, record by record and in runs; counts what is not as it was written. */
static void *read_all(void *arg)
{
	struct store *s = arg;
	struct store_reader *r;
	struct store_item got[50], one;
	uint64_t seq = 0;
	uintptr_t wrong = 0;
	size_t n;

	if (store_reader_new(s, &r))
		return (void *)1;
	while (seq < RECORDS && !wrong && !given_up) {
		uint64_t count = store_count(s);

		wrong += store_reader_renew(r) != 0;
		wrong += store_reader_next(r, seq, got, 50, &n) != 0;
		for (size_t i = 0; i < n && !wrong; i++, seq++)
			wrong += !item_is_whole(&got[i]);
		if (count)
			wrong += store_reader_get(r, count - 1, &one) || !item_is_whole(&one);
	}
	store_reader_free(r);
	return (void *)wrong;
}

static void run(const char *where)
{
	struct store_options o = { .profile = PROFILE, .no_sync = true };
	struct writer w = { .err = 0 };
	pthread_t writer, readers[3];
	struct store_stats stats;

	assert_int_equal(store_open(where, &o, &w.s), 0);
	assert_int_equal(pthread_create(&writer, NULL, write_all, &w), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_all, w.s), 0);
	do {
		store_stats(w.s, &stats);
	} while (stats.records < RECORDS && stats.bytes_used <= stats.max_bytes && !given_up);
	pthread_join(writer, NULL);
	assert_int_equal(w.err, 0);
	for (size_t i = 0; i < 3; i++) {
		void *wrong;

		pthread_join(readers[i], &wrong);
		assert_null(wrong);
	}
	store_close(w.s);
}

static void readers_follow_the_writer_in_memory(void **state)
{
	run("mem:");
}

static void readers_follow_the_writer_on_disk(void **state)
{
	char dir[64];

	temp_dir(dir, sizeof(dir));
	run(dir);
	remove_dir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readers_follow_the_writer_in_memory),
		cmocka_unit_test(readers_follow_the_writer_on_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
