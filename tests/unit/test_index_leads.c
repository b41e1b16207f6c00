/* lib/index: leads that several articles have, and pages of many. */
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

static void the_same_lead_over_other_bodies_is_told(void **state)
{
	char text[TEXT_MAX];
	struct nd_report r;

	for (unsigned i = 0; i < 4; i++) {
		snprintf(text, sizeof(text), "%s\n", text_of(0, 40));
		words(text, 1000 * (i + 1), 1000 * (i + 1) + 400);
		r = add((struct piece){ .id = i == 0 ? "a" : i == 1 ? "b" : i == 2 ? "c" : "d", .text = text });
		assert_int_equal(r.verdict, i ? ND_SAME_LEAD : ND_NEW);
		assert_int_equal(r.story, i);
		assert_int_equal(r.lead_story, 0);
	}
	assert_whole();
}

static void a_page_of_several_stories_names_each_in_order(void **state)
{
	static const char *const ids[] = { "delta", "alpha", "charlie", "bravo", "echo" };
	char text[TEXT_MAX] = "";
	struct nd_report r;

	for (uint32_t i = 0; i < 5; i++) {
		add((struct piece){ .id = ids[i], .text = text_of(10000 * i, 10000 * i + 150) });
		words(text, 10000 * i + 10, 10000 * i + (i == 4 ? 150 : 130));
	}
	r = add((struct piece){ .id = "page", .text = text });
	assert_int_equal(r.n_matches, 5);
	assert_int_equal(r.verdict, ND_DIGEST);
	assert_int_equal(r.story, 5);
	assert_int_equal(r.matches[0].article, 4); /* the most of it, then by id: alpha bravo charlie delta */
	assert_int_equal(r.matches[1].article, 1);
	assert_int_equal(r.matches[2].article, 3);
	assert_int_equal(r.matches[3].article, 2);
	assert_int_equal(r.matches[4].article, 0);
	assert_whole();
}

static void assert_leads(nd_seq seq, size_t n, const nd_seq *want)
{
	nd_seq got[ND_LEADS_MAX];

	assert_int_equal(nd_index_leads(ix, seq, got, ND_LEADS_MAX), n);
	assert_memory_equal(got, want, n * sizeof(*got));
	assert_int_equal(nd_index_leads(ix, seq, got, 2), n < 2 ? n : 2);
	assert_memory_equal(got, want, (n < 2 ? n : 2) * sizeof(*got));
	assert_int_equal(nd_index_leads(ix, seq, got, 0), 0);
}

/* The first 40 words of story i as a paragraph, and the story itself. */
static void brief(char *text, uint32_t i)
{
	if (*text)
		strcat(text, "\n");
	words(text, 10000 * i, 10000 * i + 40);
}

static void add_story(uint32_t i)
{
	static const char *const ids[] = { "s0", "s1", "s2", "s3", "s4" };

	add((struct piece){ .id = ids[i], .text = text_of(10000 * i, 10000 * i + 150) });
}

static void a_page_of_several_leads_takes_part_in_all_of_them(void **state)
{
	char text[TEXT_MAX] = "";

	for (uint32_t i = 0; i < 5; i++) {
		add_story(i);
		brief(text, i);
	}
	assert_int_equal(add((struct piece){ .id = "page", .text = text }).story, 5);
	assert_leads(5, 5, (const nd_seq[]){ 0, 1, 2, 3, 4 });
	for (nd_seq i = 0; i < 5; i++)
		assert_leads(i, 1, &i);
	assert_whole();
}

static void so_does_a_page_that_came_before_them(void **state)
{
	char text[TEXT_MAX] = "";

	for (uint32_t i = 0; i < 5; i++)
		brief(text, i);
	add((struct piece){ .id = "page", .text = text });
	assert_leads(0, 1, (const nd_seq[]){ 0 });
	for (uint32_t i = 0; i < 5; i++)
		add_story(i);
	assert_int_equal(nd_index_lead_story(ix, 1), 0); /* the page begins with it */
	assert_leads(0, 5, (const nd_seq[]){ 0, 2, 3, 4, 5 });
	for (nd_seq i = 2; i <= 5; i++)
		assert_leads(i, 1, &i);
	assert_whole();
}

static void a_copy_whose_lead_is_sought_in_the_wrong_place_has_that_lead(void **state)
{
	char text[TEXT_MAX] = "";

	words(text, 50000, 50060);
	strcat(text, "\n");
	words(text, 60000, 60050);
	strcat(text, "\n");
	words(text, 0, 400);
	add((struct piece){ .id = "a", .text = text_of(0, 400) });
	assert_int_equal(add((struct piece){ .id = "b", .text = text }).verdict, ND_COPY);
	assert_int_equal(nd_index_lead_story(ix, 1), 0);
	assert_leads(1, 1, (const nd_seq[]){ 0 });
}

static void a_sentence_of_the_body_that_two_share_is_no_lead(void **state)
{
	char text[TEXT_MAX] = "";

	words(text, 20000, 20200);
	strcat(text, "\n");
	words(text, 100, 128);
	add((struct piece){ .id = "a", .text = text_of(0, 300) });
	assert_int_equal(add((struct piece){ .id = "b", .text = text }).verdict, ND_NEW);
	assert_leads(1, 1, (const nd_seq[]){ 1 });
}

/* What is told of leads would list its id twice: by the version that counts, whose lead it had, and by itself. */
static void a_version_that_was_replaced_takes_part_in_no_lead(void **state)
{
	char text[TEXT_MAX] = "";

	for (uint32_t i = 0; i < 5; i++)
		brief(text, i);
	add((struct piece){ .id = "page", .text = text });
	*text = '\0';
	brief(text, 3);
	strcat(text, "\n");
	words(text, 60000, 60200);
	add((struct piece){ .id = "page", .text = text });
	assert_int_equal(nd_index_again(ix, SIZE_MAX), 0);
	assert_true(now(0).superseded);
	assert_leads(0, 0, (const nd_seq[]){ 0 });
	assert_leads(1, 1, (const nd_seq[]){ 1 });
	assert_whole();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, index_up, index_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_same_lead_over_other_bodies_is_told),
		TEST(a_page_of_several_stories_names_each_in_order),
		TEST(a_page_of_several_leads_takes_part_in_all_of_them),
		TEST(so_does_a_page_that_came_before_them),
		TEST(a_version_that_was_replaced_takes_part_in_no_lead),
		TEST(a_copy_whose_lead_is_sought_in_the_wrong_place_has_that_lead),
		TEST(a_sentence_of_the_body_that_two_share_is_no_lead),
	};

	return cmocka_run_group_tests(tests, printer_up, printer_down);
}
