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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_built_in_can_be_read),
		cmocka_unit_test(an_error_names_file_line_and_reason),
	};

	return cmocka_run_group_tests(tests, folder_up, folder_down);
}
