/* lib/text/listing: lines of links, numbers and menus, and what only looks like one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/reading.h"
#include "text/listing.h"

static struct folded read_line(const char *text)
{
	struct folded t;

	assert_int_equal(fold_text(folder, text, strlen(text), &t), 0);
	assert_int_equal(t.n_paragraphs, 1);
	return t;
}

static void expect(const char *text, bool links, bool numbers, unsigned names)
{
	struct folded t = read_line(text);
	const char *end = t.text + t.paragraphs[0].fold_end;
	unsigned got = listing_names(t.text, end, t.units, (uint32_t)t.n_units);

	if (listing_is_links(t.text, end) != links)
		fail_msg("'%s' is %s line of links", text, links ? "no" : "a");
	if (listing_is_numbers(t.text, end) != numbers)
		fail_msg("'%s' is %s line of numbers", text, numbers ? "no" : "a");
	if (got != names)
		fail_msg("'%s' has %u names", text, got);
}

static void links_are_most_of_a_line(void **state)
{
	expect("https://www.example.com/news/1", true, false, 0);
	expect("http://example.com/a", true, false, 0);
	expect("WWW.EXAMPLE.COM/NEWS", true, false, 0);
	expect("<https://example.com/one> (https://example.com/two)", true, false, 0);
	expect("example.com/news/politics/the-lamp.html", true, false, 0);
	expect("Watch: https://www.example.com/watch?v=abcdef", true, false, 0);
	expect("기사 원문 - https://www.example.com/news/2026/article/1234.html", true, false, 0);
	expect("The lamp of the harbour burns again, say those who saw it from the sea: https://example.com/1", false, false, 0);
	expect("The keeper and/or the council of Pell Point paid 3.5 a km/h", false, false, 0);
	expect("She wrote to the U.S./Canada desk at 3 p.m./4 p.m. on Tuesday", false, false, 0);
	expect("jane.doe@example.com", false, false, 0);
}

static void numbers_have_no_words(void **state)
{
	expect("3 12 14 29 41", false, true, 0);
	expect("2026-11-26 09:00", false, true, 0);
	expect("1,204.5 | 33%", false, true, 0);
	expect("3 goals", false, false, 0);
	expect("3시 20분", false, false, 0);
	expect("* * *", false, false, 1);
}

static void menus_are_short_names(void **state)
{
	expect("Sign in", false, false, 1);
	expect("회원가입", false, false, 1);
	expect("Home | News | Sport | Weather", false, false, 4);
	expect("홈 > 정치 > 경제 > 사회 > 국제", false, false, 5);
	expect("Home · News · Sport · Weather · Culture", false, false, 5);
	expect("Strong winds close the pass", false, false, 0);
	expect("강변 산책로 새로 열려", false, false, 0);
	expect("Page 2", false, false, 0);
	expect("Strong winds close the northern pass | Lamp of the harbour stays lit | Old mill is mended | Ferry runs", false,
	       false, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_are_most_of_a_line),
		cmocka_unit_test(numbers_have_no_words),
		cmocka_unit_test(menus_are_short_names),
	};

	return cmocka_run_group_tests(tests, folder_up, folder_down);
}
