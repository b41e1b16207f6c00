/* lib/client/field: fields of a line of JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "newsdup_client.h"

static void test_fields_are_found_where_they_stand(void **state)
{
	static const char json[] = "{ \"a\" : \"x,}\\\"y\" ,\"b\":{\"c\":[1,{\"d\":2}]},\"n\":-1.5e3,\"z\":null,\"t\":true,"
				   "\"u\":\"\\u00e9\\ud83d\\ude00\\ud800!\\n\\/\",\"c\":9}";
	const char *at;
	size_t len;
	char to[64];

	assert_true(nd_client_field(json, sizeof(json) - 1, "b", &at, &len));
	assert_int_equal(len, 17);
	assert_memory_equal(at, "{\"c\":[1,{\"d\":2}]}", len);
	assert_int_equal(nd_client_string(json, sizeof(json) - 1, "c", to, sizeof(to)), 1);
	assert_string_equal(to, "9");
	assert_false(nd_client_field(json, sizeof(json) - 1, "d", &at, &len));
	assert_int_equal(nd_client_string(json, sizeof(json) - 1, "a", to, sizeof(to)), 5);
	assert_string_equal(to, "x,}\"y");
	assert_int_equal(nd_client_string(json, sizeof(json) - 1, "n", to, sizeof(to)), 6);
	assert_string_equal(to, "-1.5e3");
	assert_int_equal(nd_client_string(json, sizeof(json) - 1, "u", to, sizeof(to)), 12);
	assert_string_equal(to, "\xC3\xA9\xF0\x9F\x98\x80\xEF\xBF\xBD!\n/");
	assert_int_equal(nd_client_string(json, sizeof(json) - 1, "u", to, 5), 12);
	assert_string_equal(to, "\xC3\xA9"); /* no half of a character */
	assert_int_equal(nd_client_string(json, sizeof(json) - 1, "u", to, 7), 12);
	assert_string_equal(to, "\xC3\xA9\xF0\x9F\x98\x80");
	assert_int_equal(nd_client_string(json, sizeof(json) - 1, "z", to, sizeof(to)), -ENOENT);
	assert_int_equal(nd_client_string(json, sizeof(json) - 1, "q", to, sizeof(to)), -ENOENT);
	assert_int_equal(nd_client_string(json, sizeof(json) - 1, "b", to, sizeof(to)), -EINVAL);
	assert_int_equal(nd_client_string(json, sizeof(json) - 1, "t", to, sizeof(to)), -EINVAL);
}

static void test_a_broken_line_has_no_fields_and_does_no_harm(void **state)
{
	static const char json[] = "{\"a\":\"\\u12\\\",\"ok\":true,\"e\":[{\"b\":\"c\\\\\"}],\"ok\":true}";
	const char *at;
	size_t len;
	char to[8];

	for (size_t n = 0; n < sizeof(json) - 1; n++) {
		char *cut = malloc(n ? n : 1); /* to the byte, for the sanitizer */

		memcpy(cut, json, n);
		nd_client_field(cut, n, "e", &at, &len);
		nd_client_string(cut, n, "a", to, sizeof(to));
		assert_false(nd_client_ok(&(struct nd_client_reply){ cut, n, false }) && n < 26);
		free(cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_are_found_where_they_stand),
		cmocka_unit_test(test_a_broken_line_has_no_fields_and_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
