/* lib/base/when: RFC 3339 and bare dates, the days of the calendar, the order of times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/when.h"

static struct when when(const char *text)
{
	return when_parse(text, strlen(text));
}

static void times_are_read_in_every_form_of_rfc_3339(void **state)
{
	static const struct {
		const char *text;
		int64_t second;
		int32_t day;
	} rows[] = {
		{ "1970-01-01T00:00:00Z", 0, 0 },
		{ "1970-01-01t00:00:01z", 1, 0 },
		{ "1970-01-01 00:01", 60, 0 },
		{ "1970-01-01T00:00:00.123456789Z", 0, 0 },
		{ "1970-01-01T00:00:59,5Z", 59, 0 },
		{ "1970-01-01T09:00:00+09:00", 0, 0 },
		{ "1970-01-01T09:00:00+0900", 0, 0 },
		{ "1970-01-01T09:00:00+09", 0, 0 },
		{ "1969-12-31T19:00:00-05:00", 0, -1 },
		{ "1970-01-01T05:45+05:45", 0, 0 },
		{ "1969-12-31T23:59:59Z", -1, -1 },
		{ "2023-11-01T09:29:00+09:00", 1698798540, 19662 },
		{ "2023-11-01T00:29:00Z", 1698798540, 19662 },
		{ "2023-11-01T00:00:00-00:00", 1698796800, 19662 },
		{ "2016-12-31T23:59:60Z", 1483228800, 17166 },
		{ "0000-01-01T00:00:00Z", -62167219200, -719528 },
		{ "9999-12-31T23:59:59Z", 253402300799, 2932896 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct when w = when(rows[i].text);

		if (w.kind != WHEN_INSTANT || w.second != rows[i].second || w.day != rows[i].day)
			fail_msg("%s: kind %u, second %lld, day %d", rows[i].text, w.kind, (long long)w.second, w.day);
	}
}

static void a_bare_date_is_a_day(void **state)
{
	struct when w = when("2024-02-29");

	assert_int_equal(w.kind, WHEN_DAY);
	assert_int_equal(w.day, 19782);
	assert_int_equal(w.second, INT64_C(19782) * 86400);
}

static void what_is_no_time_is_unknown(void **state)
{
	static const char *const rows[] = {
		"", " ", "x", "2023", "2023-", "2023-01", "2023-01-", "2023-1-01", "2023-01-1", "20230101",
		"2023/01/01", "2023-00-01", "2023-13-01", "2023-01-00", "2023-01-32", "2023-02-29", "1900-02-29",
		"2100-02-29", "2023-04-31", "2023-06-31", "2023-09-31", "2023-11-31", "-2023-01-01", "+2023-01-01",
		" 2023-01-01", "2023-01-01 ", "2023-01-01x", "2023-01-01T", "2023-01-01T1", "2023-01-01T12",
		"2023-01-01T12:", "2023-01-01T12:3", "2023-01-01T1:30", "2023-01-01T24:00", "2023-01-01T12:60",
		"2023-01-01T12:30:61", "2023-01-01T12:30:", "2023-01-01T12:30:5", "2023-01-01T12:30:00 Z",
		"2023-01-01T12:30:00Zx", "2023-01-01T12:30:00ZZ", "2023-01-01T12:30:00+", "2023-01-01T12:30:00+9",
		"2023-01-01T12:30:00+24:00", "2023-01-01T12:30:00+09:60", "2023-01-01T12:30:00+09:0",
		"2023-01-01T12:30:00+09:000", "2023-01-01T12:30:00*09:00", "2023-01-01_12:30:00Z",
		"2023-01-01T12-30-00Z", "2023-01-01T12:30:00 +09:00", "2023-01-01T12:30:00UTC",
		"Sun, 01 Jan 2023 12:30:00 GMT", "1672576200", "\xEF\xBC\x92\xEF\xBC\x90" "23-01-01", "2023.01.01",
		"2023-01-01T12:30:005Z", "2023-01-01T12:30:00.", "2023-01-01T12:30:00.Z", "2023-01-01T12:30:00+09:",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (when(rows[i]).kind != WHEN_UNKNOWN)
			fail_msg("'%s' is read as a time", rows[i]);
	assert_int_equal(when_parse(NULL, 0).kind, WHEN_UNKNOWN);
	assert_int_equal(when_parse("2023-01-01\0", 11).kind, WHEN_UNKNOWN);
	assert_int_equal(when_parse("2023-01-01T12:30\0", 17).kind, WHEN_UNKNOWN);
	assert_int_equal(when_parse("2023-01-01T12:30:00Z\0", 21).kind, WHEN_UNKNOWN);
}

/* Every prefix is read from a copy without a byte to spare: the sanitizer tells. */
static void nothing_is_read_behind_the_end(void **state)
{
	static const char text[] = "2023-11-01T09:29:00.25+09:00";

	for (size_t n = 0; n < sizeof(text); n++) {
		char *copy = test_malloc(n ? n : 1);

		memcpy(copy, text, n);
		when_parse(copy, n);
		test_free(copy);
	}
}

static void days_agree_with_the_c_library(void **state)
{
	int good = 0;

	for (int y = 1890; y <= 2110; y++)
		for (int m = 1; m <= 12; m++)
			for (int d = 1; d <= 31; d++) {
				struct tm tm = { .tm_year = y - 1900, .tm_mon = m - 1, .tm_mday = d };
				time_t want = timegm(&tm);
				char text[40];
				struct when w;

				snprintf(text, sizeof(text), "%04d-%02d-%02d", y, m, d);
				w = when(text);
				if (tm.tm_mon != m - 1) {
					assert_int_equal(w.kind, WHEN_UNKNOWN);
					continue;
				}
				assert_int_equal(w.kind, WHEN_DAY);
				assert_int_equal(w.second, want);
				good++;
			}
	assert_int_equal(good, 80718); /* 221 years, 53 of them leap years */
}

static int order(const char *a, const char *b)
{
	struct when x = when(a), y = when(b);
	bool before = when_before(&x, &y), after = when_before(&y, &x);

	assert_false(before && after);
	return before ? -1 : after;
}

static void two_instants_go_by_the_clock(void **state)
{
	assert_int_equal(order("2023-11-01T09:00:00+09:00", "2023-11-01T00:00:01Z"), -1);
	assert_int_equal(order("2023-11-01T09:00:00+09:00", "2023-11-01T00:00:00Z"), 0);
	assert_int_equal(order("2023-11-02T00:30:00+09:00", "2023-11-01T16:00:00Z"), -1);
	assert_int_equal(order("2023-11-01T23:00:00-11:00", "2023-11-02T09:00:00Z"), 1);
}

static void a_bare_date_is_never_earlier_than_a_time_of_that_day(void **state)
{
	assert_int_equal(order("2023-11-01", "2023-11-01T00:00:00Z"), 1);
	assert_int_equal(order("2023-11-01", "2023-11-01T23:59:59Z"), 1);
	assert_int_equal(order("2023-11-01", "2023-11-01T23:59:59-12:00"), 1);
	assert_int_equal(order("2023-11-01", "2023-11-02T00:00:00+14:00"), -1);
	assert_int_equal(order("2023-11-01", "2023-10-31T23:59:59Z"), 1);
	assert_int_equal(order("2023-11-01", "2023-11-01"), 0);
	assert_int_equal(order("2023-10-31", "2023-11-01"), -1);
}

static void a_known_time_is_before_an_unknown_one(void **state)
{
	assert_int_equal(order("9999-12-31", "soon"), -1);
	assert_int_equal(order("9999-12-31T23:59:59Z", ""), -1);
	assert_int_equal(order("soon", "later"), 0);
}

static int64_t apart(const char *a, const char *b)
{
	struct when x = when(a), y = when(b);

	assert_int_equal(when_days_apart(&x, &y), when_days_apart(&y, &x));
	return when_days_apart(&x, &y);
}

static void days_apart_are_those_of_the_calendar(void **state)
{
	assert_int_equal(apart("2023-11-01", "2023-11-01"), 0);
	assert_int_equal(apart("2023-02-28", "2023-03-01"), 1);
	assert_int_equal(apart("2024-02-28", "2024-03-01"), 2);
	assert_int_equal(apart("2023-12-31T23:59:59Z", "2024-01-01T00:00:00Z"), 1);
	assert_int_equal(apart("0000-01-01", "9999-12-31"), 3652424);
	assert_int_equal(apart("2023-12-31", "soon"), 0);
	assert_int_equal(apart("", ""), 0);
}

static bool same_day(const char *x, const char *y)
{
	struct when a = when_parse(x, strlen(x)), b = when_parse(y, strlen(y));

	return when_same_day(&a, &b);
}

static void the_same_day_is_one_that_both_tell(void **state)
{
	assert_true(same_day("2024-02-29", "2024-02-29T23:59:59Z"));
	assert_true(same_day("2024-02-29T00:00:00+09:00", "2024-02-29T23:59:59Z"));
	assert_false(same_day("2023-12-31T23:59:59Z", "2024-01-01T00:00:00Z"));
	assert_false(same_day("2023-12-31", "soon"));
	assert_false(same_day("", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read_in_every_form_of_rfc_3339),
		cmocka_unit_test(a_bare_date_is_a_day),
		cmocka_unit_test(what_is_no_time_is_unknown),
		cmocka_unit_test(nothing_is_read_behind_the_end),
		cmocka_unit_test(days_agree_with_the_c_library),
		cmocka_unit_test(two_instants_go_by_the_clock),
		cmocka_unit_test(a_bare_date_is_never_earlier_than_a_time_of_that_day),
		cmocka_unit_test(a_known_time_is_before_an_unknown_one),
		cmocka_unit_test(days_apart_are_those_of_the_calendar),
		cmocka_unit_test(the_same_day_is_one_that_both_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
