/* lib/text/roles: roles of pages and what their credits say, in several languages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/reading.h"
#include "text/roles.h"

static struct folded read_page(const char *title, const char *text)
{
	struct folded t;
	struct page_title name;

	assert_int_equal(fold_text(folder, title, strlen(title), &t), 0);
	name = page_title(rules, &t);
	assert_int_equal(fold_text(folder, text, strlen(text), &t), 0);
	assert_int_equal(page_read(&the_page, rules, &t, text, &name), 0);
	return t;
}

/* Roles as letters: t l b f r s c p e for title lead body furniture repeat subhead credit caption related. */
static void assert_roles(const char *title, const char *text, const char *want)
{
	struct folded t = read_page(title, text);
	char got[64] = "";

	assert_true(t.n_paragraphs < sizeof(got));
	for (size_t i = 0; i < t.n_paragraphs; i++)
		got[i] = "-tlbfrscpe"[the_page.parts[i].role];
	assert_string_equal(got, want);
}

static void a_portal_page_is_told_apart(void **state)
{
	assert_roles("가온시, 옛 역사 '책 창고'로 바꾼다",
		     "가온시, 옛 역사 '책 창고'로 바꾼다\n"
		     "가온시가 문을 닫은 옛 기차역 건물을 시민이 함께 쓰는 책 창고로 바꾸는 공사를 시작했다.\n"
		     "20일 가온시에 따르면 새 책 창고에는 책 4만 권이 들어간다.\n"
		     "시민 제안 받아 이름 정해\n"
		     "\"내년 봄에 문 열 것\"\n"
		     "가온시가 문을 닫은 옛 기차역 건물을 시민이 함께 쓰는 책 창고로 바꾸는 공사를 시작했다.\n"
		     "20일 가온시에 따르면 새 책 창고에는 책 4만 권이 들어간다. 창고 한쪽에는 아이들이 뛰어놀 수 있는 마당도 마련된다.\n"
		     "기둥은 그대로 살린다\n"
		     "설계를 맡은 정다온 소장은 낡은 기둥과 매표소 창구를 그대로 살리겠다고 설명했다.\n"
		     "역사 앞 광장에 모인 시민들. 사진=가온시 제공\n"
		     "한빛나 기자 hbn@example.com\n"
		     "Copyright © 가온일보. 무단전재 및 재배포 금지.\n"
		     "- 강 건너 마을에 다리 놓인다…주민 20년 숙원\n"
		     "- 비 그친 뒤 다시 더위, 주말엔 소나기 소식\n"
		     "- '우리 동네 빵집' 지도 만든 고등학생들\n",
		     "trrsslbsbpcceee");
}

#define KOREAN_BODY "나루시는 12일 강변 산책로 구간을 새로 열고 주민들에게 공개했다고 밝혔다.\n주민들은 산책로를 걸으며 매우 좋아했다.\n"

/* In hanja or in hangul, with other blanks, other quotation marks, a tag. */
static void the_title_above_the_text_is_one_however_it_is_written(void **state)
{
	static const char *const rows[][2] = {
		{ "미국 \"협상 재개\"…일본 \"환영\"", "美 \"협상 재개\"…日 \"환영\"" },
		{ "美 \"협상 재개\"…日 \"환영\"", "미국 '협상 재개'…일본 '환영'" },
		{ "북한, 동해로 발사체 쏴", "[속보] 北, 동해로 발사체 쏴" },
		{ "與·野 예산 3兆 합의, 靑 “환영”", "여당·야당 예산 3조 합의, 청와대 환영" },
		{ "검찰, 나루시청 압수 수색", "檢,나루시청 압수수색" },
		{ "나루시 강변 산책로 새로 열어", "나루시  강변산책로 새로열어" },
		{ "'Harbour lamp' stays lit", "Harbour lamp stays lit - Pell Gazette" },
	};
	char text[1000];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "%s\n" KOREAN_BODY, rows[i][1]);
		assert_roles(rows[i][0], text, "tlb");
		snprintf(text, sizeof(text), "뉴스홈\n%s\n" KOREAN_BODY, rows[i][1]);
		assert_roles(rows[i][0], text, "ftlb");
	}
	assert_roles("미국 \"협상 재개\"…일본 \"환영\"", "美 \"협상 재개\"…中 \"환영\"\n" KOREAN_BODY, "slb");
	assert_roles("예산 3조 합의한 나루시", "예산 3億 합의한 나루시\n" KOREAN_BODY, "slb");
}

static void an_english_page_is_told_apart(void **state)
{
	assert_roles("Harbour lamp stays lit",
		     "Home News Sport\n"
		     "Harbour lamp stays lit\n"
		     "By Marla Quennel\n"
		     "The old lamp of Pell Point, seen from the pier. (AP Photo/Joan Tarrow)\n"
		     "PELL POINT, Scotland (AP) — The harbour council voted on Tuesday to keep the old lamp burning for ten "
		     "more years.\n"
		     "More than four thousand residents had signed a petition, which the council took up without debate.\n"
		     "Reporting by Marla Quennel; Editing by Tom Askew\n"
		     "Copyright 2026 The Associated Press. All rights reserved.\n",
		     "ftcplbcc");
}

static void a_page_without_any_sign_is_lead_and_body(void **state)
{
	assert_roles("", "Strong winds closed the northern pass on Monday, the road office of the county said in a statement.\n"
			 "By noon all of its lorries had left.\nIt will stay closed until Thursday.", "lbb");
	assert_roles("", "Strong winds close the northern pass until Thursday.", "l");
	assert_roles("", "", "");
}

#define LONG(n) "The council of the " n " harbour voted on Tuesday to keep its old lamp burning for ten more years.\n"

static void the_lead_is_where_the_text_begins(void **state)
{
	/* not a summary that no sentence ends, a caption, the title again */
	assert_roles("Lamp stays", "Lamp stays\nThe lamp of the harbour will burn for ten more years and nobody pays a "
				   "penny more for it\nIn this Nov. 8, 2023, file photo, the old lamp is seen from the pier.\n"
				   "Lamp stays\n" LONG("northern") LONG("southern"), "tsptlb");
	/* a dateline behind much that is none of it */
	assert_roles("", "Your weather is set to rain. You can change the location of your weather at any time.\n"
			 "Edit\nUpdated\nShare\nMore\nVideo\nPhotos\nMaps\nTides\nSign in\n"
			 "PELL POINT (AP) - " LONG("northern") LONG("southern"), "bssssssssslb");
	/* what stands below the line that says who wrote it */
	assert_roles("", "Your weather is set to rain. You can change the location of your weather at any time.\n"
			 "By Marla Quennel\n" LONG("northern") LONG("southern") LONG("eastern"), "bclbb");
	assert_roles("", LONG("northern") "By Marla Quennel\n" LONG("southern"), "lcb");
	/* menus have none */
	assert_roles("", "Home\nNews\nSport\nSign in\n", "ssss");
}

#define LINK(n) "https://www.example.com/news/" n "/the-old-lamp-of-the-harbour\n"

static void a_page_of_listings_says_nothing(void **state)
{
	assert_roles("", LINK("1") LINK("2") LINK("3"), "fff");
	assert_roles("", "https://www.example.com/news/1", "f");
	assert_roles("Links of the day", "Links of the day\n" LINK("1") LINK("2"), "tff");
	assert_roles("", "Home\nNews\nSport\nWeather\nCulture\nSign in\n", "ffffff");
	assert_roles("", "Home | News | Sport | Weather | Culture | Video | Sign in\n" LINK("1"), "ff");
	assert_roles("", "3 12 14 29 41\n7 11 13 17 19\n", "ff");
	/* in an article they are no part of it, and it stays */
	assert_roles("", LONG("northern") LINK("1") LONG("southern") "3 12 14 29 41\n", "lfbs");
	assert_roles("", LINK("1") "Strong winds close the northern pass until Thursday\n", "fl");
	assert_roles("", "3 12 14 29 41\nNorthfield won the cup of the northern league\n", "ls");
	assert_roles("", "Lamp stays\nMill mended\nFerry runs\n", "sss");
	assert_roles("", "Qtly div 15 cts\nPrior 12 cts\nPay May 4\nRecord April 20\nNet 3 mln\nRevs 9 mln\n", "ssssss");
}

static void results_are_no_headlines(void **state)
{
	assert_roles("", "The northern league played its last round of the season on Sunday before a small crowd.\n"
			 "Nobody was surprised by the winners, who had led since March.\nThe cup is next.\n"
			 "Northfield 3 12 14 29 41\nSouthwold 2 11 15 30 40\nEastleigh 1 10 17 25 31\n", "lbbsss");
}

/* What is left of the only paragraph, and what its credits say. */
static void assert_credits(const char *text, const char *left, const char *agency, const char *byline,
			   const char *dateline)
{
	struct folded t = read_page("", text);
	const struct credit_names *n = &the_page.names;
	const struct part *x = &the_page.parts[0];

	assert_int_equal(x->fold_end - x->fold, strlen(left));
	assert_memory_equal(t.text + x->fold, left, strlen(left));
	if (n->agency < 0)
		assert_string_equal(agency, "");
	else
		assert_string_equal(agency, rules->keys[n->agency]);
	assert_int_equal(n->byline_end - n->byline, strlen(byline));
	assert_memory_equal(text + n->byline, byline, strlen(byline));
	assert_int_equal(n->dateline_end - n->dateline, strlen(dateline));
	assert_memory_equal(text + n->dateline, dateline, strlen(dateline));
}

static void datelines_and_bylines_leave_the_text(void **state)
{
	assert_credits("(서울=연합뉴스) 홍길동 기자 = 나루시는 12일 강변 산책로 구간을 새로 열었다고 밝혔다.",
		       "나루시는 12일 강변 산책로 구간을 새로 열었다고 밝혔다.", "yonhap", "홍길동", "서울");
	assert_credits("[가온=뉴시스]홍길동 기자 = 나루시는 12일 강변 산책로 구간을 새로 열었다고 밝혔다.",
		       "나루시는 12일 강변 산책로 구간을 새로 열었다고 밝혔다.", "newsis", "홍길동", "가온");
	assert_credits("나루시는 12일 강변 산책로 구간을 새로 열었다고 밝혔다.홍길동 기자 hong@example.com",
		       "나루시는 12일 강변 산책로 구간을 새로 열었다고 밝혔다.", "", "홍길동", "");
	assert_credits("나루시는 12일 강변 산책로 구간을 새로 열었다고 밝혔다. 나루=홍길동·임꺽정 기자 "
		       "hong@example.com[ⓒ 나루일보 & Naru.example, 무단전재 및 재배포 금지]",
		       "나루시는 12일 강변 산책로 구간을 새로 열었다고 밝혔다.", "", "홍길동·임꺽정", "");
	assert_credits("WASHINGTON (AP) — The harbour council voted on Tuesday to keep the old lamp burning.",
		       "the harbour council voted on tuesday to keep the old lamp burning.", "ap", "", "WASHINGTON");
	assert_credits("PELL POINT — The harbour council voted on Tuesday to keep the old lamp burning for years.",
		       "the harbour council voted on tuesday to keep the old lamp burning for years.", "", "", "PELL POINT");
	assert_credits("【北京=新華社】港町の図書館は三日、開館百周年を記念して古い漁師の日記を初めて公開した。",
		       "港町の図書館は三日、開館百周年を記念して古い漁師の日記を初めて公開した。", "xinhua", "", "北京");
	assert_credits("Berlin (dpa) - Die Gemeinde Oberlauf hat am Freitag beschlossen, die alte Mühle am Bach zu kaufen.",
		       "die gemeinde oberlauf hat am freitag beschlossen, die alte mühle am bach zu kaufen.", "dpa", "", "Berlin");
	assert_credits("Москва, 3 марта. /ТАСС/. В посёлке Светлый Яр в среду открыли новый паром через реку, который "
		       "заменит деревянную переправу.",
		       "в посёлке светлый яр в среду открыли новый паром через реку, который заменит деревянную переправу.",
		       "tass", "", "Москва");
}

static void a_line_that_begins_with_by_may_be_text(void **state)
{
	assert_roles("", LONG("northern") "By region, the north contributed 34 against 47\n" LONG("southern"), "lsb");
	assert_roles("", LONG("northern") "By Marla Quennel, harbour desk\n" LONG("southern"), "lcb");
	assert_roles("", LONG("northern") "By the Associated Press\n" LONG("southern"), "lcb");
	assert_roles("", "By far,", "l");
}

static void a_report_with_an_agency_behind_it_is_no_caption(void **state)
{
	assert_roles("", "가온시가 옛 기차역을 책 창고로 바꾼다. 공사는 봄에 시작한다. 이름은 시민이 정한다. 연합뉴스\n"
			 "옛 역사 앞 광장에 시민들이 모여 있다. 연합뉴스",
		     "lp");
}

static void a_title_is_known_by_what_it_says(void **state)
{
	assert_roles("Lamp stays for ten years", "▶ [Harbour] Lamp stays for ten years\n" LONG("northern"), "tl");
	/* a pull quote below the lead says it, too */
	assert_roles("Lamp stays for ten years", LONG("southern") "\nLamp stays for ten years\n" LONG("northern"), "ltb");
	/* but for a flash, which is nothing else */
	assert_roles("Lamp stays for ten years", "*** Lamp stays for ten years\nMore will follow.", "lb");
	assert_roles("Lamp stays for ten years", "Lamp stays for ten years\nMore will follow.", "tl");
}

static void a_sentence_stays_what_it_is(void **state)
{
	static const char *const texts[] = {
		"나루시는 12일(현지 시간) 강변 산책로 구간을 새로 열었다고 기자 회견에서 밝혔다.",
		"the council, which met on tuesday (its last day), kept the lamp; by noon it was lit again in the harbour.",
		"copyright lawyers expect the case to be settled before the court meets again, all rights aside.",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_credits(texts[i], texts[i], "", "", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_portal_page_is_told_apart),
		cmocka_unit_test(the_title_above_the_text_is_one_however_it_is_written),
		cmocka_unit_test(an_english_page_is_told_apart),
		cmocka_unit_test(a_page_without_any_sign_is_lead_and_body),
		cmocka_unit_test(the_lead_is_where_the_text_begins),
		cmocka_unit_test(a_page_of_listings_says_nothing),
		cmocka_unit_test(results_are_no_headlines),
		cmocka_unit_test(datelines_and_bylines_leave_the_text),
		cmocka_unit_test(a_line_that_begins_with_by_may_be_text),
		cmocka_unit_test(a_report_with_an_agency_behind_it_is_no_caption),
		cmocka_unit_test(a_title_is_known_by_what_it_says),
		cmocka_unit_test(a_sentence_stays_what_it_is),
	};

	return cmocka_run_group_tests(tests, rules_up, rules_down);
}
