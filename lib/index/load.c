/*
 * Making an index from the records of a store, in their order, without judging.
 */
#include <errno.h>
#include <stdlib.h>

#include "index/entrance.h"
#include "index/index_part.h"
#include "index/slice.h"

#define ENTRIES_MIN 1024u
#define LOAD_SLICE 1024u /* records, of a slice of our own */
#define LOAD_PROBE 8192u /* articles that tell how large the tables will be */
#define LOAD_STEP 4096u  /* articles, or 16 times as many keys, taken before others have their turn */
#define LOAD_AHEAD 8u    /* articles that are fetched while an earlier one enters */
#define LOAD_AHEAD_KEYS 16u /* the same of keys, */
#define LOAD_AHEAD_LISTS 8u /* and of the lists that they lead to */

/* Whether a record can be the next one. */
static bool fits(const struct library *l, const struct digest *d)
{
	return d->story <= l->n && (d->story == l->n || l->entries[d->story].story == d->story) &&
	       (d->lead_story <= l->n || d->lead_story == ND_NONE) && (d->earlier < l->n || d->earlier == ND_NONE);
}

/* What is of one size for each article. */
static int load_begin(struct library *l, size_t all)
{
	size_t cap = all < ENTRIES_MIN ? ENTRIES_MIN : all;
	struct entry *entries = malloc(cap * sizeof(*entries));
	struct known *known = malloc(cap * sizeof(*known));

	if (!entries || !known) {
		free(entries);
		free(known);
		return -ENOMEM;
	}
	l->entries = entries;
	l->known = known;
	l->cap = (uint32_t)cap;
	return 0;
}

/* Once a part is there, it tells how much all will need: the tables need not grow by and by then. A bit less, since
 * they double when they grow. */
static int load_reserve(struct library *l, size_t all)
{
	double times = 0.9 * (double)all / l->n;
	struct table *const tables[] = { &l->bodies.table, &l->leads.table, &l->ids, &l->texts, &l->names };
	int err = 0;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]) && !err; i++)
		err = table_reserve(tables[i], (size_t)((double)tables[i]->used * times));
	return err;
}

static void load_end(struct index *ix)
{
	free(ix->library.known);
	ix->library.known = NULL;
	slice_free(ix->slice);
	ix->slice = NULL;
	ix->loaded = true;
}

static int load_one(struct library *l, const struct digest *d)
{
	if (!fits(l, d))
		return -EBADMSG;
	l->known[l->n] = (struct known){ library_first(l, d->record), d->outlet, d->source };
	return l->shelf->fault ? l->shelf->fault : entrance_return(l, d);
}

static int take_articles(struct library *l, struct slice *s)
{
	const struct digest *d = s->digests;
	uint32_t to = s->n - s->taken > LOAD_STEP ? s->taken + LOAD_STEP : s->n;
	int err = 0;

	for (uint32_t i = s->taken; i < s->n && i < s->taken + LOAD_AHEAD; i++)
		entrance_expect(l, &d[i]);
	for (; s->taken < to && !err; s->taken += !err) {
		if (s->taken + LOAD_AHEAD < s->n)
			entrance_expect(l, &d[s->taken + LOAD_AHEAD]);
		err = load_one(l, &d[s->taken]);
	}
	return err;
}

/* The keys of one of the tables: up to LOAD_STEP * 16 of them. */
struct taking {
	struct postings *postings; /* NULL: the paragraphs */
	const struct table *table;
	const struct slice_keys *keys;
	uint32_t *taken;
};

/* A place among keys, which are sorted by shard. */
struct key_cursor {
	const struct slice_keys *keys;
	uint32_t at;
	uint64_t shard;
};

/* The key there, and on to the next; there is one. */
static inline uint64_t next_key(struct key_cursor *c)
{
	while (c->at >= c->keys->ends[c->shard])
		c->shard++;
	return c->shard << 32 | c->keys->at[c->at++].tag;
}

static inline void expect_line(const struct taking *t, struct key_cursor *c)
{
	if (c->at < t->keys->n)
		table_prefetch(t->table, next_key(c));
}

static inline void expect_list(const struct library *l, const struct taking *t, struct key_cursor *c)
{
	const uint32_t *slot = c->at < t->keys->n ? table_find(t->table, next_key(c)) : NULL;

	if (slot && t->postings)
		postings_prefetch(t->postings, slot);
	else if (slot)
		furniture_prefetch(&l->furniture, slot);
}

static int take_key(struct library *l, const struct taking *t, uint64_t key, uint32_t article)
{
	return t->postings ? postings_add(t->postings, key, article) : around_return(l, key, article);
}

static int take_keys(struct library *l, const struct slice *s, const struct taking *t)
{
	struct key_cursor now = { t->keys, *t->taken, 0 }, lines = now, lists = now;
	uint32_t left = (uint32_t)t->keys->n - now.at, n = left < 16 * LOAD_STEP ? left : 16 * LOAD_STEP;
	int err = 0;

	for (uint32_t i = 0; i < LOAD_AHEAD_KEYS; i++)
		expect_line(t, &lines);
	for (uint32_t i = 0; i < LOAD_AHEAD_LISTS; i++)
		expect_list(l, t, &lists);
	for (uint32_t i = 0; i < n && !err; i++) {
		uint32_t article = s->first + t->keys->at[now.at].article;

		expect_line(t, &lines);
		expect_list(l, t, &lists);
		err = take_key(l, t, next_key(&now), article);
		*t->taken += !err;
	}
	return err;
}

static int load_step(struct library *l, struct slice *s)
{
	const struct taking bodies = { &l->bodies, &l->bodies.table, &s->bodies, &s->taken_bodies };
	const struct taking leads = { &l->leads, &l->leads.table, &s->leads, &s->taken_leads };
	const struct taking lines = { NULL, &l->furniture.table, &s->lines, &s->taken_lines };

	if (s->taken < s->n)
		return take_articles(l, s);
	if (s->taken_bodies < s->bodies.n)
		return take_keys(l, s, &bodies);
	return s->taken_leads < s->leads.n ? take_keys(l, s, &leads) : take_keys(l, s, &lines);
}

/* A slice has been taken. */
static int load_on(struct index *ix, const struct slice *s)
{
	struct library *l = &ix->library;
	size_t all = l->shelf->kind->n_stored(l->shelf);
	int err = s->err;

	if (!err && s->ends && l->n < all)
		err = -EBADMSG;
	if (!err && l->n >= LOAD_PROBE && s->first < LOAD_PROBE)
		err = load_reserve(l, all);
	if (!err)
		furniture_sweep(&l->furniture, l->n);
	if (!err && l->n == all)
		load_end(ix);
	return err;
}

int index_take(struct index *ix, struct slice *s)
{
	struct library *l = &ix->library;
	int err = 0;

	if (ix->loaded)
		return 0;
	if (s->first + s->taken != l->n)
		return -EINVAL;
	if (l->shelf->fault)
		err = l->shelf->kind->refresh(l->shelf);
	if (!err && !l->known)
		err = load_begin(l, l->shelf->kind->n_stored(l->shelf));
	if (!err && !slice_done(s))
		err = load_step(l, s);
	if (!err && !slice_done(s))
		return 1;
	return err ? err : load_on(ix, s);
}

bool index_is_loaded(const struct index *ix)
{
	return ix->loaded;
}

/* What memory ended for in the middle of a slice comes first. */
static int load_more(struct index *ix, size_t max)
{
	int ret;

	if (!ix->library.known || slice_done(ix->slice))
		slice_read(ix->slice, ix->library.n, max);
	do
		ret = index_take(ix, ix->slice);
	while (ret == 1);
	return ret;
}

int index_load(struct index *ix, size_t max, bool *ret_done)
{
	int err = ix->loaded || ix->slice ? 0 : slice_new(ix->store, &ix->slice);

	while (max && !ix->loaded && !err) {
		size_t n = max < LOAD_SLICE ? max : LOAD_SLICE;

		err = load_more(ix, n);
		max -= n;
	}
	if (!err)
		*ret_done = ix->loaded;
	return err;
}
