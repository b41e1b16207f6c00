/* lib/text/pieces: lines that lost their breaks are cut where what stands next to it says so, and nowhere else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "text/pieces.h"

static struct folder *folder;
static struct piece pieces[PIECES_MAX];

static int setup(void **state)
{
	return folder_new(&folder);
}

static int teardown(void **state)
{
	folder_free(folder);
	return 0;
}

static uint32_t cut(const char *text, struct folded *ret)
{
	assert_int_equal(fold_text(folder, text, strlen(text), ret), 0);
	return pieces_cut(ret->units, 0, (uint32_t)ret->n_units, text, pieces);
}

static void assert_whole(uint32_t n, uint32_t units)
{
	assert_int_equal(pieces[0].unit, 0);
	for (uint32_t i = 0; i < n; i++) {
		assert_true(pieces[i].unit < pieces[i].unit_end);
		assert_int_equal(pieces[i].unit_end, i + 1 < n ? pieces[i + 1].unit : units);
	}
}

/* n sentences of 20 words that no other seed has. */
static void put_prose(char *to, unsigned n, unsigned seed)
{
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < 20; k++)
			to += sprintf(to, "w%05x%s", (unsigned)(hash_finish(seed * 1000 + i * 20 + k) & 0xFFFFF), k < 19 ? " " : ". ");
}

/* Whether a piece begins where `at` stands in the text. */
static bool begins_at(const struct folded *t, uint32_t n, const char *text, const char *at)
{
	const char *found = strstr(text, at);

	assert_non_null(found);
	for (uint32_t i = 0; i < n; i++)
		if (t->units[pieces[i].unit].start == (uint32_t)(found - text))
			return true;
	return false;
}

static void short_lines_stay_whole(void **state)
{
	char text[4096];
	struct folded t;

	put_prose(text, 5, 1);
	assert_int_equal(cut(text, &t), 0);
	put_prose(text, 7, 1);
	assert_true(cut(text, &t) >= 7);
}

static void sentences_and_signs_cut(void **state)
{
	static const char *const behind[] = {
		"The second sentence of them", "Read more about harbours", "Subscribe here and now", "Tolland Courier",
		"All rights are reserved",
	};
	static const char *const inside[] = { "5 million", "example", "000 people" };
	char text[8192], *at = text;
	struct folded t;
	uint32_t n;

	put_prose(at, 3, 1);
	at += strlen(at);
	at += sprintf(at, "About 3.5 million or 12,000 people saw it on www.example.org on that day.The second sentence of them "
			  "is long \u25b6 Read more about harbours | Subscribe here and now [Tolland Courier] \u00a9 All rights "
			  "are reserved. ");
	put_prose(at, 4, 2);
	n = cut(text, &t);
	assert_whole(n, (uint32_t)t.n_units);
	for (size_t i = 0; i < sizeof(behind) / sizeof(*behind); i++)
		assert_true(begins_at(&t, n, text, behind[i]));
	for (size_t i = 0; i < sizeof(inside) / sizeof(*inside); i++)
		assert_false(begins_at(&t, n, text, inside[i]));
}

static void glued_korean_sentences_cut(void **state)
{
	char text[8192], *at = text;
	struct folded t;
	uint32_t n;

	for (int i = 0; i < 12; i++)
		at += sprintf(at, "항구에서는 올해 %d번째 배가 떠났다고 관계자가 3.5일 만에 밝혔다.", i);
	sprintf(at, "등대 아래 시장은 문을 닫는다.무단전재 및 재배포를 금지합니다");
	n = cut(text, &t);
	assert_whole(n, (uint32_t)t.n_units);
	assert_true(n >= 14);
	assert_true(begins_at(&t, n, text, "등대 아래"));
	assert_true(begins_at(&t, n, text, "무단전재"));
	assert_false(begins_at(&t, n, text, "5일 만에"));
}

/* What a piece says of units [from, end) of a text, in order, into ret. */
static uint32_t keys_within(const struct folded *t, uint32_t n, const char *text, const char *run, uint64_t *ret)
{
	const char *found = strstr(text, run);
	uint32_t from = (uint32_t)(found - text), end = from + (uint32_t)strlen(run), k = 0;

	for (uint32_t i = 0; i < n; i++)
		if (t->units[pieces[i].unit].start >= from && t->units[pieces[i].unit_end - 1].end <= end)
			ret[k++] = piece_key(t->units, pieces[i], text).hash;
	return k;
}

/* A menu, which has no sentences, is cut alike before every article, and so is one between two. */
static void a_run_is_cut_alike_wherever_it_stands(void **state)
{
	static const char menu[] =
		"Skip to content Menu News Sport Weather Harbour Ferry Times Jobs Houses Letters Obituaries Crossword Archive Shop "
		"Podcasts Video Gallery Newsletters Sign in Register Help Contact Search Facebook Instagram Print Share Save Listen";
	char text[16384], *at;
	uint64_t first[PIECES_MAX], other[PIECES_MAX];
	uint32_t n_first = 0, n, most = 0;
	struct folded t;

	for (unsigned seed = 0; seed < 50; seed++) {
		bool inner = seed % 2;

		at = text;
		if (inner)
			put_prose(at, 4, seed);
		else
			*at = 0;
		at += strlen(at);
		at += sprintf(at, "%s ", menu);
		put_prose(at, 8, 100 + seed);
		n = cut(text, &t);
		assert_whole(n, (uint32_t)t.n_units);
		n = keys_within(&t, n, text, menu, other);
		if (!seed) {
			n_first = n;
			memcpy(first, other, n * sizeof(*first));
			assert_true(n_first >= 3);
		} else if (!inner) { /* where it ends may be a cut, by what follows */
			assert_true(n >= 3 && n + 1 >= n_first && n <= n_first + 1);
			assert_memory_equal(first, other, (n < n_first ? n : n_first) * sizeof(*first));
		}
		most = n > most ? n : most;
	}
	assert_true(most < PIECES_MAX);
}

/* Of one character several units may be made; nothing behind the text is looked at. */
static void characters_of_several_units_are_not_cut(void **state)
{
	static const char *const many[] = { "\u337B", "\uFDFA", "\u3300", "\u00BD" };
	char text[4096];

	for (size_t i = 0; i < sizeof(many) / sizeof(*many); i++) {
		struct folded t;
		char *exact;
		size_t len;
		uint32_t n;

		put_prose(text, 7, 9);
		strcat(text, many[i]);
		len = strlen(text);
		exact = malloc(len);
		assert_non_null(exact);
		memcpy(exact, text, len);
		assert_int_equal(fold_text(folder, exact, len, &t), 0);
		n = pieces_cut(t.units, 0, (uint32_t)t.n_units, exact, pieces);
		assert_whole(n, (uint32_t)t.n_units);
		for (uint32_t k = 0; k < n; k++)
			assert_true(!pieces[k].unit || t.units[pieces[k].unit].start >= t.units[pieces[k].unit - 1].end);
		free(exact);
	}
}

static void there_are_so_many_pieces_and_no_more(void **state)
{
	char *text = malloc(2000 * 160);
	struct folded t;

	assert_non_null(text);
	put_prose(text, 1000, 3);
	assert_int_equal(cut(text, &t), PIECES_MAX);
	assert_whole(PIECES_MAX, (uint32_t)t.n_units);
	free(text);
}

static uint64_t key_of(const char *text, bool *ret_masked)
{
	struct folded t;
	struct line_key ret;

	assert_int_equal(fold_text(folder, text, strlen(text), &t), 0);
	ret = piece_key(t.units, (struct piece){ 0, (uint32_t)t.n_units }, text);
	assert_false(ret.plain);
	*ret_masked = ret.masked;
	return ret.hash;
}

static void a_key_is_what_the_units_say(void **state)
{
	bool masked, other;
	char longer[1024];
	uint64_t hash;

	assert_int_equal(key_of("Read more: harbours, and ships", &masked), key_of("READ MORE \u2013 Harbours and ships!", &other));
	assert_false(masked || other);
	assert_int_equal(key_of("read by 1,204 people", &masked), key_of("read by 9,310 people", &other));
	assert_true(masked && other);
	assert_int_not_equal(key_of("2026 11 26", &masked), key_of("2026 11 27", &other));
	assert_false(masked || other);
	assert_int_not_equal(key_of("one two", &masked), key_of("two one", &other));
	put_prose(longer, 2, 1);
	longer[0] = '1';
	hash = key_of(longer, &masked);
	longer[0] = '2';
	assert_int_not_equal(hash, key_of(longer, &other));
	assert_false(masked || other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_lines_stay_whole),
		cmocka_unit_test(sentences_and_signs_cut),
		cmocka_unit_test(glued_korean_sentences_cut),
		cmocka_unit_test(a_run_is_cut_alike_wherever_it_stands),
		cmocka_unit_test(characters_of_several_units_are_not_cut),
		cmocka_unit_test(there_are_so_many_pieces_and_no_more),
		cmocka_unit_test(a_key_is_what_the_units_say),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
