/* daemon/options: every way to write an option, and every way to get it wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/options.h"

#define ARGS_MAX 12

static bool flag;
static const char *text;
static uint64_t count;

static const struct option_row rows[] = {
	{ "flag", OPTION_FLAG, NULL, "a flag", 0, 0, &flag },
	{ "text", OPTION_TEXT, "WORD", "a text", 0, 0, &text },
	{ "count", OPTION_COUNT, "N", "a count", 1, 256, &count },
	{ "two-words", OPTION_TEXT, "A-VERY-LONG-WORD", "a long line", 0, 0, &text },
	{ 0 },
};

static const struct usage usage = { "newsdup test [OPTION]... FILE...", "Tests the options.", rows };

/* What was printed on standard output and standard error by the last call of run. */
static char out[4096], err[4096];

static FILE *redirect(int fd, int *old)
{
	FILE *to = tmpfile();

	assert_non_null(to);
	*old = dup(fd);
	dup2(fileno(to), fd);
	return to;
}

static void restore(int fd, int old, FILE *from, char *ret, size_t size)
{
	size_t n;

	dup2(old, fd);
	close(old);
	rewind(from);
	n = fread(ret, 1, size - 1, from);
	ret[n] = 0;
	fclose(from);
}

/* Reads a command line; its words are parted by blanks, '' is an empty one. Operands come back in argv. */
static enum options_result run(const char *line, int *argc, char **argv)
{
	static char words[300];
	enum options_result ret;
	int old_out, old_err;
	FILE *to_out, *to_err;

	flag = false;
	text = NULL;
	count = 7;
	snprintf(words, sizeof(words), "%s", line);
	*argc = 0;
	for (char *w = strtok(words, " "); w; w = strtok(NULL, " "))
		argv[(*argc)++] = strcmp(w, "''") ? w : w + 2;
	argv[*argc] = NULL;
	fflush(NULL);
	to_out = redirect(1, &old_out);
	to_err = redirect(2, &old_err);
	ret = options_read(&usage, argc, argv);
	fflush(NULL);
	restore(1, old_out, to_out, out, sizeof(out));
	restore(2, old_err, to_err, err, sizeof(err));
	return ret;
}

static void options_and_operands_may_be_mixed(void **state)
{
	char *argv[ARGS_MAX];
	int argc;

	assert_int_equal(run("test a --flag b --text=word - --count 9 c", &argc, argv), OPTIONS_OK);
	assert_true(flag);
	assert_string_equal(text, "word");
	assert_int_equal(count, 9);
	assert_int_equal(argc, 5);
	assert_string_equal(argv[1], "a");
	assert_string_equal(argv[2], "b");
	assert_string_equal(argv[3], "-");
	assert_string_equal(argv[4], "c");
	assert_string_equal(out, "");
	assert_string_equal(err, "");
}

static void what_is_not_given_keeps_its_default(void **state)
{
	char *argv[ARGS_MAX];
	int argc;

	assert_int_equal(run("test", &argc, argv), OPTIONS_OK);
	assert_int_equal(argc, 1);
	assert_false(flag);
	assert_null(text);
	assert_int_equal(count, 7);
}

static void two_dashes_end_the_options(void **state)
{
	char *argv[ARGS_MAX];
	int argc;

	assert_int_equal(run("test --flag -- --count -- -x --help", &argc, argv), OPTIONS_OK);
	assert_true(flag);
	assert_int_equal(argc, 5);
	assert_string_equal(argv[1], "--count");
	assert_string_equal(argv[2], "--");
	assert_string_equal(argv[3], "-x");
	assert_string_equal(argv[4], "--help");
	assert_int_equal(count, 7);
}

static void of_an_option_given_twice_the_last_one_counts(void **state)
{
	char *argv[ARGS_MAX];
	int argc;

	assert_int_equal(run("test --text a --count 1 --text b --count=256", &argc, argv), OPTIONS_OK);
	assert_string_equal(text, "b");
	assert_int_equal(count, 256);
}

static void an_underscore_stands_for_a_dash_but_not_the_other_way(void **state)
{
	char *argv[ARGS_MAX];
	int argc;

	assert_int_equal(run("test --two-words a", &argc, argv), OPTIONS_OK);
	assert_string_equal(text, "a");
	assert_int_equal(run("test --two_words=b", &argc, argv), OPTIONS_OK);
	assert_string_equal(text, "b");
	assert_int_equal(run("test --two.words=b", &argc, argv), OPTIONS_BAD);
}

static void help_is_as_wide_as_its_longest_option(void **state)
{
	char *argv[ARGS_MAX];
	int argc;

	assert_int_equal(run("test --help", &argc, argv), OPTIONS_HELP);
	assert_non_null(strstr(out, "  --two-words A-VERY-LONG-WORD a long line\n"));
	assert_non_null(strstr(out, "  --flag                       a flag\n"));
}

static void a_value_may_look_like_an_option(void **state)
{
	char *argv[ARGS_MAX];
	int argc;

	assert_int_equal(run("test --text --flag --text=a=b", &argc, argv), OPTIONS_OK);
	assert_false(flag);
	assert_string_equal(text, "a=b");
	assert_int_equal(run("test --text --", &argc, argv), OPTIONS_OK);
	assert_string_equal(text, "--");
}

static void what_is_wrong_is_said_with_how_to_get_help(void **state)
{
	static const struct {
		const char *line, *says;
	} wrong[] = {
		{ "test --unknown", "--unknown" },      { "test --fla", "--fla" },
		{ "test --flags", "--flags" },          { "test -f", "-f" },
		{ "test -flag", "-flag" },              { "test --flag=yes", "--flag" },
		{ "test --flag=", "--flag" },           { "test --text", "--text" },
		{ "test --text=", "--text" },           { "test --text ''", "--text" },
		{ "test --count", "--count" },          { "test --count=", "--count" },
		{ "test --count 0", "1 to 256" },       { "test --count 257", "1 to 256" },
		{ "test --count -1", "-1" },            { "test --count +1", "+1" },
		{ "test --count 1x", "1x" },            { "test --count 0x10", "0x10" },
		{ "test --count 1.5", "1.5" },          { "test --count ''", "--count" },
		{ "test --count 18446744073709551616", "--count" },
		{ "test --count 99999999999999999999999999", "--count" },
		{ "test --=x", "--=x" },                { "test --%s%n%d", "--%s%n%d" },
	};
	char *argv[ARGS_MAX];
	int argc;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (run(wrong[i].line, &argc, argv) != OPTIONS_BAD)
			fail_msg("'%s' is taken", wrong[i].line);
		assert_string_equal(out, "");
		if (!strstr(err, wrong[i].says) || !strstr(err, usage.line) || !strstr(err, "--help"))
			fail_msg("'%s': %s", wrong[i].line, err);
		assert_memory_equal(err, "newsdup: ", 9);
	}
}

static void an_endless_name_is_cut_in_the_message(void **state)
{
	char line[290], *argv[ARGS_MAX];
	int argc;

	memset(line, 'x', sizeof(line));
	memcpy(line, "test --", 7);
	line[sizeof(line) - 1] = 0;
	assert_int_equal(run(line, &argc, argv), OPTIONS_BAD);
	assert_true(strlen(err) < 290);
}

static void help_names_every_option_on_standard_output(void **state)
{
	static const char *const lines[] = { "test --help", "test -h", "test --flag --help --unknown" };
	char *argv[ARGS_MAX];
	int argc;

	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(run(lines[i], &argc, argv), OPTIONS_HELP);
		assert_string_equal(err, "");
		assert_non_null(strstr(out, usage.line));
		assert_non_null(strstr(out, usage.about));
		assert_non_null(strstr(out, "--flag"));
		assert_non_null(strstr(out, "--text WORD"));
		assert_non_null(strstr(out, "--count N"));
		for (const struct option_row *o = rows; o->name; o++)
			assert_non_null(strstr(out, o->help));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_operands_may_be_mixed),
		cmocka_unit_test(what_is_not_given_keeps_its_default),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(of_an_option_given_twice_the_last_one_counts),
		cmocka_unit_test(an_underscore_stands_for_a_dash_but_not_the_other_way),
		cmocka_unit_test(help_is_as_wide_as_its_longest_option),
		cmocka_unit_test(a_value_may_look_like_an_option),
		cmocka_unit_test(what_is_wrong_is_said_with_how_to_get_help),
		cmocka_unit_test(an_endless_name_is_cut_in_the_message),
		cmocka_unit_test(help_names_every_option_on_standard_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
