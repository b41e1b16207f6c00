/* daemon/grid: tables for people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/grid.h"

static unsigned width(const char *text)
{
	return grid_width((struct nd_str){ text, strlen(text) });
}

static void expect(struct grid *g, const char *want)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	grid_print(g, f);
	fclose(f);
	assert_string_equal(text, want);
	free(text);
	grid_done(g);
}

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
	struct grid g;

	grid_init(&g, "lrl");
	grid_addf(&g, "%s", "name");
	grid_addf(&g, "%d", 7);
	grid_addf(&g, "%s", "x");
	grid_addf(&g, "%s", "a");
	grid_addf(&g, "%d", 1234);
	grid_addf(&g, "%s", "yy");
	expect(&g, "name     7  x\na     1234  yy\n");
}

static void letters_of_east_asia_take_two_columns_and_marks_none(void **state)
{
	struct grid g;

	assert_int_equal(width("한빛"), 4);
	assert_int_equal(width("北a"), 3);
	assert_int_equal(width("カナ"), 4);
	assert_int_equal(width("e\xCC\x81"), 1);
	assert_int_equal(width("é"), 1);
	assert_int_equal(width(""), 0);
	grid_init(&g, "ll");
	grid_addf(&g, "한빛");
	grid_addf(&g, "x");
	grid_addf(&g, "abcde");
	grid_addf(&g, "y");
	expect(&g, "한빛   x\nabcde  y\n");
}

static void bad_bytes_and_controls_do_no_harm(void **state)
{
	struct grid g;

	assert_int_equal(width("\xF0\x9F"), 2);
	assert_int_equal(width("\xFF"), 1);
	grid_init(&g, "l");
	grid_addf(&g, "a\x1B[31m\nb");
	expect(&g, "a [31m b\n");
}

static void a_very_long_cell_pushes_its_own_row_alone(void **state)
{
	char name[201];
	struct grid g;

	memset(name, 'n', 200);
	name[200] = '\0';
	grid_init(&g, "lr");
	grid_add(&g, (struct nd_str){ name, 200 });
	grid_addf(&g, "1");
	assert_int_equal(g.widths[0], 48);
	grid_done(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
		cmocka_unit_test(letters_of_east_asia_take_two_columns_and_marks_none),
		cmocka_unit_test(bad_bytes_and_controls_do_no_harm),
		cmocka_unit_test(a_very_long_cell_pushes_its_own_row_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
