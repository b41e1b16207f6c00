/* lib/wire/article: every field, every code with its offset, and nothing read beyond the line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "wire/article.h"
#include "wire/out.h"

static const struct wire_limits small = {
	.line = 4096, .text = 100, .id = 10, .paragraphs = 5, .depth = 4
};

/* What stands behind a line must never matter. */
static const char paddings[] = "\0}]\"{,: 1\\\xff";

static struct wire_reader *reader;

static struct wire_reader *new_reader(const struct wire_limits *limits)
{
	struct wire_reader *ret;

	assert_int_equal(wire_reader_new(limits, &ret), 0);
	return ret;
}

static int set_up(void **state)
{
	reader = new_reader(&wire_limits_default);
	return 0;
}

static int tear_down(void **state)
{
	wire_reader_free(reader);
	return 0;
}

/* The padding ends where the memory ends: a sanitizer sees the first byte beyond. */
static int read_padded(struct wire_reader *r, const char *line, size_t len, char padding,
		       struct wire_article *ret, struct wire_error *error)
{
	char *copy = malloc(len + WIRE_PADDING);
	int err;

	assert_non_null(copy);
	memcpy(copy, line, len);
	memset(copy + len, padding, WIRE_PADDING);
	err = wire_read_article(r, copy, len, ret, error);
	free(copy);
	return err;
}

static struct wire_article read_bytes(struct wire_reader *r, const char *line, size_t len)
{
	struct wire_article ret;
	struct wire_error error = { 0 };

	for (size_t i = 0; i < sizeof(paddings); i++)
		if (read_padded(r, line, len, paddings[i], &ret, &error))
			fail_msg("%.*s: %s at %zu, %s", (int)len, line, error.code, error.offset,
				 error.reason);
	return ret;
}

static struct wire_article read_line(const char *line)
{
	return read_bytes(reader, line, strlen(line));
}

static struct wire_error refuse_bytes(struct wire_reader *r, const char *line, size_t len)
{
	struct wire_error first = { 0 };

	for (size_t i = 0; i < sizeof(paddings); i++) {
		struct wire_article untouched, got;
		struct wire_error error;

		memset(&untouched, 0x55, sizeof(untouched));
		memset(&got, 0x55, sizeof(got));
		if (read_padded(r, line, len, paddings[i], &got, &error) != -EBADMSG)
			fail_msg("%.*s: accepted", (int)len, line);
		assert_memory_equal(&got, &untouched, sizeof(got));
		assert_true(error.offset <= len);
		if (i == 0)
			first = error;
		if (strcmp(error.code, first.code) || error.offset != first.offset ||
		    strcmp(error.reason, first.reason))
			fail_msg("%.*s\n%s at %zu, %s, but before padding 0x%02x\n%s at %zu, %s",
				 (int)len, line, first.code, first.offset, first.reason,
				 (uint8_t)paddings[i], error.code, error.offset, error.reason);
	}
	return first;
}

static void check_error(struct wire_error got, const char *line, const char *code, size_t offset,
			const char *reason)
{
	if (strcmp(got.code, code) || got.offset != offset ||
	    (reason && strcmp(got.reason, reason)))
		fail_msg("%s\ngot  %s at %zu, %s\nwant %s at %zu, %s", line, got.code, got.offset,
			 got.reason, code, offset, reason ? reason : "any reason");
}

static void refuse(const char *line, const char *code, size_t offset, const char *reason)
{
	check_error(refuse_bytes(reader, line, strlen(line)), line, code, offset, reason);
}

static void refuse_small(const char *line, const char *code, size_t offset, const char *reason)
{
	struct wire_reader *r = new_reader(&small);

	check_error(refuse_bytes(r, line, strlen(line)), line, code, offset, reason);
	wire_reader_free(r);
}

static void accept_small(const char *line)
{
	struct wire_reader *r = new_reader(&small);

	read_bytes(r, line, strlen(line));
	wire_reader_free(r);
}

static void is_bytes(struct nd_str got, const char *want, size_t len)
{
	assert_non_null(got.at);
	assert_int_equal(got.len, len);
	assert_memory_equal(got.at, want, len);
}

static void is(struct nd_str got, const char *want)
{
	is_bytes(got, want, strlen(want));
}

static void every_field_arrives(void **state)
{
	struct wire_article a = read_line(
		"{\"id\":\"a1\",\"url\":\"https://x.kr/1\",\"outlet\":\"x\",\"published\":"
		"\"2024-05-06T07:08:09+09:00\",\"title\":\"\xec\xa0\x9c\xeb\xaa\xa9\",\"lang\":"
		"\"ko\","
		"\"text\":\"one\\ntwo\"}");

	is(a.article.id, "a1");
	assert_false(a.article.id_is_number);
	is(a.article.url, "https://x.kr/1");
	is(a.article.outlet, "x");
	is(a.article.published, "2024-05-06T07:08:09+09:00");
	is(a.article.title, "\xec\xa0\x9c\xeb\xaa\xa9");
	is(a.article.lang, "ko");
	is(a.article.text, "one\ntwo");
	assert_null(a.raw.at);
	assert_null(a.charset.at);
}

static void what_is_missing_or_null_is_absent(void **state)
{
	static const char *lines[] = {
		"{\"text\":\"\"}",
		" {\t\"text\" :\r\"\" } ",
		"{\"id\":null,\"url\":null,\"outlet\":null,\"published\":null,\"title\":null,"
		"\"lang\":null,\"text\":\"\",\"paragraphs\":null,\"text_base64\":null,"
		"\"charset\":null}",
	};

	for (size_t i = 0; i < 3; i++) {
		struct wire_article a = read_line(lines[i]);

		assert_null(a.article.id.at);
		assert_null(a.article.url.at);
		assert_null(a.article.outlet.at);
		assert_null(a.article.published.at);
		assert_null(a.article.title.at);
		assert_null(a.article.lang.at);
		assert_null(a.raw.at);
		is(a.article.text, "");
	}
}

static void an_empty_id_is_absent_and_other_empty_strings_are_not(void **state)
{
	struct wire_article a = read_line("{\"id\":\"\",\"url\":\"\",\"text\":\"\"}");

	assert_null(a.article.id.at);
	is(a.article.url, "");
}

static void strings_do_not_point_into_the_line(void **state)
{
	/* read_line has freed the line: the sanitizer's business as much as ours. */
	struct wire_article a = read_line("{\"id\":77,\"published\":{\"a\":[1]},\"text\":\"x\"}");

	is(a.article.id, "77");
	is(a.article.published, "{\"a\":[1]}");
	is(a.article.text, "x");
}

static void a_number_id_keeps_its_digits(void **state)
{
	static const char *ids[] = {
		"0",
		"-0",
		"7",
		"9007199254740993",
		"18446744073709551616",
		"-9223372036854775809",
		"123456789012345678901234567890123456789012345678901234567890",
		"1.50",
		"1e400",
		"-1.0E-7",
		"0.1e+5",
	};

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		struct wire_article a;
		char line[200];

		snprintf(line, sizeof(line), "{\"id\": %s ,\"text\":\"\"}", ids[i]);
		a = read_line(line);
		is(a.article.id, ids[i]);
		assert_true(a.article.id_is_number);
		snprintf(line, sizeof(line), "{\"text\":\"\",\"id\":%s}", ids[i]);
		is(read_line(line).article.id, ids[i]);
	}
}

static void published_of_another_type_is_kept_as_it_stands(void **state)
{
	static const char *values[] = {
		"5",
		"1714953600.5",
		"true",
		"false",
		"[]",
		"{}",
		"[ 1, {\"a\": \"\\n\"} ]",
		"{\"$date\":\"2024-05-06\"}",
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		char line[200];

		snprintf(line, sizeof(line), "{\"published\": %s , \"text\":\"t\"}", values[i]);
		is(read_line(line).article.published, values[i]);
		snprintf(line, sizeof(line), "{\"text\":\"t\",\"published\":%s}", values[i]);
		is(read_line(line).article.published, values[i]);
	}
}

static void a_field_of_another_type_is_named(void **state)
{
	static const char *strings[] = { "url",  "outlet",      "title",  "lang",
					 "text", "text_base64", "charset" };
	static const char *values[] = { "1", "true", "[]", "{}" };
	char line[200], reason[200];

	for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++) {
		for (size_t j = 0; j < sizeof(values) / sizeof(*values); j++) {
			size_t offset =
				(size_t)snprintf(line, sizeof(line), "{\"%s\": ", strings[i]);

			snprintf(line + offset, sizeof(line) - offset, "%s,\"text\":\"\"}",
				 values[j]);
			snprintf(reason, sizeof(reason), "field \"%s\" is not a string",
				 strings[i]);
			refuse(line, "bad_request", offset, reason);
		}
	}
	refuse("{\"id\":true}", "bad_request", 6, "field \"id\" is not a string or a number");
	refuse("{\"id\":[]}", "bad_request", 6, NULL);
	refuse("{\"paragraphs\":\"a\"}", "bad_request", 14, "field \"paragraphs\" is not an array");
	refuse("{\"paragraphs\":{}}", "bad_request", 14, NULL);
	refuse("{\"paragraphs\":[\"a\",null]}", "bad_request", 19,
	       "field \"paragraphs\" has an element that is not a string");
	refuse("{\"paragraphs\":[[\"a\"]]}", "bad_request", 15, NULL);
}

static void paragraphs_are_joined_by_newline(void **state)
{
	is(read_line("{\"paragraphs\":[\"a\", \"b\" ,\"\",\"c\\nd\"],\"id\":1}").article.text,
	   "a\nb\n\nc\nd");
	is(read_line("{\"paragraphs\":[\"a\"]}").article.text, "a");
	is(read_line("{\"paragraphs\":[\"\",\"\"]}").article.text, "\n");
	is(read_line("{\"paragraphs\":[\"\"]}").article.text, "");
	is(read_line("{\"paragraphs\":[]}").article.text, "");
}

static void text_goes_before_paragraphs_and_those_before_base64(void **state)
{
	is(read_line("{\"text_base64\":\"Yg==\",\"paragraphs\":[\"p\"],\"text\":\"t\"}")
		   .article.text,
	   "t");
	is(read_line("{\"text_base64\":\"Yg==\",\"paragraphs\":[\"p\"],\"text\":null}")
		   .article.text,
	   "p");
	is(read_line("{\"text_base64\":\"Yg==\",\"paragraphs\":null}").raw, "b");
	/* What does not count is not decoded. */
	is(read_line("{\"text_base64\":\"***\",\"text\":\"t\"}").article.text, "t");
	assert_null(read_line("{\"text_base64\":\"Yg==\",\"text\":\"t\"}").raw.at);
}

static void an_article_without_any_text_is_refused(void **state)
{
	refuse("{}", "missing_text", 0, "the article has no text");
	refuse("{\"text\":null}", "missing_text", 0, NULL);
	refuse("{\"id\":1,\"title\":\"t\",\"body\":\"x\"}", "missing_text", 0, NULL);
	refuse("{\"text\":\"a\",\"text\":null}", "missing_text", 0, NULL);
	refuse("{\"charset\":\"euc-kr\"}", "missing_text", 0, NULL);
}

static void base64_is_read_with_or_without_padding_and_with_white_space(void **state)
{
	static const char *good[][2] = {
		{ "", "" },
		{ "Zg==", "f" },
		{ "Zg", "f" },
		{ "Zm8=", "fo" },
		{ "Zm8", "fo" },
		{ "Zm9v", "foo" },
		{ "Zm9vYg", "foob" },
		{ "Zm9v\\nYmE=\\r\\n", "fooba" },
		{ " Z m\\t8 = ", "fo" },
		{ "sKGzqg==", "\xb0\xa1\xb3\xaa" },
		{ "+/+/", "\xfb\xff\xbf" },
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct wire_article a;
		char line[200];

		snprintf(line, sizeof(line), "{\"text_base64\":\"%s\",\"charset\":\"euc-kr\"}",
			 good[i][0]);
		a = read_line(line);
		is(a.raw, good[i][1]);
		is(a.charset, "euc-kr");
		assert_null(a.article.text.at);
	}
	is_bytes(read_line("{\"text_base64\":\"AAAA\"}").raw, "\0\0\0", 3);
	assert_null(read_line("{\"text_base64\":\"AAAA\"}").charset.at);
}

static void base64_that_is_not_whole_is_refused(void **state)
{
	static const char *bad[] = {
		"Z",    "Zm9vY",  "Zg=",          "Zm8==",       "Zm9v=",
		"=",    "====",   "Zg===",        "Zg==Zg==",    "Zh==",
		"Zm9=", "Zm9v-_", "Zm9v\xc3\xa9", "Zm\\u00009v", "Zg=a",
		"Z=g=",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char line[200];

		snprintf(line, sizeof(line), "{\"text_base64\":\"%s\"}", bad[i]);
		refuse(line, "bad_request", 15, "field \"text_base64\" is not base64");
	}
}

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

static void a_nul_character_is_refused_in_all_strings_but_text(void **state)
{
	static const char *fields[] = { "id",    "url",  "outlet", "published",
					"title", "lang", "charset" };
	char line[200], reason[200];

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		snprintf(line, sizeof(line), "{\"%s\":\"a\\u0000\",\"text\":\"\"}", fields[i]);
		snprintf(reason, sizeof(reason), "field \"%s\" has a NUL character", fields[i]);
		refuse(line, "bad_request", strlen(fields[i]) + 4, reason);
	}
	read_line("{\"paragraphs\":[\"\\u0000\"],\"other\":\"\\u0000\",\"\\u0000\":0}");
}

static void the_last_of_duplicate_fields_counts(void **state)
{
	struct wire_article a = read_line("{\"id\":5,\"text\":\"a\",\"title\":\"x\",\"id\":\"b\","
					  "\"text\":\"c\",\"title\":null}");

	is(a.article.id, "b");
	assert_false(a.article.id_is_number);
	is(a.article.text, "c");
	assert_null(a.article.title.at);
	is(read_line("{\"paragraphs\":[\"a\",\"b\"],\"paragraphs\":[\"c\",\"d\"]}").article.text,
	   "c\nd");
	assert_null(read_line("{\"id\":5,\"id\":null,\"text\":\"\"}").article.id.at);
	assert_false(read_line("{\"id\":5,\"id\":null,\"text\":\"\"}").article.id_is_number);
	assert_null(read_line("{\"published\":[5],\"published\":null,\"text\":\"\"}")
			    .article.published.at);
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

static void what_is_no_json_is_refused(void **state)
{
	static const char value[] = "a value is missing or malformed";
	static const char key[] = "a key is missing";
	static const char colon[] = "a colon is missing";
	static const char brace[] = "a comma or a closing brace is missing";
	static const char bracket[] = "a comma or a closing bracket is missing";
	static const char behind[] = "something stands behind the object";
	static const struct {
		const char *line;
		size_t offset;
		const char *reason;
	} bad[] = {
		{ "", 0, "the line is empty" },
		{ "   ", 0, "the line is empty" },
		{ "x", 0, "the line is not json" },
		{ "not json", 0, "a word is not true, false or null" },
		{ "null and void", 5, "the line is not json" },
		{ "42, 43", 2, "the line is not json" },
		{ "2026-03-03", 0, "a number is malformed" },
		{ "[\"text\"", 7, bracket },
		{ "\"te\\xt\"", 3, "an escape is unknown" },
		{ "\"text\":\"\"", 6, "the line is not json" },
		{ " }", 1, "the line is not json" },
		{ "\xef\xbb\xbf{\"text\":\"\"}", 0, "the line is not json" },
		{ "{", 1, key },
		{ "{\"text\":\"\"", 10, brace },
		{ "{\"text\":\"\"]", 10, brace },
		{ "{\"text\":\"\"}}", 11, behind },
		{ "{\"text\":\"\"} {\"text\":\"\"}", 12, behind },
		{ "{\"text\":\"\"},{}", 11, behind },
		{ "{\"text\":\"\"}x", 11, behind },
		{ "{\"text\":\"\",}", 11, key },
		{ "{,\"text\":\"\"}", 1, key },
		{ "{\"text\"}", 7, colon },
		{ "{\"text\":}", 8, value },
		{ "{\"text\":", 8, value },
		{ "{\"text\",\"\"}", 7, colon },
		{ "{\"text\"::\"\"}", 8, value },
		{ "{\"text\" \"\"}", 8, colon },
		{ "{text:\"\"}", 1, key },
		{ "{1:\"\"}", 1, key },
		{ "{'text':''}", 1, key },
		{ "{\"text\":\"\" \"a\":1}", 11, brace },
		{ "{\"text\":\"\":\"\"}", 10, brace },
		{ "{\"text\":\"a\"b}", 11, brace },
		{ "{\"text\":\"\"/**/}", 10, brace },
		{ "{\"x\":\"a\":\"b\",\"text\":\"\"}", 8, brace },
		{ "{\"x\":[\"a\":\"b\"],\"text\":\"\"}", 9, bracket },
		{ "{\"x\":[1 2],\"text\":\"\"}", 8, bracket },
		{ "{\"x\":[1,],\"text\":\"\"}", 8, value },
		{ "{\"x\":[,1],\"text\":\"\"}", 6, value },
		{ "{\"x\":[1,,2],\"text\":\"\"}", 8, value },
		{ "{\"x\":[1},\"text\":\"\"}", 7, bracket },
		{ "{\"x\":{\"y\":1],\"text\":\"\"}", 11, brace },
		{ "{\"x\":{\"y\"},\"text\":\"\"}", 9, colon },
		{ "{\"x\":[{},\"text\":\"\"}", 15, bracket },
		{ "{\"x\":{}", 7, brace },
		{ "{\"x\":[{}", 8, bracket },
		{ "{\"x\":{\"y\":{}", 12, brace },
		{ "{\"x\":[}", 6, value },
		{ "{\"x\":[{\"y\":[]}  ", 16, bracket },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		refuse(bad[i].line, "bad_json", bad[i].offset, bad[i].reason);
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

/* {"<field>":"xxx..."} with n bytes of x. */
static const char *long_field(const char *field, size_t n)
{
	static char line[5000];
	size_t len = (size_t)snprintf(line, sizeof(line), "{\"%s\":\"", field);

	memset(line + len, 'x', n);
	snprintf(line + len + n, sizeof(line) - len - n, "\",\"lang\":\"\"}");
	return line;
}

static void each_limit_is_the_last_size_that_passes(void **state)
{
	char line[200];

	accept_small(long_field("text", 100));
	refuse_small(long_field("text", 101), "too_large", 8, "the text is longer than 100 bytes");
	refuse_small(long_field("id", 11), "too_large", 6, "field \"id\" is longer than 10 bytes");
	refuse_small(long_field("id", 10), "missing_text", 0, NULL);
	refuse_small("{\"id\":12345678901,\"text\":\"\"}", "too_large", 6, NULL);
	accept_small("{\"id\":1234567890,\"text\":\"\"}");
	accept_small("{\"paragraphs\":[\"\",\"\",\"\",\"\",\"\"]}");
	refuse_small("{\"paragraphs\":[\"\",\"\",\"\",\"\",\"\",\"\"]}", "too_large", 30,
		     "field \"paragraphs\" has more than 5 elements");
	accept_small("{\"text\":\"1\\n2\\n3\\n4\\n5\"}");
	refuse_small("{\"text\":\"1\\n2\\n3\\n4\\n5\\n\"}", "too_large", 8,
		     "the text has more than 5 lines");
	refuse_small("{\"text\":\"\\n\\n\\n\\n\\n\"}", "too_large", 8, NULL);
	refuse_small("{\"paragraphs\":[\"1\\n2\\n3\",\"4\\n5\\n6\"]}", "too_large", 14,
		     "the text has more than 5 lines");
	snprintf(line, sizeof(line), "{\"paragraphs\":[\"%050d\",\"%049d\"]}", 0, 0);
	accept_small(line);
	snprintf(line, sizeof(line), "{\"paragraphs\":[\"%050d\",\"%050d\"]}", 0, 0);
	refuse_small(line, "too_large", 14, "the text is longer than 100 bytes");
}

static void raw_bytes_count_after_decoding(void **state)
{
	char line[300];

	/* 134 digits are 100 bytes, 135 are 101; white space costs nothing. */
	snprintf(line, sizeof(line), "{\"text_base64\":\"%0132d    AA\"}", 0);
	accept_small(line);
	snprintf(line, sizeof(line), "{\"text_base64\":\"%0132d    AAA\"}", 0);
	refuse_small(line, "too_large", 15, "the text is longer than 100 bytes");
}

static void a_line_may_be_as_long_as_its_limit(void **state)
{
	size_t frame = strlen(long_field("x", 0));

	refuse_small(long_field("x", small.line - frame), "missing_text", 0, NULL);
	refuse_small(long_field("x", small.line - frame + 1), "too_large", 0,
		     "the line is longer than 4096 bytes");
}

static void the_default_limits_hold(void **state)
{
	size_t n = wire_limits_default.text;
	char *line = malloc(2 * n + 100);
	int head = sprintf(line, "{\"text\":\"");
	struct wire_article a;

	memset(line + head, 'x', n);
	memcpy(line + head + n, "\"}", 3);
	a = read_bytes(reader, line, (size_t)head + n + 2);
	assert_int_equal(a.article.text.len, 8u << 20);
	memcpy(line + head + n, "x\"}", 4);
	check_error(refuse_bytes(reader, line, (size_t)head + n + 3), "a long text", "too_large", 8,
		    "the text is longer than 8388608 bytes");
	memset(line, ' ', 2 * n + 100);
	assert_string_equal(refuse_bytes(reader, line, 2 * n).code, "bad_json");
	assert_string_equal(refuse_bytes(reader, line, 2 * n + 1).code, "too_large");
	free(line);
	/* The reader gives back what the long lines took, and reads on. */
	is(read_line("{\"text\":\"short\"}").article.text, "short");
}

static void a_line_limit_beyond_the_library_is_refused(void **state)
{
	struct wire_limits limits = wire_limits_default;
	struct wire_reader *r = NULL;

	limits.line = (size_t)1 << 31;
	assert_int_equal(wire_reader_new(&limits, &r), -EINVAL);
	assert_null(r);
	wire_reader_free(NULL);
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

static void what_is_written_reads_back_the_same(void **state)
{
	char bytes[600];
	struct nd_str text = { bytes, 0 };
	struct wire_article a;
	struct buf b;
	struct out o;

	for (int i = 0; i < 128; i++)
		bytes[text.len++] = (char)i;
	text.len += (size_t)sprintf(bytes + text.len, "\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf"
						      "\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80"
						      "\xf4\x8f\xbf\xbf");
	buf_init(&b, 1 << 16);
	out_init(&o, &b);
	out_begin_object(&o);
	out_key(&o, "id");
	out_raw(&o, (struct nd_str){ "123456789012345678901", 21 });
	out_key(&o, "title");
	out_string(&o, (struct nd_str){ bytes + 1, text.len - 1 });
	out_key(&o, "text");
	out_string(&o, text);
	out_end_object(&o);
	assert_int_equal(o.err, 0);
	a = read_bytes(reader, (const char *)b.at, b.len);
	is(a.article.id, "123456789012345678901");
	assert_true(a.article.id_is_number);
	is_bytes(a.article.title, bytes + 1, text.len - 1);
	is_bytes(a.article.text, bytes, text.len);
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_arrives),
		cmocka_unit_test(what_is_missing_or_null_is_absent),
		cmocka_unit_test(an_empty_id_is_absent_and_other_empty_strings_are_not),
		cmocka_unit_test(strings_do_not_point_into_the_line),
		cmocka_unit_test(a_number_id_keeps_its_digits),
		cmocka_unit_test(published_of_another_type_is_kept_as_it_stands),
		cmocka_unit_test(a_field_of_another_type_is_named),
		cmocka_unit_test(paragraphs_are_joined_by_newline),
		cmocka_unit_test(text_goes_before_paragraphs_and_those_before_base64),
		cmocka_unit_test(an_article_without_any_text_is_refused),
		cmocka_unit_test(base64_is_read_with_or_without_padding_and_with_white_space),
		cmocka_unit_test(base64_that_is_not_whole_is_refused),
		cmocka_unit_test(escapes_and_surrogate_pairs_are_decoded),
		cmocka_unit_test(a_bad_escape_is_found_where_it_is),
		cmocka_unit_test(a_nul_character_is_refused_in_all_strings_but_text),
		cmocka_unit_test(the_last_of_duplicate_fields_counts),
		cmocka_unit_test(unknown_fields_are_ignored_and_still_validated),
		cmocka_unit_test(what_is_no_json_is_refused),
		cmocka_unit_test(a_line_that_is_no_object_is_refused),
		cmocka_unit_test(strings_must_end_and_hold_no_control_characters),
		cmocka_unit_test(the_first_byte_that_is_not_utf8_is_found),
		cmocka_unit_test(nesting_of_32_is_read_and_of_33_is_too_deep),
		cmocka_unit_test(a_million_brackets_are_no_trouble),
		cmocka_unit_test(each_limit_is_the_last_size_that_passes),
		cmocka_unit_test(raw_bytes_count_after_decoding),
		cmocka_unit_test(a_line_may_be_as_long_as_its_limit),
		cmocka_unit_test(the_default_limits_hold),
		cmocka_unit_test(a_line_limit_beyond_the_library_is_refused),
		cmocka_unit_test(a_truncated_line_is_an_error_at_every_length),
		cmocka_unit_test(a_changed_byte_is_never_a_crash),
		cmocka_unit_test(an_error_does_not_spoil_the_next_line),
		cmocka_unit_test(what_is_written_reads_back_the_same),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
