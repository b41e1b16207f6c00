/* daemon/settings, setting: every type of value read and told, what is wrong, and what a reload may change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/settings.h"

static struct settings s;
static struct buf say;

static int begin(void **state)
{
	buf_init(&say, 1 << 16);
	return settings_init(&s);
}

static int end(void **state)
{
	settings_done(&s);
	buf_done(&say);
	return 0;
}

static int set(const char *name, const char *value)
{
	buf_clear(&say);
	return settings_set(&s, name, value, "here:1", &say);
}

static const char *text_of(struct buf *b)
{
	assert_int_equal(buf_add(b, "", 1), 0);
	b->len--;
	return (const char *)b->at;
}

/* The value as it is told. */
static const char *told(const char *name)
{
	const struct setting *row = settings_find(name);
	static char ret[300];
	struct buf b;

	buf_init(&b, sizeof(ret));
	setting_print(row, settings_field(&s, row), &b);
	snprintf(ret, sizeof(ret), "%s", text_of(&b));
	buf_done(&b);
	return ret;
}

static void defaults_are_those_of_the_table_and_are_told_as_written(void **state)
{
	for (unsigned i = 0; i < SETTINGS; i++) {
		const struct setting *row = settings_row(i);

		assert_string_equal(told(row->name), row->initial);
		assert_null(s.from[i]);
		assert_null(strchr(row->help, '\n'));
		assert_true(strlen(row->help) < 150);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(settings_row(j)->name, row->name);
	}
	assert_int_equal(s.socket_mode, 0660);
	assert_int_equal(s.line_max, 16 << 20);
	assert_int_equal(s.idle_timeout, 300000);
	assert_true(s.allow_read.everyone);
	assert_false(s.allow_admin.everyone);
	assert_int_equal(s.allow_admin.n, 0);
}

static void every_value_is_read_and_told_in_its_shortest_form(void **state)
{
	static const struct {
		const char *name, *value, *told;
	} right[] = {
		{ "socket", "a b/c.sock", "a b/c.sock" },
		{ "store", "mem:", "mem:" },
		{ "socket_mode", "7", "0007" },
		{ "socket_mode", "0777", "0777" },
		{ "idle_timeout", "0", "0" },
		{ "idle_timeout", "0s", "0" },
		{ "idle_timeout", "1500ms", "1500ms" },
		{ "idle_timeout", "90s", "90s" },
		{ "idle_timeout", "120s", "2m" },
		{ "idle_timeout", "48h", "2d" },
		{ "idle_timeout", "30D", "30d" },
		{ "window", "0", "0" },
		{ "window", "48h", "2d" },
		{ "memory_max", "0", "0" },
		{ "memory_max", "4096k", "4m" },
		{ "line_max", "1024", "1k" },
		{ "line_max", "1025", "1025" },
		{ "line_max", "1G", "1g" },
		{ "threads", "256", "256" },
		{ "sync", "no", "no" },
		{ "durability", "interval", "interval" },
		{ "log_level", "debug", "debug" },
		{ "allow_write", "root,@0, 1000\t@4294967294", "root,@0, 1000\t@4294967294" },
		{ "allow_write", "none", "none" },
		{ "socket_group", "root", "root" },
		{ "socket_group", "12345", "12345" },
		{ "log-level", "error", "error" },
	};

	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		assert_int_equal(set(right[i].name, right[i].value), 0);
		assert_int_equal(say.len, 0);
		assert_string_equal(told(right[i].name), right[i].told);
	}
}

static void what_is_wrong_is_said_and_changes_nothing(void **state)
{
	static const struct {
		const char *name, *value, *says;
	} wrong[] = {
		{ "socket", "", "wants a path of at most 107 bytes, not ''" },
		{ "socket_mode", "0888", "wants an octal mode from 0000 to 0777, not '0888'" },
		{ "socket_mode", "1777", "0777" },
		{ "socket_mode", "rw", "octal" },
		{ "idle_timeout", "5", "wants a duration (ms, s, m, h, d) from 0 to 30d, not '5'" },
		{ "idle_timeout", "31d", "30d" },
		{ "idle_timeout", "-1s", "duration" },
		{ "idle_timeout", "1.5s", "duration" },
		{ "idle_timeout", "5 s", "duration" },
		{ "idle_timeout", "0x", "duration" },
		{ "idle_timeout", "300000000000000000d", "duration" },
		{ "window", "23h", "wants whole days (h, d) from 0 to 36500d, not '23h'" },
		{ "window", "36h", "whole days" },
		{ "memory_max", "3m", "wants 0 or a size (k, m, g) from 4m to 65536g, not '3m'" },
		{ "write_timeout", "0", "from 100ms to 1d" },
		{ "line_max", "16t", "wants a size (k, m, g) from 1k to 1g, not '16t'" },
		{ "line_max", "16mb", "size" },
		{ "line_max", "", "size" },
		{ "threads", "257", "wants a whole number from 0 to 256, not '257'" },
		{ "threads", "1k", "whole" },
		{ "threads", "99999999999999999999", "whole" },
		{ "sync", "true", "wants yes or no, not 'true'" },
		{ "log_level", "loud", "wants error, warning, info or debug, not 'loud'" },
		{ "allow_read", "", "wants everyone, none, or users" },
		{ "allow_read", "root, no-such-user", "no user is called 'no-such-user'" },
		{ "allow_read", "@no-such-group", "no group is called 'no-such-group'" },
		{ "allow_read", "@", "no group is called ''" },
		{ "allow_read", "4294967295", "no user" },
		{ "socket_group", "no-such-group", "no group" },
		{ "no_such", "1", "here:1: no setting is called 'no_such'" },
		{ "", "1", "no setting" },
		{ "threads_", "1", "no setting" },
		{ "thread", "1", "no setting" },
		{ "%s%n", "%s%n", "%s%n" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const struct setting *row = settings_find(wrong[i].name);

		assert_int_equal(set(wrong[i].name, wrong[i].value), -EINVAL);
		if (!strstr(text_of(&say), wrong[i].says))
			fail_msg("%s", text_of(&say));
		assert_memory_equal(say.at, "here:1: ", 8);
		assert_ptr_equal(strchr((char *)say.at, '\n'), say.at + say.len - 1);
		if (row)
			assert_string_equal(told(row->name), row->initial);
	}
}

static void a_path_too_long_for_a_socket_is_refused(void **state)
{
	char path[109];

	memset(path, 'x', sizeof(path));
	path[107] = 0;
	assert_int_equal(set("socket", path), 0);
	path[107] = 'x';
	path[108] = 0;
	assert_int_equal(set("socket", path), -EINVAL);
	assert_true(say.len < 300);
}

static void at_most_64_principals_are_taken(void **state)
{
	char list[64 * 2 + 2 + 1] = "";

	for (int i = 0; i < 64; i++)
		strcat(list, "0,");
	assert_int_equal(set("allow_read", list), 0);
	assert_int_equal(s.allow_read.n, 64);
	strcat(list, "1");
	assert_int_equal(set("allow_read", list), -EINVAL);
	assert_int_equal(s.allow_read.n, 64);
}

static void users_and_groups_are_looked_up(void **state)
{
	assert_int_equal(set("allow_admin", "root @root 7 @8"), 0);
	assert_int_equal(s.allow_admin.n, 4);
	assert_false(s.allow_admin.at[0].group);
	assert_int_equal(s.allow_admin.at[0].id, 0);
	assert_true(s.allow_admin.at[1].group);
	assert_int_equal(s.allow_admin.at[2].id, 7);
	assert_true(s.allow_admin.at[3].group);
	assert_int_equal(s.allow_admin.at[3].id, 8);
}

static void where_a_value_comes_from_is_remembered_and_told(void **state)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	assert_int_equal(settings_set(&s, "threads", "3", "a.conf:7", &say), 0);
	assert_int_equal(settings_set(&s, "threads", "4", "b.conf:1", &say), 0);
	settings_print(&s, &b);
	assert_non_null(strstr(text_of(&b), "threads = 4 ; b.conf:1\n"));
	assert_non_null(strstr(text_of(&b), "sync = yes ; default\n"));
	buf_done(&b);
}

static void a_reload_takes_what_may_change_and_names_the_rest(void **state)
{
	struct settings next;

	assert_int_equal(settings_init(&next), 0);
	assert_int_equal(settings_set(&next, "rate", "50", "x.conf:1", &say), 0);
	assert_int_equal(settings_set(&next, "allow_write", "@0", "x.conf:2", &say), 0);
	assert_int_equal(settings_set(&next, "store", "/elsewhere", "x.conf:3", &say), 0);
	assert_int_equal(settings_set(&next, "threads", "0", "x.conf:4", &say), 0);
	assert_int_equal(settings_reload(&s, &next, &say), 1);
	assert_int_equal(s.rate, 50);
	assert_int_equal(s.allow_write.n, 1);
	assert_string_equal(s.store, "/var/lib/newsdup");
	assert_string_equal(text_of(&say), "x.conf:3: a change of store takes effect after a restart; "
					   "it is still /var/lib/newsdup\n");
	assert_null(next.store);
}

static void done_twice_is_done(void **state)
{
	settings_done(&s);
	settings_done(&s);
	assert_int_equal(settings_init(&s), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defaults_are_those_of_the_table_and_are_told_as_written),
		TEST(every_value_is_read_and_told_in_its_shortest_form),
		TEST(what_is_wrong_is_said_and_changes_nothing),
		TEST(a_path_too_long_for_a_socket_is_refused),
		TEST(at_most_64_principals_are_taken),
		TEST(users_and_groups_are_looked_up),
		TEST(where_a_value_comes_from_is_remembered_and_told),
		TEST(a_reload_takes_what_may_change_and_names_the_rest),
		TEST(done_twice_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
