/* lib/text/fold: variants of a text, units, paragraphs, limits. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "newsdup.h"
#include "tests/unit/cost.h"
#include "tests/unit/reading.h"
#include "text/chars.h"
#include "text/fold.h"
#include "text/utf8.h"
#include "text/wrap.h"

/* --- real text --- */

static void folds_to(const char *text, const char *want)
{
	struct folded f;

	assert_int_equal(fold_text(folder, text, strlen(text), &f), 0);
	assert_int_equal(f.len, strlen(want));
	assert_memory_equal(f.text, want, f.len);
}

static void variants_of_one_text_fold_alike(void **state)
{
	folds_to("“서울”・‘경기’", "\"서울\"·'경기'\n");
	folds_to("서울·경기 ㆍ인천•부산", "서울·경기 ·인천·부산\n");
	folds_to("ㅋㅋㅋ ㅠㅠ", "ㅋㅋㅋ ㅠㅠ\n");
	folds_to("ﾡﾢ ￂ", "ㄱㄲ ㅏ\n");
	folds_to("ㅤ제목ㅤ", "제목\n");
	folds_to("２０２４년 ＡＢＣ㈜", "2024년 abc(주)\n");
	folds_to("ﾊﾞｽ ガ", "バス ガ\n");
	folds_to("STRASSE Straße", "strasse strasse\n");
	folds_to("con\u00ADtain zero\u200Bwidth \uFEFF", "contain zerowidth\n");
	folds_to("a – b — c ― d − e 〜 f", "a - b - c - d - e - f\n");
	folds_to("\t 한　글 \u00A0 \u2003 끝 \r\n", "한 글 끝\n");
}

/* --- units --- */

/* want: the source of each unit, separated by |. */
static void has_units(const char *text, const char *want)
{
	struct folded f;
	char got[512];
	size_t n = 0;

	assert_int_equal(fold_text(folder, text, strlen(text), &f), 0);
	for (size_t i = 0; i < f.n_units; i++)
		n += (size_t)snprintf(got + n, sizeof(got) - n, "%s%.*s", i ? "|" : "",
				      (int)(f.units[i].end - f.units[i].start), text + f.units[i].start);
	got[n] = '\0';
	assert_string_equal(got, want);
}

static void every_script_makes_units(void **state)
{
	has_units("정부는 12일 밝혔다.", "정|부|는|12|일|밝|혔|다");
	has_units("똠방각하 펲시 ㅋㅋ", "똠|방|각|하|펲|시|ㅋ|ㅋ");
	has_units("KBS뉴스7", "KBS|뉴|스|7");
	has_units("北京2024年。", "北|京|2024|年");
	has_units("カタカナとひらがな々ー", "カ|タ|カ|ナ|と|ひ|ら|が|な|々|ー");
	has_units("ﾊﾞｽ", "ﾊﾞ|ｽ");
	has_units("ㄅㄆㄇ", "ㄅ|ㄆ|ㄇ");
	has_units("The U.S. don't pay $3.50 for x_y", "The|U|S|don|t|pay|3|50|for|x|y");
	has_units("naïve café nai\u0308ve", "naïve|café|nai\u0308ve");
	has_units("Привет, мир", "Привет|мир");
	has_units("Η Ελλάδα", "Η|Ελλάδα");
	has_units("مُحَمَّد قال", "مُحَمَّد|قال");
	has_units("שָׁלוֹם עולם", "שָׁלוֹם|עולם");
	has_units("हिन्दी समाचार।", "हिन्दी|समाचार");
	has_units("தமிழ் செய்தி", "தமிழ்|செய்தி");
	has_units("ข่าววันนี้", "ข่าว|วัน|นี้");
	has_units("นายกทำงานที่กรุงเทพ", "นายก|ทำงาน|ที่|กรุงเทพ");
	has_units("ປະເທດລາວ", "ປະເທດ|ລາວ");
	has_units("ภาษาไทยABC", "ภาษา|ไทย|ABC");
	has_units("一", "一");
	has_units("", "");
	has_units(" \n\t", "");
	has_units("!?… — ★", "");
}

static void unspaced_scripts_are_cut_into_words(void **state)
{
	static const char *const texts[] = { "ភាសាខ្មែរជាភាសា", "မြန်မာနိုင်ငံသတင်း", "ประเทศไทยมีประชาชน", "ພາສາລາວແລະຄົນລາວ" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct folded f;
		uint32_t at = 0;

		assert_int_equal(fold_text(folder, texts[i], strlen(texts[i]), &f), 0);
		assert_true(f.n_units >= 2 && f.n_units < strlen(texts[i]) / 4);
		for (size_t k = 0; k < f.n_units; k++) {
			assert_int_equal(f.units[k].start, at);
			at = f.units[k].end;
		}
		assert_int_equal(at, strlen(texts[i]));
	}
}

static void emoji_make_no_unit(void **state)
{
	has_units("😀👍🏽👨‍👩‍👧‍👦🇰🇷❤️☀️✅🏴󠁧󠁢󠁥󠁮󠁧󠁿", "");
	has_units("#️⃣", "");
	has_units("속보🔥긴급", "속|보|긴|급");
}

static void ignorable_characters_do_not_cut_words(void **state)
{
	struct folded f;
	uint64_t plain;

	assert_int_equal(fold_text(folder, "contain", 7, &f), 0);
	plain = f.units[0].hash;
	assert_int_equal(fold_text(folder, "con\u00ADTAIN", 9, &f), 0);
	assert_int_equal(f.n_units, 1);
	assert_true(f.units[0].hash == plain && f.units[0].end == 9);
}

static void a_character_of_several_units_lends_each_its_place(void **state)
{
	struct folded f;

	assert_int_equal(fold_text(folder, "x㍿½", strlen("x㍿½"), &f), 0);
	assert_int_equal(f.n_units, 7); /* x, four Han, 1, 2 */
	for (size_t i = 1; i < 5; i++)
		assert_true(f.units[i].start == 1 && f.units[i].end == 4);
	for (size_t i = 5; i < 7; i++)
		assert_true(f.units[i].start == 4 && f.units[i].end == 6);
}

static void long_words_and_runs_are_whole(void **state)
{
	static char text[30000];
	struct folded f;

	for (size_t n = 1; n < 300; n++) {
		uint64_t hash;

		memset(text, 'q', n);
		assert_int_equal(fold_text(folder, text, n, &f), 0);
		assert_int_equal(f.n_units, 1);
		hash = f.units[0].hash;
		memset(text, '.', 37);
		memset(text + 37, 'Q', n);
		text[37 + n] = ' ';
		memset(text + 38 + n, 'r', 70);
		assert_int_equal(fold_text(folder, text, 108 + n, &f), 0);
		assert_int_equal(f.n_units, 2);
		assert_true(f.units[0].hash == hash && f.units[0].start == 37 && f.units[0].end == 37 + n);
	}
	for (size_t i = 0; i + 3 <= sizeof(text); i += 3)
		memcpy(text + i, "ก", 3);
	assert_int_equal(fold_text(folder, text, sizeof(text), &f), 0);
	check_paragraphs(text, sizeof(text), &f);
	check_units(text, sizeof(text), &f);
	assert_true(f.units[0].start == 0 && f.units[f.n_units - 1].end == sizeof(text));
}

/* --- paragraphs --- */

/* want: 'line:source' of each paragraph, separated by |. */
static void has_paragraphs(const char *text, const char *want)
{
	struct folded f;
	char got[1024];
	size_t n = 0;

	assert_int_equal(fold_text(folder, text, strlen(text), &f), 0);
	check_paragraphs(text, strlen(text), &f);
	for (size_t i = 0; i < f.n_paragraphs; i++)
		n += (size_t)snprintf(got + n, sizeof(got) - n, "%s%u:%.*s", i ? "|" : "", f.paragraphs[i].line,
				      (int)(f.paragraphs[i].end - f.paragraphs[i].start), text + f.paragraphs[i].start);
	got[n] = '\0';
	assert_string_equal(got, want);
}

static void lines_are_paragraphs(void **state)
{
	has_paragraphs("첫 줄\n둘째 줄\n", "1:첫 줄|2:둘째 줄");
	has_paragraphs("\n\n첫 줄\n\n \t\n둘째 줄", "3:첫 줄|6:둘째 줄");
	has_paragraphs("a\r\n\r\nb\r\n", "1:a|3:b");
	has_paragraphs("　제목　\n　　본문 시작。　\u00A0\n", "1:제목|2:본문 시작。");
	has_paragraphs("\uFEFF제목\u2003\n끝", "1:제목|2:끝");
	has_paragraphs("\n\u0301x\n\u0301y", "2:\u0301x|3:\u0301y");
	has_paragraphs("a\u0301\n\nb \u0308\n", "1:a\u0301|3:b \u0308");
	has_paragraphs("ก\nข\n", "1:ก|2:ข");
	has_paragraphs("★\n…", "1:★|2:…");
	has_paragraphs("", "");
	has_paragraphs("\u200B\n\u00AD\n", "");
	has_paragraphs("one", "1:one");
}

static void hard_wrapped_lines_are_one_paragraph(void **state)
{
	static const char text[] = "The ministry of finance said on Tuesday that\n"
				   "it would lower the tax on fuel by a tenth for\n"
				   "the rest of the year, as prices had risen by\n"
				   "more than was foreseen in spring.\n"
				   "    Traders had waited for the decision since\n"
				   "the parliament asked for it in a vote last\n"
				   "month.\n\n"
				   "A spokesman gave no details and said that the\n"
				   "law would be published soon.\n";

	has_paragraphs(text, "1:The ministry of finance said on Tuesday that\n"
			     "it would lower the tax on fuel by a tenth for\n"
			     "the rest of the year, as prices had risen by\n"
			     "more than was foreseen in spring.|"
			     "5:Traders had waited for the decision since\n"
			     "the parliament asked for it in a vote last\n"
			     "month.|"
			     "9:A spokesman gave no details and said that the\n"
			     "law would be published soon.");
}

/* --- limits --- */

static void limits_are_kept(void **state)
{
	size_t n = (size_t)ND_TEXT_MAX + 1;
	char *text = malloc(n);
	struct folded f = { .len = 77 };

	memset(text, 'a', n);
	assert_int_equal(fold_text(folder, text, n, &f), -E2BIG);
	assert_int_equal(f.len, 77);
	assert_int_equal(fold_text(folder, text, n - 1, &f), 0);
	assert_int_equal(f.n_units, 1);
	for (size_t i = 0; i < n; i++)
		text[i] = i % 2 ? '\n' : 'a';
	assert_int_equal(fold_text(folder, text, 2 * (size_t)ND_PARAGRAPHS_MAX, &f), 0);
	assert_int_equal(f.n_paragraphs, ND_PARAGRAPHS_MAX);
	assert_int_equal(fold_text(folder, text, 2 * (size_t)ND_PARAGRAPHS_MAX + 1, &f), -E2BIG);
	assert_int_equal(fold_text(folder, "x\xFF", 2, &f), -EILSEQ);
	assert_int_equal(fold_text(folder, "가\xEA\xB0", 5, &f), -EILSEQ);
	assert_int_equal(fold_text(folder, NULL, 0, &f), 0);
	assert_int_equal(f.n_paragraphs + f.n_units + f.len, 0);
	for (size_t i = 0; i + 3 < n; i += 3) /* what grows most */
		memcpy(text + i, "\uFDFA", 3);
	assert_int_equal(fold_text(folder, text, (n - 1) / 3 * 3, &f), 0);
	assert_int_equal(f.len, (n - 1) / 3 * 33 + 1);
	free(text);
}

/* Marks in the worst order cost more than letters, but a bounded time each. */
static void hostile_marks_cost_linear_time(void **state)
{
	size_t n = ND_TEXT_MAX & ~3u;
	char *text = malloc(n);
	struct folded f;
	double start, took;

	for (size_t i = 0; i < n; i += 4)
		memcpy(text + i, "\u0301\u0323", 4);
	start = cpu_seconds();
	assert_int_equal(fold_text(folder, text, n, &f), 0);
	took = cpu_seconds() - start;
	print_message("8 MiB of marks: %.2f s\n", took);
	assert_true(took < LONG_TIME);
	assert_int_equal(f.n_paragraphs, 1);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variants_of_one_text_fold_alike),
		cmocka_unit_test(every_script_makes_units),
		cmocka_unit_test(unspaced_scripts_are_cut_into_words),
		cmocka_unit_test(emoji_make_no_unit),
		cmocka_unit_test(ignorable_characters_do_not_cut_words),
		cmocka_unit_test(a_character_of_several_units_lends_each_its_place),
		cmocka_unit_test(long_words_and_runs_are_whole),
		cmocka_unit_test(lines_are_paragraphs),
		cmocka_unit_test(hard_wrapped_lines_are_one_paragraph),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(hostile_marks_cost_linear_time),
	};

	return cmocka_run_group_tests(tests, folder_up, folder_down);
}
