/* lib/index: whole archives: built twice, looked at, and on a disk that is full now and then. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "tests/unit/indexing.h"

/* Looking ahead in one of them must not tell either. */
static void an_index_built_again_answers_the_same(void **state)
{
	static struct made m;
	struct nd_index *again;
	struct nd_fingerprint fp;

	made_seed = 71;
	assert_int_equal(nd_index_new("/tmp", &again), 0);
	for (unsigned i = 0; i < 3000; i++) {
		struct piece p = random_piece(&m, i);
		struct nd_article a = article_of(&p);
		struct nd_report x, y;

		assert_int_equal(nd_fingerprint(printer, &a, &fp), 0);
		assert_int_equal(nd_index_add(ix, &fp, &x), 0);
		nd_index_expect(again, &fp);
		assert_int_equal(nd_index_add(again, &fp, &y), 0);
		assert_same_report(&x, &y);
	}
	assert_same_index(ix, again);
	assert_whole();
	nd_index_free(again);
}

static void looking_changes_nothing(void **state)
{
	static struct made m;
	struct nd_report before, after;

	made_seed = 72;
	for (unsigned i = 0; i < 300; i++)
		add(random_piece(&m, i));
	for (unsigned i = 0; i < 300; i++) {
		before = now(i);
		assert_whole();
		after = now(i);
		assert_same_report(&before, &after);
		i += 50;
	}
}

static void a_fingerprint_of_another_version_is_refused(void **state)
{
	struct nd_article a = { .id = str("a"), .text = str("some words of a text") };
	struct nd_fingerprint fp;
	struct nd_report r;
	uint32_t *copy;

	assert_int_equal(nd_fingerprint(printer, &a, &fp), 0);
	copy = malloc(fp.bytes);
	memcpy(copy, fp.at, fp.bytes);
	copy[0]++;
	fp.at = copy;
	nd_index_expect(ix, &fp);
	assert_int_equal(nd_index_add(ix, &fp, &r), -EPROTO);
	assert_int_equal(nd_index_count(ix), 0);
	free(copy);
}

static void limit_files(rlim_t bytes)
{
	struct rlimit l;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &l), 0);
	l.rlim_cur = bytes < l.rlim_max ? bytes : l.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &l), 0);
}

/* The disk fills up every now and then; what was refused comes again when there is room. */
static void an_article_that_a_full_disk_refused_is_not_in_the_index(void **state)
{
	static struct made m;
	void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
	struct nd_index *roomy;
	unsigned refused = 0;

	made_seed = 73;
	assert_int_equal(nd_index_new("/tmp", &roomy), 0);
	for (unsigned i = 0; i < 2500; i++) {
		struct piece p = random_piece(&m, i);
		struct nd_article a = article_of(&p);
		struct nd_fingerprint fp;
		struct nd_report r;
		int err;

		assert_int_equal(nd_fingerprint(printer, &a, &fp), 0);
		assert_int_equal(nd_index_add(roomy, &fp, NULL), 0);
		limit_files(1 << 19);
		err = nd_index_add(ix, &fp, &r);
		limit_files(RLIM_INFINITY);
		if (!err)
			continue;
		assert_true(err == -EFBIG || err == -ENOSPC);
		assert_int_equal(nd_index_count(ix), i);
		refused++;
		assert_int_equal(nd_index_add(ix, &fp, &r), 0);
	}
	signal(SIGXFSZ, old);
	assert_true(refused > 1);
	assert_same_index(ix, roomy);
	assert_whole();
	nd_index_free(roomy);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, index_up, index_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_index_built_again_answers_the_same),
		TEST(looking_changes_nothing),
		TEST(a_fingerprint_of_another_version_is_refused),
		TEST(an_article_that_a_full_disk_refused_is_not_in_the_index),
	};

	return cmocka_run_group_tests(tests, printer_up, printer_down);
}
