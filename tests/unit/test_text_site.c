/* lib/text/site: phrases are found wherever they stand, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/reading.h"
#include "text/roles.h"
#include "text/site.h"

static int add(struct site *s, const char *line)
{
	struct folded t;

	assert_int_equal(fold_text(folder, line, strlen(line), &t), 0);
	return site_add(s, &t);
}

static enum site_word find(const struct site *s, const char *text)
{
	struct folded t;

	assert_int_equal(fold_text(folder, text, strlen(text), &t), 0);
	return site_find(s, t.units, 0, t.n_units).word;
}

static void phrases_are_found_in_any_case_and_typography(void **state)
{
	struct site s = { 0 };

	assert_int_equal(add(&s, "wall i'm not a robot"), 0);
	assert_int_equal(add(&s, "site to continue reading"), 0);
	assert_int_equal(add(&s, "wall 로봇이 아닙니다"), 0);
	assert_int_equal(add(&s, "site ダウンロード"), 0);
	site_sort(&s);
	assert_int_equal(find(&s, "Tick “I’m NOT a robot” below."), SITE_WALL);
	assert_int_equal(find(&s, "to continue reading"), SITE_LINE);
	assert_int_equal(find(&s, "나는 로봇이아닙니다."), SITE_WALL);
	assert_int_equal(find(&s, "To continue reading say: I'm not a robot"), SITE_WALL);
	assert_int_equal(find(&s, "continue reading"), SITE_NOTHING);
	assert_int_equal(find(&s, "to continue"), SITE_NOTHING);
	assert_int_equal(find(&s, "I'm not a robotics teacher"), SITE_NOTHING);
	assert_int_equal(find(&s, "로봇이 아니다"), SITE_NOTHING);
	assert_int_equal(find(&s, ""), SITE_NOTHING);
	site_done(&s);
}

static void a_line_that_is_no_phrase_is_refused(void **state)
{
	struct site s = { 0 };

	assert_int_equal(add(&s, "furniture x y"), -EINVAL);
	assert_int_equal(add(&s, "site"), -EINVAL);
	assert_int_equal(add(&s, "wall !!!"), -EINVAL);
	assert_int_equal(add(&s, "wall 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25"), -E2BIG);
	assert_int_equal(s.n, 0);
	site_done(&s);
}

/* The roles of a text, a letter each: F furniture, L lead, b body, - another. */
static void roles(const char *text, const char *want)
{
	struct folded t;
	struct page p;
	char got[64] = "";

	page_init(&p);
	assert_int_equal(fold_text(folder, text, strlen(text), &t), 0);
	assert_int_equal(page_read(&p, rules, &t, text, &(struct page_title){ 0 }), 0);
	for (size_t i = 0; i < t.n_paragraphs; i++)
		got[i] = p.parts[i].role == PART_FURNITURE ? 'F' : p.parts[i].role == PART_LEAD ? 'L'
			 : p.parts[i].role == PART_BODY	   ? 'b'
							   : '-';
	assert_string_equal(got, want);
	page_done(&p);
}

#define NEWS                                                                                              \
	"The harbour of Tolland will close for three weeks in spring while divers look at the old wall.\n" \
	"Two companies are going to move their ships to the southern basin, a spokesman said on Monday.\n"

static void what_the_site_says_is_furniture(void **state)
{
	roles("Please log in, or purchase a subscription to continue reading.\n" NEWS
	      "This site uses cookies to count its readers.",
	      "FLbF");
	roles("이 사이트는 쿠키를 사용합니다.\n솔마을 군청은 3일 호수 둘레를 도는 나무 산책길을 새로 놓아 주민에게 처음 열었다고 밝혔다.",
	      "FL");
}

static void a_page_that_is_a_wall_has_no_text(void **state)
{
	roles("We are sorry. Your network has sent many requests.\nTick “I'm not a robot” to go on.\nThank you very much.", "FFF");
	roles("잠시만 기다려 주십시오.\n비정상적인 접근이 감지되었습니다. 로봇이 아닙니다를 눌러 주십시오.", "FF");
}

static void an_article_about_robots_stays_one(void **state)
{
	static char text[20000];
	char *at = text;

	at += sprintf(at, "The committee asked what \"I am not a robot\" means to those who cannot see the picture.\n");
	for (int i = 2; i < 12; i++)
		at += sprintf(at, "In room %d of the old school %d pupils drew what they think a robot sees in it.\n", i, 7 * i);
	roles(text, "Lbbbbbbbbbb");
}

static void news_about_what_a_site_says_stays(void **state)
{
	roles("경찰은 '로봇이 아닙니다' 인증을 피한 프로그램으로 표를 사들인 네 명을 붙잡았다고 3일 밝혔다.\n"
	      "이들은 지난해부터 공연 표를 사서 세 배 값에 되팔아 온 것으로 조사됐다.",
	      "Lb");
	roles("The harbour was fined on Tuesday because the page of its ferries uses cookies before a visitor of the page agrees.\n"
	      "It has two months to change the banner or face a further penalty each day.",
	      "Lb");
	roles("A test with the words \"I'm not a robot\" kept half of the pupils from the page of the school on Tuesday.\n"
	      "Two companies are going to write a new one, which pupils without a mouse can pass as well.",
	      "Lb");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(phrases_are_found_in_any_case_and_typography),
		cmocka_unit_test(a_line_that_is_no_phrase_is_refused),
		cmocka_unit_test(what_the_site_says_is_furniture),
		cmocka_unit_test(a_page_that_is_a_wall_has_no_text),
		cmocka_unit_test(an_article_about_robots_stays_one),
		cmocka_unit_test(news_about_what_a_site_says_stays),
	};

	return cmocka_run_group_tests(tests, rules_up, rules_down);
}
