/* daemon/lines: bytes in pieces to lines, whatever the pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/lines.h"

#define MAX 10

/* What comes out, each line in brackets; "!" is one that was too long. */
static void read_pieces(const char *text, size_t len, size_t piece, char *ret)
{
	struct lines l;
	struct line line;

	lines_init(&l);
	for (size_t at = 0; at < len; at += piece) {
		assert_int_equal(lines_add(&l, text + at, len - at < piece ? len - at : piece), 0);
		while (lines_next(&l, MAX, &line))
			ret += line.at ? sprintf(ret, "[%.*s]", (int)line.len, line.at) : sprintf(ret, "!");
		assert_true(lines_waiting(&l) <= MAX);
	}
	if (lines_rest(&l, MAX, &line))
		ret += line.at ? sprintf(ret, "(%.*s)", (int)line.len, line.at) : sprintf(ret, "(!)");
	assert_false(lines_rest(&l, MAX, &line));
	lines_done(&l);
}

static void expect(const char *text, const char *want)
{
	for (size_t piece = 1; piece <= strlen(text); piece++) {
		char got[1000] = "";

		read_pieces(text, strlen(text), piece, got);
		assert_string_equal(got, want);
	}
}

static void lines_come_whole_whatever_the_pieces(void **state)
{
	expect("one\ntwo\n\nthree", "[one][two][](three)");
	expect("\n\n", "[][]");
}

static void a_line_that_is_too_long_is_told_once_and_the_next_is_read(void **state)
{
	expect("0123456789\n0123456789x\nok\n", "[0123456789]![ok]");
	expect("a\n0123456789012345678901234567890123456789\nb\nc", "[a]![b](c)");
	expect("012345678901234567890", "(!)");
}

static void nul_bytes_are_no_end(void **state)
{
	struct lines l;
	struct line line;

	lines_init(&l);
	assert_int_equal(lines_add(&l, "a\0b\nc", 5), 0);
	assert_true(lines_next(&l, MAX, &line));
	assert_int_equal(line.len, 3);
	assert_memory_equal(line.at, "a\0b", 3);
	lines_done(&l);
}

static void no_memory_is_held_when_nothing_waits(void **state)
{
	struct lines l;
	struct line line;

	lines_init(&l);
	assert_int_equal(lines_add(&l, "abc\n", 4), 0);
	assert_true(lines_next(&l, MAX, &line));
	assert_false(lines_next(&l, MAX, &line));
	assert_null(l.buf.at);
	lines_done(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_whole_whatever_the_pieces),
		cmocka_unit_test(a_line_that_is_too_long_is_told_once_and_the_next_is_read),
		cmocka_unit_test(nul_bytes_are_no_end),
		cmocka_unit_test(no_memory_is_held_when_nothing_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
