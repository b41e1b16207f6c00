/* index/links: against a list of pairs that always tells the truth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "index/links.h"

#define ARTICLES 300u

static struct links links;
static bool model[ARTICLES][ARTICLES]; /* article holds lead */
static struct nd_match matches[ARTICLES][4];
static size_t n_matches[ARTICLES];

static int fresh(void **state)
{
	links_init(&links);
	memset(model, 0, sizeof(model));
	return 0;
}

static int gone(void **state)
{
	links_done(&links);
	return 0;
}

static void assert_as_the_model(void)
{
	for (uint32_t a = 0; a < ARTICLES; a++) {
		uint32_t place = 0, lead, n = 0, want = 0;

		for (uint32_t b = 0; b < ARTICLES; b++)
			want += model[a][b];
		for (lead = links_next(&links, a, &place); lead != ND_NONE; lead = links_next(&links, a, &place)) {
			assert_true(model[a][lead]);
			n++;
			if (!place)
				break;
		}
		assert_int_equal(n, want);
	}
}

static void set(uint32_t a, bool there)
{
	for (size_t i = 0; i < n_matches[a]; i++) {
		const struct nd_match *m = &matches[a][i];

		if (m->leads & ND_LEAD_OF_OTHER)
			model[a][m->article] = there;
		if (m->leads & ND_LEAD_IN_OTHER)
			model[m->article][a] = there;
	}
}

static void make(uint32_t a)
{
	n_matches[a] = a ? (size_t)rand() % 4 : 0;
	for (size_t i = 0; i < n_matches[a]; i++) {
		uint32_t other = ((uint32_t)rand() % a + (uint32_t)i) % a;

		for (size_t k = 0; k < i; k++) /* an article is matched once */
			if (matches[a][k].article == other)
				n_matches[a] = i;
		matches[a][i] = (struct nd_match){ .article = other, .leads = (uint16_t)(rand() % 4) };
	}
}

static void what_enters_is_there_and_leaves_again_in_any_order(void **state)
{
	bool in[ARTICLES] = { false };

	srand(5);
	for (uint32_t a = 0; a < ARTICLES; a++)
		make(a);
	for (unsigned step = 0; step < 3000; step++) {
		uint32_t a = (uint32_t)rand() % ARTICLES;

		if (in[a])
			links_leave(&links, a, matches[a], n_matches[a]);
		else
			assert_int_equal(links_enter(&links, a, matches[a], n_matches[a]), 0);
		in[a] = !in[a];
		set(a, in[a]);
		if (step % 50 == 0)
			assert_as_the_model();
	}
	assert_as_the_model();
	for (uint32_t a = 0; a < ARTICLES; a++)
		if (in[a])
			links_leave(&links, a, matches[a], n_matches[a]);
	assert_int_equal(links.table.used, 0);
	assert_true(links.n < 2000); /* places are used again */
}

static void nothing_takes_no_memory(void **state)
{
	uint32_t place = 0;

	assert_int_equal(links_next(&links, 7, &place), ND_NONE);
	assert_int_equal(links_enter(&links, 7, &(struct nd_match){ .article = 3 }, 1), 0);
	links_leave(&links, 7, &(struct nd_match){ .article = 3, .leads = 3 }, 1);
	assert_int_equal(links_bytes(&links), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_enters_is_there_and_leaves_again_in_any_order, fresh, gone),
		cmocka_unit_test_setup_teardown(nothing_takes_no_memory, fresh, gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
