/* lib/text/utf8: just what RFC 3629 and table 3-7 of Unicode allow, at any place of a text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text/utf8.h"

/* Table 3-7, row by row: whether n bytes are one well-formed character. */
static int is_character(const uint8_t *p, size_t n)
{
	static const struct {
		uint8_t n, low[2], high[2];
	} rows[] = {
		{ 1, { 0x00 }, { 0x7F } },	       { 2, { 0xC2, 0x80 }, { 0xDF, 0xBF } },
		{ 3, { 0xE0, 0xA0 }, { 0xE0, 0xBF } }, { 3, { 0xE1, 0x80 }, { 0xEC, 0xBF } },
		{ 3, { 0xED, 0x80 }, { 0xED, 0x9F } }, { 3, { 0xEE, 0x80 }, { 0xEF, 0xBF } },
		{ 4, { 0xF0, 0x90 }, { 0xF0, 0xBF } }, { 4, { 0xF1, 0x80 }, { 0xF3, 0xBF } },
		{ 4, { 0xF4, 0x80 }, { 0xF4, 0x8F } },
	};

	for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
		size_t i = 0;

		if (n != rows[r].n)
			continue;
		while (i < n && p[i] >= (i < 2 ? rows[r].low[i] : 0x80) && p[i] <= (i < 2 ? rows[r].high[i] : 0xBF))
			i++;
		if (i == n)
			return 1;
	}
	return 0;
}

static size_t ref_valid(const uint8_t *p, size_t len)
{
	size_t i = 0, n;

	while (i < len) {
		for (n = 1; n <= 4 && (i + n > len || !is_character(p + i, n)); n++)
			;
		if (n > 4)
			break;
		i += n;
	}
	return i;
}

/* p alone, and far inside of longer texts, so that vectors see it, at each place in one. */
static void check(const uint8_t *p, size_t n, int deep)
{
	static uint8_t text[256];
	size_t want = ref_valid(p, n);

	assert_int_equal(utf8_valid((const char *)p, n), want);
	for (size_t before = 62; deep && before < 97; before++) {
		size_t after = before % 3 ? 70 : 0;

		memset(text, 'a', sizeof(text));
		memcpy(text + before, p, n);
		assert_int_equal(utf8_valid((const char *)text, before + n + after), ref_valid(text, before + n + after));
	}
}

static void ill_formed_classes_are_found(void **state)
{
	static const char *const bad[] = {
		"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41", "\xDF\xC0", "\xE0\x80\x80", "\xE0\x9F\xBF",
		"\xE1\x80", "\xE1\x80\x41", "\xE1\x41\x80", "\xED\xA0\x80", "\xED\xBF\xBF", "\xED\xA0\x80\xED\xB0\x80",
		"\xEF\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF1\x80\x80", "\xF1\x80\x41\x80", "\xF4\x90\x80\x80",
		"\xF5\x80\x80\x80", "\xF7\xBF\xBF\xBF", "\xF8\x88\x80\x80\x80", "\xFC\x84\x80\x80\x80\x80", "\xFE", "\xFF",
		"\xC3\xA9\xA9", "\xEA\xB0\x80\x80", "\xF0\x9F\x98\x80\x80",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_true(ref_valid((const uint8_t *)bad[i], strlen(bad[i])) < strlen(bad[i]));
		check((const uint8_t *)bad[i], strlen(bad[i]), 1);
	}
}

static void all_of_two_and_three_bytes_are_judged_right(void **state)
{
	for (uint32_t i = 0; i < 0x10000; i++)
		check((const uint8_t[]){ (uint8_t)(i >> 8), (uint8_t)i }, 2, i >= 0x7F00);
	for (uint32_t i = 0; i < 0x1000000; i++) {
		uint8_t p[3] = { (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };

		check(p, 3, p[0] >= 0xC0 && i % 257 == 0);
	}
}

static void all_of_four_bytes_are_judged_right(void **state)
{
	static const uint8_t ends[] = { 0x00, 0x7F, 0x80, 0xBF, 0xC0, 0xFF };

	for (uint32_t i = 0; i < 0x10000; i++)
		for (size_t k = 0; k < sizeof(ends) * sizeof(ends); k++) {
			uint8_t p[4] = { (uint8_t)(i >> 8), (uint8_t)i, ends[k / sizeof(ends)], ends[k % sizeof(ends)] };

			check(p, 4, p[0] >= 0xED && k % 5 == 0);
		}
}

static void every_code_point_survives(void **state)
{
	uint8_t at[4];
	unsigned n;

	for (uint32_t cp = 0; cp < 0x110000; cp++) {
		unsigned len = utf8_encode(at, cp);

		assert_int_equal(utf8_valid((const char *)at, len), cp >= 0xD800 && cp < 0xE000 ? 0 : len);
		assert_int_equal(utf8_decode(at, &n), cp);
		assert_int_equal(n, len);
	}
}

static void random_text_is_judged_right(void **state)
{
	uint64_t rng = 88172645463325252u;
	uint8_t text[400];

	for (int round = 0; round < 200000; round++) {
		size_t len = 0;
		uint8_t *copy;

		while (len < 300) {
			rng = rng * 6364136223846793005u + 1442695040888963407u;
			len += utf8_encode(text + len, (uint32_t)(rng >> 40) % (rng >> 63 ? 0xD800 : 0x80));
		}
		len -= (rng >> 20) % 150;
		if (round % 3)
			text[(rng >> 30) % len] ^= (uint8_t)(1 << (rng >> 50) % 8);
		copy = malloc(len); /* of just its length, for a sanitizer */
		memcpy(copy, text, len);
		assert_int_equal(utf8_valid((const char *)copy, len), ref_valid(copy, len));
		free(copy);
	}
	assert_int_equal(utf8_valid(NULL, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ill_formed_classes_are_found),
		cmocka_unit_test(all_of_two_and_three_bytes_are_judged_right),
		cmocka_unit_test(all_of_four_bytes_are_judged_right),
		cmocka_unit_test(every_code_point_survives),
		cmocka_unit_test(random_text_is_judged_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
