/*
 * lib/newsdup, lib/index: archives of made-up words, added one after the other; every text is a list of
 * ranges of one endless stream of words, so what two texts share is known beforehand.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/indexing.h"

/* --- stories --- */

static void an_empty_index_has_no_article(void **state)
{
	struct nd_report r;
	struct nd_article a;

	assert_int_equal(nd_index_count(ix), 0);
	assert_int_equal(nd_index_id(ix, 0, &a), -ENOENT);
	assert_int_equal(nd_index_get(ix, 0, &r), -ENOENT);
	assert_int_equal(nd_index_get(ix, ND_NONE, &r), -ENOENT);
	assert_int_equal(nd_index_next_member(ix, 0), ND_NONE);
	assert_whole();
}

static void a_copy_joins_the_story_of_what_it_copies(void **state)
{
	struct nd_report r;

	r = add((struct piece){ .id = "a", .text = text_of(0, 300) });
	assert_int_equal(r.verdict, ND_NEW);
	assert_int_equal(r.story, 0);
	assert_int_equal(r.n_matches, 0);
	r = add((struct piece){ .id = "b", .text = text_of(20, 320) });
	assert_int_equal(r.verdict, ND_COPY);
	assert_int_equal(r.story, 0);
	assert_float_equal(r.matches[0].containment, 278.0f / 298, 1e-6f);
	r = add((struct piece){ .id = "c", .text = text_of(1000, 1300) });
	assert_int_equal(r.verdict, ND_NEW);
	r = add((struct piece){ .id = "d", .text = text_of(0, 300) });
	assert_int_equal(r.verdict, ND_IDENTICAL);
	assert_int_equal(r.story, 0);
	assert_float_equal(r.matches[0].similarity, 1, 0);
	assert_whole();
}

static void a_part_is_an_excerpt_and_the_whole_a_digest(void **state)
{
	struct nd_report r;

	add((struct piece){ .id = "a", .text = text_of(0, 1000) });
	r = add((struct piece){ .id = "b", .text = text_of(300, 500) });
	assert_int_equal(r.verdict, ND_EXCERPT);
	assert_int_equal(r.story, 0);
	r = add((struct piece){ .id = "c", .text = text_of(800, 900) });
	assert_int_equal(r.verdict, ND_EXCERPT);
	assert_int_equal(r.story, 2); /* too small a part */
	add((struct piece){ .id = "d", .text = text_of(5000, 5200) });
	r = add((struct piece){ .id = "e", .text = text_of(4500, 5500) });
	assert_int_equal(r.verdict, ND_DIGEST);
	assert_int_equal(r.story, 4);
	assert_int_equal(relation_to(&r, 3), ND_DIGEST);
	assert_float_equal(r.matches[0].contained, 1, 0);
	assert_whole();
}

/* c is like b, a member, but nothing of it stands in a, the leader. */
static void likeness_does_not_chain_through_members(void **state)
{
	struct nd_report r;

	add((struct piece){ .id = "a", .text = text_of(0, 300) });
	r = add((struct piece){ .id = "b", .text = text_of(140, 440) });
	assert_int_equal(r.story, 0);
	r = add((struct piece){ .id = "c", .text = text_of(302, 602) });
	assert_int_equal(relation_to(&r, 0), ND_NEW);
	assert_int_equal(relation_to(&r, 1), ND_COPY);
	assert_int_equal(r.verdict, ND_COPY);
	assert_int_equal(r.story, 2);
	assert_whole();
}

static void the_earliest_published_member_is_the_origin(void **state)
{
	const char *text = text_of(0, 200);
	const struct {
		const char *published;
		nd_seq origin;
	} rows[] = {
		{ "", 0 },
		{ "2024-05-03", 1 },
		{ "2024-05-03T12:00:00Z", 2 },
		{ "2024-05-03T12:00:00Z", 2 }, /* a tie: the earlier arrival */
		{ "2024-05-03", 2 },           /* a bare date is not earlier than a time of that day */
		{ "2024-05-03T20:59:59+09:00", 5 },
		{ "soon", 5 },
		{ "2024-05-02", 7 },
		{ "2024-05-02T23:59:59Z", 8 },
	};
	char id[9][8];

	for (nd_seq i = 0; i < 9; i++) {
		snprintf(id[i], sizeof(id[i]), "%u", i);
		add((struct piece){ .id = id[i], .published = rows[i].published, .text = text });
		for (nd_seq k = 0; k <= i; k++) {
			assert_int_equal(now(k).origin, rows[i].origin);
			assert_int_equal(now(k).story, 0);
		}
	}
	assert_false(now(0).published_ok);
	assert_true(now(1).published_ok);
	assert_false(now(6).published_ok);
	assert_whole();
}

static bool syndicated(const char *x, const char *y, const char *z)
{
	const char *text = text_of(0, 200), *outlets[] = { x, y, z };
	bool ret;

	assert_int_equal(nd_index_new("/tmp", &ix), 0);
	for (nd_seq i = 0; i < 3; i++)
		add((struct piece){ .id = i == 0 ? "a" : i == 1 ? "b" : "c", .outlet = outlets[i], .text = text });
	ret = now(0).syndicated;
	assert_whole();
	nd_index_free(ix);
	ix = NULL;
	return ret;
}

static void syndicated_takes_two_outlets_that_are_known(void **state)
{
	assert_false(syndicated(NULL, NULL, NULL));
	assert_false(syndicated("A", NULL, NULL));
	assert_false(syndicated(NULL, "A", NULL));
	assert_false(syndicated("A", "A", NULL));
	assert_false(syndicated("A", "A", "A"));
	assert_false(syndicated(NULL, "A", "A"));
	assert_true(syndicated("A", "B", NULL));
	assert_true(syndicated("A", NULL, "B"));
	assert_true(syndicated("A", "A", "B"));
	assert_true(syndicated("A", "a", NULL));
}

static void an_empty_outlet_is_unknown(void **state)
{
	assert_false(syndicated("", "A", NULL));
	assert_false(syndicated("A", "", NULL));
	assert_false(syndicated("", "", ""));
}

static void two_outlets_behind_a_leader_without_one_are_two(void **state)
{
	assert_true(syndicated(NULL, "A", "B"));
}

/* --- what must not match --- */

static void short_texts_match_only_when_they_are_equal(void **state)
{
	struct nd_report r;

	r = add((struct piece){ .id = "a", .text = "속보 나루시 지진" });
	assert_int_equal(r.verdict, ND_TOO_SHORT);
	r = add((struct piece){ .id = "b", .text = "속보 나루시 화재" });
	assert_int_equal(r.verdict, ND_TOO_SHORT);
	assert_int_equal(r.n_matches, 0);
	r = add((struct piece){ .id = "c", .text = "[속보] 나루시 지진…" });
	assert_int_equal(r.n_matches, 0);
	assert_int_equal(r.verdict, ND_TOO_SHORT);
	r = add((struct piece){ .id = "d", .text = "  속보  나루시\t지진 " });
	assert_int_equal(r.verdict, ND_IDENTICAL);
	assert_int_equal(r.story, 0);
	r = add((struct piece){ .id = "e", .text = "x" });
	assert_int_equal(r.verdict, ND_TOO_SHORT);
	r = add((struct piece){ .id = "f", .text = "X" });
	assert_int_equal(r.verdict, ND_IDENTICAL);
	assert_whole();
}

/* 29 million pairs of an archive were found equal once, because nothing equals nothing. */
static void empty_texts_never_match(void **state)
{
	static const char *const texts[] = { "", " ", "\n\n", "…", "— * —", "\xE3\x80\x80", "★", NULL };
	char id[20];

	for (unsigned i = 0; i < 2000; i++) {
		struct nd_report r;

		snprintf(id, sizeof(id), "e%u", i);
		r = add((struct piece){ .id = id, .outlet = i % 3 ? "A" : NULL, .text = texts[i % 8] });
		assert_int_equal(r.verdict, ND_TOO_SHORT);
		assert_int_equal(r.n_matches, 0);
		assert_int_equal(r.story, i);
		assert_int_equal(r.lead_story, ND_NONE);
	}
	assert_whole();
}

static void empty_texts_under_one_title_never_match(void **state)
{
	char id[20];

	for (unsigned i = 0; i < 100; i++) {
		struct nd_report r;

		snprintf(id, sizeof(id), "t%u", i);
		r = add((struct piece){ .id = id, .outlet = "A", .title = "Photo of the day", .text = i % 2 ? "" : " \n" });
		assert_int_equal(r.verdict, ND_TOO_SHORT);
		assert_int_equal(r.n_matches, 0);
	}
	assert_whole();
}

static void an_empty_text_at_the_same_url_is_a_revision(void **state)
{
	struct nd_report r;

	add((struct piece){ .id = "a", .outlet = "A", .url = "http://a.example/1", .text = "" });
	r = add((struct piece){ .id = "b", .outlet = "A", .url = "http://a.example/1", .text = "" });
	assert_int_equal(r.verdict, ND_REVISION);
	assert_int_equal(r.story, 1);
	assert_float_equal(r.matches[0].similarity, 0, 0);
}

/* A footer of 60 words under 40 stories of 120 words. */
static void a_footer_under_forty_stories_never_merges_them(void **state)
{
	char id[20], text[TEXT_MAX];

	for (unsigned i = 0; i < 40; i++) {
		struct nd_report r;

		snprintf(id, sizeof(id), "s%u", i);
		snprintf(text, sizeof(text), "%s", text_of(1000 * (i + 1), 1000 * (i + 1) + 120));
		words(text, 0, 60);
		r = add((struct piece){ .id = id, .text = text });
		assert_int_equal(r.story, i);
		assert_true(r.verdict == ND_NEW || r.verdict == ND_PARTIAL);
		if (i > 10)
			assert_int_equal(r.verdict, ND_NEW); /* by now it is known for a footer */
	}
	assert_whole();
}

/* Stories with a footer under each: the first 11 with so many words of their own, then others. */
static void add_pages(uint32_t footer, uint32_t first, uint32_t then)
{
	char id[20], text[TEXT_MAX];

	for (unsigned i = 0; i < 40; i++) {
		uint32_t from = 10000 * (i + 1);
		struct nd_report r;

		snprintf(id, sizeof(id), "s%u", i);
		snprintf(text, sizeof(text), "%s", text_of(from, from + (i < 11 ? first : then)));
		words(text, 0, footer);
		r = add((struct piece){ .id = id, .text = text });
		assert_int_equal(r.story, i);
		if (i > 10)
			assert_int_equal(r.verdict, ND_NEW);
	}
	assert_whole();
}

static void a_known_footer_says_nothing_even_where_it_is_most_of_a_page(void **state)
{
	add_pages(400, 1500, 300);
}

/* Keys of a short text are sampled at a finer scale (1 in 8, 4, 2, 1) than those of the long texts that have
 * posted the footer (1 in 16). */
static void a_footer_known_from_long_pages_says_nothing_on_short_ones(void **state)
{
	add_pages(60, 400, 40);
}

/* --- names --- */

static void a_repeated_id_is_a_revision_and_supersedes(void **state)
{
	struct nd_report r;

	add((struct piece){ .id = "a", .text = text_of(0, 200) });
	r = add((struct piece){ .id = "a", .text = text_of(5000, 5200) });
	assert_int_equal(r.verdict, ND_REVISION);
	assert_int_equal(r.n_matches, 1);
	assert_int_equal(r.matches[0].relation, ND_REVISION);
	assert_float_equal(r.matches[0].containment, 0, 0);
	assert_int_equal(r.story, 1);
	assert_true(now(0).superseded);
	assert_false(now(1).superseded);
	r = add((struct piece){ .id = "a", .text = text_of(5000, 5200) });
	assert_int_equal(r.verdict, ND_REVISION);
	assert_int_equal(relation_to(&r, 1), ND_REVISION);
	assert_int_equal(r.story, 2);
	assert_true(now(0).superseded && now(1).superseded && !now(2).superseded);
	r = add((struct piece){ .id = "A", .text = text_of(9000, 9200) });
	assert_int_equal(r.verdict, ND_NEW);
	assert_whole();
}

/* What it said before is found no more, whoever has copied it goes on alone, and its lead is led by them. */
static void what_an_id_said_before_is_found_no_more(void **state)
{
	struct nd_report r;

	add((struct piece){ .id = "a", .text = text_of(0, 200) });
	add((struct piece){ .id = "b", .text = text_of(0, 200) });
	add((struct piece){ .id = "c", .text = text_of(3, 205) });
	assert_int_equal(now(2).story, 0);
	r = add((struct piece){ .id = "a", .text = text_of(5000, 5200) });
	assert_int_equal(r.revision, 2);
	assert_int_equal(nd_index_again(ix, SIZE_MAX), 0);
	assert_int_equal(now(0).story, 0);
	assert_int_equal(now(0).verdict, ND_NEW);
	assert_int_equal(now(0).lead_story, ND_NONE);
	for (nd_seq i = 1; i < 3; i++) {
		assert_int_equal(now(i).story, 1);
		assert_int_equal(now(i).lead_story, 1);
		assert_int_equal(now(i).n_matches, i - 1);
	}
	assert_int_equal(now(1).verdict, ND_NEW);
	assert_int_equal(now(3).story, 3);
	r = add((struct piece){ .id = "d", .text = text_of(0, 200) });
	assert_int_equal(r.story, 1);
	assert_int_equal(relation_to(&r, 0), ND_NEW);
	r = add((struct piece){ .id = "a", .text = text_of(1, 201) });
	assert_int_equal(r.story, 1);
	assert_int_equal(r.verdict, ND_REVISION);
	assert_int_equal(r.revision, 3);
	r = add((struct piece){ .id = "e", .text = text_of(5000, 5200) });
	assert_int_equal(r.verdict, ND_NEW);
	assert_whole();
}

static void the_same_url_of_the_same_outlet_is_a_revision(void **state)
{
	const char *url = "http://a.example/1", *title = "A title";
	struct nd_report r;

	add((struct piece){ .id = "0", .url = url, .outlet = "A", .text = text_of(0, 200) });
	r = add((struct piece){ .id = "1", .url = url, .outlet = "A", .text = text_of(1000, 1200) });
	assert_int_equal(r.verdict, ND_REVISION);
	assert_int_equal(relation_to(&r, 0), ND_REVISION);
	assert_false(now(0).superseded);
	r = add((struct piece){ .id = "2", .url = url, .outlet = "B", .text = text_of(2000, 2200) });
	assert_int_equal(r.verdict, ND_NEW);
	r = add((struct piece){ .id = "3", .url = url, .text = text_of(3000, 3200) });
	assert_int_equal(r.verdict, ND_NEW);
	assert_int_equal(r.article.outlet.len, 9); /* the url's: a.example */
	r = add((struct piece){ .id = "4", .url = url, .text = text_of(4000, 4200) });
	assert_int_equal(r.verdict, ND_REVISION);
	r = add((struct piece){ .id = "4a", .url = "no-host", .text = text_of(4300, 4500) });
	assert_int_equal(r.verdict, ND_NEW);
	r = add((struct piece){ .id = "4b", .url = "no-host", .text = text_of(4600, 4800) });
	assert_int_equal(r.verdict, ND_NEW); /* unknown is never equal to unknown */
	r = add((struct piece){ .id = "5", .url = url, .outlet = "A", .text = text_of(1000, 1200) });
	assert_int_equal(r.verdict, ND_IDENTICAL);
	r = add((struct piece){ .id = "6", .title = title, .outlet = "A", .text = text_of(6000, 6200) });
	assert_int_equal(r.verdict, ND_NEW);
	r = add((struct piece){ .id = "7", .title = title, .outlet = "A", .text = text_of(7000, 7200) });
	assert_int_equal(r.verdict, ND_NEW); /* a column has one title for ever */
	r = add((struct piece){ .id = "8", .title = "A TITLE", .outlet = "A", .text = text_of(7050, 7250) });
	assert_int_equal(r.verdict, ND_REVISION);
	r = add((struct piece){ .id = "9", .title = title, .outlet = "B", .text = text_of(7050, 7250) });
	assert_int_equal(r.verdict, ND_IDENTICAL);
	assert_whole();
}

static void an_article_without_an_id_gets_its_url_or_a_hash(void **state)
{
	static char url[ND_ID_MAX + 2];
	struct nd_report r;
	struct nd_article a;
	struct nd_fingerprint fp;
	char hash[16];

	r = add((struct piece){ .url = "http://a.example/1", .text = "x" });
	assert_int_equal(r.article.id.len, 18);
	assert_memory_equal(r.article.id.at, "http://a.example/1", 18);
	r = add((struct piece){ .text = "some words" });
	assert_int_equal(r.article.id.len, 16);
	memcpy(hash, r.article.id.at, 16);
	r = add((struct piece){ .id = "", .text = "some words" });
	assert_memory_equal(r.article.id.at, hash, 16);
	assert_int_equal(r.verdict, ND_REVISION);
	r = add((struct piece){ .text = "other words" });
	assert_memory_not_equal(r.article.id.at, hash, 16);
	memset(url, 'u', ND_ID_MAX + 1);
	a = (struct nd_article){ .url = { url, ND_ID_MAX }, .text = str("x") };
	assert_int_equal(nd_fingerprint(printer, &a, &fp), 0);
	a.url.len++;
	assert_int_equal(nd_fingerprint(printer, &a, &fp), -E2BIG);
	a.id = str("short");
	assert_int_equal(nd_fingerprint(printer, &a, &fp), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, index_up, index_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_index_has_no_article),
		TEST(a_copy_joins_the_story_of_what_it_copies),
		TEST(a_part_is_an_excerpt_and_the_whole_a_digest),
		TEST(likeness_does_not_chain_through_members),
		TEST(the_earliest_published_member_is_the_origin),
		cmocka_unit_test(syndicated_takes_two_outlets_that_are_known),
		cmocka_unit_test(an_empty_outlet_is_unknown),
		cmocka_unit_test(two_outlets_behind_a_leader_without_one_are_two),
		TEST(short_texts_match_only_when_they_are_equal),
		TEST(empty_texts_never_match),
		TEST(empty_texts_under_one_title_never_match),
		TEST(an_empty_text_at_the_same_url_is_a_revision),
		TEST(a_footer_under_forty_stories_never_merges_them),
		TEST(a_known_footer_says_nothing_even_where_it_is_most_of_a_page),
		TEST(a_footer_known_from_long_pages_says_nothing_on_short_ones),
		TEST(a_repeated_id_is_a_revision_and_supersedes),
		TEST(what_an_id_said_before_is_found_no_more),
		TEST(the_same_url_of_the_same_outlet_is_a_revision),
		TEST(an_article_without_an_id_gets_its_url_or_a_hash),
	};

	return cmocka_run_group_tests(tests, printer_up, printer_down);
}
