/* lib/index/compare: counts as two nested loops over the shingles would give them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "index/compare.h"
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

/* Words from a stream that both texts draw from, with gaps: they share runs. */
static void add_words(char **to, uint32_t from, uint32_t to_word)
{
	for (uint32_t i = from; i < to_word; i++)
		*to += sprintf(*to,
			       i % 41 == 0    ? " \"w%x "
			       : i % 41 == 13 ? "w%x\" "
					      : "w%x ",
			       (unsigned)(i * 2654435761u));
}

static void random_pair(char *a, char *b)
{
	uint32_t runs = 1 + (uint32_t)(rnd() % 12), at = 0;

	for (uint32_t i = 0; i < runs; i++) {
		uint32_t n = (uint32_t)(rnd() % (rnd() % 8 ? 60 : 900)),
			 kind = (uint32_t)(rnd() % 3);

		if (kind != 1)
			add_words(&a, at, at + n);
		if (kind != 2)
			add_words(&b, at, at + n);
		at += n;
	}
	*a = *b = 0;
}

/* --- the model --- */

static uint32_t distance(uint32_t x, uint32_t y)
{
	return x > y ? x - y : y - x;
}

/* Of all keys or of the coarse ones: 1: the nearest is rare, 0: it is not, 2: two are as near and do not agree. */
static int nearest_rarity(const struct fingerprint *fp, const uint32_t *counts, uint32_t place,
			  bool coarse)
{
	uint32_t nearest = UINT32_MAX;
	int ret = 1;

	for (uint32_t k = 0; k < fp->n_keys; k++) {
		uint32_t far = distance(fp_keys(fp)[k].place, place);
		int is_rare = counts[k] <= judge_rare_max();

		if (coarse && !fp_is_key_at(fp_shingles(fp)[fp_keys(fp)[k].place], FP_SCALE))
			continue;
		if (far < nearest)
			ret = is_rare;
		else if (far == nearest && ret != is_rare)
			ret = 2;
		nearest = far < nearest ? far : nearest;
	}
	return ret;
}

static int rarity(const struct fingerprint *fp, const uint32_t *counts, uint32_t place)
{
	int all = nearest_rarity(fp, counts, place, false);
	int coarse = fp->scale < FP_SCALE ? nearest_rarity(fp, counts, place, true) : 1;

	if (all == 0 || coarse == 0)
		return 0;
	return all == 1 && coarse == 1 ? 1 : 2;
}

struct range {
	uint32_t low, high;
};

static void range_add(struct range *r, int rare, uint32_t weight)
{
	r->low += rare == 1 ? weight : 0;
	r->high += rare != 0 ? weight : 0;
}

static void assert_in(uint32_t got, struct range r)
{
	assert_true(got >= (r.low + 2) / COMPARE_WEIGHT && got <= (r.high + 2) / COMPARE_WEIGHT);
}

static uint32_t weight_at(const struct fingerprint *fp, uint32_t place)
{
	for (uint32_t i = 0; i < fp->n_spans; i++)
		if (fp_spans(fp)[i].place <= place && place < fp_span_end(fp, i))
			return fp_spans(fp)[i].quoted ? judge_quote_weight() : COMPARE_WEIGHT;
	fail_msg("shingle %u stands in no span", (unsigned)place);
	return 0;
}

static uint32_t smaller(uint32_t x, uint32_t y)
{
	return x < y ? x : y;
}

/* The most that is taken off as found by chance. */
static uint32_t most_by_chance(const struct fingerprint *a, const struct fingerprint *b)
{
	return (uint32_t)((uint64_t)a->n_shingles * b->n_shingles >> FP_SHINGLE_BITS);
}

static void assert_counts(struct compare *c, const struct fingerprint *a,
			  const struct fingerprint *b)
{
	uint32_t *counts = calloc(a->n_keys + 1, sizeof(*counts)), shared = 0, chance = most_by_chance(a, b);
	struct range all = { 0 }, both = { 0 };
	struct evidence got = { 0 };

	for (uint32_t k = 0; k < a->n_keys; k++)
		counts[k] = (uint32_t)(rnd() % 3 ? 0 : rnd() % 22);
	for (uint32_t i = 0; i < a->n_shingles; i++) {
		int rare = rarity(a, counts, i);

		range_add(&all, rare, weight_at(a, i));
		for (uint32_t j = 0; j < b->n_shingles; j++)
			if (fp_shingles(a)[i] == fp_shingles(b)[j]) {
				shared++;
				range_add(&both, rare, smaller(weight_at(a, i), weight_at(b, j)));
			}
	}
	assert_int_equal(compare_load_body(c, a, counts), 0);
	compare_count(c, b, &got);
	assert_int_equal(got.a, a->n_shingles);
	assert_int_equal(got.b, b->n_shingles);
	assert_in_range(got.shared, shared - smaller(shared, chance), shared);
	assert_in(got.rare_a, all);
	both.low -= smaller(both.low, chance * COMPARE_WEIGHT);
	assert_in(got.rare_shared, both);
	assert_int_equal(compare_rare(a, counts), got.rare_a);
	free(counts);
}

static void counts_are_those_of_the_model(void **state)
{
	static char a[100000], b[100000];
	struct compare c;

	made_seed = 61;
	compare_init(&c);
	for (int round = 0; round < 300; round++) {
		random_pair(a, b);
		assert_counts(&c, print_of(0, a), print_of(1, b));
		assert_counts(&c, print_of(0, b), print_of(1, a));
	}
	compare_done(&c);
	compare_done(&c);
	compare_done(NULL);
}

/* Of 60,000 shingles of each some 3,400 are found in the other's all the same. */
static void long_texts_share_nothing_by_chance(void **state)
{
	static char a[1 << 20], b[1 << 20];
	const struct fingerprint *x, *y;
	struct evidence got = { 0 };
	struct compare c;
	char *at = a;
	uint32_t *counts;

	add_words(&at, 0, 60000);
	at = b;
	add_words(&at, 60000, 120000);
	x = print_of(0, a);
	y = print_of(1, b);
	counts = calloc(x->n_keys, sizeof(*counts));
	compare_init(&c);
	assert_int_equal(compare_load_body(&c, x, counts), 0);
	compare_count(&c, y, &got);
	assert_true(most_by_chance(x, y) > 3000);
	assert_true(got.shared < 200);
	assert_true(got.rare_shared < 200);
	compare_done(&c);
	free(counts);
}

static void empty_texts_share_nothing(void **state)
{
	struct compare c;

	made_seed = 62;
	compare_init(&c);
	assert_counts(&c, print_of(0, ""), print_of(1, ""));
	assert_counts(&c, print_of(0, ""),
		      print_of(1, "a text of a few words, and some more of them"));
	assert_counts(&c, print_of(0, "a text of a few words, and some more of them"),
		      print_of(1, ""));
	compare_done(&c);
}

static void without_a_key_every_shingle_is_rare(void **state)
{
	struct {
		struct fingerprint head;
		uint32_t shingles[40];
	} a = { .head = { .n_shingles = 40 } };
	struct evidence got = { 0 };
	struct compare c;

	for (uint32_t i = 0; i < 40; i++)
		a.shingles[i] = i * 977;
	compare_init(&c);
	assert_int_equal(compare_load_body(&c, &a.head, NULL), 0);
	compare_count(&c, &a.head, &got);
	assert_int_equal(got.rare_a, 40);
	assert_int_equal(got.rare_shared, 40);
	assert_int_equal(compare_rare(&a.head, NULL), 40);
	compare_done(&c);
}

/* --- leads --- */

static float share_of_lead(const struct fingerprint *lead, const struct fingerprint *head,
			   const float *weights, const struct fingerprint *weighted)
{
	float found = 0, all = 0;

	for (uint32_t i = 0; i < lead->n_lead; i++) {
		float weight = 1;
		bool there = false;

		for (uint32_t k = 0; k < weighted->n_head; k++)
			if (fp_head(weighted)[k] == fp_head(lead)[i])
				weight = weights[k];
		for (uint32_t k = 0; k < head->n_head; k++)
			there |= fp_head(head)[k] == fp_head(lead)[i];
		all += weight;
		found += there ? weight : 0;
	}
	return all > 0 ? found / all : 0;
}

static void leads_are_weighed_as_by_the_model(void **state)
{
	static char a[100000], b[100000];
	static float weights[COMPARE_HEAD_MAX];
	struct compare c;

	made_seed = 63;
	compare_init(&c);
	for (int round = 0; round < 2000; round++) {
		const struct fingerprint *x, *y;
		float ab, ba;

		random_pair(a, b);
		x = print_of(0, a);
		y = print_of(1, b);
		assert_true(x->n_head <= COMPARE_HEAD_MAX && y->n_head <= COMPARE_HEAD_MAX);
		for (uint32_t i = 0; i < COMPARE_HEAD_MAX; i++)
			weights[i] = (float)(1 + rnd() % 4) / 4;
		compare_load_head(&c, x, weights);
		ab = share_of_lead(x, y, weights, x);
		ba = share_of_lead(y, x, weights, x);
		if (!x->n_lead || !y->n_lead)
			ab = ba = 0;
		assert_float_equal(compare_leads(&c, y), ab > ba ? ab : ba, 1e-4f);
	}
	compare_done(&c);
}

static void a_text_has_its_own_lead(void **state)
{
	static float weights[COMPARE_HEAD_MAX];
	static char text[20000];
	struct compare c;
	char *at = text;

	for (uint32_t i = 0; i < COMPARE_HEAD_MAX; i++)
		weights[i] = 0.25f;
	add_words(&at, 0, 500);
	compare_init(&c);
	compare_load_head(&c, print_of(0, text), weights);
	assert_float_equal(compare_leads(&c, print_of(1, text)), 1, 1e-6f);
	assert_float_equal(compare_leads(&c, print_of(1, "")), 0, 0);
	compare_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_are_those_of_the_model),
		cmocka_unit_test(empty_texts_share_nothing),
		cmocka_unit_test(long_texts_share_nothing_by_chance),
		cmocka_unit_test(without_a_key_every_shingle_is_rare),
		cmocka_unit_test(leads_are_weighed_as_by_the_model),
		cmocka_unit_test(a_text_has_its_own_lead),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
