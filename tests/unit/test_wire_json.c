/* lib/wire/json: what is no JSON is refused with its place, whatever stands behind the line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/wire_lines.h"

static void escapes_and_surrogate_pairs_are_decoded(void **state)
{
	is(read_line("{\"text\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}").article.text, "\"\\/\b\f\n\r\t");
	is(read_line("{\"text\":\"\\u0041\\u00e9\\uac00\\uFFFD\\uD83D\\ude00!\"}").article.text,
	   "A\xc3\xa9\xea\xb0\x80\xef\xbf\xbd\xf0\x9f\x98\x80!");
	is(read_line("{\"\\u0074ext\":\"a key may be escaped\"}").article.text,
	   "a key may be escaped");
	is_bytes(read_line("{\"text\":\"a\\u0000b\"}").article.text, "a\0b", 3);
	is(read_line("{\"text\":\"\x7f\xef\xbb\xbf\xe2\x80\xa8\xef\xbf\xbf\"}").article.text,
	   "\x7f\xef\xbb\xbf\xe2\x80\xa8\xef\xbf\xbf");
}

static void a_bad_escape_is_found_where_it_is(void **state)
{
	refuse("{\"text\":\"ab\\ud800\"}", "bad_json", 11, "a high surrogate stands alone");
	refuse("{\"text\":\"\\ud800\\u0041\"}", "bad_json", 9, "a high surrogate stands alone");
	refuse("{\"text\":\"\\ud83d\\ude00\\udbff\\n\"}", "bad_json", 21,
	       "a high surrogate stands alone");
	refuse("{\"text\":\"\\udc00\"}", "bad_json", 9, "a low surrogate stands alone");
	refuse("{\"text\":\"\\ude00\\ud83d\"}", "bad_json", 9, "a low surrogate stands alone");
	refuse("{\"text\":\"\\\\\\x41\"}", "bad_json", 11, "an escape is unknown");
	refuse("{\"text\":\"\\u12g4\"}", "bad_json", 9, "an escape \\u has no four hex digits");
	refuse("{\"text\":\"\\u12\"}", "bad_json", 9, "an escape \\u has no four hex digits");
	refuse("{\"text\":\"\",\"x\":[{\"y\":\"\\u\"}]}", "bad_json", 22, NULL);
	refuse("{\"text\":\"\",\"\\q\":1}", "bad_json", 12, "an escape is unknown");
	refuse("{\"text\":\"\",\"x\":{\"\\ud9ff\":1}}", "bad_json", 17, NULL);
}

static void unknown_fields_are_ignored_and_still_validated(void **state)
{
	is(read_line("{\"a\":{\"text\":\"no\",\"b\":[1,-2.5e3,true,false,null,\"s\",{},[]]},"
		     "\"Text\":1,\"tex\":2,\"texts\":3,\"\":4,\"text\":\"yes\","
		     "\"big\":123456789012345678901234567890,\"far\":1e999}")
		   .article.text,
	   "yes");
	refuse("{\"text\":\"\",\"x\":01}", "bad_json", 15, "a number is malformed");
	refuse("{\"text\":\"\",\"x\":[1.]}", "bad_json", 16, "a number is malformed");
	refuse("{\"text\":\"\",\"x\":-}", "bad_json", 15, "a number is malformed");
	refuse("{\"text\":\"\",\"x\":1e}", "bad_json", 15, "a number is malformed");
	refuse("{\"text\":\"\",\"x\":1e+}", "bad_json", 15, "a number is malformed");
	refuse("{\"text\":\"\",\"x\":1.5.5}", "bad_json", 15, "a number is malformed");
	refuse("{\"text\":\"\",\"x\":1a}", "bad_json", 15, "a number is malformed");
	refuse("{\"text\":\"\",\"x\":truex}", "bad_json", 15, "a word is not true, false or null");
	refuse("{\"text\":\"\",\"x\":nul}", "bad_json", 15, "a word is not true, false or null");
	refuse("{\"text\":\"\",\"x\":NaN}", "bad_json", 15, "a value is missing or malformed");
	refuse("{\"text\":\"\",\"x\":+1}", "bad_json", 15, "a value is missing or malformed");
	refuse("{\"text\":\"\",\"x\":.5}", "bad_json", 15, "a value is missing or malformed");
}

#define VALUE "a value is missing or malformed"
#define KEY "a key is missing"
#define COLON "a colon is missing"
#define BRACE "a comma or a closing brace is missing"
#define BRACKET "a comma or a closing bracket is missing"
#define BEHIND "something stands behind the object"

static const struct {
	const char *line;
	size_t offset;
	const char *reason;
} no_json[] = {
	{ "", 0, "the line is empty" },
	{ "   ", 0, "the line is empty" },
	{ "x", 0, "the line is not json" },
	{ "not json", 0, "a word is not true, false or null" },
	{ "null and void", 5, "the line is not json" },
	{ "42, 43", 2, "the line is not json" },
	{ "2026-03-03", 0, "a number is malformed" },
	{ "[\"text\"", 7, BRACKET },
	{ "\"te\\xt\"", 3, "an escape is unknown" },
	{ "\"text\":\"\"", 6, "the line is not json" },
	{ " }", 1, "the line is not json" },
	{ "\xef\xbb\xbf{\"text\":\"\"}", 0, "the line is not json" },
	{ "{", 1, KEY },
	{ "{\"text\":\"\"", 10, BRACE },
	{ "{\"text\":\"\"]", 10, BRACE },
	{ "{\"text\":\"\"}}", 11, BEHIND },
	{ "{\"text\":\"\"} {\"text\":\"\"}", 12, BEHIND },
	{ "{\"text\":\"\"},{}", 11, BEHIND },
	{ "{\"text\":\"\"}x", 11, BEHIND },
	{ "{\"text\":\"\",}", 11, KEY },
	{ "{,\"text\":\"\"}", 1, KEY },
	{ "{\"text\"}", 7, COLON },
	{ "{\"text\":}", 8, VALUE },
	{ "{\"text\":", 8, VALUE },
	{ "{\"text\",\"\"}", 7, COLON },
	{ "{\"text\"::\"\"}", 8, VALUE },
	{ "{\"text\" \"\"}", 8, COLON },
	{ "{text:\"\"}", 1, KEY },
	{ "{1:\"\"}", 1, KEY },
	{ "{'text':''}", 1, KEY },
	{ "{\"text\":\"\" \"a\":1}", 11, BRACE },
	{ "{\"text\":\"\":\"\"}", 10, BRACE },
	{ "{\"text\":\"a\"b}", 11, BRACE },
	{ "{\"text\":\"\"/**/}", 10, BRACE },
	{ "{\"x\":\"a\":\"b\",\"text\":\"\"}", 8, BRACE },
	{ "{\"x\":[\"a\":\"b\"],\"text\":\"\"}", 9, BRACKET },
	{ "{\"x\":[1 2],\"text\":\"\"}", 8, BRACKET },
	{ "{\"x\":[1,],\"text\":\"\"}", 8, VALUE },
	{ "{\"x\":[,1],\"text\":\"\"}", 6, VALUE },
	{ "{\"x\":[1,,2],\"text\":\"\"}", 8, VALUE },
	{ "{\"x\":[1},\"text\":\"\"}", 7, BRACKET },
	{ "{\"x\":{\"y\":1],\"text\":\"\"}", 11, BRACE },
	{ "{\"x\":{\"y\"},\"text\":\"\"}", 9, COLON },
	{ "{\"x\":[{},\"text\":\"\"}", 15, BRACKET },
	{ "{\"x\":{}", 7, BRACE },
	{ "{\"x\":[{}", 8, BRACKET },
	{ "{\"x\":{\"y\":{}", 12, BRACE },
	{ "{\"x\":[}", 6, VALUE },
	{ "{\"x\":[{\"y\":[]}  ", 16, BRACKET },
};

static void what_is_no_json_is_refused(void **state)
{
	for (size_t i = 0; i < sizeof(no_json) / sizeof(*no_json); i++)
		refuse(no_json[i].line, "bad_json", no_json[i].offset, no_json[i].reason);
}

static void a_line_that_is_no_object_is_refused(void **state)
{
	static const char *lines[] = { "[]", "[{\"text\":\"\"}]", "1", "\"text\"", "null", "true" };

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		refuse(lines[i], "bad_request", 0, "the line is not an object");
}

static void strings_must_end_and_hold_no_control_characters(void **state)
{
	refuse("{\"text\":\"abc}", "bad_json", 8, "a string does not end");
	refuse("{\"text\":\"abc\\\"}", "bad_json", 8, "a string does not end");
	refuse("{\"text\":\"a\tb\"}", "bad_json", 10, "control character 0x09 stands in a string");
	refuse("{\"text\":\"\",\"x\":\"\\\"\x1f\"}", "bad_json", 18,
	       "control character 0x1f stands in a string");
	check_error(refuse_bytes(reader, "{\"text\":\"a\0b\"}", 14), "a NUL byte", "bad_json", 10,
		    "control character 0x00 stands in a string");
}

static void the_first_byte_that_is_not_utf8_is_found(void **state)
{
	static const char *bad[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xc3",
		"\xc3(",
		"\xe0\x80\x80",
		"\xe0\x9f\xbf",
		"\xe2\x82",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xf0\x8f\xbf\xbf",
		"\xf0\x9f\x98",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xff",
		"\xb0\xa1",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char line[200];

		for (int before = 0; before < 70; before++) {
			snprintf(line, sizeof(line), "{\"text\":\"%.*s\xea\xb0\x80%s\"}", before,
				 "01234567890123456789012345678901234567890123456789012345678901234"
				 "56789",
				 bad[i]);
			refuse(line, "bad_utf8", (size_t)before + 12, "the line is not utf-8");
		}
	}
	refuse("{\"x\":\"\xff\",\"text\":\"\"}", "bad_utf8", 6, NULL);
	refuse("{\"\xff\":1,\"text\":\"\"}", "bad_utf8", 2, NULL);
}

static void nesting(char *line, size_t size, const char *open, const char *close, int depth)
{
	size_t len = (size_t)snprintf(line, size, "{\"text\":\"\",\"x\":");

	for (int i = 0; i < depth; i++)
		len += (size_t)snprintf(line + len, size - len, "%s", open);
	len += (size_t)snprintf(line + len, size - len, "0");
	for (int i = 0; i < depth; i++)
		len += (size_t)snprintf(line + len, size - len, "%s", close);
	snprintf(line + len, size - len, "}");
}

static void nesting_of_32_is_read_and_of_33_is_too_deep(void **state)
{
	char line[1000];

	/* The line's own object is the first. */
	nesting(line, sizeof(line), "[", "]", 31);
	read_line(line);
	nesting(line, sizeof(line), "[", "]", 32);
	refuse(line, "too_deep", 15 + 31, "nesting is deeper than 32");
	nesting(line, sizeof(line), "{\"a\":", "}", 31);
	read_line(line);
	nesting(line, sizeof(line), "{\"a\":", "}", 32);
	refuse(line, "too_deep", 15 + 31 * 5, "nesting is deeper than 32");
	nesting(line, sizeof(line), "[", "]", 400);
	refuse(line, "too_deep", 15 + 31, NULL);
	/* Depth is of nesting, not of how many there are. */
	is(read_line("{\"a\":[[],[],[]],\"b\":[{},{}],\"text\":\"t\"}").article.text, "t");
	refuse_small("{\"published\":[[[[1]]]],\"text\":\"\"}", "too_deep", 16,
		     "nesting is deeper than 4");
	accept_small("{\"published\":[[[1]]],\"text\":\"\"}");
}

static void a_million_brackets_are_no_trouble(void **state)
{
	size_t len = 1000000;
	char *line = malloc(len);

	assert_non_null(line);
	memset(line, '[', len);
	memcpy(line, "{\"x\":", 5);
	line[len - 1] = '}';
	assert_string_equal(refuse_bytes(reader, line, len).code, "too_deep");
	free(line);
}

static const char sample[] =
	"{\"id\":12345678901234567890123,\"url\":\"https:\\/\\/x.kr\\/\\u00e9\",\"outlet\":null,"
	"\"published\":{\"$date\":[\"2024\",5]},\"title\":\"\\ud83d\\ude00 "
	"\xea\xb0\x80\xeb\x82\x98\","
	"\"lang\":\"ko\",\"extra\":[[],{},{\"a\":[true,false,null,-1.5e-3]}],"
	"\"paragraphs\":[\"a\",\"b\\n\\\"c\\\"\"],\"text_base64\":\"Zm9v\",\"charset\":\"utf-8\"}";

static void a_truncated_line_is_an_error_at_every_length(void **state)
{
	size_t len = sizeof(sample) - 1;

	read_bytes(reader, sample, len);
	for (size_t n = 0; n < len; n++) {
		struct wire_error e = refuse_bytes(reader, sample, n);

		assert_true(!strcmp(e.code, "bad_json") || !strcmp(e.code, "bad_utf8"));
	}
}

static void a_changed_byte_is_never_a_crash(void **state)
{
	size_t len = sizeof(sample) - 1;
	char *line = malloc(len);

	assert_non_null(line);
	for (size_t i = 0; i < len; i++) {
		for (int byte = 0; byte < 256; byte++) {
			struct wire_article a;
			struct wire_error e;

			memcpy(line, sample, len);
			line[i] = (char)byte;
			read_padded(reader, line, len, '}', &a, &e);
		}
	}
	free(line);
}

static void an_error_does_not_spoil_the_next_line(void **state)
{
	refuse("{\"x\":[[[[[1", "bad_json", 11, NULL);
	is(read_line("{\"text\":\"fine\"}").article.text, "fine");
	refuse("{\"x\":[{\"y\":[\"\\ud800\"]}]}", "bad_json", 13, NULL);
	is(read_line("{\"text\":\"fine\"}").article.text, "fine");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_and_surrogate_pairs_are_decoded),
		cmocka_unit_test(a_bad_escape_is_found_where_it_is),
		cmocka_unit_test(unknown_fields_are_ignored_and_still_validated),
		cmocka_unit_test(what_is_no_json_is_refused),
		cmocka_unit_test(a_line_that_is_no_object_is_refused),
		cmocka_unit_test(strings_must_end_and_hold_no_control_characters),
		cmocka_unit_test(the_first_byte_that_is_not_utf8_is_found),
		cmocka_unit_test(nesting_of_32_is_read_and_of_33_is_too_deep),
		cmocka_unit_test(a_million_brackets_are_no_trouble),
		cmocka_unit_test(a_truncated_line_is_an_error_at_every_length),
		cmocka_unit_test(a_changed_byte_is_never_a_crash),
		cmocka_unit_test(an_error_does_not_spoil_the_next_line),
	};

	return cmocka_run_group_tests(tests, open_reader, close_reader);
}
