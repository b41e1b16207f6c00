/* lib/wire/article: every field, every limit, and nothing read beyond the line. */
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
#include "tests/unit/wire_lines.h"
#include "wire/out.h"

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

	refuse_small(long_field("x", small_limits.line - frame), "missing_text", 0, NULL);
	refuse_small(long_field("x", small_limits.line - frame + 1), "too_large", 0,
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
		cmocka_unit_test(a_nul_character_is_refused_in_all_strings_but_text),
		cmocka_unit_test(the_last_of_duplicate_fields_counts),
		cmocka_unit_test(each_limit_is_the_last_size_that_passes),
		cmocka_unit_test(raw_bytes_count_after_decoding),
		cmocka_unit_test(a_line_may_be_as_long_as_its_limit),
		cmocka_unit_test(the_default_limits_hold),
		cmocka_unit_test(a_line_limit_beyond_the_library_is_refused),
		cmocka_unit_test(what_is_written_reads_back_the_same),
	};

	return cmocka_run_group_tests(tests, open_reader, close_reader);
}
