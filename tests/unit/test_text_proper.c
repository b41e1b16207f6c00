/* lib/text/proper: names that a text shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "text/proper.h"

static struct folder *folder;

static int setup(void **state)
{
	return folder_new(&folder);
}

static int teardown(void **state)
{
	folder_free(folder);
	return 0;
}

/* The names of a text, each behind a bar. */
static const char *names_of(const char *text)
{
	static char names[512];
	struct folded t;
	size_t n = 0, some;
	uint32_t weight;

	assert_int_equal(fold_text(folder, text, strlen(text), &t), 0);
	weight = proper_weight(t.units, 0, t.n_units);
	names[0] = '\0';
	for (size_t i = 0; i < t.n_units; i += some ? some : 1) {
		some = proper_at(weight, t.units, 0, i, t.n_units, text);
		if (some)
			n += (size_t)snprintf(names + n, sizeof(names) - n, "|%.*s",
					      (int)(t.units[i + some - 1].end - t.units[i].start),
					      text + t.units[i].start);
	}
	return names;
}

static void capitals_within_a_sentence_are_names(void **state)
{
	assert_string_equal(names_of("The keeper Amos Pike of Skerrow left. Nobody saw him go."), "|Amos|Pike|Skerrow");
	assert_string_equal(names_of("He said: \"We are late.\" Then Grace (a nurse) and the EU came"), "|Grace|EU");
	assert_string_equal(names_of("la alcaldesa Lucía Ferrán y el párroco Ángel"), "|Lucía|Ferrán|Ángel");
	assert_string_equal(names_of("отдел возглавит Сергей Дроздов, сообщил он. Потом ушёл."), "|Сергей|Дроздов");
	assert_string_equal(names_of("ο δήμαρχος Νίκος είπε"), "|Νίκος");
}

static void shouts_and_beginnings_are_none(void **state)
{
	assert_string_equal(names_of("Harbour closed"), "");
	assert_string_equal(names_of("the HARBOUR is CLOSED today\nAgain it is"), "");
	assert_string_equal(names_of("we met. Then - again - he left! So it was? Yes it was"), "");
	assert_string_equal(names_of("a B c"), "");
	assert_string_equal(names_of(""), "");
}

static void korean_names_stand_next_to_titles_and_brackets(void **state)
{
	assert_string_equal(names_of("김순덕 씨가 별세했다. 아들 박민수(가람전자 부장)와 딸 박영희, 사위가 있다"),
			    "|김순덕|박민수|박영희");
	assert_string_equal(names_of("기획관에 김도현 국장을, 대변인 이서준 서기관을 보낸다"), "|김도현|이서준");
	assert_string_equal(names_of("어제 최유진씨는 항구로 갔고 정하늘 감독과 만났다"), "|최유진|정하늘");
	assert_string_equal(names_of("이번에 한국은 정부를 통해 조사를 했다고 밝혔다"), "");
	assert_string_equal(names_of("김치를 담그는 날, 고구마 (한 상자)를 나눴다"), "");
}

static void decomposed_hangul_is_the_same(void **state)
{
	assert_string_equal(names_of("\xe1\x84\x80\xe1\x85\xb5\xe1\x86\xb7\xe1\x84\x83\xe1\x85\xa9\xe1\x84\x92\xe1\x85\xa7"
				     "\xe1\x86\xab \xe1\x84\x8a\xe1\x85\xb5\xe1\x84\x80\xe1\x85\xa1"),
			    "|\xe1\x84\x80\xe1\x85\xb5\xe1\x86\xb7\xe1\x84\x83\xe1\x85\xa9\xe1\x84\x92\xe1\x85\xa7\xe1\x86\xab");
}

static void names_of_another_script_are_left_out(void **state)
{
	assert_string_equal(names_of("항구 도시의 새 이사에 메이어(Kevin Mayer)를 내정했다고 회사는 9일 밝혔다"), "");
	assert_string_equal(names_of("his teacher in Seoul was 김순덕 씨 of the school"), "|Seoul");
}

#define TEST(name) cmocka_unit_test(name)

/* The keys of two words as names. */
static bool is_one(const char *x, const char *y)
{
	struct folded t;
	uint32_t key;

	assert_int_equal(fold_text(folder, x, strlen(x), &t), 0);
	assert_int_equal(t.n_units, 1);
	key = proper_key(t.units, 1, x, t.units->hash);
	assert_true(proper_same(key, key));
	assert_int_equal(fold_text(folder, y, strlen(y), &t), 0);
	assert_int_equal(t.n_units, 1);
	return proper_same(key, proper_key(t.units, 1, y, t.units->hash));
}

static void a_name_in_another_case_is_the_same(void **state)
{
	static const char *const same[][2] = {
		{ "Путин", "Путина" }, { "Путина", "Путиным" }, { "Иванов", "Ивановым" }, { "Иванова", "Ивановой" },
		{ "Достоевский", "Достоевского" }, { "Королёв", "Королева" }, { "Москва", "Москвой" },
		{ "Kowalski", "Kowalskiego" }, { "Wiśniewski", "Wiśniewskiemu" }, { "Novák", "Novákovi" },
		{ "Virtanen", "Virtasen" }, { "Helsinki", "Helsingin" }, { "Ankara", "Ankaralı" }, { "Anna", "Anna" },
		{ "Novák", "Nova\u0301k" }, { "Николай", "Никола\u0438\u0306" }, { "SKERROW", "Skerrow" },
	};

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (!is_one(same[i][0], same[i][1]) || !is_one(same[i][1], same[i][0]))
			fail_msg("'%s' is not '%s'", same[i][0], same[i][1]);
}

static void other_names_stay_others(void **state)
{
	static const char *const others[][2] = {
		{ "Иванов", "Петров" }, { "Мальцев", "Малышев" }, { "Harriet", "Harold" }, { "Lowell", "Powell" },
		{ "Brackley", "Bracknell" }, { "Christopher", "Christine" }, { "Ким", "Кима" }, { "Anna", "Anne" },
		{ "John", "Johnston" }, { "Alex", "Alexander" },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (is_one(others[i][0], others[i][1]) || is_one(others[i][1], others[i][0]))
			fail_msg("'%s' is '%s'", others[i][0], others[i][1]);
}

/* Of syllables all count. */
static void names_of_syllables_do_not_change(void **state)
{
	assert_true(proper_same(proper_key(&(struct unit){ .weight = UNIT_SYLLABLE }, 3, "", 0x12345670),
				proper_key(&(struct unit){ .weight = UNIT_SYLLABLE }, 3, "", 0x12345670)));
	assert_false(proper_same(proper_key(&(struct unit){ .weight = UNIT_SYLLABLE }, 3, "", 0x12345670),
				 proper_key(&(struct unit){ .weight = UNIT_SYLLABLE }, 3, "", 0x12345650)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(capitals_within_a_sentence_are_names),
		TEST(shouts_and_beginnings_are_none),
		TEST(korean_names_stand_next_to_titles_and_brackets),
		TEST(decomposed_hangul_is_the_same),
		TEST(names_of_another_script_are_left_out),
		cmocka_unit_test(a_name_in_another_case_is_the_same),
		cmocka_unit_test(other_names_stay_others),
		cmocka_unit_test(names_of_syllables_do_not_change),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
