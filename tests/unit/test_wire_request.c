/* wire/request: one line to one request; its id even when the rest is bad. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/request.h"

static struct wire_reader *reader;
static struct wire_request r;
static struct wire_error e;
static char line[4096];

static int setup(void **state)
{
	return wire_reader_new(&wire_limits_default, &reader);
}

static int teardown(void **state)
{
	wire_reader_free(reader);
	return 0;
}

static int try(const char *text)
{
	memset(line, 0, sizeof(line));
	memcpy(line, text, strlen(text));
	return wire_read_request(reader, line, strlen(text), &r, &e);
}

static void expect(struct nd_str got, const char *want)
{
	assert_non_null(got.at);
	assert_int_equal(got.len, strlen(want));
	assert_memory_equal(got.at, want, got.len);
}

static void expect_bad(const char *text, const char *code)
{
	assert_int_equal(try(text), -EBADMSG);
	assert_string_equal(e.code, code);
}

static void a_put_has_its_article(void **state)
{
	assert_int_equal(try("{\"id\":[1, 2],\"op\":\"put\",\"article\":{\"id\":7,\"text\":\"a\\nb\"},\"x\":{}}"), 0);
	expect(r.id, "[1, 2]");
	expect(r.op, "put");
	assert_true(r.has_article);
	expect(r.article.article.id, "7");
	expect(r.article.article.text, "a\nb");
	assert_null(r.key.at);
}

static void keys_are_strings_or_numbers(void **state)
{
	assert_int_equal(try("{\"op\":\"explain\",\"a\":\"x\",\"b\":12}"), 0);
	expect(r.a, "x");
	expect(r.b, "12");
	expect_bad("{\"op\":\"get\",\"key\":null}", "bad_request");
}

static void events_are_listed(void **state)
{
	assert_int_equal(try("{\"op\":\"subscribe\",\"events\":[\"new\",\"copy\"]}"), 0);
	assert_int_equal(r.n_events, 2);
	expect(r.events[1], "copy");
	assert_int_equal(try("{\"op\":\"subscribe\",\"events\":null}"), 0);
	assert_false(r.has_events);
}

static void a_field_that_is_there_twice_is_an_error(void **state)
{
	expect_bad("{\"op\":\"a\",\"op\":\"a\"}", "bad_request");
	expect_bad("{\"op\":\"a\",\"id\":1,\"id\":1}", "bad_request");
	assert_int_equal(try("{\"op\":\"a\",\"x\":1,\"x\":1}"), 0); /* none of ours */
}

static void the_id_is_told_with_an_error_wherever_it_stands(void **state)
{
	expect_bad("{\"op\":7,\"id\":{\"a\":1}}", "bad_request");
	expect(r.id, "{\"a\":1}");
	expect_bad("{\"id\":3,\"op\":\"put\",\"article\":{}}", "missing_text");
	expect(r.id, "3");
	expect_bad("{\"id\":3,,}", "bad_json");
	expect(r.id, "3");
	expect_bad("junk", "bad_json");
	assert_null(r.id.at);
}

static void the_id_alone_can_be_read(void **state)
{
	struct nd_str id;

	assert_int_equal(try("{\"op\":\"a\"}"), 0);
	memcpy(line, "{\"a\":[],\"id\":\"x\"}", 17);
	id = wire_read_id(reader, line, 17);
	expect(id, "\"x\"");
}

static void a_page_has_its_bounds_and_filters(void **state)
{
	assert_int_equal(try("{\"op\":\"leads\",\"limit\":1000,\"after\":17,\"outlet\":\"a\\u0062\"}"), 0);
	assert_int_equal(r.limit, 1000);
	expect(r.after, "17");
	expect(r.outlet, "ab");
	assert_int_equal(try("{\"op\":\"leads\",\"limit\":1,\"after\":\"x\"}"), 0);
	assert_int_equal(r.limit, 1);
	expect(r.after, "x");
	assert_null(r.outlet.at);
	assert_int_equal(try("{\"op\":\"leads\",\"limit\":null,\"after\":null}"), 0);
	assert_int_equal(r.limit, 0);
	assert_null(r.after.at);
	assert_null(r.outlet.at);
}

static void a_page_of_other_bounds_is_bad(void **state)
{
	static const char *const limits[] = { "0", "1001", "-1", "-0", "1.0", "1e2", "99999999999999999999", "\"1\"", "true",
					      "[]", "{}" };
	char text[100];

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		snprintf(text, sizeof(text), "{\"op\":\"leads\",\"limit\":%s}", limits[i]);
		expect_bad(text, "bad_request");
	}
	expect_bad("{\"op\":\"leads\",\"outlet\":1}", "bad_request");
	expect_bad("{\"op\":\"leads\",\"outlet\":\"\"}", "bad_request");
	expect_bad("{\"op\":\"leads\",\"outlet\":null}", "bad_request");
	expect_bad("{\"op\":\"leads\",\"outlet\":[\"a\"]}", "bad_request");
	expect_bad("{\"op\":\"delete\",\"published_from\":null}", "bad_request");
	expect_bad("{\"op\":\"delete\",\"received_before\":20260101}", "bad_request");
	expect_bad("{\"op\":\"leads\",\"after\":\"\"}", "bad_request");
	expect_bad("{\"op\":\"leads\",\"after\":[]}", "bad_request");
	expect_bad("{\"op\":\"leads\",\"after\":1,\"after\":2}", "bad_request");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_put_has_its_article),
		cmocka_unit_test(keys_are_strings_or_numbers),
		cmocka_unit_test(events_are_listed),
		cmocka_unit_test(a_field_that_is_there_twice_is_an_error),
		cmocka_unit_test(the_id_is_told_with_an_error_wherever_it_stands),
		cmocka_unit_test(the_id_alone_can_be_read),
		cmocka_unit_test(a_page_has_its_bounds_and_filters),
		cmocka_unit_test(a_page_of_other_bounds_is_bad),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
