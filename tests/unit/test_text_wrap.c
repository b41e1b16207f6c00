/* lib/text/wrap: newswire broken at a column is found; lists, verse and Korean or Chinese lines are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "text/wrap.h"

static const char newswire[] = "The harbour authority said on Monday it would\n"
			       "close the northern basin for three weeks while\n"
			       "divers look at the quay wall, which was damaged\n"
			       "by a ferry in the storm of last week.\n"
			       "    Two companies will move their ships to the\n"
			       "southern basin, a spokesman said. He gave no\n"
			       "details of the cost.\n";

static const char blank_lines[] = "The council voted late on Thursday to buy the\r\n"
				  "old theatre and to turn it into a library with\r\n"
				  "rooms for schools and clubs of the district.\r\n"
				  "\r\n"
				  "Work is to begin in spring, said the mayor, who\r\n"
				  "had asked for the vote twice before and lost it\r\n"
				  "both times.\r\n";

static void wrapped(const char *text, int want)
{
	assert_int_equal(wrap_detect(text, strlen(text)).wrapped, want);
}

/* Whether the n-th newline ends a paragraph, as a string of 0 and 1. */
static void ends(const char *text, const char *want)
{
	struct wrap w = wrap_detect(text, strlen(text));
	size_t line = 0, n = 0;
	char got[64];

	assert_true(w.wrapped);
	for (size_t at = 0; text[at]; at++)
		if (text[at] == '\n') {
			got[n++] = wrap_ends_paragraph(&w, text, strlen(text), line, at) ? '1' : '0';
			line = at + 1;
		}
	got[n] = '\0';
	assert_string_equal(got, want);
}

static void newswire_is_hard_wrapped(void **state)
{
	wrapped(newswire, 1);
	wrapped(blank_lines, 1);
}

static void paragraphs_end_where_they_ended(void **state)
{
	ends(newswire, "0001001");
	ends(blank_lines, "0011001");
	ends("HARBOUR CLOSED\n"
	     "The harbour authority said on Monday it would\n"
	     "close the northern basin for three weeks while\n"
	     "divers look at the quay wall, which was damaged\n"
	     "by a ferry in a storm.\n"
	     "Two companies will move their ships to another\n"
	     "basin.\n",
	     "1000101");
}

static void a_cut_dateline_does_not_matter(void **state)
{
	wrapped("The port said it would\n"
		"close the northern basin for three weeks while\n"
		"divers look at the quay wall, which was damaged\n"
		"by a ferry.\n",
		1);
}

static void headlines_are_no_wrapped_text(void **state)
{
	wrapped("Council buys old theatre for a library\nHarbour closed for three weeks\nFerry hits quay in storm\n"
		"Mayor asks for a third vote on the bridge\nSchools open again\n",
		0);
	wrapped("council buys old theatre for a library now\nharbour closed for three weeks\nferry hits quay in storm\n"
		"mayor asks for a third vote\nschools open again\n",
		0);
	wrapped("milk\neggs\nbread\nbutter\n", 0);
	wrapped("a\nb\nc\nd\n", 0);
}

static void verse_is_no_wrapped_text(void **state)
{
	wrapped("The boat goes out before the sun\nand comes back in the evening light,\nits nets are full, its work is done,\n"
		"the harbour sleeps beneath the night.\n",
		0);
	wrapped("I walked along the river to the town where nobody\nknew me\nand there I sat\nand waited for the rain\n"
		"to stop\n",
		0);
}

static void korean_and_chinese_lines_are_paragraphs(void **state)
{
	wrapped("부산항만공사는 북항 재개발 구역의 안벽을 점검한다고\n밝혔다 이번 점검은 지난주 태풍으로 파손된 시설을\n"
		"대상으로 하며 삼 주 동안 이어진다 공사는 선박을\n남항으로 옮기기로 했다\n",
		0);
	wrapped("港务局周一表示将关闭北港池三周\n以便潜水员检查码头\n两家公司将把船只移至南港池\n发言人没有透露费用\n", 0);
}

static void long_lines_are_paragraphs(void **state)
{
	char text[1000];
	struct wrap w;

	memset(text, 'a', sizeof(text));
	for (size_t i = 199; i < sizeof(text); i += 200)
		text[i] = '\n';
	w = wrap_detect(text, sizeof(text));
	assert_false(w.wrapped);
	wrapped("", 0);
	wrapped("\n\n\n", 0);
	wrapped("one line without an end of forty bytes or more", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(newswire_is_hard_wrapped),
		cmocka_unit_test(paragraphs_end_where_they_ended),
		cmocka_unit_test(a_cut_dateline_does_not_matter),
		cmocka_unit_test(headlines_are_no_wrapped_text),
		cmocka_unit_test(verse_is_no_wrapped_text),
		cmocka_unit_test(korean_and_chinese_lines_are_paragraphs),
		cmocka_unit_test(long_lines_are_paragraphs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
