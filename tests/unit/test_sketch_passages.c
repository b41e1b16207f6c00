/* lib/sketch/passages: what two texts share, as runs of bytes of each; borders, order, and time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "sketch/fingerprint.h"
#include "sketch/passages.h"
#include "tests/unit/cost.h"

static struct folder *folders[2];
static struct passages found;
static struct stretch sides[2];
static const char *texts[2];

static int setup(void **state)
{
	passages_init(&found);
	return folder_new(&folders[0]) || folder_new(&folders[1]);
}

static int teardown(void **state)
{
	folder_free(folders[0]);
	folder_free(folders[1]);
	passages_done(&found);
	return 0;
}

static bool border(const char *text, uint32_t at)
{
	return ((unsigned char)text[at] & 0xC0) != 0x80;
}

/* The place of the unit that starts, or ends, at a byte. */
static size_t unit_at(struct stretch s, uint32_t byte, bool end)
{
	for (size_t i = 0; i < s.n; i++)
		if ((end ? s.units[i].end : s.units[i].start) == byte)
			return i;
	fail_msg("no unit stands at byte %u", byte);
	return 0;
}

/* What must hold of every result: order, borders, the same units on both sides, a shingle at least. */
static void check_found(void)
{
	for (size_t i = 0; i < found.n; i++) {
		const struct passage *p = &found.at[i];
		size_t a = unit_at(sides[0], p->a, false), a_end = unit_at(sides[0], p->a_end, true);
		size_t b = unit_at(sides[1], p->b, false), b_end = unit_at(sides[1], p->b_end, true);
		uint32_t weight = 0;

		assert_true(border(texts[0], p->a) && border(texts[0], p->a_end));
		assert_true(border(texts[1], p->b) && border(texts[1], p->b_end));
		assert_true(!i || (found.at[i - 1].a < p->a && found.at[i - 1].a_end < p->a_end));
		assert_int_equal(a_end - a, b_end - b);
		for (size_t k = 0; k <= a_end - a; k++) {
			assert_true(sides[0].units[a + k].hash == sides[1].units[b + k].hash);
			weight += sides[0].units[a + k].weight;
		}
		assert_true(weight >= FP_SHINGLE_WEIGHT);
		/* maximal to the right */
		assert_true(a_end + 1 == sides[0].n || b_end + 1 == sides[1].n ||
			    sides[0].units[a_end + 1].hash != sides[1].units[b_end + 1].hash);
	}
}

static void find_only(const char *a, const char *b)
{
	texts[0] = a;
	texts[1] = b;
	for (int i = 0; i < 2; i++) {
		struct folded t;

		assert_int_equal(fold_text(folders[i], texts[i], strlen(texts[i]), &t), 0);
		sides[i] = (struct stretch){ t.units, t.n_units };
	}
	assert_int_equal(passages_find(&found, sides[0], sides[1]), 0);
}

static void find(const char *a, const char *b)
{
	find_only(a, b);
	check_found();
}

static void assert_passage(size_t i, const char *of_a, const char *of_b)
{
	const struct passage *p = &found.at[i];

	assert_true(i < found.n);
	assert_int_equal(p->a_end - p->a, strlen(of_a));
	assert_memory_equal(texts[0] + p->a, of_a, strlen(of_a));
	assert_int_equal(p->b_end - p->b, strlen(of_b));
	assert_memory_equal(texts[1] + p->b, of_b, strlen(of_b));
}

static void test_one_run_in_the_middle(void **state)
{
	find("Yesterday the old ferry left the harbour at nine, they say.",
	     "A witness: the old ferry left the harbour at nine. Nobody was aboard.");
	assert_int_equal(found.n, 1);
	assert_passage(0, "the old ferry left the harbour at nine", "the old ferry left the harbour at nine");
}

static void test_each_side_keeps_its_own_bytes(void **state)
{
	find("He wrote \xE2\x80\x9CThe  GREEN lamp\xE2\x80\x9D and went.", "And: the green lamp AND WENT");
	assert_int_equal(found.n, 1);
	assert_passage(0, "The  GREEN lamp\xE2\x80\x9D and went", "the green lamp AND WENT");
}

static void test_nothing_shared(void **state)
{
	find("one two three four five", "six seven eight nine ten");
	assert_int_equal(found.n, 0);
	find("one two three", "one two four");
	assert_int_equal(found.n, 0);
	find("", "one two three four");
	assert_int_equal(found.n, 0);
	find("one two three four", "");
	assert_int_equal(found.n, 0);
	find("?!", "...");
	assert_int_equal(found.n, 0);
}

static void test_equal_texts_are_one_passage(void **state)
{
	const char *text = "first line of words\n\nsecond line of other words\nthird and last of these lines";

	find(text, text);
	assert_int_equal(found.n, 1);
	assert_passage(0, text, text);
}

static void test_an_edit_splits_in_two(void **state)
{
	find("the mayor opened the new bridge on monday before a large crowd",
	     "the mayor opened the new bridge on tuesday before a large crowd");
	assert_int_equal(found.n, 2);
	assert_passage(0, "the mayor opened the new bridge on", "the mayor opened the new bridge on");
	assert_passage(1, "before a large crowd", "before a large crowd");
}

static void test_parts_in_another_order(void **state)
{
	find("alpha beta gamma delta. epsilon zeta eta theta.", "epsilon zeta eta theta! alpha beta gamma delta!");
	assert_int_equal(found.n, 2);
	assert_passage(0, "alpha beta gamma delta", "alpha beta gamma delta");
	assert_passage(1, "epsilon zeta eta theta", "epsilon zeta eta theta");
	assert_true(found.at[0].b > found.at[1].b);
}

/* Two runs of b that share words in a: both are told, whole. */
static void test_overlapping_runs(void **state)
{
	find("red blue green white black", "blue green white black; red blue green white");
	assert_int_equal(found.n, 2);
	assert_passage(0, "red blue green white", "red blue green white");
	assert_passage(1, "blue green white black" + 5, "blue green white black" + 5);
}

/* The first place is the shorter match: the longest is taken. */
static void test_the_longest_of_several_places(void **state)
{
	find("they met at the gate of the garden at noon",
	     "they met at the zoo. they met at the gate of the house. they met at the gate of the garden at noon");
	assert_int_equal(found.n, 1);
	assert_int_equal(found.at[0].b_end, strlen(texts[1]));
}

/* A line that a has twice and b once is found both times; one that b has often, where it goes on. */
static void test_repeats(void **state)
{
	find("tickets are sold at the door. news of the day. tickets are sold at the door.",
	     "tickets are sold at the door");
	assert_int_equal(found.n, 2);
	assert_int_equal(found.at[0].b, found.at[1].b);
	find("tickets are sold at the door", "tickets are sold at the door. and. tickets are sold at the door");
	assert_int_equal(found.n, 1);
	assert_int_equal(found.at[0].b, 0);
}

static void test_korean_without_blanks(void **state)
{
	find("시장은 새 도서관을 열었다고 밝혔다.이어 공원도 넓힌다.", "시장은 새도서관을 열었다고 밝혔다. 그리고 학교도 짓는다.");
	assert_int_equal(found.n, 1);
	assert_passage(0, "시장은 새 도서관을 열었다고 밝혔다", "시장은 새도서관을 열었다고 밝혔다");
}

/* NFD on one side: the bytes differ, the passage does not. */
static void test_decomposed_hangul(void **state)
{
	find("\xE1\x84\x80\xE1\x85\xA1\xE1\x84\x82\xE1\x85\xA1\xE1\x84\x83\xE1\x85\xA1\xE1\x84\x85\xE1\x85\xA1"
	     "\xE1\x84\x86\xE1\x85\xA1",
	     "가나다라마");
	assert_int_equal(found.n, 1);
	assert_int_equal(found.at[0].a_end, strlen(texts[0]));
	assert_int_equal(found.at[0].b_end, strlen(texts[1]));
}

/* One character that folds to several units must not be cut. */
static void test_ligatures_and_circled_words(void **state)
{
	find("앞㈜가나다라마바뒤", "(주)가나다라마바");
	assert_true(found.n >= 1);
	find("the \xEF\xAC\x81re at the mill was out", "a fire: the fire at the mill was out by noon");
	assert_true(found.n >= 1);
}

/* --- random texts against the plain definition --- */

static uint64_t random_next(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

static void random_text(uint64_t *seed, char *ret, size_t words, unsigned vocabulary)
{
	static const char *const syllables[] = { "가", "나", "다", "라", "마", "바", "사", "아" };
	size_t n = 0;

	for (size_t i = 0; i < words; i++) {
		unsigned word = (unsigned)(random_next(seed) % vocabulary);

		if (word % 3)
			n += (size_t)sprintf(ret + n, "w%u%c", word, random_next(seed) % 9 ? ' ' : '\n');
		else
			n += (size_t)sprintf(ret + n, "%s", syllables[word % 8]);
	}
	ret[n] = 0;
}

/* How many units from i make a shingle; 0 when the text ends before. */
static size_t shingle_len(struct stretch s, size_t i)
{
	uint32_t weight = 0;
	size_t n = 0;

	while (weight < FP_SHINGLE_WEIGHT) {
		if (i + n == s.n)
			return 0;
		weight += s.units[i + n++].weight;
	}
	return n;
}

static unsigned places(struct stretch a, size_t i, size_t len, struct stretch b)
{
	unsigned ret = 0;

	for (size_t k = 0; k + len <= b.n; k++) {
		size_t n = 0;

		while (n < len && a.units[i + n].hash == b.units[k + n].hash)
			n++;
		ret += n == len;
	}
	return ret;
}

static bool covered(uint32_t start, uint32_t end)
{
	for (size_t i = 0; i < found.n; i++)
		if (found.at[i].a <= start && end <= found.at[i].a_end)
			return true;
	return false;
}

static void test_every_shared_shingle_is_in_a_passage(void **state)
{
	static char a[8192], b[8192];
	uint64_t seed = 42;

	for (int round = 0; round < 400; round++) {
		unsigned vocabulary = 3 + (unsigned)(random_next(&seed) % 60);

		random_text(&seed, a, random_next(&seed) % 200, vocabulary);
		random_text(&seed, b, random_next(&seed) % 200, vocabulary);
		find(a, b);
		for (size_t i = 0; i < sides[0].n; i++) {
			size_t len = shingle_len(sides[0], i);

			if (len && places(sides[0], i, len, sides[1]))
				assert_true(covered(sides[0].units[i].start, sides[0].units[i + len - 1].end));
		}
	}
}

/* --- texts made to cost time --- */

/* Quadratic time would take minutes: 10^12 steps. */
static void assert_quick(const char *a, const char *b)
{
	double start;

	find_only("", "");
	start = cpu_seconds();
	find_only(a, b);
	assert_true(cpu_seconds() - start < LONG_TIME);
	for (size_t i = 0; i < found.n; i++)
		assert_true(found.at[i].a < found.at[i].a_end && (!i || found.at[i - 1].a < found.at[i].a));
}

static void test_a_word_a_million_times(void **state)
{
	char *a = repeated("ab ", 1000000, "end", NULL), *b = repeated("ab ", 999000, "fin", NULL);

	assert_quick(a, b);
	assert_quick(b, a);
	assert_quick(a, a);
	assert_int_equal(sides[0].n, 1000001);
	assert_int_equal(found.n, 1);
	free(a);
	free(b);
}

/* Every walk ends late and in vain: the runs of b are all of another length. */
static void test_runs_that_break_off(void **state)
{
	char *a = repeated("x x x x x x x x x x x x x y ", 100000, "", NULL), *b = repeated("x x x x x x x z ", 200000, "", NULL);

	assert_quick(a, b);
	assert_quick(b, a);
	free(a);
	free(b);
}

/* A period that both have, shifted: what starts in a passage must not be walked over again and again. */
static void test_periods(void **state)
{
	char *a = repeated("가나다라마바사", 90000, "끝", NULL), *b = repeated("나다라마바사가차", 80000, "", NULL);

	assert_quick(a, b);
	assert_quick(b, a);
	free(a);
	free(b);
}

/* A hundred thousand lines, the most that an article may have, and as many times the same. */
static void test_equal_lines(void **state)
{
	char *a = repeated("the same line of words\n", 99000, "an end", NULL), *b = repeated("the same line of words\n", 50000, "", NULL);

	assert_quick(a, b);
	assert_quick(b, a);
	free(a);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_run_in_the_middle),
		cmocka_unit_test(test_each_side_keeps_its_own_bytes),
		cmocka_unit_test(test_nothing_shared),
		cmocka_unit_test(test_equal_texts_are_one_passage),
		cmocka_unit_test(test_an_edit_splits_in_two),
		cmocka_unit_test(test_parts_in_another_order),
		cmocka_unit_test(test_overlapping_runs),
		cmocka_unit_test(test_the_longest_of_several_places),
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_korean_without_blanks),
		cmocka_unit_test(test_decomposed_hangul),
		cmocka_unit_test(test_ligatures_and_circled_words),
		cmocka_unit_test(test_every_shared_shingle_is_in_a_passage),
		cmocka_unit_test(test_a_word_a_million_times),
		cmocka_unit_test(test_runs_that_break_off),
		cmocka_unit_test(test_periods),
		cmocka_unit_test(test_equal_lines),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
