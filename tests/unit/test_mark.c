/* daemon/mark: where a bulk run began, kept in a folder until it has come to its end. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/mark.h"

static char folder[] = "/tmp/test_mark.XXXXXX";
static char path[64];

static int up(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/%s", folder, MARK_NAME);
	return 0;
}

static int down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void a_mark_is_there_until_it_is_removed(void **state)
{
	nd_seq from = 5;

	(void)state;
	assert_int_equal(mark_read(folder, &from), 0);
	assert_int_equal(from, ND_NONE);
	assert_int_equal(mark_write(folder, 0), 0);
	assert_int_equal(mark_read(folder, &from), 0);
	assert_int_equal(from, 0);
	assert_int_equal(mark_write(folder, 4000000000u), 0);
	assert_int_equal(mark_read(folder, &from), 0);
	assert_int_equal(from, 4000000000u);
	assert_int_equal(mark_remove(folder), 0);
	assert_int_equal(mark_remove(folder), 0);
	assert_int_equal(mark_read(folder, &from), 0);
	assert_int_equal(from, ND_NONE);
}

static void write_text(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void anything_else_is_none_of_ours(void **state)
{
	static const char *const wrong[] = { "", "newsdup bulk run from article \n", "newsdup bulk run from article 3",
					     "newsdup bulk run from article 3\nx", "12\n" };
	nd_seq from;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		write_text(wrong[i]);
		assert_int_equal(mark_read(folder, &from), -EBADMSG);
	}
	assert_int_equal(mark_read("/nonexistent", &from), -ENOENT);
	assert_int_equal(mark_write("/nonexistent", 1), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mark_is_there_until_it_is_removed),
		cmocka_unit_test(anything_else_is_none_of_ours),
	};

	return cmocka_run_group_tests(tests, up, down);
}
