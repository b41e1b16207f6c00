/* lib/text/hanja: headlines that say the same in hanja and in hangul, with blanks and without. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "tests/unit/reading.h"
#include "text/rules.h"

static uint64_t read_out(const char *title)
{
	struct folded t;

	assert_int_equal(fold_text(folder, title, strlen(title), &t), 0);
	return hanja_title(&rules->hanja, t.text, t.n_paragraphs ? t.paragraphs[0].fold_end : 0);
}

static void hanja_and_hangul_say_the_same(void **state)
{
	static const char *const same[][3] = {
		{ "美 국방장관 방한", "미국 국방장관 방한", "미 국방장관 방한" },
		{ "北, 동해로 발사체 쏴", "북한, 동해로 발사체 쏴", "북, 동해로 발사체 쏴" },
		{ "與 \"협치\" 野 \"사과 먼저\"", "여당 \"협치\" 야당 \"사과 먼저\"", "여 \"협치\" 야 \"사과 먼저\"" },
		{ "靑 \"사실 아니다\"", "청와대 \"사실 아니다\"", "青 “사실 아니다”" },
		{ "檢, 나루시청 압수수색", "검찰, 나루시청 압수수색", "검, 나루시청 압수수색" },
		{ "예산 3兆 4000億 늘린다", "예산 3조 4000억 늘린다", "예산 3조4000억 늘린다" },
		{ "20대 女 사망…男 체포", "20대 여 사망…남 체포", "20대 여성 사망…남성 체포" },
		{ "日, 수입 재개", "일본, 수입 재개", "일,수입재개" },
	};

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		for (int k = 1; k < 3; k++)
			if (read_out(same[i][0]) != read_out(same[i][k]))
				fail_msg("'%s' is not '%s'", same[i][0], same[i][k]);
}

static void a_line_is_read_without_quotation_marks(void **state)
{
	const char *a = "美 \"재개\" 日'도", *b = "미국 재개 일본도";

	assert_true(hanja_line(&rules->hanja, a, strlen(a)) == hanja_line(&rules->hanja, b, strlen(b)));
	assert_true(hanja_title(&rules->hanja, a, strlen(a)) != hanja_title(&rules->hanja, b, strlen(b)));
	assert_int_equal(hanja_line(&rules->hanja, "\"' ", 3), 0);
}

static void other_headlines_stay_others(void **state)
{
	assert_true(read_out("美 국방장관 방한") != read_out("日 국방장관 방한"));
	assert_true(read_out("與 \"사과 먼저\"") != read_out("野 \"사과 먼저\""));
	assert_true(read_out("예산 3兆 늘린다") != read_out("예산 3億 늘린다"));
	assert_true(read_out("Council keeps lamp") != read_out("Council keeps lamps"));
}

static void a_title_of_nothing_has_no_hash(void **state)
{
	assert_int_equal(read_out(""), 0);
	assert_int_equal(read_out(" \t "), 0);
	assert_true(read_out("?") != 0);
}

static void the_longest_word_is_taken(void **state)
{
	struct hanja h = { 0 };

	assert_int_equal(hanja_add(&h, "가 | x", strlen("가 | x")), 0);
	assert_int_equal(hanja_add(&h, "가나다 | y | 라", strlen("가나다 | y | 라")), 0);
	hanja_sort(&h);
	assert_true(hanja_title(&h, "가나다", strlen("가나다")) == hanja_title(&h, "y", 1));
	assert_true(hanja_title(&h, "라", strlen("라")) == hanja_title(&h, "y", 1));
	assert_true(hanja_title(&h, "가나", strlen("가나")) == hanja_title(&h, "x나", strlen("x나")));
	assert_int_equal(hanja_add(&h, "가", strlen("가")), -EINVAL);
	assert_int_equal(hanja_add(&h, "가 |", strlen("가 |")), -EINVAL);
	assert_int_equal(hanja_add(&h, "바 | 나 | ", strlen("바 | 나 | ")), -EINVAL);
	assert_int_equal(hanja_add(&h, "가 | z", strlen("가 | z")), -EEXIST);
	assert_int_equal(hanja_add(&h, "가 | x", strlen("가 | x")), 0);
	assert_int_equal(hanja_add(&h, "가나다라마바사아 | 나", strlen("가나다라마바사아 | 나")), -EINVAL);
	hanja_done(&h);
}

/* Any length: a title is hashed in pieces. */
static void a_long_title_is_one(void **state)
{
	char a[6001], b[6001];

	memset(a, 'x', 6000);
	a[6000] = 0;
	memcpy(b, a, sizeof(b));
	assert_true(read_out(a) == read_out(b));
	b[5999] = 'y';
	assert_true(read_out(a) != read_out(b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hanja_and_hangul_say_the_same),
		cmocka_unit_test(a_line_is_read_without_quotation_marks),
		cmocka_unit_test(other_headlines_stay_others),
		cmocka_unit_test(a_title_of_nothing_has_no_hash),
		cmocka_unit_test(the_longest_word_is_taken),
		cmocka_unit_test(a_long_title_is_one),
	};

	return cmocka_run_group_tests(tests, rules_up, rules_down);
}
