/* lib/base/table: a multimap that agrees with a model which cannot be wrong: a chain of entries a bucket. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/table.h"
#include "tests/unit/random.h"

/* --- the model: what the table takes for one key are the bits it keeps: shard and tag --- */

#define KEPT_BITS (32 + TABLE_SHARD_BITS)
#define BUCKETS (1u << 18)

struct pair {
	uint64_t kept;
	uint32_t value, next; /* next: place + 1; 0 ends */
};

struct model {
	struct pair *pairs;
	uint32_t *buckets, n, cap;
};

static uint64_t kept(uint64_t key)
{
	return key & ((UINT64_C(1) << KEPT_BITS) - 1);
}

static uint32_t *bucket(const struct model *m, uint64_t key)
{
	return &m->buckets[kept(key) * 0x9E3779B97F4A7C15u >> 46];
}

static void model_init(struct model *m, uint32_t cap)
{
	*m = (struct model){ calloc(cap, sizeof(struct pair)), calloc(BUCKETS, sizeof(uint32_t)), 0, cap };
	assert_non_null(m->pairs);
	assert_non_null(m->buckets);
}

static void model_done(struct model *m)
{
	free(m->pairs);
	free(m->buckets);
}

static void both_insert(struct table *t, struct model *m, uint64_t key, uint32_t value)
{
	uint32_t *b = bucket(m, key);

	assert_int_equal(table_insert(t, key, value), 0);
	assert_true(m->n < m->cap);
	m->pairs[m->n] = (struct pair){ kept(key), value, *b };
	*b = ++m->n;
}

/* Takes one entry with this key and value out of the model. */
static void model_take(struct model *m, uint64_t key, uint32_t value)
{
	uint32_t *link = bucket(m, key);

	while (*link && (m->pairs[*link - 1].kept != kept(key) || m->pairs[*link - 1].value != value))
		link = &m->pairs[*link - 1].next;
	assert_int_not_equal(*link, 0);
	*link = m->pairs[*link - 1].next;
}

/* Removes the entry that a look-up finds, or the n-th of its key. */
static void both_remove(struct table *t, struct model *m, uint64_t key, unsigned n)
{
	uint32_t *slot = table_find(t, key), *other;
	uint64_t cursor = 0, moves = t->moves;
	uint32_t value;

	assert_non_null(slot);
	while (n-- && (other = table_next(t, key, &cursor)))
		slot = other;
	value = table_value(slot);
	table_remove(t, key, slot);
	assert_int_not_equal(t->moves, moves);
	model_take(m, key, value);
}

static uint32_t model_all(const struct model *m, uint64_t key, uint32_t *ret, uint32_t max)
{
	uint32_t n = 0;

	for (uint32_t at = *bucket(m, key); at; at = m->pairs[at - 1].next)
		if (m->pairs[at - 1].kept == kept(key)) {
			assert_true(n < max);
			ret[n++] = m->pairs[at - 1].value;
		}
	return n;
}

static uint32_t table_all(const struct table *t, uint64_t key, uint32_t *ret, uint32_t max)
{
	uint64_t cursor = 0;
	uint32_t *slot, n = 0;

	while ((slot = table_next(t, key, &cursor))) {
		assert_true(n < max);
		ret[n++] = table_value(slot);
	}
	return n;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

#define SAME_MAX 20000

/* Both know the same values of a key, each as often. */
static void assert_agree(const struct table *t, const struct model *m, uint64_t key)
{
	static uint32_t want[SAME_MAX], got[SAME_MAX];
	uint32_t n = model_all(m, key, want, SAME_MAX);
	const uint32_t *found = table_find(t, key);

	assert_int_equal(table_all(t, key, got, SAME_MAX), n);
	qsort(want, n, sizeof(*want), by_value);
	qsort(got, n, sizeof(*got), by_value);
	assert_memory_equal(got, want, n * sizeof(*got));
	assert_int_equal(found != NULL, n > 0);
	if (found) {
		uint32_t value = table_value(found);

		assert_non_null(bsearch(&value, want, n, sizeof(*want), by_value));
	}
}

static void assert_agree_on_all(const struct table *t, const struct model *m)
{
	assert_int_equal(t->used, m->n);
	for (uint32_t i = 0; i < m->n; i++)
		assert_agree(t, m, m->pairs[i].kept);
}

static uint32_t any_value(void)
{
	switch (rnd() % 16) {
	case 0:
		return 1;
	case 1:
		return TABLE_VALUE_MAX;
	default:
		return 1 + (uint32_t)(rnd() % TABLE_VALUE_MAX);
	}
}

/* --- tests --- */

static void an_empty_table_finds_nothing(void **state)
{
	struct table t;
	uint64_t cursor = 0;

	table_init(&t);
	for (uint64_t key = 0; key < 5000; key++) {
		assert_null(table_find(&t, key << 30));
		cursor = 0;
		assert_null(table_next(&t, key << 30, &cursor));
		table_prefetch(&t, key << 30);
	}
	assert_int_equal(t.used, 0);
	assert_int_equal(t.bytes, 0);
	table_done(&t);
	table_done(&t);
	table_done(NULL);
}

/* A third of the insertions repeat a key; every now and then all of the keys so far are looked up. */
static void random_keys_agree_with_the_model(void **state)
{
	struct table t;
	struct model m;

	made_seed = 1;
	table_init(&t);
	model_init(&m, 200000);
	for (uint32_t i = 0; i < 200000; i++) {
		bool again = m.n && rnd() % 3 == 0;
		uint64_t key = again ? m.pairs[rnd() % m.n].kept | rnd() << KEPT_BITS : rnd();

		both_insert(&t, &m, key, any_value());
		if (i % 512 == 0) {
			assert_agree(&t, &m, key);
			assert_agree(&t, &m, rnd());
		}
		if ((i & (i + 1)) == 0)
			assert_agree_on_all(&t, &m);
	}
	assert_agree_on_all(&t, &m);
	for (int i = 0; i < 200000; i++)
		assert_agree(&t, &m, rnd());
	table_done(&t);
	model_done(&m);
}

/* All in one shard, their tags in few lines: the worst that spilling can be asked for. */
static void keys_that_crowd_one_line_agree_with_the_model(void **state)
{
	static const uint64_t first[] = { 0, 0xFFFFFF00, 0x7FFFFF80, 0xFFFFFFF8 };

	made_seed = 2;
	for (size_t c = 0; c < sizeof(first) / sizeof(first[0]); c++) {
		struct table t;
		struct model m;

		table_init(&t);
		model_init(&m, 3000);
		for (uint32_t i = 0; i < 3000; i++) {
			both_insert(&t, &m, (first[c] + rnd() % 256) & 0xFFFFFFFF, any_value());
			if (i < 200 || i % 500 == 0)
				for (uint64_t k = 0; k < 300; k++)
					assert_agree(&t, &m, (first[c] + k) & 0xFFFFFFFF);
		}
		assert_agree_on_all(&t, &m);
		table_done(&t);
		model_done(&m);
	}
}

/* Keys come and go: a wave of insertions, a wave of removals, each larger than the last. */
static void churn(struct table *t, struct model *m, uint64_t *keys, uint32_t rounds, uint64_t (*any_key)(void))
{
	uint32_t live = 0;

	for (uint32_t round = 0; round < rounds; round++) {
		uint32_t more = (uint32_t)(rnd() % 2000), less;

		for (uint32_t i = 0; i < more; i++) {
			keys[live] = any_key();
			both_insert(t, m, keys[live++], any_value());
		}
		less = (uint32_t)(rnd() % (rnd() % 3 ? live / 2 + 1 : live + 1));
		for (uint32_t i = 0; i < less; i++) {
			uint32_t at = (uint32_t)(rnd() % live);
			uint64_t key = keys[at];

			keys[at] = keys[--live];
			both_remove(t, m, key, (unsigned)(rnd() % 3));
			if (i % 64 == 0)
				assert_agree(t, m, key);
		}
		assert_int_equal(t->used, live);
		for (uint32_t i = 0; i < live; i++)
			assert_agree(t, m, keys[i]);
		for (uint32_t i = 0; i < 500; i++)
			assert_agree(t, m, any_key());
	}
	while (live)
		both_remove(t, m, keys[--live], 0);
	assert_int_equal(t->used, 0);
	for (uint32_t i = 0; i < 500; i++)
		assert_agree(t, m, any_key());
}

/* Few tags all over the lines, in two shards. */
static uint64_t key_of_few(void)
{
	return rnd() % 2 << 32 | (rnd() % 700 * 6135667u & 0xFFFFFFFF);
}

/* Tags of one stretch that wraps around the end of the shard; the tag 0 is among them. */
static uint64_t key_of_a_crowd(void)
{
	return (0xFFFFFF80u + rnd() % 256) & 0xFFFFFFFF;
}

static void keys_that_come_and_go_agree_with_the_model(void **state)
{
	uint64_t (*const any[])(void) = { rnd, key_of_few, key_of_a_crowd };
	static const uint32_t rounds[] = { 60, 60, 12 };

	made_seed = 6;
	for (size_t c = 0; c < 3; c++) {
		uint64_t *keys = malloc(200000 * sizeof(*keys));
		struct table t;
		struct model m;

		assert_non_null(keys);
		table_init(&t);
		model_init(&m, 200000);
		churn(&t, &m, keys, rounds[c], any[c]);
		table_done(&t);
		model_done(&m);
		free(keys);
	}
}

/* A key that is there is found where a look-up finds it; another one is inserted. */
static void both_meet(struct table *t, struct model *m, uint64_t key, uint32_t value)
{
	uint32_t *b = bucket(m, key), had[SAME_MAX], *slot = NULL;
	bool is_there = model_all(m, key, had, SAME_MAX) > 0;

	assert_int_equal(table_meet(t, key, value, &slot), 0);
	assert_ptr_equal(slot, is_there ? table_find(t, key) : NULL);
	if (is_there)
		return;
	assert_true(m->n < m->cap);
	m->pairs[m->n] = (struct pair){ kept(key), value, *b };
	*b = ++m->n;
}

/* Removals leave lines that have room and tell of keys that spilled. */
static void keys_that_are_met_agree_with_the_model(void **state)
{
	uint64_t (*const any[])(void) = { rnd, key_of_few, key_of_a_crowd };

	made_seed = 11;
	for (size_t c = 0; c < 3; c++) {
		struct table t;
		struct model m;
		uint32_t taken = 0;

		table_init(&t);
		model_init(&m, 60000);
		for (uint32_t i = 0; i < 60000; i++) {
			uint64_t key = any[c]();

			both_meet(&t, &m, key, any_value());
			if (rnd() % 2)
				both_meet(&t, &m, key | rnd() << KEPT_BITS, any_value());
			if (rnd() % 3 == 0 && table_find(&t, key)) {
				both_remove(&t, &m, key, 0);
				taken++;
			}
			if (i % 64 == 0)
				assert_agree(&t, &m, any[c]());
			assert_int_equal(t.used, m.n - taken);
		}
		table_done(&t);
		model_done(&m);
	}
}

/* table_keep_fn: a third goes. */
static bool not_third(void *arg, uint32_t value)
{
	++*(size_t *)arg;
	return value % 3;
}

static void a_shard_that_is_swept_keeps_the_rest(void **state)
{
	enum { KEYS = 150000 };
	uint64_t *keys = malloc(KEYS * sizeof(*keys));
	struct table t;
	size_t asked = 0;

	assert_non_null(keys);
	made_seed = 8;
	table_init(&t);
	for (uint32_t i = 0; i < KEYS; i++) {
		keys[i] = rnd();
		assert_int_equal(table_insert(&t, keys[i], i + 1), 0);
	}
	for (size_t s = 0; s < TABLE_SHARDS; s++)
		table_sweep(&t, s, not_third, &asked);
	assert_int_equal(asked, KEYS);
	assert_int_equal(t.used, KEYS - KEYS / 3);
	for (uint32_t i = 0; i < KEYS; i++) {
		const uint32_t *slot = table_find(&t, keys[i]);

		assert_int_equal(slot ? table_value(slot) : 0, (i + 1) % 3 ? i + 1 : 0);
	}
	table_done(&t);
	table_init(&t);
	table_sweep(&t, 0, not_third, &asked);
	table_done(&t);
	free(keys);
}

/* Before anything is in it, in between, and for less than there is. */
static void room_that_was_reserved_changes_nothing_but_the_growth(void **state)
{
	struct table t;
	struct model m;
	size_t bytes;

	made_seed = 7;
	table_init(&t);
	model_init(&m, 200000);
	assert_int_equal(table_reserve(&t, 1000), 0);
	for (uint32_t i = 0; i < 20000; i++)
		both_insert(&t, &m, rnd(), any_value());
	assert_int_equal(table_reserve(&t, 100), 0);
	assert_int_equal(table_reserve(&t, 300000), 0);
	assert_agree_on_all(&t, &m);
	bytes = t.bytes;
	for (uint32_t i = 0; i < 180000; i++)
		both_insert(&t, &m, rnd(), any_value());
	assert_int_equal(t.bytes, bytes);
	assert_agree_on_all(&t, &m);
	table_done(&t);
	model_done(&m);
}

/* Shards that were mapped together live and go each for itself; some have outgrown the reserve before. */
static void a_large_reserve_is_like_a_small_one(void **state)
{
	struct table t;
	struct model m;

	made_seed = 8;
	table_init(&t);
	model_init(&m, 400000);
	for (uint32_t i = 0; i < 30000; i++)
		both_insert(&t, &m, rnd() % 2 ? rnd() : (rnd() & 0xFFFFFFFF), any_value());
	assert_int_equal(table_reserve(&t, 10000000), 0);
	assert_agree_on_all(&t, &m);
	for (uint32_t i = 0; i < 200000; i++)
		both_insert(&t, &m, rnd() % 4 ? rnd() : (rnd() & 0xFFFFFFFF), any_value());
	assert_int_equal(table_reserve(&t, 15000000), 0);
	assert_agree_on_all(&t, &m);
	table_done(&t);
	model_done(&m);
}

static void the_tag_zero_is_a_key_like_any_other(void **state)
{
	struct table t;

	table_init(&t);
	for (uint64_t shard = 0; shard < TABLE_SHARDS; shard++) {
		assert_null(table_find(&t, shard << 32));
		assert_int_equal(table_insert(&t, shard << 32 | 1, 7), 0);
		assert_null(table_find(&t, shard << 32));
		assert_int_equal(table_insert(&t, shard << 32, 9), 0);
		assert_int_equal(table_value(table_find(&t, shard << 32)), 9);
		assert_int_equal(table_value(table_find(&t, shard << 32 | 1)), 7);
	}
	table_done(&t);
}

static void one_key_keeps_ten_thousand_values(void **state)
{
	struct table t;
	struct model m;

	table_init(&t);
	model_init(&m, 10100);
	for (uint32_t i = 1; i <= 10000; i++) {
		both_insert(&t, &m, 0x123456789ABCDEF0u, i);
		if (i % 100 == 0)
			both_insert(&t, &m, 0x123456789ABCDEF1u, i);
	}
	assert_agree(&t, &m, 0x123456789ABCDEF0u);
	assert_agree(&t, &m, 0x123456789ABCDEF1u);
	assert_null(table_find(&t, 0x123456789ABCDEF2u));
	table_done(&t);
	model_done(&m);
}

/* Keys that differ only in the bits the table does not keep are one key; one bit of the others tells. */
static void keys_that_agree_in_tag_and_shard_are_one_key(void **state)
{
	const uint64_t key = 0xAAAAA123DEADBEEFu;
	struct table t;

	table_init(&t);
	assert_int_equal(table_insert(&t, key, 5), 0);
	for (int bit = 0; bit < 64; bit++) {
		const uint32_t *slot = table_find(&t, key ^ UINT64_C(1) << bit);

		if (bit < KEPT_BITS)
			assert_null(slot);
		else
			assert_int_equal(table_value(slot), 5);
	}
	table_done(&t);
}

static void a_changed_value_stays_changed_while_the_table_grows(void **state)
{
	struct table t;

	made_seed = 3;
	table_init(&t);
	for (uint32_t i = 0; i < 50000; i++) {
		uint64_t key = i * 0x9E3779B97F4A7C15u;
		uint32_t *slot;

		assert_int_equal(table_insert(&t, key, 1), 0);
		slot = table_find(&t, key);
		assert_non_null(slot);
		table_set(slot, TABLE_VALUE_MAX - i);
		assert_int_equal(table_value(slot), TABLE_VALUE_MAX - i);
	}
	for (uint32_t i = 0; i < 50000; i++)
		assert_int_equal(table_value(table_find(&t, i * 0x9E3779B97F4A7C15u)), TABLE_VALUE_MAX - i);
	table_done(&t);
}

static void slots_stand_still_while_moves_is_the_same(void **state)
{
	struct table t;
	uint64_t moves, still = 0;
	uint32_t *slot;

	made_seed = 4;
	table_init(&t);
	assert_int_equal(table_insert(&t, 42, 4242), 0);
	slot = table_find(&t, 42);
	moves = t.moves;
	for (int i = 0; i < 20000; i++) {
		assert_int_equal(table_insert(&t, rnd() % (1u << 16) << 16 | 7, any_value()), 0);
		if (t.moves == moves) {
			assert_ptr_equal(table_find(&t, 42), slot);
			still++;
		}
		slot = table_find(&t, 42);
		moves = t.moves;
		assert_int_equal(table_value(slot), 4242);
	}
	assert_true(still > 15000);
	table_done(&t);
}

static void an_entry_costs_less_than_twenty_bytes(void **state)
{
	struct table t;

	made_seed = 5;
	table_init(&t);
	for (int i = 0; i < 1000000; i++)
		assert_int_equal(table_insert(&t, rnd(), 1), 0);
	assert_true(t.bytes < 20 * t.used);
	table_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_table_finds_nothing),
		cmocka_unit_test(random_keys_agree_with_the_model),
		cmocka_unit_test(keys_that_crowd_one_line_agree_with_the_model),
		cmocka_unit_test(keys_that_come_and_go_agree_with_the_model),
		cmocka_unit_test(keys_that_are_met_agree_with_the_model),
		cmocka_unit_test(a_shard_that_is_swept_keeps_the_rest),
		cmocka_unit_test(room_that_was_reserved_changes_nothing_but_the_growth),
		cmocka_unit_test(a_large_reserve_is_like_a_small_one),
		cmocka_unit_test(the_tag_zero_is_a_key_like_any_other),
		cmocka_unit_test(one_key_keeps_ten_thousand_values),
		cmocka_unit_test(keys_that_agree_in_tag_and_shard_are_one_key),
		cmocka_unit_test(a_changed_value_stays_changed_while_the_table_grows),
		cmocka_unit_test(slots_stand_still_while_moves_is_the_same),
		cmocka_unit_test(an_entry_costs_less_than_twenty_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
