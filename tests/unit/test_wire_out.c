/* lib/wire/out: commas, escapes, numbers, and errors that stick. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "wire/out.h"

static struct buf buffer;

static int set_up(void **state)
{
	buf_init(&buffer, 1 << 20);
	return 0;
}

static int tear_down(void **state)
{
	buf_done(&buffer);
	return 0;
}

static struct out fresh(void)
{
	struct out o;

	buf_clear(&buffer);
	out_init(&o, &buffer);
	return o;
}

static void wrote(const struct out *o, const char *want)
{
	assert_int_equal(o->err, 0);
	assert_int_equal(o->b->len, strlen(want));
	assert_memory_equal(o->b->at, want, o->b->len);
}

static void string_is(const char *at, size_t len, const char *want)
{
	struct out o = fresh();

	out_string(&o, (struct nd_str){ at, len });
	wrote(&o, want);
}

static void commas_stand_between_and_nowhere_else(void **state)
{
	struct out o = fresh();

	out_begin_object(&o);
	out_key(&o, "empty");
	out_begin_array(&o);
	out_end_array(&o);
	out_key(&o, "list");
	out_begin_array(&o);
	out_u64(&o, 1);
	out_begin_object(&o);
	out_end_object(&o);
	out_begin_object(&o);
	out_key(&o, "a");
	out_null(&o);
	out_key(&o, "b");
	out_bool(&o, true);
	out_end_object(&o);
	out_bool(&o, false);
	out_end_array(&o);
	out_key(&o, "raw");
	out_raw(&o, (struct nd_str){ "{\"x\": 1}", 8 });
	out_key(&o, "word");
	out_word(&o, "copy");
	out_key(&o, "none");
	out_word(&o, NULL);
	out_end_object(&o);
	out_line(&o);
	out_begin_object(&o);
	out_end_object(&o);
	out_line(&o);
	wrote(&o, "{\"empty\":[],\"list\":[1,{},{\"a\":null,\"b\":true},false],\"raw\":{\"x\": 1},"
		  "\"word\":\"copy\",\"none\":null}\n{}\n");
}

static void control_characters_quotes_and_backslashes_are_escaped(void **state)
{
	string_is("\"\\/\b\f\n\r\t\x01\x1f\x7f", 11,
		  "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
	string_is("\0", 1, "\"\\u0000\"");
	string_is("", 0, "\"\"");
	string_is(NULL, 0, "null");
}

static void utf8_stays_as_it_is(void **state)
{
	static const char text[] =
		"\xc2\x80 \xea\xb0\x80\xeb\x82\x98 abc \xf0\x9f\x98\x80\xe2\x80\xa8";
	char want[100];

	snprintf(want, sizeof(want), "\"%s\"", text);
	string_is(text, strlen(text), want);
}

static void bytes_that_are_not_utf8_become_replacement_characters(void **state)
{
	string_is("a\xff", 2, "\"a\xef\xbf\xbd\"");
	string_is("\xc3", 1, "\"\xef\xbf\xbd\"");
	string_is("\xc3(", 2, "\"\xef\xbf\xbd(\"");
	string_is("\xea\xb0", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"");
	string_is("\xed\xa0\x80z", 4, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\"");
}

/* The slowest writer there is, to hold the fast one against. */
static void append_slowly(char *want, const uint8_t *at, size_t n)
{
	want += sprintf(want, "\"");
	for (size_t i = 0; i < n; i++) {
		if (at[i] == '"' || at[i] == '\\')
			want += sprintf(want, "\\%c", at[i]);
		else if (at[i] < 0x20)
			want += sprintf(want, "\\u%04x", at[i]);
		else
			want += sprintf(want, "%c", at[i]);
	}
	sprintf(want, "\"");
}

static void an_escape_is_seen_at_every_place_of_every_length(void **state)
{
	static const uint8_t specials[] = { '"', '\\', 0, 1, 0x1f, 0x0b };
	uint8_t text[70];
	char want[500];

	for (size_t len = 1; len <= sizeof(text); len++) {
		for (size_t place = 0; place < len; place++) {
			for (size_t i = 0; i < sizeof(specials); i++) {
				/* Neighbours of the special ones, to catch a careless comparison. */
				for (size_t k = 0; k < len; k++)
					text[k] = (uint8_t) " !#[]~\x7f"[k % 7];
				text[place] = specials[i];
				append_slowly(want, text, len);
				string_is((const char *)text, len, want);
			}
		}
	}
}

static void whole_numbers_are_exact(void **state)
{
	struct out o = fresh();

	out_begin_array(&o);
	out_u64(&o, 0);
	out_u64(&o, 10);
	out_u64(&o, UINT64_MAX);
	out_i64(&o, 0);
	out_i64(&o, -1);
	out_i64(&o, INT64_MAX);
	out_i64(&o, INT64_MIN);
	out_end_array(&o);
	wrote(&o, "[0,10,18446744073709551615,0,-1,9223372036854775807,-9223372036854775808]");
}

static void hashes_are_quoted_and_have_sixteen_digits(void **state)
{
	struct out o = fresh();

	out_begin_array(&o);
	out_hex64(&o, 0);
	out_hex64(&o, 0x0123456789abcdef);
	out_hex64(&o, UINT64_MAX);
	out_end_array(&o);
	wrote(&o, "[\"0000000000000000\",\"0123456789abcdef\",\"ffffffffffffffff\"]");
}

static void fixed_is(double number, const char *want)
{
	struct out o = fresh();

	out_fixed4(&o, number);
	wrote(&o, want);
}

static void similarities_have_four_decimals(void **state)
{
	fixed_is(0, "0.0000");
	fixed_is(1, "1.0000");
	fixed_is(0.5, "0.5000");
	fixed_is(1.0 / 3, "0.3333");
	fixed_is(2.0 / 3, "0.6667");
	fixed_is(0.99994, "0.9999");
	fixed_is(0.99996, "1.0000");
	fixed_is(0.00004, "0.0000");
	fixed_is(0.00006, "0.0001");
	fixed_is(0.03125, "0.0313");
	fixed_is(-0.5, "0.0000");
	fixed_is(-0.0, "0.0000");
	fixed_is(7, "1.0000");
	fixed_is(INFINITY, "1.0000");
	fixed_is(-INFINITY, "0.0000");
	fixed_is(NAN, "0.0000");
}

static void every_similarity_with_four_decimals_survives(void **state)
{
	char want[20];

	for (unsigned i = 0; i <= 10000; i++) {
		snprintf(want, sizeof(want), "%u.%04u", i / 10000, i % 10000);
		fixed_is(i / 10000.0, want);
		fixed_is((double)(float)(i / 10000.0), want);
	}
}

static void write_all(struct out *o)
{
	out_begin_object(o);
	out_key(o, "s");
	out_string(o, (struct nd_str){ "a\"b\xff\xea\xb0\x80\x01", 8 });
	out_key(o, "n");
	out_begin_array(o);
	out_u64(o, 1234567);
	out_i64(o, -5);
	out_fixed4(o, 0.25);
	out_hex64(o, 99);
	out_null(o);
	out_bool(o, true);
	out_word(o, "w");
	out_raw(o, (struct nd_str){ "7", 1 });
	out_end_array(o);
	out_end_object(o);
	out_line(o);
}

static void the_first_error_sticks_and_nothing_is_written_after_it(void **state)
{
	struct out whole = fresh();

	write_all(&whole);
	assert_int_equal(whole.err, 0);
	for (size_t max = 0; max < buffer.len; max++) {
		struct buf b;
		struct out o;
		size_t len;

		buf_init(&b, max);
		out_init(&o, &b);
		write_all(&o);
		assert_int_equal(o.err, -E2BIG);
		assert_true(b.len <= max);
		if (b.len)
			assert_memory_equal(b.at, buffer.at, b.len);
		len = b.len;
		b.max = 1 << 20;
		write_all(&o);
		assert_int_equal(o.err, -E2BIG);
		assert_int_equal(b.len, len);
		buf_done(&b);
	}
}

static void what_is_in_the_buffer_stays_there(void **state)
{
	struct out o = fresh();

	buf_add(&buffer, "before", 6);
	out_u64(&o, 1);
	wrote(&o, "before1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas_stand_between_and_nowhere_else),
		cmocka_unit_test(control_characters_quotes_and_backslashes_are_escaped),
		cmocka_unit_test(utf8_stays_as_it_is),
		cmocka_unit_test(bytes_that_are_not_utf8_become_replacement_characters),
		cmocka_unit_test(an_escape_is_seen_at_every_place_of_every_length),
		cmocka_unit_test(whole_numbers_are_exact),
		cmocka_unit_test(hashes_are_quoted_and_have_sixteen_digits),
		cmocka_unit_test(similarities_have_four_decimals),
		cmocka_unit_test(every_similarity_with_four_decimals_survives),
		cmocka_unit_test(the_first_error_sticks_and_nothing_is_written_after_it),
		cmocka_unit_test(what_is_in_the_buffer_stays_there),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
