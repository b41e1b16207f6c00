/* lib/index/judge: each threshold at its value, just under it and above it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "index/judge.h"
#include "tests/unit/random.h"

/* Two texts all of whose shingles are rare. */
static struct evidence rare(uint32_t a, uint32_t b, uint32_t shared)
{
	return (struct evidence){ .a = a, .b = b, .shared = shared, .rare_a = a, .rare_b = b, .rare_shared = shared };
}

struct row {
	uint32_t a, b, shared;
	float lead;
	bool same_text;
	int64_t days;
	enum nd_relation want;
};

static void assert_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct evidence e = rare(rows[i].a, rows[i].b, rows[i].shared);
		enum nd_relation got;

		e.lead = rows[i].lead;
		e.same_text = rows[i].same_text;
		e.days = rows[i].days;
		got = judge(&e);
		if (got != rows[i].want)
			fail_msg("row %zu: %s, not %s", i, nd_relation_name(got), nd_relation_name(rows[i].want));
	}
}

#define ASSERT_ROWS(rows) assert_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void what_is_too_short_is_nothing_but_the_same(void **state)
{
	static const struct row rows[] = {
		{ 12, 12, 12, 0, false, 0, ND_COPY },	 { 11, 11, 11, 0, false, 0, ND_NEW },
		{ 11, 11, 11, 0, true, 0, ND_IDENTICAL }, { 11, 12, 11, 1, false, 0, ND_NEW },
		{ 12, 100, 12, 0, false, 0, ND_EXCERPT }, { 11, 100, 11, 0, false, 0, ND_NEW },
		{ 100, 12, 12, 0, false, 0, ND_DIGEST },  { 100, 11, 11, 0, false, 0, ND_NEW },
	};

	(void)state;
	ASSERT_ROWS(rows);
}

static void texts_of_like_size_that_share_their_larger_part_are_copies(void **state)
{
	static const struct row rows[] = {
		{ 100, 100, 46, 0, false, 0, ND_COPY },    { 100, 100, 45, 0, false, 0, ND_PARTIAL },
		{ 100, 300, 46, 0, false, 0, ND_COPY },    { 300, 100, 46, 0, false, 0, ND_PARTIAL },
		{ 300, 100, 45, 0, false, 0, ND_PARTIAL }, { 100, 100, 100, 0, false, 0, ND_COPY },
		/* a later one that holds most of an earlier one and mostly adds is no copy */
		{ 200, 100, 100, 0, false, 0, ND_COPY },   { 201, 100, 100, 0, false, 0, ND_DIGEST },
		{ 300, 100, 65, 0, false, 0, ND_DIGEST },  { 250, 100, 64, 0, false, 0, ND_COPY },
		{ 101, 100, 50, 0, false, 0, ND_COPY },    { 240, 100, 60, 0, false, 0, ND_COPY },
		{ 241, 100, 60, 0, false, 0, ND_PARTIAL },
		{ 100, 201, 100, 0, false, 0, ND_COPY },   { 201, 201, 100, 0, false, 0, ND_COPY },
		/* the more there are, the less must be shared */
		{ 36, 36, 18, 0, false, 0, ND_COPY },      { 36, 36, 17, 0, false, 0, ND_NEW },
		{ 30000, 30000, 12104, 0, false, 0, ND_COPY },
		{ 30000, 30000, 12103, 0, false, 0, ND_PARTIAL },
	};

	ASSERT_ROWS(rows);
}

static void a_common_lead_lowers_the_bar_for_a_copy(void **state)
{
	static const struct row rows[] = {
		{ 100, 100, 44, 0.55f, false, 0, ND_COPY },    { 100, 100, 43, 0.55f, false, 0, ND_COPY },
		{ 100, 100, 41, 0.55f, false, 0, ND_PARTIAL }, { 100, 100, 43, 0.54f, false, 0, ND_PARTIAL },
		{ 100, 100, 41, 1, false, 0, ND_PARTIAL },
	};

	ASSERT_ROWS(rows);
}

static void a_text_inside_a_much_longer_one_is_an_excerpt_and_holds_it_the_other_way(void **state)
{
	static const struct row rows[] = {
		{ 30, 100, 16, 0, false, 0, ND_COPY },       { 29, 100, 16, 0, false, 0, ND_NEW },
		{ 29, 100, 20, 0, false, 0, ND_EXCERPT },    { 100, 29, 20, 0, false, 0, ND_DIGEST },
		{ 100, 1000, 62, 0, false, 0, ND_EXCERPT },  { 100, 1000, 61, 0, false, 0, ND_EXCERPT },
		{ 100, 1000, 60, 0, false, 0, ND_PARTIAL },  { 1000, 100, 61, 0, false, 0, ND_DIGEST },
		{ 1000, 100, 60, 0, false, 0, ND_PARTIAL },  { 100, 1000, 60, 1, false, 0, ND_PARTIAL },
	};

	ASSERT_ROWS(rows);
}

static void a_passage_must_be_a_fifth_and_long_enough(void **state)
{
	static const struct row rows[] = {
		{ 200, 200, 50, 0, false, 0, ND_PARTIAL }, { 200, 200, 49, 0, false, 0, ND_PARTIAL },
		{ 200, 200, 48, 0, false, 0, ND_NEW },     { 100, 100, 30, 0, false, 0, ND_PARTIAL },
		{ 100, 100, 29, 0, false, 0, ND_NEW },     { 70, 70, 29, 0, false, 0, ND_NEW },
		{ 70, 70, 30, 0, false, 0, ND_PARTIAL },
	};

	ASSERT_ROWS(rows);
}

static void too_few_rare_shingles_say_nothing(void **state)
{
	static const struct {
		uint32_t a, b, shared;
		enum nd_relation want;
	} rare[] = {
		{ 6, 6, 6, ND_COPY }, { 5, 5, 5, ND_NEW }, { 5, 6, 5, ND_NEW },
		{ 6, 5, 5, ND_NEW },  { 0, 0, 0, ND_NEW }, { 100, 5, 5, ND_NEW },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rare) / sizeof(rare[0]); i++) {
		struct evidence e = { .a = 100, .b = 100, .shared = 100, .rare_a = rare[i].a, .rare_b = rare[i].b,
				      .rare_shared = rare[i].shared };

		assert_int_equal(judge(&e), rare[i].want);
		e.lead = 1;
		assert_int_equal(judge(&e), rare[i].want);
		e.same_text = true;
		assert_int_equal(judge(&e), ND_IDENTICAL);
	}
}

static void what_is_common_does_not_count(void **state)
{
	struct evidence e = { .a = 1000, .b = 1000, .shared = 990, .rare_a = 100, .rare_b = 100 };

	for (e.rare_shared = 0; e.rare_shared <= 100; e.rare_shared++) {
		enum nd_relation want = e.rare_shared >= 46 ? ND_COPY : e.rare_shared >= 30 ? ND_PARTIAL : ND_NEW;

		assert_int_equal(judge(&e), want);
	}
	e.rare_shared = 300; /* more than one of them has: counted by the other's rarity */
	assert_int_equal(judge(&e), ND_COPY);
}

static void the_same_words_days_later_are_a_form_unless_nearly_all_is_the_same(void **state)
{
	static const struct row rows[] = {
		{ 100, 100, 50, 0, false, 4, ND_COPY },      { 100, 100, 50, 0, false, 5, ND_TEMPLATE },
		{ 100, 100, 50, 0, false, 365, ND_TEMPLATE }, { 100, 100, 89, 0, false, 5, ND_TEMPLATE },
		{ 100, 100, 90, 0, false, 5, ND_COPY },      { 60, 60, 60, 0, false, 5, ND_COPY },
		{ 59, 59, 59, 0, false, 5, ND_TEMPLATE },    { 100, 1000, 61, 0, false, 5, ND_TEMPLATE },
		{ 1000, 100, 90, 0, false, 5, ND_DIGEST },   { 100, 100, 44, 0, false, 5, ND_PARTIAL },
		{ 100, 100, 10, 0, false, 5, ND_NEW },       { 100, 100, 100, 0, true, 9999, ND_IDENTICAL },
	};

	ASSERT_ROWS(rows);
}

/* With a tenth of its own a page may be in the site's frame: what it shares counts as another story's. */
static void what_may_share_a_frame_is_counted_apart(void **state)
{
	struct evidence e = rare(280, 300, 252);

	assert_false(judge_may_be_frame(&e));
	e.rest_a = 28;
	e.rest_b = 48;
	assert_true(judge_may_be_frame(&e));
	assert_int_equal(judge(&e), ND_COPY);
	e.rest_a = 27;
	assert_false(judge_may_be_frame(&e));
}

/* A menu around other texts, of one site; not a report that got another beginning, nor a table whose note was changed. */
static void what_shares_a_frame_alone_is_no_copy(void **state)
{
	static const struct {
		uint32_t shared, rest_a, rest_b, numbers;
		enum nd_relation want;
	} rows[] = {
		{ 210, 90, 160, 0, ND_PARTIAL }, { 210, 160, 90, 0, ND_PARTIAL }, { 210, 89, 160, 0, ND_COPY },
		{ 210, 0, 160, 0, ND_COPY },	  { 210, 0, 0, 0, ND_COPY },	   { 300, 150, 150, 0, ND_PARTIAL },
		{ 301, 150, 150, 0, ND_COPY },	  { 25, 12, 12, 0, ND_NEW },	   { 25, 12, 11, 0, ND_COPY },
		{ 210, 90, 160, 41, ND_PARTIAL }, { 210, 90, 160, 42, ND_COPY },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct evidence e = rare(rows[i].shared + rows[i].rest_a, rows[i].shared + rows[i].rest_b, rows[i].shared);

		e.rest_a = rows[i].rest_a;
		e.rest_b = rows[i].rest_b;
		e.numbers_a = e.numbers_b = e.numbers_shared = rows[i].numbers;
		if (judge(&e) != rows[i].want)
			fail_msg("row %zu: %s, not %s", i, nd_relation_name(judge(&e)), nd_relation_name(rows[i].want));
	}
}

static void copies_join_a_story_and_so_do_excerpts_that_are_not_too_short(void **state)
{
	struct evidence e = rare(150, 1000, 150);

	assert_true(judge_joins(&e, ND_EXCERPT));
	e = rare(149, 1000, 149);
	assert_false(judge_joins(&e, ND_EXCERPT));
	assert_true(judge_joins(&e, ND_COPY));
	assert_true(judge_joins(&e, ND_IDENTICAL));
	e = rare(0, 0, 0);
	assert_false(judge_joins(&e, ND_EXCERPT));
	for (int r = 0; r < ND_RELATIONS; r++) {
		e = rare(1000, 1000, 1000);
		assert_int_equal(judge_joins(&e, r), r == ND_IDENTICAL || r == ND_COPY || r == ND_EXCERPT);
	}
}

static void a_member_adds_nothing_when_its_lead_or_nearly_all_of_it_is_there(void **state)
{
	struct evidence e = rare(100, 200, 90);

	assert_true(judge_adds_nothing(&e));
	e = rare(200, 100, 90);
	assert_true(judge_adds_nothing(&e));
	e = rare(100, 200, 89);
	assert_false(judge_adds_nothing(&e));
	e.lead = 0.55f;
	assert_true(judge_adds_nothing(&e));
	e.lead = 0.54f;
	assert_false(judge_adds_nothing(&e));
	e.same_text = true;
	assert_true(judge_adds_nothing(&e));
}

static bool same_lead(float lead, int64_t days, enum nd_relation relation, uint32_t n_lead)
{
	const struct evidence e = { .lead = lead, .days = days };

	return judge_same_lead(&e, relation, n_lead);
}

static void leads_are_one_from_half_on_when_they_are_long_enough(void **state)
{
	assert_true(judge_may_share_lead(0.5f, 6));
	assert_false(judge_may_share_lead(0.49f, 6));
	assert_false(judge_may_share_lead(0.5f, 5));
	assert_false(judge_may_share_lead(1, 0));
	assert_true(same_lead(0.5f, 4, ND_NEW, 6));
	assert_false(same_lead(0.49f, 4, ND_NEW, 6));
	assert_false(same_lead(0.5f, 4, ND_NEW, 5));
	assert_true(same_lead(0.5f, 0, ND_PARTIAL, 6));
	assert_false(same_lead(0.49f, 0, ND_PARTIAL, 6));
}

static void copies_edit_their_leads_and_forms_have_none(void **state)
{
	static const enum nd_relation copies[] = { ND_COPY, ND_EXCERPT, ND_DIGEST, ND_REVISION };

	for (size_t i = 0; i < sizeof(copies) / sizeof(*copies); i++) {
		assert_true(same_lead(0.3f, 9, copies[i], 6));
		assert_false(same_lead(0.29f, 0, copies[i], 6));
		assert_false(same_lead(1, 0, copies[i], 5));
	}
	assert_false(same_lead(1, 0, ND_TEMPLATE, 6));
	assert_false(same_lead(0.89f, 5, ND_NEW, 6));
	assert_true(same_lead(0.9f, 5, ND_NEW, 6));
}

static void a_figure_that_is_corrected_on_the_same_day_makes_a_revision(void **state)
{
	const struct evidence form = { .a = 55, .b = 55, .shared = 50, .rare_a = 55, .rare_b = 55, .rare_shared = 50,
				       .numbers_a = 3, .numbers_b = 3, .numbers_shared = 1, .places = 1 };
	struct circumstances c = { .n_lead = 20, .same_title = true, .same_day = true };
	struct evidence e = form;

	assert_int_equal(judge(&e), ND_TEMPLATE);
	assert_true(judge_corrects(&e));
	assert_int_equal(judge_pair(&e, &c).relation, ND_REVISION);
	assert_int_equal(judge_pair(&e, &c).rule, JUDGED_SAME_TITLE);
	c.same_day = false;
	assert_int_equal(judge_pair(&e, &c).relation, ND_TEMPLATE);
	c = (struct circumstances){ .n_lead = 20, .same_day = true };
	assert_int_equal(judge_pair(&e, &c).relation, ND_TEMPLATE);
	e.numbers_shared = 0; /* three others: the numbers of a draw */
	assert_false(judge_corrects(&e));
	e = form;
	e.places = 2;
	assert_false(judge_corrects(&e));
	e = form;
	e.names_a = e.names_b = 4;
	e.names_shared = 2;
	assert_false(judge_corrects(&e));
	e = form;
	e.shared = 41;
	assert_false(judge_corrects(&e));
}

static void leads_that_share_a_quotation_and_hardly_more_are_two(void **state)
{
	struct evidence e = { .lead = 1, .lead_unshared = 0.71f };
	const struct circumstances c = { .n_lead = 20 };

	assert_false(judge_same_lead(&e, ND_NEW, 20));
	assert_false(judge_same_lead(&e, ND_PARTIAL, 20));
	assert_true(judge_same_lead(&e, ND_COPY, 20));
	assert_true(judge_same_lead(&e, ND_REVISION, 20));
	assert_int_equal(judge_pair(&e, &c).relation, ND_TOO_SHORT);
	e.lead_unshared = 0.7f;
	assert_true(judge_same_lead(&e, ND_NEW, 20));
	assert_int_equal(judge_pair(&e, &c).relation, ND_SAME_LEAD);
}

static void twelve_shingles_can_be_judged(void **state)
{
	assert_true(judge_too_short(0));
	assert_true(judge_too_short(11));
	assert_false(judge_too_short(12));
	assert_false(judge_too_short(13));
}

static void half_of_the_keys_of_the_least_passage_are_worth_a_comparison(void **state)
{
	assert_true(judge_worth_comparing(0.51f, 160, 16));
	assert_false(judge_worth_comparing(0.5f, 160, 16));
	assert_true(judge_worth_comparing(9.51f, 100, 1));
	assert_false(judge_worth_comparing(9.5f, 100, 1));
	assert_true(judge_worth_comparing(0.1f, 0, 16));
	assert_true(judge_lead_worth_comparing(2.01f, 8));
	assert_false(judge_lead_worth_comparing(2, 8));
}

static void a_phrase_of_many_leads_says_little(void **state)
{
	float last = judge_lead_weight(0);

	assert_float_equal(last, 1, 0);
	assert_float_equal(judge_lead_weight(3), 0.5f, 1e-6f);
	for (uint32_t n = 1; n < 1000; n++) {
		assert_true(judge_lead_weight(n) < last && judge_lead_weight(n) > 0);
		last = judge_lead_weight(n);
	}
	assert_int_equal(judge_rare_max(), 10);
}

/* --- estimates --- */

static uint32_t between(uint32_t low, uint32_t high)
{
	return low >= high ? high : low + (uint32_t)(rnd() % (high - low + 1));
}

static struct evidence any_evidence(void)
{
	uint32_t a = between(12, 400), b = rnd() % 2 ? between(a / 2, 2 * a) : between(12, 4000), min = a < b ? a : b;
	struct evidence e = { .a = a, .b = b, .shared = rnd() % 2 ? between(0, min) : between(min * 7 / 10, min) };

	e.rare_a = between(0, a);
	e.rare_b = between((b + 3) / 4, b);
	min = e.rare_a < e.rare_b ? e.rare_a : e.rare_b;
	e.rare_shared = between(rnd() % 2 ? min * 7 / 10 : 0, e.shared < min ? e.shared : min);
	e.lead = (float)(rnd() % 3) / 2;
	e.places = rnd() % 4 ? 0 : between(0, 30);
	e.places_same = between(0, e.places);
	return e;
}

/* When it says no, taking all of b for rare gives the same verdict (where one in four or more is). */
static void the_verdict_does_not_depend_on_rare_b_where_it_is_said_not_to(void **state)
{
	uint32_t estimated = 0;

	made_seed = 41;
	for (int i = 0; i < 1000000; i++) {
		struct evidence e = any_evidence(), guess = e;
		enum nd_relation want = judge(&e), got;

		guess.rare_b = e.b;
		if (judge_needs_rare_b(&guess))
			continue;
		estimated++;
		got = judge(&guess);
		if (got != want || judge_joins(&guess, got) != judge_joins(&e, want))
			fail_msg("%s for %s: a %u b %u shared %u, rare: a %u b %u shared %u", nd_relation_name(got),
				 nd_relation_name(want), e.a, e.b, e.shared, e.rare_a, e.rare_b, e.rare_shared);
	}
	assert_true(estimated > 10000);
}

/* --- the whole of a pair --- */

static void a_pair_is_judged_as_its_texts_are(void **state)
{
	made_seed = 42;
	for (int i = 0; i < 100000; i++) {
		const struct circumstances none = { .n_lead = 0 };
		struct evidence e = any_evidence();
		struct judgement j;

		e.days = (int64_t)(rnd() % 8);
		j = judge_pair(&e, &none);
		assert_int_equal(j.relation, judge(&e));
		assert_true(j.relation == ND_NEW || j.relation == ND_TEMPLATE || j.value >= j.threshold);
	}
}

static void names_make_revisions_and_leads_make_same_lead(void **state)
{
	const struct evidence other = { .a = 100, .b = 100 }, same = { .a = 100, .b = 100, .same_text = true };
	const struct evidence lead = { .a = 100, .b = 100, .lead = 0.5f }, tiny = { .a = 11, .b = 100 };
	struct evidence form = rare(100, 100, 50), copy = form;
	const struct {
		const struct evidence *e;
		struct circumstances c;
		enum nd_relation want;
	} rows[] = {
		{ &other, { 0 }, ND_NEW },
		{ &other, { .same_id = true }, ND_REVISION },
		{ &other, { .same_url = true }, ND_REVISION },
		{ &other, { .same_title = true }, ND_NEW },
		{ &same, { .same_id = true }, ND_REVISION },
		{ &same, { .same_url = true, .same_title = true }, ND_IDENTICAL },
		{ &copy, { .same_title = true }, ND_REVISION },
		{ &copy, { .same_url = true }, ND_REVISION },
		{ &form, { .same_title = true }, ND_TEMPLATE },
		{ &form, { .same_url = true }, ND_REVISION },
		{ &lead, { .n_lead = 6 }, ND_SAME_LEAD },
		{ &lead, { .n_lead = 5 }, ND_NEW },
		{ &lead, { .n_lead = 6, .same_title = true }, ND_REVISION },
		{ &tiny, { 0 }, ND_TOO_SHORT },
		{ &tiny, { .same_id = true }, ND_REVISION },
	};

	form.days = 30;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum nd_relation got = judge_pair(rows[i].e, &rows[i].c).relation;

		if (got != rows[i].want)
			fail_msg("row %zu: %s, not %s", i, nd_relation_name(got), nd_relation_name(rows[i].want));
	}
}

static void the_thresholds_that_apply_are_told(void **state)
{
	made_seed = 43;
	for (int i = 0; i < 10000; i++) {
		struct nd_threshold told[ND_THRESHOLDS_MAX + 1];
		struct evidence e = any_evidence();
		const struct circumstances c = { .n_lead = 6 };
		size_t n = judge_thresholds(&e, &c, told);

		assert_true(n > 0 && n <= ND_THRESHOLDS_MAX);
		for (size_t k = 0; k < n; k++) {
			assert_non_null(told[k].name);
			assert_true(!told[k].share || (told[k].value >= 0 && told[k].value <= 1));
			for (size_t l = 0; l < k; l++)
				assert_string_not_equal(told[k].name, told[l].name);
		}
	}
}

static void a_form_filled_in_with_other_numbers_is_a_template(void **state)
{
	struct evidence e = rare(100, 100, 80);

	e.numbers_a = 5;
	e.numbers_b = 6;
	e.numbers_shared = 3;
	assert_int_equal(judge(&e), ND_COPY);
	e.numbers_shared = 2;
	assert_int_equal(judge(&e), ND_TEMPLATE);
	e.numbers_a = 2; /* too few to tell */
	assert_int_equal(judge(&e), ND_COPY);
}

static void a_longer_form_is_full_of_numbers_and_most_are_others(void **state)
{
	struct evidence e = rare(200, 220, 150);

	e.numbers_a = 8;
	e.numbers_b = 9;
	e.numbers_shared = 4;
	assert_int_equal(judge(&e), ND_TEMPLATE);
	e.numbers_shared = 5;
	assert_int_equal(judge(&e), ND_COPY); /* one that was corrected */
	e.numbers_a = 7; /* a text that names some */
	e.numbers_shared = 0;
	assert_int_equal(judge(&e), ND_COPY);
	e = rare(120, 120, 110);
	e.numbers_a = e.numbers_b = 6;
	assert_int_equal(judge(&e), ND_TEMPLATE);
	e.numbers_a = e.numbers_b = 5;
	assert_int_equal(judge(&e), ND_COPY);
}

/* What a copy may have corrected of so many, and one more. */
static void other_numbers_at_the_same_places_make_a_template(void **state)
{
	static const struct {
		uint32_t size, places, same;
		enum nd_relation want;
	} rows[] = {
		{ 100, 3, 0, ND_COPY },	    { 100, 4, 3, ND_COPY },   { 100, 4, 2, ND_TEMPLATE }, { 100, 9, 6, ND_COPY },
		{ 100, 9, 5, ND_TEMPLATE }, { 100, 36, 27, ND_COPY }, { 100, 36, 26, ND_TEMPLATE }, { 225, 9, 6, ND_COPY },
		{ 225, 9, 5, ND_TEMPLATE }, { 226, 9, 0, ND_COPY }, /* a report, not a form: one number for 25 shingles */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct evidence e = rare(rows[i].size, rows[i].size, rows[i].size * 2 / 3);

		e.places = rows[i].places;
		e.places_same = rows[i].same;
		if (judge(&e) != rows[i].want)
			fail_msg("row %zu: %s, not %s", i, nd_relation_name(judge(&e)), nd_relation_name(rows[i].want));
	}
}

/* Where less is shared, only if the texts are full of them; nor is how these begin a lead. */
static void tables_that_share_a_passage_are_templates(void **state)
{
	struct evidence e = rare(150, 150, 50);

	e.lead = 1;
	e.places = 6;
	assert_int_equal(judge(&e), ND_TEMPLATE);
	e.places = 5;
	assert_int_equal(judge(&e), ND_PARTIAL);
	e.places = 6;
	e.a = e.b = 151;
	assert_int_equal(judge(&e), ND_PARTIAL);
	assert_true(judge_same_lead(&e, ND_PARTIAL, 50));
	e = rare(150, 150, 10);
	e.lead = 1;
	assert_true(judge_same_lead(&e, ND_NEW, 50));
	e.places = 6;
	assert_false(judge_same_lead(&e, ND_NEW, 50));
	assert_true(judge_same_lead(&e, ND_COPY, 50));
}

static void a_form_filled_in_with_other_names_is_a_template(void **state)
{
	struct evidence e = rare(100, 100, 80);

	e.names_a = 6;
	e.names_b = 8;
	e.names_shared = 3;
	assert_int_equal(judge(&e), ND_COPY); /* one that was corrected, and some left out */
	e.names_shared = 2;
	assert_int_equal(judge(&e), ND_TEMPLATE);
	e.names_b = 13; /* another kind of text */
	assert_int_equal(judge(&e), ND_COPY);
	e.names_a = 2; /* too few to tell */
	e.names_b = 2;
	e.names_shared = 0;
	assert_int_equal(judge(&e), ND_COPY);
	e = rare(220, 220, 160); /* reports of one event name others, too */
	e.names_a = e.names_b = 8;
	e.names_shared = 2;
	assert_int_equal(judge(&e), ND_COPY);
	e.names_shared = 1;
	assert_int_equal(judge(&e), ND_TEMPLATE);
	e.same_text = true;
	assert_int_equal(judge(&e), ND_IDENTICAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_too_short_is_nothing_but_the_same),
		cmocka_unit_test(texts_of_like_size_that_share_their_larger_part_are_copies),
		cmocka_unit_test(a_common_lead_lowers_the_bar_for_a_copy),
		cmocka_unit_test(a_text_inside_a_much_longer_one_is_an_excerpt_and_holds_it_the_other_way),
		cmocka_unit_test(a_passage_must_be_a_fifth_and_long_enough),
		cmocka_unit_test(too_few_rare_shingles_say_nothing),
		cmocka_unit_test(what_is_common_does_not_count),
		cmocka_unit_test(the_same_words_days_later_are_a_form_unless_nearly_all_is_the_same),
		cmocka_unit_test(a_form_filled_in_with_other_numbers_is_a_template),
		cmocka_unit_test(a_longer_form_is_full_of_numbers_and_most_are_others),
		cmocka_unit_test(other_numbers_at_the_same_places_make_a_template),
		cmocka_unit_test(tables_that_share_a_passage_are_templates),
		cmocka_unit_test(a_form_filled_in_with_other_names_is_a_template),
		cmocka_unit_test(what_may_share_a_frame_is_counted_apart),
		cmocka_unit_test(what_shares_a_frame_alone_is_no_copy),
		cmocka_unit_test(copies_join_a_story_and_so_do_excerpts_that_are_not_too_short),
		cmocka_unit_test(a_member_adds_nothing_when_its_lead_or_nearly_all_of_it_is_there),
		cmocka_unit_test(leads_are_one_from_half_on_when_they_are_long_enough),
		cmocka_unit_test(copies_edit_their_leads_and_forms_have_none),
		cmocka_unit_test(a_figure_that_is_corrected_on_the_same_day_makes_a_revision),
		cmocka_unit_test(leads_that_share_a_quotation_and_hardly_more_are_two),
		cmocka_unit_test(twelve_shingles_can_be_judged),
		cmocka_unit_test(half_of_the_keys_of_the_least_passage_are_worth_a_comparison),
		cmocka_unit_test(a_phrase_of_many_leads_says_little),
		cmocka_unit_test(the_verdict_does_not_depend_on_rare_b_where_it_is_said_not_to),
		cmocka_unit_test(a_pair_is_judged_as_its_texts_are),
		cmocka_unit_test(names_make_revisions_and_leads_make_same_lead),
		cmocka_unit_test(the_thresholds_that_apply_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
