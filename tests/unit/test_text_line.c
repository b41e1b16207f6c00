/* lib/text/line: what a line says, apart from what changes from page to page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "text/line.h"

static const char *core_of(const char *folded)
{
	static char text[512];
	struct line_core c = line_core(folded, strlen(folded));

	memcpy(text, c.at, c.len);
	text[c.len] = '\0';
	return text;
}

static struct line_key key_of(const char *folded)
{
	return line_key(folded, strlen(folded), 10);
}

static void marks_ordinals_and_tags_before_a_headline_go(void **state)
{
	static const char *const lines[] = {
		"▶ harbour wall to be mended",      "• harbour wall to be mended",     "- harbour wall to be mended",
		"2. harbour wall to be mended",     "12) harbour wall to be mended",   "■ 3. harbour wall to be mended",
		"[update] harbour wall to be mended", "【video】harbour wall to be mended", "*** harbour wall to be mended",
		"🔴 harbour wall to be mended",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_string_equal(core_of(lines[i]), "harbour wall to be mended");
	assert_string_equal(core_of("▶[속보] 항구 방파제 봄에 고친다"), "항구 방파제 봄에 고친다");
	assert_string_equal(core_of("1.항구 방파제 봄에 고친다"), "항구 방파제 봄에 고친다");
}

static void tags_and_short_names_behind_it_go(void **state)
{
	assert_string_equal(core_of("항구 방파제 봄에 고친다(종합)"), "항구 방파제 봄에 고친다");
	assert_string_equal(core_of("항구 방파제 봄에 고친다 (종합2보) [사진]"), "항구 방파제 봄에 고친다");
	assert_string_equal(core_of("harbour wall to be mended - tolland courier"), "harbour wall to be mended");
	assert_string_equal(core_of("harbour wall to be mended | news | tolland"), "harbour wall to be mended | news");
	assert_string_equal(core_of("[update] harbour wall to be mended (video) | tolland"), "harbour wall to be mended");
}

static void what_a_line_needs_stays(void **state)
{
	static const char *const lines[] = {
		"1.5 percent more for the harbour", "2026 will be dry, the harbour says", "(a)", "- a", "", "home | sport",
		"\"a quotation\" that begins a line", "$5 for a ferry ticket", "a well-known harbour, re-opened",
		"the harbour - a wall, a crane and two sheds - is to be sold to a company from the other coast",
		"he said so (and went). it was late.",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_string_equal(core_of(lines[i]), lines[i]);
}

static void numbers_stand_for_each_other_next_to_words(void **state)
{
	struct line_key a = key_of("read by 1,204 people"), b = key_of("read by 7 people");

	assert_true(a.hash == b.hash && a.masked && b.masked && !a.plain);
	assert_true(key_of("입력 2026-01-02 10:33").hash == key_of("입력 2025-12-31 9:05").hash);
	assert_true(key_of("updated: 02.03.2026, 10:33").hash == key_of("updated: 1.12.2025, 7:00").hash);
	assert_false(key_of("read by 7 people").hash == key_of("seen by 7 people").hash);
	assert_false(key_of("read by 7 people").hash == key_of("read by people").hash);
	assert_false(key_of("covid19 figures of the day").hash == key_of("covid20 figures of the day").hash);
	assert_true(key_of("covid19 figures of the day").plain);
	assert_true(key_of("f16 seen by 7 people").hash == key_of("f16 seen by 8 people").hash);
	a = key_of("10:33"), b = key_of("11:20");
	assert_true(a.hash != b.hash && !a.masked && a.plain);
	a = line_key("read by 1,204 people", 20, LINE_UNITS + 1);
	assert_true(!a.masked && a.plain);
}

static void a_long_line_is_taken_as_it_stands(void **state)
{
	char line[400];

	memset(line, 'x', sizeof(line));
	memcpy(line, "- 12 ", 5);
	assert_int_equal(line_core(line, sizeof(line)).len, sizeof(line));
	assert_true(line_key(line, sizeof(line), 3).plain);
	assert_int_equal(line_core(line, LINE_BYTES).len, LINE_BYTES - 2);
}

/* Whatever the bytes are: nothing outside of them is read, and something is left. */
static void any_bytes_do(void **state)
{
	static const char bytes[] = { '[', ']', ' ', '-', '1', '.', '\xE2', '\x96', '\xE3', '\x80', '\x90', '|', 'a', '\xF0' };
	uint32_t seed = 7;

	for (unsigned i = 0; i < 200000; i++) {
		char line[12];
		size_t len = i % sizeof(line) + 1;
		struct line_core c;

		for (size_t k = 0; k < len; k++)
			line[k] = bytes[((seed = seed * 1664525u + 1013904223u) >> 16) % sizeof(bytes)];
		c = line_core(line, len);
		assert_true(c.len && c.at >= line && c.at + c.len <= line + len);
		line_key(line, len, 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_ordinals_and_tags_before_a_headline_go),
		cmocka_unit_test(tags_and_short_names_behind_it_go),
		cmocka_unit_test(what_a_line_needs_stays),
		cmocka_unit_test(numbers_stand_for_each_other_next_to_words),
		cmocka_unit_test(a_long_line_is_taken_as_it_stands),
		cmocka_unit_test(any_bytes_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
