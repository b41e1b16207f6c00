/* lib/index/facts: numbers of two texts, wherever they stand and place by place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "index/facts.h"
#include "tests/unit/random.h"

static struct fingerprinter *printers[2];

static int setup(void **state)
{
	return fingerprinter_new(&printers[0]) || fingerprinter_new(&printers[1]) ? -1 : 0;
}

static int teardown(void **state)
{
	fingerprinter_free(printers[0]);
	fingerprinter_free(printers[1]);
	return 0;
}

static const struct fingerprint *print_of(int which, const char *text)
{
	const struct fingerprint *ret;

	assert_int_equal(fingerprint_text(printers[which], "", 0, text, strlen(text), &ret), 0);
	return ret;
}

static struct evidence facts(const char *a, const char *b)
{
	const struct fingerprint *x = print_of(0, a), *y = print_of(1, b);
	struct evidence e, back;

	facts_count(x, y, &e);
	facts_count(y, x, &back);
	assert_int_equal(back.places, e.places);
	assert_int_equal(back.places_same, e.places_same);
	assert_int_equal(back.numbers_shared, e.numbers_shared);
	assert_int_equal(back.names_shared, e.names_shared);
	assert_int_equal(back.numbers_a, e.numbers_b);
	assert_int_equal(back.names_a, e.names_b);
	return e;
}

static void assert_places(const char *a, const char *b, uint32_t places, uint32_t same)
{
	struct evidence e = facts(a, b);

	if (e.places != places || e.places_same != same)
		fail_msg("%u of %u, not %u of %u: %s | %s", e.places_same, e.places, same, places, a, b);
}

static void numbers_are_compared_where_they_stand(void **state)
{
	(void)state;
	assert_places("서울 3도, 대전 5도, 부산 9도로 예상된다.", "서울 5도, 대전 3도, 부산 9도로 예상된다.", 3, 1);
	assert_places("대전 5도, 서울 3도로 예상된다.", "서울 3도, 춘천 8도, 대전 5도로 예상된다.", 2, 2);
	assert_places("Tolland 3 degrees, Skerrow 5 degrees.", "Tolland 5 degrees, Skerrow 3 degrees.", 2, 0);
	assert_places("札幌3度、東京15度、那覇24度の予想です。", "札幌5度、東京15度、那覇22度の予想です。", 3, 1);
	assert_places("서울 3도, 대전 5도", "매출은 3억원, 이익은 5억원", 0, 0);
	assert_places("아무 수도 없는 글이다.", "서울 3도, 대전 5도", 0, 0);
}

static void a_row_of_numbers_is_one(void **state)
{
	(void)state;
	assert_places("지수는 2,512.30에 마쳤다.", "지수는 2,512.31에 마쳤다.", 1, 0);
	assert_places("그 일은 2026-03-05 10:30 무렵에 있었다고 한다.", "그 일은 2026-03-05 10:31 무렵에 있었다고 한다.", 1, 0);
	assert_places("기온은 3~6도", "기온은 3도", 1, 0);
}

/* As many as can be are the same, and none counts twice. */
static void where_places_look_alike_each_is_taken_once(void **state)
{
	(void)state;
	assert_places("모두 3명이 오고 모두 4명이 가고 모두 5명이 남았다.", "모두 5명이 오고 모두 3명이 갔다.", 2, 2);
	assert_places("모두 3명이 오고 모두 3명이 갔다.", "모두 3명이 오고 모두 4명이 갔다.", 2, 1);
	assert_places("모두 3명이 오고 모두 4명이 갔다.", "모두 3명이 왔다.", 1, 1);
}

static void wherever_they_stand_each_number_and_name_counts_once(void **state)
{
	struct evidence e = facts("Up 3 points to 120, then 3 points to 7, wrote Harriet Lowell from Tolland, and Harriet Lowell knows.",
				  "Down 7 points to 3, wrote Harriet Lowell from Skerrow, and nobody knows.");

	(void)state;
	assert_int_equal(e.numbers_a, 3);
	assert_int_equal(e.numbers_b, 2);
	assert_int_equal(e.numbers_shared, 2);
	assert_int_equal(e.names_a, 3);
	assert_int_equal(e.names_b, 3);
	assert_int_equal(e.names_shared, 2);
}

/* n lines, each a place of its own. */
static const char *table(char *text, unsigned n, unsigned seed)
{
	char *at = text;

	for (unsigned i = 0; i < n; i++)
		at += sprintf(at, "houses of town%u %u ", i, (i * 7919 + seed) % 1000);
	return text;
}

static void too_many_are_none(void **state)
{
	static char a[20000], b[20000];
	struct evidence e = facts(table(a, 100, 1), table(b, 100, 2));

	(void)state;
	assert_int_equal(e.places, 100);
	assert_int_equal(e.places_same, 0);
	assert_int_equal(e.numbers_a, 0); /* a longer text, whose places alone say something */
	assert_places(table(a, 128, 1), table(b, 128, 2), 128, 0);
	assert_places(table(a, 129, 1), table(b, 100, 2), 0, 0);
}

/* Numbers of a few places, in any order: at each as many pairs as there can be, and as many of them equal. */
static void places_are_those_of_the_model(void **state)
{
	(void)state;
	made_seed = 77;
	for (int round = 0; round < 2000; round++) {
		unsigned count[2][4] = { { 0 } }, value[2][4][3] = { { { 0 } } }, places = 0, same = 0;
		char text[2][2000];

		for (int t = 0; t < 2; t++) {
			char *at = text[t] + sprintf(text[t], "word ");

			for (unsigned n = (unsigned)(rnd() % 12); n; n--) {
				unsigned p = (unsigned)(rnd() % 4), v = (unsigned)(rnd() % 3);

				count[t][p]++;
				value[t][p][v]++;
				at += sprintf(at, "place%u %u end%u ", p, v + 5, p);
			}
		}
		for (unsigned p = 0; p < 4; p++) {
			places += count[0][p] < count[1][p] ? count[0][p] : count[1][p];
			for (unsigned v = 0; v < 3; v++)
				same += value[0][p][v] < value[1][p][v] ? value[0][p][v] : value[1][p][v];
		}
		assert_places(text[0], text[1], places, same);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_compared_where_they_stand),
		cmocka_unit_test(a_row_of_numbers_is_one),
		cmocka_unit_test(where_places_look_alike_each_is_taken_once),
		cmocka_unit_test(wherever_they_stand_each_number_and_name_counts_once),
		cmocka_unit_test(too_many_are_none),
		cmocka_unit_test(places_are_those_of_the_model),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
