/*
 * Judging again: whatever is judged again and whenever, the index is the one that its records make, two that were told
 * the same answer the same, and what was not committed has never been.
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

static void put_both(struct piece p)
{
	struct nd_fingerprint fp = print(p);
	struct nd_report x, y;

	assert_int_equal(nd_index_add(whole, &fp, &x), 0);
	assert_int_equal(nd_index_put(ix, &fp, 1000 + x.seq, &y), 0);
	assert_int_equal(x.seq, y.seq);
	assert_same_report(&x, &y);
	assert_int_equal(nd_index_again(ix, SIZE_MAX), 0);
	assert_int_equal(nd_index_again(whole, SIZE_MAX), 0);
}

static void again_all(struct nd_index *index, size_t step)
{
	int more = 1;

	while (more)
		assert_true((more = nd_index_again(index, step)) >= 0);
}

static void again_both(nd_seq seq)
{
	assert_int_equal(nd_index_ask_again(ix, seq), 0);
	assert_int_equal(nd_index_ask_again(whole, seq), 0);
	assert_int_equal(nd_index_ask_again(whole, seq), 0);
	again_all(ix, 1 + rnd() % 5);
	again_all(whole, SIZE_MAX);
}

static void commit(void)
{
	static struct nd_stored batch[20000];
	size_t n = nd_index_pending(ix, 0, batch, 20000);

	assert_true(n < 20000);
	assert_int_equal(nd_store_commit(store, batch, n), 0);
	nd_index_committed(ix, n);
}

static void restart(void)
{
	commit();
	nd_index_free(ix);
	assert_int_equal(nd_index_open(store, &ix), 0);
	load(100);
}

/* They would judge what may come in the same way, too. */
static void assert_same_answers(unsigned n)
{
	static struct made m;

	for (unsigned i = 0; i < n; i++) {
		struct nd_fingerprint fp = print(random_piece(&m, nd_index_count(ix)));
		struct nd_report x, y;

		assert_int_equal(nd_index_check(whole, &fp, &x), 0);
		assert_int_equal(nd_index_check(ix, &fp, &y), 0);
		assert_same_report(&x, &y);
	}
}

static bool is_there(struct nd_index *index, nd_seq seq)
{
	struct nd_report r;

	return nd_index_get(index, seq, &r) == 0;
}

static void assert_there(struct nd_index *index, nd_seq seq)
{
	assert_true(seq < nd_index_count(index));
	assert_true(is_there(index, seq));
}

/* Every story is a list in order of arrival, from its leader on, and knows its origin; nobody names what is gone. */
static void assert_sound(struct nd_index *index)
{
	for (nd_seq i = 0; i < nd_index_count(index); i++) {
		nd_seq next = nd_index_next_member(index, i), story = nd_index_story(index, i);
		struct nd_report r;

		if (nd_index_get(index, i, &r))
			continue;
		assert_true(story <= i);
		assert_there(index, story);
		assert_there(index, r.origin);
		if (r.lead_story != ND_NONE)
			assert_there(index, r.lead_story);
		for (size_t k = 0; k < r.n_matches; k++)
			assert_there(index, r.matches[k].article);
		assert_int_equal(nd_index_story(index, story), story);
		assert_int_equal(nd_index_story(index, r.origin), story);
		if (next == ND_NONE)
			continue;
		assert_true(next > i);
		assert_int_equal(nd_index_story(index, next), story);
	}
}

static nd_seq random_seq(void)
{
	return (nd_seq)(rnd() % nd_index_count(ix));
}

static void an_index_loaded_from_its_records_is_the_one_that_judged_again(void **state)
{
	static struct made m;

	made_seed = 301;
	for (unsigned i = 0; i < 3000; i++) {
		put_both(random_piece(&m, i));
		while (rnd() % 3 == 0)
			again_both(random_seq());
		if (rnd() % 10 == 0)
			commit();
		if (rnd() % 300 == 0) {
			restart();
			assert_same_index(ix, whole);
			assert_same_answers(20);
			assert_sound(ix);
		}
	}
	restart();
	assert_same_index(ix, whole);
	assert_same_answers(500);
	assert_sound(ix);
}

/* Nothing has changed since, but that all of them are there: doing it twice changes as much as doing it once. */
static void what_is_rolled_back_was_never_judged_again(void **state)
{
	static struct made m;
	unsigned i = 0;

	made_seed = 302;
	for (unsigned round = 0; round < 300; round++) {
		struct nd_index_stats stats;

		for (unsigned n = (unsigned)(rnd() % 12); n--; i++) {
			put_both(random_piece(&m, i));
			if (rnd() % 2)
				again_both(random_seq());
		}
		if (!i)
			continue;
		commit();
		for (unsigned n = (unsigned)(rnd() % 12), k = 0; k < n; k++) {
			struct nd_fingerprint fp = print(random_piece(&m, i + k));

			assert_int_equal(nd_index_put(ix, &fp, 0, NULL), 0);
			while (rnd() % 2) {
				assert_int_equal(nd_index_ask_again(ix, random_seq()), 0);
				assert_true(nd_index_again(ix, rnd() % 20) >= 0);
			}
		}
		nd_index_rollback(ix);
		nd_index_stats(ix, &stats);
		assert_int_equal(stats.pending, 0);
		assert_int_equal(nd_index_again(ix, 1), 0);
		if (round % 10 == 0) {
			assert_same_index(ix, whole);
			assert_same_answers(5);
		}
	}
	assert_same_index(ix, whole);
	assert_same_answers(200);
	restart();
	assert_same_index(ix, whole);
}

static void the_index_is_whole_after_every_step(void **state)
{
	static struct made m;

	made_seed = 303;
	for (unsigned i = 0; i < 400; i++)
		put_both(random_piece(&m, i));
	for (unsigned i = 0; i < 60; i++) {
		assert_int_equal(nd_index_ask_again(ix, random_seq()), 0);
		while (nd_index_again(ix, 1)) {
			assert_sound(ix);
			if (rnd() % 4 == 0) {
				struct nd_fingerprint fp = print(random_piece(&m, i));
				struct nd_report r;

				assert_int_equal(nd_index_check(ix, &fp, &r), 0);
			}
		}
		assert_sound(ix);
	}
}

/* An article and what it sets off are one transaction: none of it is handed out before all is done. */
static void nothing_is_pending_before_all_that_follows_is_done(void **state)
{
	static struct made m;
	static struct nd_stored items[1000];
	size_t n, before;

	made_seed = 304;
	for (unsigned i = 0; i < 100; i++)
		put_both(random_piece(&m, i));
	before = nd_index_pending(ix, 0, items, 1000);
	assert_true(before >= 100);
	for (nd_seq i = 0; i < 100; i++)
		assert_int_equal(nd_index_ask_again(ix, i), 0);
	for (nd_seq i = 0; i < 100; i += 10)
		assert_int_equal(nd_index_remove(ix, i), 0);
	assert_int_equal(nd_index_again(ix, 1), 1);
	while (nd_index_again(ix, 1))
		assert_int_equal(nd_index_pending(ix, 0, items, 1000), before);
	n = nd_index_pending(ix, 0, items, 1000);
	assert_true(n >= before + 10);
	for (size_t i = before; i < n; i++) {
		assert_true(items[i].seq < 100);
		assert_int_equal(items[i].received, 1000 + items[i].seq);
	}
}

static void changes_are_told_as_they_were(void **state)
{
	static struct made m;
	static nd_seq stories[1000];
	static uint32_t verdicts[1000];
	const struct nd_change *changes;
	size_t n, told = 0;

	made_seed = 305;
	for (unsigned i = 0; i < 1000; i++)
		put_both(random_piece(&m, i));
	for (nd_seq i = 0; i < 1000; i++) {
		struct nd_report r;

		assert_int_equal(nd_index_get(ix, i, &r), 0);
		stories[i] = r.story;
		verdicts[i] = r.verdict;
	}
	nd_index_changes(ix, &changes);
	assert_int_equal(nd_index_changes(ix, &changes), 0);
	for (unsigned round = 0; round < 300; round++) {
		nd_seq gone = random_seq();
		int err = nd_index_remove(ix, gone);

		assert_true(err == 0 || err == -ENOENT);
		assert_int_equal(nd_index_ask_again(ix, random_seq()), 0);
		again_all(ix, 3);
		n = nd_index_changes(ix, &changes);
		for (size_t i = 0; i < n; i++) {
			if (changes[i].origin != ND_NONE)
				continue;
			told++;
			assert_int_equal(changes[i].story_before, stories[changes[i].seq]);
			assert_int_equal(changes[i].verdict_before, verdicts[changes[i].seq]);
			stories[changes[i].seq] = changes[i].story;
			verdicts[changes[i].seq] = changes[i].verdict;
		}
	}
	for (nd_seq i = 0; i < 1000; i++) {
		struct nd_report r;

		if (!is_there(ix, i))
			continue;
		assert_int_equal(nd_index_get(ix, i, &r), 0);
		assert_int_equal(r.story, stories[i]);
		assert_int_equal(r.verdict, verdicts[i]);
	}
	assert_true(told > 20);
}

static void what_is_not_there_cannot_be_asked_for(void **state)
{
	assert_true(nd_index_ask_again(ix, 0) < 0);
	assert_int_equal(nd_index_again(ix, 10), 0);
	put_both((struct piece){ .id = "a", .text = text_of(0, 60) });
	assert_int_equal(nd_index_ask_again(ix, 0), 0);
	assert_true(nd_index_ask_again(ix, 1) < 0);
	again_all(ix, 1);
}

/* --- articles are taken out --- */

static void remove_both(nd_seq seq)
{
	bool there = is_there(whole, seq);

	assert_int_equal(nd_index_remove(whole, seq), there ? 0 : -ENOENT);
	assert_int_equal(nd_index_remove(ix, seq), there ? 0 : -ENOENT);
	assert_false(is_there(ix, seq));
}

/* By the ids alone: the newest that is there has the id, and knows those before it. */
static void assert_names(struct nd_index *index)
{
	static nd_seq before[5000];
	nd_seq n = nd_index_count(index);

	for (nd_seq i = 0; i < n; i++) {
		struct nd_report r;
		struct nd_str id;
		char room[16];

		before[i] = ND_NONE;
		if (nd_index_get(index, i, &r))
			continue;
		id = (struct nd_str){ memcpy(room, r.article.id.at, r.article.id.len), r.article.id.len };
		for (nd_seq k = i; k-- && before[i] == ND_NONE;) {
			struct nd_report other;

			if (!nd_index_get(index, k, &other) && other.article.id.len == id.len &&
			    !memcmp(other.article.id.at, id.at, id.len))
				before[i] = k;
		}
		assert_int_equal(nd_index_earlier(index, i), before[i]);
	}
	for (nd_seq i = n; i--;) {
		struct nd_report r;

		if (nd_index_get(index, i, &r))
			continue;
		if (!r.superseded)
			assert_int_equal(nd_index_find(index, r.article.id), i);
		else
			assert_true(nd_index_find(index, r.article.id) > i);
	}
}

static void what_is_taken_out_is_named_by_nobody(void **state)
{
	static struct made m;

	made_seed = 306;
	for (unsigned i = 0; i < 2000; i++) {
		put_both(random_piece(&m, i));
		while (rnd() % 3 == 0)
			remove_both(random_seq());
		if (rnd() % 8 == 0)
			assert_int_equal(nd_index_ask_again(ix, i) + nd_index_ask_again(whole, i), 0);
		if (rnd() % 2) {
			again_all(ix, 1 + rnd() % 9);
			again_all(whole, SIZE_MAX);
		}
		if (rnd() % 10 == 0)
			commit();
		if (rnd() % 150 == 0) {
			again_all(ix, SIZE_MAX);
			again_all(whole, SIZE_MAX);
			restart();
			assert_same_index(ix, whole);
			assert_same_answers(20);
			assert_sound(ix);
		}
		if (i == 700)
			assert_names(ix);
	}
	again_all(ix, SIZE_MAX);
	again_all(whole, SIZE_MAX);
	restart();
	assert_same_index(ix, whole);
	assert_same_answers(300);
	assert_sound(ix);
	for (nd_seq i = 0; i < 2000; i++)
		if (is_there(ix, i))
			remove_both(i);
	again_all(ix, 7);
	again_all(whole, SIZE_MAX);
	for (int i = 0; i < 2; i++) {
		struct nd_index_stats stats;

		nd_index_stats(ix, &stats);
		assert_int_equal(stats.articles, 0);
		assert_int_equal(stats.stories, 0);
		assert_int_equal(stats.keys, 0);
		assert_int_equal(stats.stop_keys, 0);
		restart();
	}
}

static void what_is_rolled_back_was_never_taken_out(void **state)
{
	static struct made m;
	unsigned i = 0;

	made_seed = 307;
	for (unsigned round = 0; round < 300; round++) {
		for (unsigned n = (unsigned)(rnd() % 12); n--; i++) {
			put_both(random_piece(&m, i));
			if (rnd() % 4 == 0)
				remove_both(random_seq());
		}
		if (!i)
			continue;
		again_all(ix, 3);
		again_all(whole, SIZE_MAX);
		commit();
		for (unsigned n = (unsigned)(rnd() % 12), k = 0; k < n; k++) {
			struct nd_fingerprint fp = print(random_piece(&m, i + k));

			assert_int_equal(nd_index_put(ix, &fp, 0, NULL), 0);
			for (; rnd() % 2; assert_true(nd_index_again(ix, rnd() % 20) >= 0))
				if (rnd() % 2)
					nd_index_remove(ix, random_seq());
				else
					nd_index_ask_again(ix, random_seq());
		}
		nd_index_rollback(ix);
		if (round % 10 == 0) {
			assert_same_index(ix, whole);
			assert_same_answers(5);
		}
	}
	assert_names(ix);
	assert_same_index(ix, whole);
	assert_same_answers(200);
	restart();
	assert_same_index(ix, whole);
}

static struct nd_report state_of(nd_seq seq)
{
	struct nd_report r;

	assert_int_equal(nd_index_get(ix, seq, &r), 0);
	return r;
}

static void when_a_leader_goes_the_next_one_leads(void **state)
{
	static char copy[TEXT_MAX];

	put_both((struct piece){ .id = "a", .outlet = "x", .published = "2031-01-01", .text = text_of(0, 90) });
	for (unsigned i = 0; i < 3; i++) {
		static const char *const ids[] = { "b", "c", "d" }, *const outlets[] = { "x", "x", "y" };

		strcpy(copy, text_of(5 + i, 92));
		put_both((struct piece){ .id = ids[i], .outlet = outlets[i], .published = i ? "2031-01-02" : "2031-01-03",
					 .text = copy });
	}
	assert_int_equal(state_of(3).story, 0);
	assert_int_equal(state_of(3).origin, 0);
	assert_true(state_of(3).syndicated);
	remove_both(0);
	again_all(ix, 1);
	for (nd_seq i = 1; i < 4; i++) {
		assert_int_equal(state_of(i).story, 1);
		assert_int_equal(state_of(i).origin, 2);
		assert_int_equal(state_of(i).lead_story, 1);
	}
	assert_int_equal(state_of(1).verdict, ND_NEW);
	assert_int_equal(state_of(2).verdict, ND_COPY);
	assert_true(state_of(1).syndicated);
	remove_both(3);
	again_all(ix, 1);
	assert_false(state_of(1).syndicated);
	assert_int_equal(nd_index_find(ix, str("d")), ND_NONE);
}

static void a_text_and_a_name_go_to_whose_they_were_before(void **state)
{
	put_both((struct piece){ .id = "a", .text = text_of(0, 90) });
	put_both((struct piece){ .id = "b", .text = text_of(0, 90) });
	put_both((struct piece){ .id = "a", .text = text_of(500, 590) });
	put_both((struct piece){ .id = "a", .text = text_of(700, 790) });
	assert_int_equal(nd_index_find(ix, str("a")), 3);
	remove_both(2);
	assert_int_equal(nd_index_earlier(ix, 3), 0);
	assert_true(state_of(0).superseded);
	remove_both(3);
	assert_int_equal(nd_index_find(ix, str("a")), 0);
	again_all(ix, 1);
	again_all(whole, 5);
	assert_false(state_of(0).superseded);
	assert_int_equal(state_of(0).lead_story, 0);
	assert_int_equal(state_of(1).story, 0);
	remove_both(0);
	assert_int_equal(nd_index_find(ix, str("a")), ND_NONE);
	put_both((struct piece){ .id = "c", .text = text_of(0, 90) });
	assert_int_equal(state_of(4).verdict, ND_IDENTICAL);
	assert_int_equal(state_of(4).story, 1);
	assert_int_equal(state_of(4).n_matches, 1);
	restart();
	assert_same_index(ix, whole);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, twins_up, twins_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_index_loaded_from_its_records_is_the_one_that_judged_again),
		TEST(what_is_rolled_back_was_never_judged_again),
		TEST(the_index_is_whole_after_every_step),
		TEST(nothing_is_pending_before_all_that_follows_is_done),
		TEST(changes_are_told_as_they_were),
		TEST(what_is_taken_out_is_named_by_nobody),
		TEST(what_is_rolled_back_was_never_taken_out),
		TEST(when_a_leader_goes_the_next_one_leads),
		TEST(a_text_and_a_name_go_to_whose_they_were_before),
		TEST(what_is_not_there_cannot_be_asked_for),
	};

	return cmocka_run_group_tests(tests, printer_up, printer_down);
}
