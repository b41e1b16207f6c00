/* daemon/rows: a table's rows, put in order when all are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/rows.h"

struct bird {
	unsigned seen;
	size_t name;
};

static bool seen_more(const void *arg, uint32_t a, uint32_t b)
{
	const struct bird *x = rows_at(arg, a), *y = rows_at(arg, b);

	return x->seen > y->seen;
}

static void add(struct grid *g, const struct rows *r, const void *row)
{
	const struct bird *b = row;

	grid_addf(g, "%u", b->seen);
	grid_add_text(g, rows_word(r, b->name));
}

/* What rows_print writes. */
static const char *printed(const struct rows *r, size_t max)
{
	static const char *const heads[] = { "seen", "bird" };
	static char text[4096];
	const struct rows_table table = { "rl", heads, seen_more, add };
	FILE *f = tmpfile();
	int out = dup(STDOUT_FILENO);
	size_t n;

	fflush(stdout);
	dup2(fileno(f), STDOUT_FILENO);
	assert_int_equal(rows_print(r, &table, max), 0);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	rewind(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static void rows_are_printed_in_their_order_and_equals_as_they_came(void **state)
{
	static const char *const names[] = { "wren", "heron", "owl", "kite" };
	static const unsigned seen[] = { 4, 12, 4, 9 };
	struct rows r;

	rows_init(&r, sizeof(struct bird));
	for (size_t i = 0; i < 4; i++) {
		struct bird b = { .seen = seen[i] };

		assert_int_equal(rows_add_word(&r, names[i], &b.name), 0);
		assert_int_equal(rows_add(&r, &b), 0);
	}
	assert_int_equal(rows_count(&r), 4);
	assert_string_equal(printed(&r, SIZE_MAX), "seen  bird\n  12  heron\n   9  kite\n   4  wren\n   4  owl\n");
	assert_string_equal(printed(&r, 1), "seen  bird\n  12  heron\n");
	rows_done(&r);
}

static void without_rows_there_are_heads_alone(void **state)
{
	struct rows r;

	rows_init(&r, sizeof(struct bird));
	assert_string_equal(printed(&r, 5), "seen  bird\n");
	rows_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_printed_in_their_order_and_equals_as_they_came),
		cmocka_unit_test(without_rows_there_are_heads_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
