/* daemon/config: files in their order, every error told with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/config.h"

static struct settings s;
static struct config c;
static char dir[] = "/tmp/newsdup-config-XXXXXX", main_file[64], conf_d[64];

static void write_bytes(const char *name, const void *bytes, size_t n)
{
	char path[300];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
}

static void write_file(const char *name, const char *text)
{
	write_bytes(name, text, strlen(text));
}

static int begin(void **state)
{
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(main_file, sizeof(main_file), "%s/main.conf", dir);
	snprintf(conf_d, sizeof(conf_d), "%s/conf.d", dir);
	assert_int_equal(mkdir(conf_d, 0755), 0);
	config_init(&c, NULL);
	c.file = main_file;
	c.dir = conf_d;
	return settings_init(&s);
}

static int end(void **state)
{
	char command[100];

	settings_done(&s);
	config_done(&c);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static const char *said(void)
{
	assert_int_equal(buf_add(&c.say, "", 1), 0);
	c.say.len--;
	return (const char *)c.say.at;
}

static void without_files_everything_is_default(void **state)
{
	assert_int_equal(config_read(&c, &s), 0);
	assert_int_equal(c.files, 0);
	assert_int_equal(rmdir(conf_d), 0);
	assert_int_equal(config_read(&c, &s), 0);
	assert_int_equal(c.say.len, 0);
	assert_int_equal(s.rate, 0);
}

static void comments_blanks_and_line_ends_of_any_kind_are_read(void **state)
{
	write_file("main.conf", "\xef\xbb\xbfrate = 1\r\n# a comment\n\n;another\n   \t\n  threads=2 ; two\n"
				"sync : no\nallow_read\t=\t root, @0 \nstore=/a;b");
	assert_int_equal(config_read(&c, &s), 0);
	assert_string_equal(said(), "");
	assert_int_equal(s.rate, 1);
	assert_int_equal(s.threads, 2);
	assert_false(s.sync);
	assert_int_equal(s.allow_read.n, 2);
	assert_string_equal(s.store, "/a;b");
}

static void an_indented_line_is_one_of_its_own(void **state)
{
	write_file("main.conf", "store = /a\n   rate = 5\n");
	assert_int_equal(config_read(&c, &s), 0);
	assert_string_equal(s.store, "/a");
	assert_int_equal(s.rate, 5);
}

static void later_files_override_earlier_ones_in_order_of_their_names(void **state)
{
	write_file("main.conf", "rate = 1\nrate = 2\nthreads = 1\n");
	write_file("conf.d/20-b.conf", "rate = 20\n");
	write_file("conf.d/10-a.conf", "rate = 10\nqueue_max = 10\n");
	write_file("conf.d/99-no.conf.bak", "rate = x\n");
	write_file("conf.d/.hidden.conf", "rate = x\n");
	assert_int_equal(config_read(&c, &s), 0);
	assert_int_equal(c.files, 3);
	assert_int_equal(s.rate, 20);
	assert_int_equal(s.queue_max, 10);
	assert_int_equal(s.threads, 1);
}

static void every_error_of_every_file_is_told_with_its_line(void **state)
{
	char expected[1000];

	write_file("main.conf", "rate = 1\nspeed = 3\n[section]\nnonsense\n\nthreads = many\n[open\n=1\n");
	write_file("conf.d/x.conf", "sync = maybe\nrate = 2\n");
	snprintf(expected, sizeof(expected),
		 "%s:2: no setting is called 'speed'\n"
		 "%s:3: a section; there are none, only 'name = value'\n"
		 "%s:4: neither 'name = value' nor a comment\n"
		 "%s:6: threads wants a whole number from 0 to 256, not 'many'\n"
		 "%s:7: a section; there are none, only 'name = value'\n"
		 "%s:8: no setting is called ''\n"
		 "%s/x.conf:1: sync wants yes or no, not 'maybe'\n",
		 main_file, main_file, main_file, main_file, main_file, main_file, conf_d);
	assert_int_equal(config_read(&c, &s), -EINVAL);
	assert_string_equal(said(), expected);
	assert_int_equal(s.rate, 2);
}

static void a_line_too_long_is_an_error_not_two_lines(void **state)
{
	char text[500];

	memset(text, 'x', sizeof(text));
	memcpy(text, "store = /", 9);
	text[198] = '\n';
	memcpy(text + 199, "socket = rate = 5 ", 18);
	text[498] = 0;
	write_file("main.conf", text);
	assert_int_equal(config_read(&c, &s), -EINVAL);
	assert_non_null(strstr(said(), "main.conf:2: a line of more than 198 bytes\n"));
	assert_int_equal(strlen(s.store), 190);
}

static void bytes_that_are_no_text_are_errors(void **state)
{
	write_bytes("main.conf", "rate = 1\0 2\nthreads = \xff\xfe\nra\0te", 30);
	assert_int_equal(config_read(&c, &s), -EINVAL);
	assert_non_null(strstr(said(), "main.conf:1: a NUL byte\n"));
	assert_non_null(strstr(said(), "main.conf:2: threads wants"));
	assert_non_null(strstr(said(), "main.conf:3: a NUL byte\n"));
}

static void a_file_without_end_is_given_up(void **state)
{
	config_init(&c, "/dev/zero");
	assert_int_equal(config_read(&c, &s), -EFBIG);
	assert_non_null(strstr(said(), "/dev/zero: cannot read: "));
}

static void a_named_file_must_be_there(void **state)
{
	config_init(&c, main_file);
	assert_int_equal(config_read(&c, &s), -ENOENT);
	assert_non_null(strstr(said(), "main.conf: cannot read: No such file"));
	config_done(&c);
	config_init(&c, dir);
	assert_int_equal(config_read(&c, &s), -EISDIR);
}

static void a_named_file_is_read_alone(void **state)
{
	write_file("other.conf", "rate = 7\n");
	write_file("conf.d/x.conf", "rate = 8\n");
	strcpy(main_file + strlen(main_file) - strlen("main.conf"), "other.conf");
	config_init(&c, main_file);
	assert_int_equal(config_read(&c, &s), 0);
	assert_int_equal(s.rate, 7);
}

static void an_unreadable_file_goes_before_a_wrong_line_and_both_are_told(void **state)
{
	char path[100];

	write_file("main.conf", "speed = 3\n");
	snprintf(path, sizeof(path), "%s/a.conf", conf_d);
	assert_int_equal(mkdir(path, 0755), 0);
	write_file("conf.d/b.conf", "speed = 4\n");
	assert_int_equal(config_read(&c, &s), -EISDIR);
	assert_non_null(strstr(said(), "main.conf:1: no setting"));
	assert_non_null(strstr(said(), "a.conf: cannot read: Is a directory\n"));
	assert_non_null(strstr(said(), "b.conf:1: no setting"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_files_everything_is_default),
		TEST(comments_blanks_and_line_ends_of_any_kind_are_read),
		TEST(an_indented_line_is_one_of_its_own),
		TEST(later_files_override_earlier_ones_in_order_of_their_names),
		TEST(every_error_of_every_file_is_told_with_its_line),
		TEST(a_line_too_long_is_an_error_not_two_lines),
		TEST(bytes_that_are_no_text_are_errors),
		TEST(a_file_without_end_is_given_up),
		TEST(a_named_file_must_be_there),
		TEST(a_named_file_is_read_alone),
		TEST(an_unreadable_file_goes_before_a_wrong_line_and_both_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
