/* lib/text/credits_end: names in brackets that end a text, and what only looks like that. All texts are made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/credit_rows.h"
#include "tests/unit/reading.h"
#include "text/roles.h"

static void names_in_brackets_that_end_a_text_leave_it(void **state)
{
	static const struct row rows[] = {
		{ KO, "", " (홍길동 기자)", NULL },
		{ KO, "", " (홍길동)", NULL },
		{ KO, "", "[홍길동·임꺽정]", NULL },
		{ JA, "", "（山田太郎）", NULL },
		{ JA, "", "【山田太郎、鈴木花子】", NULL },
		{ JA, "", "（文・山田太郎）", NULL },
		{ JA, "", "（敬称略）", NULL },
		{ ZH, "", "（记者 张三）", NULL },
		{ ZH, "", "（记者张三 李四）", NULL },
		{ ZH, "", "（本报记者张三）", NULL },
		{ ZH, "", "（张三）", NULL },
		{ DE, "", " (Max Mustermann)", NULL },
		{ DE, "", " (jdo/abc)", NULL },
		{ DE, "", " (jdo)", NULL },
		{ FR, "", " (Claire Dupont)", NULL },
		{ EN, "", " (Jane Doe)", NULL },
		{ EN, "", " (Jane Doe) © 2025 The Pell Gazette. All rights reserved.", NULL },
		{ RU, "", " (Иван Светов)", NULL },
	};

	expect_rows(ROWS(rows));
}

static void a_last_line_of_names_in_brackets_is_a_credit(void **state)
{
	expect_end("（山田太郎）", PART_CREDIT, "山田太郎");
	expect_end("(홍길동 기자)", PART_CREDIT, "홍길동");
	expect_end("(홍길동)", PART_CREDIT, "홍길동");
	expect_end("（记者 张三）", PART_CREDIT, "张三");
	expect_end("(Max Mustermann)", PART_CREDIT, "Max Mustermann");
	expect_end("(Max Mustermann, Erika Musterfrau)", PART_CREDIT, "Max Mustermann, Erika Musterfrau");
	expect_end("(jdo/abc)", PART_CREDIT, "");
	expect_end("(Max Mustermann)\n(jdo/abc)", PART_CREDIT, "Max Mustermann");
	expect_end("(Max Mustermann)\nAlle Rechte vorbehalten.", PART_CREDIT, "Max Mustermann");
}

/* At the end, but in a sentence; no name; or with more text behind. */
static void brackets_that_are_the_text_s_stay(void **state)
{
	static const char *const texts[] = {
		"The council of Pell Point voted on Tuesday for the old lamp and against the new one (Jane Doe)",
		"The council of Pell Point voted on Tuesday for the old lamp and against the new one. (See the map)",
		"The council of Pell Point voted on Tuesday for the old lamp and against the new one. (1994)",
		"The lamp is the work of a smith of the town. (Tom Askew) It has burned for a hundred years and more.",
		"나루시는 12일 강변 산책로 구간을 새로 열고 주민들에게 공개했다고 밝혔다. (웃음)",
		"나루시는 12일 강변 산책로 구간을 새로 열고 주민들에게 공개했다고 밝혔다. (강원도)",
		"港町の図書館は三日、古い漁師の日記を初めて一般に公開した。（自民党）",
		"나루시는 12일 강변 산책로를 새로 열었다. (홍길동) 주민들은 산책로를 걸으며 매우 좋아했다.",
		"港町の図書館は三日、古い漁師の日記を初めて一般に公開した。（読者のみなさんへ）",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_left(&(struct row){ 0, "", "", NULL }, texts[i]);
	expect_end("(See the map)", PART_SUBHEAD, "");
	expect_end("(Oberlauf)", PART_SUBHEAD, "");
	expect_end("(Max Mustermann)\nDas Rad der Mühle dreht sich seit gestern wieder.", PART_SUBHEAD, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_in_brackets_that_end_a_text_leave_it),
		cmocka_unit_test(a_last_line_of_names_in_brackets_is_a_credit),
		cmocka_unit_test(brackets_that_are_the_text_s_stay),
	};

	return cmocka_run_group_tests(tests, rules_up, rules_down);
}
