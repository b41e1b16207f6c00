/* lib/text/rules: data files that are right, and how an error is told. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/reading.h"
#include "text/rules.h"

static void what_is_built_in_can_be_read(void **state)
{
	struct rules_fault fault = { 0 };
	struct rules *r = NULL;
	int err = rules_builtin(folder, &r, &fault);

	if (err)
		fail_msg("%s:%u: %s", fault.file, fault.line, fault.reason);
	assert_true(r->n > 300 && r->n_keys > 30);
	rules_free(r);
	rules_free(NULL);
}

static void an_error_names_file_line_and_reason(void **state)
{
	static const struct {
		const char *text, *reason;
		enum rules_kind kind;
	} rows[] = {
		{ "# fine\n\nbyline line by <name>\nbylines line by <name>\n", "a rule begins with", RULES_CREDITS },
		{ "#\n#\n#\nbyline middle by <name>", "the second word", RULES_CREDITS },
		{ "\n\n\nbyline line", "nothing behind", RULES_CREDITS },
		{ "\n\n\nbyline line by <person>", "no such kind of word", RULES_CREDITS },
		{ "\n\n\nbyline line by <name", "no such kind of word", RULES_CREDITS },
		{ "\n\n\nbyline line {by|from <name>", "a { without its }", RULES_CREDITS },
		{ "\n\n\nbyline line by} <name>", "a } without its {", RULES_CREDITS },
		{ "\n\n\nbyline line {by <name>|}", "a choice that is empty", RULES_CREDITS },
		{ "\n\n\nbyline tail <name>", "no word to look for", RULES_CREDITS },
		{ "\n\n\nbyline line by \xFF", "no UTF-8", RULES_CREDITS },
		{ "\n\n\n# fine\rbyline line by <name>", "a carriage return", RULES_CREDITS },
		{ "\n\nbyline line by <name>\nphoto line by <name>", "the same pattern", RULES_CREDITS },
		{ "\n\nbyline line {by|from} <name>\nphoto line {from|of} <name>", "the same pattern", RULES_CREDITS },
		{ "\n\nnota | Nota\nnota | Bene", "the same key", RULES_AGENCIES },
		{ "\n\nnota | Nota\nbene | Bene | NOTA", "the same name", RULES_AGENCIES },
		{ "\n\n\nnota | Nota | nota", "the same name", RULES_AGENCIES },
		{ "\n\n美 | 미 | 미국\n美 | 매", "the same characters", RULES_HANJA },
		{ "\n\n美 | 미 | 미국\n米 | 쌀 | 미국", "the same characters", RULES_HANJA },
		{ "\n\nsite sign in to read\nwall sign in to read", "the same phrase", RULES_SITE },
		{ "\n\n\nsite \xC3(", "no UTF-8", RULES_SITE },
		{ "\n\n\nnota | \xED\xA0\x80", "no UTF-8", RULES_AGENCIES },
		{ "\n\n\nnota bene", "an agency is a key", RULES_AGENCIES },
		{ "\n\n\nnota | ", "a name that is empty", RULES_AGENCIES },
		{ "\n\n\nnota | --", "a name without a letter", RULES_AGENCIES },
		{ "\n\n\n美", "characters, a reading", RULES_HANJA },
		{ "\n\n\n美 | ", "characters, a reading", RULES_HANJA },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rules_file file = { "some.txt", rows[i].text, strlen(rows[i].text), rows[i].kind };
		struct rules_fault fault = { 0 };
		struct rules *r = NULL;

		assert_int_equal(rules_new(folder, &file, 1, &r, &fault), -EINVAL);
		assert_null(r);
		assert_string_equal(fault.file, "some.txt");
		assert_int_equal(fault.line, 4);
		assert_memory_equal(fault.reason, rows[i].reason, strlen(rows[i].reason));
	}
}

static void a_nul_is_told_wherever_it_is(void **state)
{
	static const char in_rule[] = "#\n\n\nbyline line by\0<name>", in_comment[] = "#\n\n\n# by\0<name>";
	const struct rules_file files[] = {
		{ "some.txt", in_rule, sizeof(in_rule) - 1, RULES_CREDITS },
		{ "some.txt", in_comment, sizeof(in_comment) - 1, RULES_AGENCIES },
	};

	for (size_t i = 0; i < 2; i++) {
		struct rules_fault fault = { 0 };
		struct rules *r = NULL;

		assert_int_equal(rules_new(folder, &files[i], 1, &r, &fault), -EINVAL);
		assert_null(r);
		assert_int_equal(fault.line, 4);
		assert_string_equal(fault.reason, "a NUL byte");
	}
}

static struct rules *read_file(const char *text, size_t len, enum rules_kind kind)
{
	struct rules_file file = { "some.txt", text, len, kind };
	struct rules_fault fault = { 0 };
	struct rules *r = NULL;
	int err = rules_new(folder, &file, 1, &r, &fault);

	if (err)
		fail_msg("%u: %s", fault.line, fault.reason);
	return r;
}

/* Files as editors of other systems write them. */
static void how_a_file_is_written_does_not_matter(void **state)
{
	static const char *const files[] = {
		"# by whom\nbyline line by <name>\nnotice line read more\n",
		"# by whom\nbyline line by <name>\nnotice line read more",
		"# by whom\r\nbyline line by <name>\r\n\r\nnotice line read more\r\n",
		"\xEF\xBB\xBF# by whom\nbyline line by <name>\nnotice line read more\n",
		"\xEF\xBB\xBF" "byline line by <name>\r\nnotice line read more\r\n",
		"byline line by <name>\nnotice line read more \n\n \n# by whom",
	};
	const char *agencies = "\xEF\xBB\xBFnota | Nota\r\nbene | Bene\r\n", *hanja = "美 | 미 | 미국\r\n美 | 미\r\n";
	struct rules *r;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		r = read_file(files[i], strlen(files[i]), RULES_CREDITS);
		assert_int_equal(r->n, 2);
		rules_free(r);
	}
	r = read_file("\xEF\xBB\xBF", 3, RULES_CREDITS);
	assert_int_equal(r->n, 0);
	rules_free(r);
	r = read_file(agencies, strlen(agencies), RULES_AGENCIES);
	assert_int_equal(r->n_keys, 2);
	assert_int_equal(r->n_names, 2);
	assert_string_equal(r->keys[0], "nota");
	rules_free(r);
	r = read_file(hanja, strlen(hanja), RULES_HANJA);
	assert_true(hanja_title(&r->hanja, "미국", strlen("미국")) == hanja_title(&r->hanja, "美", strlen("美")));
	rules_free(r);
}

/* Of any length: a comment is skipped, a rule is told to be too long. */
static void a_long_line_is_told(void **state)
{
	static char text[100000];
	struct rules_file file = { "some.txt", text, sizeof(text), RULES_CREDITS };
	struct rules_fault fault = { 0 };
	struct rules *r = NULL;

	memset(text, 'x', sizeof(text));
	memcpy(text, "# ", 2);
	rules_free(read_file(text, sizeof(text), RULES_CREDITS));
	memcpy(text, "\nbyline line by ", 16);
	assert_int_equal(rules_new(folder, &file, 1, &r, &fault), -EINVAL);
	assert_int_equal(fault.line, 2);
	assert_string_equal(fault.reason, "too long");
	assert_null(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_built_in_can_be_read),
		cmocka_unit_test(how_a_file_is_written_does_not_matter),
		cmocka_unit_test(a_nul_is_told_wherever_it_is),
		cmocka_unit_test(a_long_line_is_told),
		cmocka_unit_test(an_error_names_file_line_and_reason),
	};

	return cmocka_run_group_tests(tests, folder_up, folder_down);
}
