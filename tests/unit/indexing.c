#include "tests/unit/indexing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct nd_fingerprinter *printer;
struct nd_store *store;
struct nd_index *ix, *whole;

int printer_up(void **state)
{
	(void)state;
	return nd_fingerprinter_new(&printer);
}

int printer_down(void **state)
{
	(void)state;
	nd_fingerprinter_free(printer);
	printer = NULL;
	return 0;
}

int index_up(void **state)
{
	(void)state;
	return nd_index_new("/tmp", &ix);
}

int index_down(void **state)
{
	(void)state;
	nd_index_free(ix);
	ix = NULL;
	return 0;
}

void load(size_t step)
{
	bool done = false;

	while (!done)
		assert_int_equal(nd_index_load(ix, step, &done), 0);
}

int twins_up(void **state)
{
	(void)state;
	assert_int_equal(nd_store_open("mem:", NULL, &store), 0);
	assert_int_equal(nd_index_open(store, &ix), 0);
	assert_int_equal(nd_index_new("/tmp", &whole), 0);
	load(1);
	return 0;
}

int twins_down(void **state)
{
	index_down(state);
	nd_index_free(whole);
	nd_store_close(store);
	return 0;
}

struct nd_fingerprint print(struct piece p)
{
	struct nd_article a = article_of(&p);
	struct nd_fingerprint fp;

	assert_int_equal(nd_fingerprint(printer, &a, &fp), 0);
	return fp;
}

struct nd_report add_to(struct nd_index *to, struct piece p)
{
	struct nd_fingerprint fp = print(p);
	struct nd_report r;

	assert_int_equal(nd_index_add(to, &fp, &r), 0);
	assert_int_equal(r.seq, nd_index_count(to) - 1);
	return r;
}

struct nd_report add(struct piece p)
{
	return add_to(ix, p);
}

struct nd_report now(nd_seq seq)
{
	struct nd_report r;

	assert_int_equal(nd_index_get(ix, seq, &r), 0);
	return r;
}

uint32_t relation_to(const struct nd_report *r, nd_seq other)
{
	for (size_t i = 0; i < r->n_matches; i++)
		if (r->matches[i].article == other)
			return r->matches[i].relation;
	return ND_NEW;
}

/* --- what holds after every archive --- */

static bool better(const struct nd_match *x, const struct nd_match *y)
{
	struct nd_str a = now(x->article).article.id, b = now(y->article).article.id;
	int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);

	if (x->containment != y->containment)
		return x->containment > y->containment;
	return order ? order < 0 : a.len != b.len ? a.len < b.len : x->article < y->article;
}

static void assert_matches(const struct nd_report *r)
{
	assert_true(r->n_matches <= ND_MATCHES_MAX);
	for (size_t i = 0; i < r->n_matches; i++) {
		const struct nd_match *m = &r->matches[i];

		assert_true(m->article < r->seq);
		assert_true(m->relation != ND_NEW && m->relation != ND_TOO_SHORT && m->relation < ND_RELATIONS);
		assert_true(m->similarity >= 0 && m->similarity <= m->containment + 1e-6f);
		assert_true(m->similarity <= m->contained + 1e-6f && m->containment <= 1 && m->contained <= 1);
		if (i)
			assert_true(better(&r->matches[i - 1], m));
	}
}

/* Every article is a member of one story, that of a leader that is its own; members come in order. */
void assert_whole(void)
{
	nd_seq n = nd_index_count(ix);
	uint8_t *listed = calloc(n + 1, 1);
	struct nd_index_stats stats;
	uint64_t stories = 0;

	for (nd_seq i = 0; i < n; i++) {
		struct nd_report r = now(i);
		nd_seq last = i, members = 1;

		assert_int_equal(r.seq, i);
		assert_true(r.story <= i && now(r.story).story == r.story);
		assert_int_equal(now(r.origin).story, r.story);
		assert_int_equal(r.origin, now(r.story).origin);
		assert_int_equal(r.syndicated, now(r.story).syndicated);
		assert_true(r.lead_story == ND_NONE || r.lead_story <= i);
		assert_matches(&r);
		if (r.story != i)
			continue;
		for (nd_seq m = i; m != ND_NONE; m = nd_index_next_member(ix, m)) {
			assert_true(m == i || m > last);
			assert_int_equal(now(m).story, i);
			assert_int_equal(listed[m]++, 0);
			members += m != i;
			last = m;
		}
		stories += members > 1;
	}
	for (nd_seq i = 0; i < n; i++)
		assert_int_equal(listed[i], 1);
	free(listed);
	nd_index_stats(ix, &stats);
	assert_int_equal(stats.versions, n);
	assert_true(stats.articles <= n);
	assert_int_equal(stats.stories, stories);
	assert_int_equal(nd_index_next_member(ix, n), ND_NONE);
}
