/*
 * The manual and the example of newsdup.conf tell what the table of settings tells. After a change of the
 * table: WRITE=1 build/tests/unit/test_manuals writes both anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/settings.h"

#define EXAMPLE "systemd/newsdup.conf"
#define MANUAL "daemon/newsdup.conf.5"
#define BEGIN ".\\\" the settings, by tests/unit/test_manuals.c\n"
#define END ".\\\" end of the settings\n"

static struct buf made, stored;

static int begin(void **state)
{
	buf_init(&made, 1 << 20);
	buf_init(&stored, 1 << 20);
	return 0;
}

static int end(void **state)
{
	buf_done(&made);
	buf_done(&stored);
	return 0;
}

/* The file with a NUL behind it. */
static void read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char block[4096];
	size_t n;

	buf_clear(&stored);
	while (f && (n = fread(block, 1, sizeof(block), f)))
		assert_int_equal(buf_add(&stored, block, n), 0);
	assert_int_equal(buf_add(&stored, "", 1), 0);
	if (f)
		fclose(f);
}

/* Compares what was made with the file, or writes it. */
static void compare(const char *path)
{
	assert_int_equal(buf_add(&made, "", 1), 0);
	if (getenv("WRITE")) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		fputs((char *)made.at, f);
		assert_int_equal(fclose(f), 0);
	}
	read_file(path);
	if (strcmp((char *)stored.at, (char *)made.at))
		fail_msg("%s differs from the table of settings; WRITE=1 build/tests/unit/test_manuals writes it", path);
}

static void add_sentence(const char *text, struct buf *to)
{
	buf_addf(to, "%c%s.", toupper((unsigned char)*text), text + 1);
}

/* --- the example --- */

static void example_row(const struct setting *row)
{
	struct buf range;

	buf_init(&range, 1000);
	setting_print_range(row, &range);
	buf_addf(&made, "\n# ");
	add_sentence(row->help, &made);
	buf_addf(&made, "\n# Wants %.*s.%s\n;%s = %s\n", (int)range.len, (char *)range.at,
		 row->reloadable ? "" : " Takes effect after a restart.", row->name, row->initial);
	buf_done(&range);
}

static void the_example_is_made_of_the_table(void **state)
{
	buf_addf(&made, "# newsdup.conf: the settings of newsdupd, each with its default. newsdup.conf(5) tells more.\n"
			"#\n"
			"# After a change: newsdup config check && systemctl reload newsdupd\n"
			"# Better than to edit this file: put what differs into /etc/newsdup/conf.d/NAME.conf\n");
	for (unsigned i = 0; i < SETTINGS; i++)
		example_row(settings_row(i));
	compare(EXAMPLE);
}

/* --- the manual --- */

/* Text as roff wants it: a hyphen that may be copied, no backslash. */
static void roff(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == '-')
			buf_add(&made, "\\-", 2);
		else if (text[i] == '\\')
			buf_add(&made, "\\e", 2);
		else
			buf_add(&made, text + i, 1);
}

static void manual_row(const struct setting *row)
{
	struct buf text;

	buf_init(&text, 4096);
	buf_addf(&made, ".TP\n.BI \"%s = \" %s\n", row->name, setting_value_name(row));
	add_sentence(row->help, &text);
	buf_addf(&text, "\nWants ");
	setting_print_range(row, &text);
	buf_addf(&text, ".\nDefault: %s.", row->initial);
	if (!row->reloadable)
		buf_addf(&text, "\nTakes effect after a restart.");
	roff((char *)text.at, text.len);
	buf_addf(&made, "\n");
	buf_done(&text);
}

static void the_manual_is_made_of_the_table(void **state)
{
	const char *from, *to;

	read_file(MANUAL);
	from = strstr((char *)stored.at, BEGIN);
	to = strstr((char *)stored.at, END);
	assert_non_null(from);
	assert_non_null(to);
	buf_add(&made, stored.at, (size_t)(from - (char *)stored.at));
	buf_addf(&made, "%s", BEGIN);
	for (unsigned i = 0; i < SETTINGS; i++)
		manual_row(settings_row(i));
	buf_add(&made, to, strlen(to));
	compare(MANUAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_example_is_made_of_the_table, begin, end),
		cmocka_unit_test_setup_teardown(the_manual_is_made_of_the_table, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
