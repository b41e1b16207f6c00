/* daemon/flags: a flag for every setting, flags over files, what is wrong in both told together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/flags.h"

#define ARGS(...) (sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *)), (const char *[]){ __VA_ARGS__ }

static struct settings s;
static struct buf say;
static char file[] = "/tmp/newsdup-flags-XXXXXX", out[16384], err[2048];

static int begin(void **state)
{
	int fd;

	strcpy(file + strlen(file) - 6, "XXXXXX");
	fd = mkstemp(file);
	if (fd >= 0)
		close(fd);
	buf_init(&say, 1 << 16);
	return fd < 0 ? -1 : settings_init(&s);
}

static int end(void **state)
{
	settings_done(&s);
	buf_done(&say);
	return unlink(file);
}

static void write_config(const char *text)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* Runs flags_read with standard output and standard error in out and err. */
static enum options_result read_flags(struct flags *f, size_t argc, const char *const *argv)
{
	FILE *to[2] = { tmpfile(), tmpfile() };
	int old[2] = { dup(1), dup(2) };
	enum options_result ret;

	fflush(NULL);
	for (int i = 0; i < 2; i++)
		dup2(fileno(to[i]), i + 1);
	ret = flags_read(f, (int)argc, (char **)argv);
	fflush(NULL);
	for (int i = 0; i < 2; i++) {
		char *text = i ? err : out;

		dup2(old[i], i + 1);
		close(old[i]);
		rewind(to[i]);
		text[fread(text, 1, (i ? sizeof(err) : sizeof(out)) - 1, to[i])] = 0;
		fclose(to[i]);
	}
	return ret;
}

static int load(size_t argc, const char *const *argv)
{
	struct flags f;
	struct settings loaded;
	int e;

	assert_int_equal(read_flags(&f, argc, argv), OPTIONS_OK);
	buf_clear(&say);
	e = flags_load(&f, &loaded, &say);
	if (!e) {
		settings_done(&s);
		s = loaded;
	}
	buf_add(&say, "", 1);
	return e;
}

static void flags_go_before_files(void **state)
{
	write_config("rate = 1\nthreads = 3\n");
	assert_int_equal(load(ARGS("newsdupd", "--config", file, "--rate", "9", "--line-max=2m", "--log_level", "debug")), 0);
	assert_int_equal(s.rate, 9);
	assert_int_equal(s.line_max, 2 << 20);
	assert_int_equal(s.threads, 3);
	assert_int_equal(s.log_level, 3);
	assert_string_equal(s.from[settings_find("rate") - settings_row(0)], "--rate");
}

static void what_is_wrong_in_files_and_flags_is_told_together(void **state)
{
	char expected[400];

	write_config("rate = x\n");
	assert_int_equal(load(ARGS("newsdupd", "--config", file, "--queue-max", "0", "--sync", "x")), -EINVAL);
	snprintf(expected, sizeof(expected),
		 "%s:1: rate wants a whole number from 0 to 10000000, not 'x'\n"
		 "--sync: sync wants yes or no, not 'x'\n"
		 "--queue-max: queue_max wants a whole number from 1 to 100000, not '0'\n", file);
	assert_string_equal((char *)say.at, expected);
}

static void a_file_that_is_missing_is_told(void **state)
{
	assert_int_equal(load(ARGS("newsdupd", "--config", "/no/such/file", "--sync", "x")), -ENOENT);
	assert_non_null(strstr((char *)say.at, "/no/such/file: cannot read: "));
	assert_non_null(strstr((char *)say.at, "--sync: "));
}

static void help_names_a_flag_with_its_default_for_every_setting(void **state)
{
	struct flags f;

	assert_int_equal(read_flags(&f, ARGS("newsdupd", "--help")), OPTIONS_HELP);
	assert_string_equal(err, "");
	for (unsigned i = 0; i < SETTINGS; i++) {
		const struct setting *row = settings_row(i);
		char flag[64], initial[64];

		snprintf(flag, sizeof(flag), "--%s ", row->name);
		for (char *c = flag; *c; c++)
			*c = *c == '_' ? '-' : *c;
		snprintf(initial, sizeof(initial), "(default: %s)\n", row->initial);
		if (!strstr(out, flag) || !strstr(out, row->help) || !strstr(out, initial))
			fail_msg("%s%s\n%s", flag, initial, out);
	}
	assert_non_null(strstr(out, "--config FILE"));
}

static void the_version_may_be_asked_for(void **state)
{
	struct flags f;

	assert_int_equal(read_flags(&f, ARGS("newsdupd", "--version")), OPTIONS_OK);
	assert_true(f.version);
}

static void anything_but_a_flag_is_refused_in_the_daemons_name(void **state)
{
	struct flags f;

	assert_int_equal(read_flags(&f, ARGS("newsdupd", "start")), OPTIONS_BAD);
	assert_memory_equal(err, "newsdupd: ", 10);
	assert_int_equal(read_flags(&f, ARGS("newsdupd", "--speed", "1")), OPTIONS_BAD);
	assert_memory_equal(err, "newsdupd: unknown option '--speed'", 34);
	assert_int_equal(read_flags(&f, ARGS("newsdupd", "--rate")), OPTIONS_BAD);
	assert_string_equal(out, "");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(flags_go_before_files),
		TEST(what_is_wrong_in_files_and_flags_is_told_together),
		TEST(a_file_that_is_missing_is_told),
		TEST(help_names_a_flag_with_its_default_for_every_setting),
		TEST(the_version_may_be_asked_for),
		TEST(anything_but_a_flag_is_refused_in_the_daemons_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
