/* lib/sketch/arrange: what is set aside does not count, and comes back as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "made.h"
#include "sketch/arrange.h"

static struct fingerprinter *printer;
static struct arranger arranger;

static int setup(void **state)
{
	arranger_init(&arranger);
	return fingerprinter_new(&printer);
}

static int teardown(void **state)
{
	fingerprinter_free(printer);
	arranger_done(&arranger);
	arranger_done(NULL);
	return 0;
}

static struct fingerprint *copy_of(const struct fingerprint *fp)
{
	struct fingerprint *ret = malloc(fp->bytes);

	assert_non_null(ret);
	memcpy(ret, fp, fp->bytes);
	return ret;
}

static struct fingerprint *print(const char *title, const char *text)
{
	const struct fingerprint *fp;

	assert_int_equal(fingerprint_text(printer, title, strlen(title), text, strlen(text), &fp), 0);
	return copy_of(fp);
}

static void arrange(struct fingerprint *fp, const uint8_t *learned)
{
	assert_int_equal(arranger_run(&arranger, fp, learned), 0);
}

static bool has(const uint32_t *at, uint32_t n, uint32_t want)
{
	for (uint32_t i = 0; i < n; i++)
		if (at[i] == want)
			return true;
	return false;
}

static bool aside(const struct fingerprint *fp, uint32_t paragraph)
{
	return !part_in_body(fp_role(&fp_paragraphs(fp)[paragraph]));
}

/* --- what holds for every arrangement of a fingerprint --- */

static void assert_spans(const struct fingerprint *fp)
{
	uint32_t place = 0, quoted = 0;

	for (uint32_t i = 0; i < fp->n_spans; i++) {
		const struct fp_span *s = &fp_spans(fp)[i];

		assert_int_equal(s->place, place);
		assert_true(fp_span_end(fp, i) > place);
		assert_false(aside(fp, s->paragraph));
		place = fp_span_end(fp, i);
		quoted += s->quoted ? place - s->place : 0;
		if (i)
			assert_true(s->paragraph >= s[-1].paragraph);
	}
	assert_int_equal(place, fp->n_shingles);
	assert_int_equal(quoted, fp->n_quoted);
	for (uint32_t i = fp->n_spans; i < fp->n_spans + fp->n_aside_spans; i++)
		assert_true(aside(fp, fp_spans(fp)[i].paragraph));
}

/* Every key of the one is a key of the other, counted or set aside. */
static void assert_keys(const struct fingerprint *fp, const struct fingerprint *whole)
{
	uint32_t n = fp->n_keys + fp->n_aside_keys;

	assert_int_equal(n, whole->n_keys);
	for (uint32_t i = 0; i < n; i++) {
		bool found = false;

		assert_true((fp_keys(fp)[i].place < fp->n_shingles) == (i < fp->n_keys));
		for (uint32_t k = 0; k < n && !found; k++)
			found = fp_key(whole, k) == fp_key(fp, i);
		assert_true(found);
	}
}

/* Each shingle of the whole stands in the part that its paragraph's role says. */
static void assert_shingles(const struct fingerprint *fp, const struct fingerprint *whole)
{
	assert_int_equal(fp->n_shingles + fp->n_aside, whole->n_shingles);
	for (uint32_t i = 0; i < whole->n_spans; i++)
		for (uint32_t k = fp_spans(whole)[i].place; k < fp_span_end(whole, i); k++) {
			bool out = aside(fp, fp_spans(whole)[i].paragraph);

			assert_true(has(fp_shingles(fp) + (out ? fp->n_shingles : 0), out ? fp->n_aside : fp->n_shingles,
					fp_shingles(whole)[k]));
		}
}

static void assert_arranged(const struct fingerprint *fp, const struct fingerprint *whole)
{
	assert_int_equal(fp->bytes, whole->bytes);
	assert_spans(fp);
	assert_keys(fp, whole);
	assert_shingles(fp, whole);
	assert_int_equal(fp->n_head + fp->n_aside_head, whole->n_head);
	assert_true(fp->n_lead <= fp->n_head && fp->n_lead <= whole->n_lead);
	assert_memory_equal(fp_numbers(fp), fp_numbers(whole), whole->n_numbers * sizeof(uint32_t));
}

/* --- one page --- */

static const char page[] = "Sign in to read the whole story and to follow the topics that you like best.\n"
			   "The ferry company said on Monday that three of its seven ships would stay in port for repairs, "
			   "after inspectors found cracks in the steering gear of all of them.\n"
			   "\"We are sorry for every passenger who waits in vain,\" the director of the company told us.\n"
			   "Passengers will be carried by buses over the bridge until the ships have been mended.\n";

static void a_page_with_its_furniture_set_aside_is_like_one_without(void **state)
{
	struct fingerprint *fp = print("", page), *bare = print("", strchr(page, '\n') + 1);
	const uint8_t first[4] = { PART_FURNITURE };

	arrange(fp, first);
	assert_int_equal(fp_role(&fp_paragraphs(fp)[0]), PART_FURNITURE);
	assert_int_equal(fp_role(&fp_paragraphs(fp)[1]), PART_LEAD);
	assert_int_equal(fp->n_shingles, bare->n_shingles);
	assert_memory_equal(fp_shingles(fp), fp_shingles(bare), bare->n_shingles * sizeof(uint32_t));
	assert_int_equal(fp->n_lead, bare->n_lead);
	assert_memory_equal(fp_head(fp), fp_head(bare), bare->n_lead * sizeof(uint32_t));
	assert_int_equal(fp->n_quoted, bare->n_quoted);
	free(fp);
	free(bare);
}

/* The menu and the footer of a page whose line breaks are lost. */
static void a_glued_page_is_like_one_without_its_furniture(void **state)
{
	static char body[8192], glued[16384];
	uint8_t learned[1000] = { 0 };
	struct fingerprint *fp, *bare;
	const struct fp_paragraph *p;

	body[0] = 0;
	for (uint32_t i = 0; i < 12; i++) {
		words(body, 100 * i, 100 * i + 15);
		strcat(body, ". ");
	}
	snprintf(glued, sizeof(glued), "Sign in to read the whole story and to follow the topics that you like. %sNobody may print "
				       "any part of this page again without being asked.", body);
	bare = print("", body);
	fp = print("", glued);
	p = fp_paragraphs(fp);
	for (uint32_t i = 1; i < fp->n_paragraphs; i++) {
		assert_true(fp_is_piece(fp, i));
		learned[i] = !strncmp(glued + p[i].start, "Sign in", 7) || p[i].end <= 71 ||
					     p[i].start >= strlen(glued) - 70 ? PART_FURNITURE : 0;
	}
	arrange(fp, learned);
	assert_int_equal(fp_role(&p[0]), PART_LEAD);
	/* the last sentence has no end of its own there: two more shingles run on into the footer */
	assert_int_equal(fp->n_shingles, bare->n_shingles + 2);
	assert_memory_equal(fp_shingles(fp), fp_shingles(bare), bare->n_shingles * sizeof(uint32_t));
	assert_int_equal(fp->n_lead, bare->n_lead);
	/* the head is what is left of that of the page */
	assert_true(fp->n_head > fp->n_lead && fp->n_head < bare->n_head);
	assert_memory_equal(fp_head(fp), fp_head(bare), fp->n_head * sizeof(uint32_t));
	free(fp);
	free(bare);
}

static void all_of_it_set_aside_leaves_nothing(void **state)
{
	struct fingerprint *fp = print("", page);
	const uint8_t all[4] = { PART_FURNITURE, PART_RELATED, PART_FURNITURE, PART_FURNITURE };

	arrange(fp, all);
	assert_int_equal(fp->n_shingles + fp->n_keys + fp->n_spans + fp->n_head + fp->n_lead + fp->n_quoted, 0);
	free(fp);
}

static void a_text_of_nothing_can_be_arranged(void **state)
{
	struct fingerprint *fp = print("", "");

	arrange(fp, NULL);
	assert_int_equal(fp->n_shingles, 0);
	free(fp);
}

/* --- random pages --- */

/* Some have lost most of their line breaks. */
static void random_page(char *text)
{
	uint32_t n = 1 + (uint32_t)(rnd() % 14);
	bool glued = rnd() % 3 == 0;

	text[0] = 0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t from = (uint32_t)(rnd() % 5000);

		if (rnd() % 6 == 0)
			from = 77000;
		if (rnd() % 4 == 0)
			strcat(text, "\"");
		words(text, from, from + 1 + (uint32_t)(rnd() % (rnd() % 3 ? 40 : 6)));
		strcat(text, rnd() % 4 ? "." : "\".");
		strcat(text, glued && rnd() % 8 ? " " : "\n");
	}
}

static void random_learned(const struct fingerprint *fp, uint8_t *ret)
{
	for (uint32_t i = 0; i < fp->n_paragraphs; i++)
		ret[i] = rnd() % 3 ? 0 : rnd() % 2 ? PART_FURNITURE : PART_RELATED;
}

static void what_is_set_aside_comes_back_as_it_was(void **state)
{
	static char text[TEXT_MAX];
	static const uint8_t none[1000];
	uint8_t first[1000], second[1000];

	made_seed = 3;
	for (unsigned round = 0; round < 3000; round++) {
		struct fingerprint *whole, *fp, *direct;

		random_page(text);
		whole = print("", text);
		assert_true(whole->n_paragraphs <= 1000);
		fp = copy_of(whole);
		direct = copy_of(whole);
		random_learned(fp, first);
		random_learned(fp, second);
		arrange(fp, first);
		assert_arranged(fp, whole);
		arrange(fp, second);
		assert_arranged(fp, whole);
		arrange(direct, second);
		assert_memory_equal(fp, direct, whole->bytes);
		arrange(fp, none);
		assert_memory_equal(fp, whole, whole->bytes);
		free(whole);
		free(fp);
		free(direct);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_with_its_furniture_set_aside_is_like_one_without),
		cmocka_unit_test(a_glued_page_is_like_one_without_its_furniture),
		cmocka_unit_test(all_of_it_set_aside_leaves_nothing),
		cmocka_unit_test(a_text_of_nothing_can_be_arranged),
		cmocka_unit_test(what_is_set_aside_comes_back_as_it_was),
	};

	return cmocka_run_group_tests_name("arrange", tests, setup, teardown);
}
