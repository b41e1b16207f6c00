#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "sketch/pick.h"

#define HASHES_MAX 6000u
#define CUTS_MAX 40u

/* What is asked for, and what a walk with no set and no bits makes of it. */
struct text {
	uint64_t hashes[HASHES_MAX];
	uint64_t distinct[HASHES_MAX];
	size_t n, n_distinct;
	uint32_t n_keys, scale;
	struct cut cuts[CUTS_MAX];
	uint32_t places[CUTS_MAX];
	size_t n_cuts;
};

static struct text made;

/* n hashes, of which about one in `repeats` stood before; 0: none. */
static void make(struct text *t, size_t n, uint32_t repeats, uint64_t seed)
{
	t->n = n;
	t->n_cuts = 0;
	for (size_t i = 0; i < n; i++) {
		uint64_t hash = hash_finish(hash_step(seed, i));

		t->hashes[i] = i && repeats && hash % repeats == 0 ? t->hashes[hash / repeats % i] : hash;
		if (hash % 29 == 0 && t->n_cuts < CUTS_MAX)
			t->cuts[t->n_cuts++] = (struct cut){ (uint32_t)i, { 0, (uint32_t)i, 0 } };
	}
	if (t->n_cuts < CUTS_MAX)
		t->cuts[t->n_cuts++] = (struct cut){ (uint32_t)n, { 0, 0, 0 } };
}

static bool stood(const struct text *t, uint64_t hash)
{
	for (size_t i = 0; i < t->n_distinct; i++)
		if (fp_shingle_of(t->distinct[i]) == fp_shingle_of(hash))
			return true;
	return false;
}

static void expect(struct text *t)
{
	size_t cut = 0;

	t->n_distinct = 0;
	for (size_t i = 0; i < t->n; i++) {
		for (; cut < t->n_cuts && t->cuts[cut].unit == i; cut++)
			t->places[cut] = (uint32_t)t->n_distinct;
		if (!stood(t, t->hashes[i]))
			t->distinct[t->n_distinct++] = t->hashes[i];
	}
	for (; cut < t->n_cuts; cut++)
		t->places[cut] = (uint32_t)t->n_distinct;
	for (t->scale = FP_SCALE;; t->scale /= 2) {
		t->n_keys = 0;
		for (size_t i = 0; i < t->n_distinct; i++)
			t->n_keys += t->distinct[i] <= UINT64_MAX / t->scale;
		if (t->n_keys >= FP_KEYS_MIN || t->scale == 1)
			break;
	}
}

static void check(struct picker *p, struct text *t)
{
	struct fingerprint head = { 0 };
	const struct fp_key *keys;
	const uint32_t *shingles;
	uint32_t k = 0;
	struct buf out;

	buf_init(&out, 1 << 20);
	expect(t);
	assert_int_equal(picker_run(p, t->hashes, t->n, t->cuts, t->n_cuts, &out, &head), 0);
	assert_int_equal(head.n_shingles, t->n_distinct);
	assert_int_equal(head.scale, t->scale);
	assert_int_equal(head.n_keys, t->n_keys);
	assert_int_equal(out.len, t->n_distinct * sizeof(*shingles) + t->n_keys * sizeof(*keys));
	shingles = (const uint32_t *)(const void *)out.at;
	keys = (const struct fp_key *)(const void *)(shingles + t->n_distinct);
	for (size_t i = 0; i < t->n_distinct; i++) {
		assert_int_equal(shingles[i], fp_shingle_of(t->distinct[i]));
		if (t->distinct[i] > UINT64_MAX / t->scale)
			continue;
		assert_int_equal(keys[k].place, i);
		assert_int_equal(keys[k++].low, (uint32_t)t->distinct[i]);
	}
	for (size_t i = 0; i < t->n_cuts; i++)
		assert_int_equal(t->cuts[i].span.place, t->places[i]);
	buf_done(&out);
}

static void check_all(uint32_t repeats)
{
	static const size_t sizes[] = { 0, 1, 2, 15, 16, 17, 63, 64, 65, 200, 333, 1000, 2047, 2048, 2049, HASHES_MAX };
	struct picker p;

	picker_init(&p);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		make(&made, sizes[i], repeats, i + 7);
		check(&p, &made);
	}
	picker_done(&p);
}

static void texts_without_repeats(void **state)
{
	(void)state;
	check_all(0);
}

static void texts_with_some_repeats(void **state)
{
	(void)state;
	check_all(97);
	check_all(20);
}

static void texts_that_repeat_themselves(void **state)
{
	(void)state;
	check_all(2);
	check_all(1);
}

static void without_memory_nothing_is_told(void **state)
{
	struct fingerprint head = { 0 };
	struct picker p;
	struct buf out;

	(void)state;
	buf_init(&out, 64);
	picker_init(&p);
	make(&made, 100, 0, 1);
	assert_int_equal(picker_run(&p, made.hashes, made.n, made.cuts, made.n_cuts, &out, &head) < 0, 1);
	assert_int_equal(out.len, 0);
	picker_done(&p);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_without_repeats),
		cmocka_unit_test(texts_with_some_repeats),
		cmocka_unit_test(texts_that_repeat_themselves),
		cmocka_unit_test(without_memory_nothing_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
