/* daemon/keep: over random small archives, the ids that are kept and those that are dropped are all ids, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/keep.h"
#include "tests/unit/indexing.h"

#define ARTICLES_MAX 60

static void put(const char *id, const char *url, uint32_t from, uint32_t to)
{
	static char text[1 << 16];
	struct nd_article a = { .id = { id, strlen(id) }, .outlet = { "A", 1 }, .text = { text, 0 } };
	struct nd_fingerprint fp;

	text[0] = 0;
	words(text, from, to);
	a.text.len = strlen(text);
	if (url)
		a.url = (struct nd_str){ url, strlen(url) };
	assert_int_equal(nd_fingerprint(printer, &a, &fp), 0);
	assert_int_equal(nd_index_add(ix, &fp, NULL), 0);
}

static bool same_id(nd_seq x, nd_seq y)
{
	struct nd_str a = now(x).article.id, b = now(y).article.id;

	return a.len == b.len && !memcmp(a.at, b.at, a.len);
}

static bool drops(uint32_t relation)
{
	return relation == ND_IDENTICAL || relation == ND_COPY || relation == ND_EXCERPT || relation == ND_REVISION;
}

static void assert_reason(const struct keep *k, nd_seq seq)
{
	struct nd_report r = now(seq);
	const struct nd_match *why = keep_reason(k, ix, &r);

	assert_int_equal(k->state[seq] == KEEP_DROPPED, why != NULL && k->state[seq] != KEEP_SUPERSEDED);
	if (k->state[seq] != KEEP_DROPPED)
		return;
	assert_true(drops(why->relation));
	assert_true(why->article < seq);
	assert_int_equal(k->state[why->article], KEEP_KEPT);
	assert_false(same_id(why->article, seq));
}

static void assert_partition(const struct keep *k)
{
	nd_seq n = nd_index_count(ix);
	uint64_t kept = 0, dropped = 0;

	for (nd_seq i = 0; i < n; i++) {
		unsigned listed = 0;

		for (nd_seq j = 0; j < n; j++)
			listed += same_id(i, j) && k->state[j] != KEEP_SUPERSEDED;
		assert_int_equal(listed, 1); /* each id once: its newest version */
		assert_int_equal(k->state[i] == KEEP_SUPERSEDED, now(i).superseded);
		if (k->state[i] != KEEP_SUPERSEDED)
			assert_reason(k, i);
		kept += k->state[i] == KEEP_KEPT;
		dropped += k->state[i] == KEEP_DROPPED;
	}
	assert_int_equal(k->kept, kept);
	assert_int_equal(k->dropped, dropped);
}

static void decide(struct keep *k)
{
	assert_int_equal(keep_init(k, ix), 0);
	for (nd_seq i = 0; i < nd_index_count(ix); i++) {
		struct nd_report r = now(i);
		enum keep_state state = keep_next(k, ix, &r);

		assert_int_equal(state, k->state[i]);
	}
}

static void random_archives_are_parted(void **state)
{
	uint64_t dropped = 0, superseded = 0;

	made_seed = 81;
	for (int round = 0; round < 400; round++) {
		nd_seq n = (nd_seq)(rnd() % (ARTICLES_MAX + 1));
		uint32_t ids = 1 + (uint32_t)(rnd() % 80), topics = 1 + (uint32_t)(rnd() % 6);
		struct keep k;

		index_up(NULL);
		for (nd_seq i = 0; i < n; i++) {
			uint32_t from = (uint32_t)(rnd() % topics) * 1000 + (uint32_t)(rnd() % 10) * 20;
			char id[16], url[32];

			snprintf(id, sizeof(id), "%u", rnd() % 2 ? 1000 + i : (uint32_t)(rnd() % ids));
			snprintf(url, sizeof(url), "http://a.example/%u", (unsigned)(rnd() % 30));
			put(id, rnd() % 3 ? NULL : url, from, from + (uint32_t)(rnd() % 250));
		}
		decide(&k);
		assert_partition(&k);
		for (nd_seq i = 0; i < n; i++)
			superseded += k.state[i] == KEEP_SUPERSEDED;
		dropped += k.dropped;
		keep_done(&k);
		keep_done(&k);
		index_down(NULL);
	}
	assert_true(dropped > 1000 && superseded > 1000);
}

static void a_copy_of_a_copy_is_dropped_only_for_what_is_kept(void **state)
{
	struct keep k;

	put("a", NULL, 0, 300);
	put("b", NULL, 140, 440); /* a copy of a */
	put("c", NULL, 302, 602); /* a copy of b alone, and b is dropped */
	decide(&k);
	assert_int_equal(k.state[0], KEEP_KEPT);
	assert_int_equal(k.state[1], KEEP_DROPPED);
	assert_int_equal(k.state[2], KEEP_KEPT);
	keep_done(&k);
}

static void of_an_id_the_newest_version_counts_and_older_ones_drop_nothing(void **state)
{
	struct keep k;

	put("a", NULL, 0, 300);
	put("b", NULL, 0, 300);
	put("a", NULL, 5000, 5300);
	put("c", NULL, 5000, 5300);
	decide(&k);
	assert_int_equal(k.state[0], KEEP_SUPERSEDED);
	assert_int_equal(k.state[1], KEEP_KEPT); /* what it copies is in no kept article */
	assert_int_equal(k.state[2], KEEP_KEPT);
	assert_int_equal(k.state[3], KEEP_DROPPED);
	keep_done(&k);
}

static void digests_and_parts_are_kept(void **state)
{
	struct keep k;

	put("a", NULL, 0, 200);
	put("digest", NULL, 0, 1000);
	put("part", NULL, 150, 350);
	decide(&k);
	assert_int_equal(now(1).verdict, ND_DIGEST);
	assert_int_equal(k.state[0], KEEP_KEPT);
	assert_int_equal(k.state[1], KEEP_KEPT);
	keep_done(&k);
}

static void an_empty_archive_has_nothing_to_keep(void **state)
{
	struct keep k;

	decide(&k);
	assert_int_equal(k.kept, 0);
	assert_int_equal(k.dropped, 0);
	keep_done(&k);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, index_up, index_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_archives_are_parted),
		TEST(a_copy_of_a_copy_is_dropped_only_for_what_is_kept),
		TEST(of_an_id_the_newest_version_counts_and_older_ones_drop_nothing),
		TEST(digests_and_parts_are_kept),
		TEST(an_empty_archive_has_nothing_to_keep),
	};

	return cmocka_run_group_tests(tests, printer_up, printer_down);
}
