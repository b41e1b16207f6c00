/*
 * The life of an index: articles come, are revised, are taken out, expire, are denied and allowed, commits fail, the
 * daemon restarts; and what it answers is what a new index answers that is told the rulings, and then what is left, in
 * order of arrival.
 *
 * NEWSDUP_LIFE in the environment: so many seeds, and ten times as many steps of each.
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

#include "made.h"
#include "newsdup.h"

#define FAMILIES 12u     /* of texts that are copies of each other; texts of two have nothing in common */
#define FAMILY_MAX 7u    /* articles of one: a shingle in more stories than ten would not be rare */
#define IDS 60u
#define ARTICLES_MAX 4000u
#define RULINGS_MAX 400u

/* What is known to have been done. */
struct done {
	unsigned id, family, outlet, day;
	uint32_t from, to, tail;
	bool gone;
};

struct said {
	enum nd_ruling kind;
	unsigned a, b;
};

static struct nd_fingerprinter *printer;
static struct nd_store *store;
static struct nd_index *ix;
static struct done done[ARTICLES_MAX]; /* by number; rulings are gone from the start */
static nd_seq n_done;
static struct said said[RULINGS_MAX];
static size_t n_said;

static int setup(void **state)
{
	return nd_fingerprinter_new(&printer);
}

static int teardown(void **state)
{
	nd_fingerprinter_free(printer);
	return 0;
}

static void load(void)
{
	bool all = false;

	while (!all)
		assert_int_equal(nd_index_load(ix, 50, &all), 0);
}

static void drain(struct nd_index *index)
{
	int more = 1;

	while (more)
		assert_true((more = nd_index_again(index, 1 + rnd() % 7)) >= 0);
}

static void commit(void)
{
	static struct nd_stored batch[20000];
	size_t n;

	drain(ix);
	n = nd_index_pending(ix, 0, batch, 20000);
	assert_true(n < 20000);
	assert_int_equal(nd_store_commit(store, batch, n), 0);
	nd_index_committed(ix, n);
}

static void restart(void)
{
	commit();
	nd_index_free(ix);
	assert_int_equal(nd_index_open(store, &ix), 0);
	load();
}

/* --- what is done --- */

static struct nd_str id_of(unsigned id, char text[16])
{
	snprintf(text, 16, "id%u", id);
	return str(text);
}

static void add_to(struct nd_index *index, const struct done *d)
{
	static char text[TEXT_MAX], id[16], outlet[16], published[40];
	struct piece p = { .id = id, .outlet = outlet, .published = published, .text = text };
	struct nd_fingerprint fp;
	struct nd_article a;

	id_of(d->id, id);
	snprintf(outlet, sizeof(outlet), "o%u", d->outlet);
	snprintf(published, sizeof(published), "2031-02-0%uT0%u:00:00Z", 1 + d->day / 9, d->day % 9);
	text[0] = 0;
	words(text, d->from, d->to);
	words(text, d->tail, d->tail + 4);
	for (char *c = text; *c; c++) /* a paragraph that several had would be furniture by and by */
		*c = *c == '\n' ? ' ' : *c;
	a = article_of(&p);
	assert_int_equal(nd_fingerprint(printer, &a, &fp), 0);
	assert_int_equal(nd_index_put(index, &fp, 1, NULL), 0);
}

static unsigned members_of(unsigned family)
{
	unsigned n = 0;

	for (nd_seq i = 0; i < n_done; i++)
		n += !done[i].gone && done[i].family == family;
	return n;
}

static void put(unsigned id)
{
	struct done *d = &done[n_done];
	unsigned family = (unsigned)(rnd() % FAMILIES);
	uint32_t base = 1000 * family;

	if (members_of(family) >= FAMILY_MAX || n_done + 1 == ARTICLES_MAX)
		return;
	*d = (struct done){ .id = id, .family = family, .outlet = (unsigned)(rnd() % 6), .day = id % 18,
			    .from = base + (uint32_t)(rnd() % 4), .tail = 100000 + 10 * n_done };
	d->to = base + 80 + (uint32_t)(rnd() % 4);
	add_to(ix, d);
	n_done++;
	assert_int_equal(nd_index_count(ix), n_done);
}

static void take_out(nd_seq seq)
{
	assert_int_equal(nd_index_remove(ix, seq), done[seq].gone ? -ENOENT : 0);
	done[seq].gone = true;
}

static void delete_id(unsigned id)
{
	for (nd_seq i = n_done; i--;)
		if (!done[i].gone && done[i].id == id)
			take_out(i);
}

/* Whole stories, that nobody has joined for long. */
static void expire(nd_seq before)
{
	for (nd_seq i = 0; i < before; i++) {
		nd_seq last = i;

		if (done[i].gone || nd_index_story(ix, i) != i)
			continue;
		for (nd_seq m = i; m != ND_NONE; m = nd_index_next_member(ix, m))
			last = m;
		if (last >= before)
			continue;
		for (nd_seq m = i, next; m != ND_NONE; m = next) {
			next = nd_index_next_member(ix, m);
			if (m != i)
				take_out(m);
		}
		take_out(i);
	}
}

static void rule(enum nd_ruling kind, unsigned a, unsigned b)
{
	char first[16], second[16];

	if (a == b || n_said == RULINGS_MAX || n_done + 1 == ARTICLES_MAX)
		return;
	assert_int_equal(nd_index_rule(ix, kind, id_of(a, first), id_of(b, second), 5), 0);
	said[n_said++] = (struct said){ kind, a, b };
	done[n_done++] = (struct done){ .gone = true };
}

static void roll_back(void)
{
	static struct done kept[ARTICLES_MAX];
	nd_seq n = n_done;
	size_t rulings = n_said;

	commit();
	memcpy(kept, done, n * sizeof(*done));
	for (unsigned i = 0; i < 4; i++) {
		put((unsigned)(rnd() % IDS));
		if (rnd() % 2)
			rule(rnd() % 2 ? ND_DENY : ND_ALLOW, (unsigned)(rnd() % IDS), (unsigned)(rnd() % IDS));
		if (rnd() % 2)
			delete_id((unsigned)(rnd() % IDS));
		nd_index_again(ix, rnd() % 9);
	}
	nd_index_rollback(ix);
	memcpy(done, kept, n * sizeof(*done));
	n_done = n;
	n_said = rulings;
}

/* --- the model --- */

static nd_seq newest_of(unsigned id)
{
	for (nd_seq i = n_done; i--;)
		if (!done[i].gone && done[i].id == id)
			return i;
	return ND_NONE;
}

/* Numbers of the new index for those of the old one. */
static nd_seq renumbered(nd_seq seq, nd_seq first)
{
	nd_seq ret = first;

	if (seq == ND_NONE)
		return ND_NONE;
	assert_false(done[seq].gone);
	for (nd_seq i = 0; i < seq; i++)
		ret += !done[i].gone;
	return ret;
}

static struct nd_index *made_anew(void)
{
	struct nd_index *ret;
	char a[16], b[16];

	assert_int_equal(nd_index_new("/tmp", &ret), 0);
	for (size_t i = 0; i < n_said; i++)
		assert_int_equal(nd_index_rule(ret, said[i].kind, id_of(said[i].a, a), id_of(said[i].b, b), 0), 0);
	for (nd_seq i = 0; i < n_done; i++)
		if (!done[i].gone)
			add_to(ret, &done[i]);
	drain(ret);
	return ret;
}

static void compare(void)
{
	struct nd_index *model;
	nd_seq first = (nd_seq)n_said, k = first;

	drain(ix);
	model = made_anew();
	for (nd_seq i = 0; i < n_done; i++) {
		struct nd_report x, y;
		struct nd_article a;
		int err = nd_index_get(ix, i, &x);

		assert_int_equal(err, done[i].gone ? -ENOENT : 0);
		assert_int_equal(nd_index_id(ix, i, &a), err);
		if (err)
			continue;
		assert_int_equal(a.id.len, x.article.id.len);
		assert_memory_equal(a.id.at, x.article.id.at, a.id.len);
		assert_int_equal(a.id_is_number, x.article.id_is_number);
		assert_int_equal(nd_index_get(model, k++, &y), 0);
		assert_int_equal(renumbered(x.story, first), y.story);
		assert_int_equal(renumbered(x.origin, first), y.origin);
		if (x.lead_story != ND_NONE) /* which one, frequencies decide, and these are those of another moment */
			assert_false(done[x.lead_story].gone);
		assert_int_equal(x.has_lead, y.has_lead);
		assert_int_equal(x.superseded, y.superseded);
		assert_int_equal(x.superseded, newest_of(done[i].id) != i);
		assert_int_equal(x.syndicated, y.syndicated);
		if (!x.superseded)
			assert_int_equal(x.verdict, y.verdict);
		for (size_t m = 0; m < x.n_matches; m++)
			assert_false(done[x.matches[m].article].gone);
	}
	for (unsigned id = 0; id < IDS; id++) {
		char text[16];

		assert_int_equal(nd_index_find(ix, id_of(id, text)), newest_of(id));
	}
	nd_index_free(model);
}

/* No two that are denied are in one story, whatever was allowed. */
static void assert_denied(void)
{
	for (size_t i = 0; i < n_said; i++) {
		nd_seq a = newest_of(said[i].a), b = newest_of(said[i].b);
		bool replaced = false;

		for (size_t k = i + 1; k < n_said; k++)
			replaced |= (said[k].a == said[i].a && said[k].b == said[i].b) ||
				    (said[k].a == said[i].b && said[k].b == said[i].a);
		if (said[i].kind == ND_DENY && !replaced && a != ND_NONE && b != ND_NONE)
			assert_int_not_equal(nd_index_story(ix, a), nd_index_story(ix, b));
	}
}

static void step(void)
{
	unsigned a = (unsigned)(rnd() % IDS), b = (unsigned)(rnd() % IDS);

	switch (rnd() % 24) {
	case 0:
		delete_id(a);
		break;
	case 1:
		if (n_done)
			take_out((nd_seq)(rnd() % n_done));
		break;
	case 2:
		if (n_done > 40)
			expire(n_done - 40 + (nd_seq)(rnd() % 10));
		break;
	case 3:
		rule(ND_DENY, a, b);
		break;
	case 4:
		rule(ND_ALLOW, a, b);
		break;
	case 5:
		restart();
		break;
	case 6:
		roll_back();
		break;
	case 7:
		commit();
		break;
	default:
		put(a);
	}
	if (rnd() % 3)
		drain(ix);
}

static void live(uint64_t seed, unsigned steps)
{
	made_seed = seed;
	n_done = 0;
	n_said = 0;
	assert_int_equal(nd_store_open("mem:", NULL, &store), 0);
	assert_int_equal(nd_index_open(store, &ix), 0);
	load();
	for (unsigned i = 0; i < steps; i++) {
		step();
		if (i % 10 == 0) {
			compare();
			assert_denied();
		}
	}
	restart();
	compare();
	nd_index_free(ix);
	nd_store_close(store);
}

static void whatever_happens_an_index_is_what_its_articles_make(void **state)
{
	const char *more = getenv("NEWSDUP_LIFE");
	unsigned seeds = more ? (unsigned)atoi(more) : 12;

	for (unsigned i = 0; i < seeds; i++) {
		if (more)
			printf("seed %u\n", i);
		live(9000 + i, more ? 1500 : 250);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_happens_an_index_is_what_its_articles_make),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
