/*
 * Making an index from the records of a store, in their order, without judging.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "index/entrance.h"
#include "index/index_part.h"
#include "index/slice.h"

#define ENTRIES_MIN 1024u
#define LOAD_SLICE 1024u /* records, of a slice of our own */
#define LOAD_PROBE 8192u /* articles that tell how large the tables will be */
#define LOAD_STEP 4096u  /* articles, or 16 times as many keys, taken before others have their turn */
#define LOAD_AHEAD 8u    /* articles that are fetched while an earlier one enters */
#define LOAD_AHEAD_KEYS 16u /* the same of keys */
#define LOAD_BATCH 32u      /* keys that enter, before those that were there already take the article */

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

/* The keys of one of the tables: up to LOAD_STEP * 16 of them. Of a key that is new, the article + 1 stands in the table. */
struct taking {
	struct postings *postings; /* NULL: the paragraphs */
	struct table *table;
	const struct slice_keys *keys;
	uint32_t *taken;
};

_Static_assert(POSTINGS_MANY == FURNITURE_ROW, "articles up to there stand in the table");

/* A key that was there already. */
struct meeting {
	uint64_t key;
	uint32_t *slot, article;
};

/* Those of a batch: what they lead to comes from memory while the other keys enter. */
struct meetings {
	struct meeting at[LOAD_BATCH];
	uint32_t n;
	uint64_t moves; /* of the table, before the first */
};

/* Room for what a batch can lead to: once it has entered, nothing may fail. */
static int batch_reserve(struct library *l, const struct taking *t)
{
	return t->postings ? postings_reserve(t->postings, LOAD_BATCH) : furniture_reserve(&l->furniture, LOAD_BATCH);
}

static void expect_meeting(const struct library *l, const struct taking *t, const uint32_t *slot)
{
	if (t->postings)
		postings_prefetch(t->postings, slot);
	else
		furniture_prefetch(&l->furniture, slot);
}

/* As many keys as a batch has, or the table has memory for. */
static int batch_enter(const struct library *l, const struct taking *t, uint32_t first, struct meetings *ret)
{
	const struct slice_key *at = t->keys->at + *t->taken, *end = t->keys->at + t->keys->n, *k;
	int err = 0;

	ret->n = 0;
	ret->moves = t->table->moves;
	for (k = at; k < end && k < at + LOAD_BATCH && !err; k += !err) {
		uint32_t article = first + k->article, *slot;

		if (end - k > (ptrdiff_t)LOAD_AHEAD_KEYS)
			table_prefetch(t->table, slice_key(k + LOAD_AHEAD_KEYS));
		err = table_meet(t->table, slice_key(k), article + 1, &slot);
		if (err || !slot)
			continue;
		expect_meeting(l, t, slot);
		ret->at[ret->n++] = (struct meeting){ slice_key(k), slot, article };
	}
	*t->taken += (uint32_t)(k - at);
	return err;
}

static int meet(struct library *l, const struct taking *t, const struct meeting *m, bool moved)
{
	uint32_t *slot = moved ? table_find(t->table, m->key) : m->slot;

	return t->postings ? postings_add_at(t->postings, slot, m->key, m->article) :
			     around_return(l, slot, m->key, m->article);
}

static int take_batch(struct library *l, const struct taking *t, uint32_t first)
{
	struct meetings m;
	int err = batch_reserve(l, t), full = err ? err : batch_enter(l, t, first, &m);

	for (uint32_t i = 0; !err && i < m.n; i++)
		err = meet(l, t, &m.at[i], t->table->moves != m.moves);
	return err ? err : full;
}

static int take_keys(struct library *l, const struct slice *s, const struct taking *t)
{
	uint32_t n = (uint32_t)t->keys->n, from = *t->taken, to = n - from > 16 * LOAD_STEP ? from + 16 * LOAD_STEP : n;
	int err = (uint64_t)s->first + s->n < POSTINGS_MANY ? 0 : -EOVERFLOW;

	for (uint32_t i = from; i < to && i < from + LOAD_AHEAD_KEYS; i++)
		table_prefetch(t->table, slice_key(&t->keys->at[i]));
	while (*t->taken < to && !err)
		err = take_batch(l, t, s->first);
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

/* Entries are there for all from the beginning, the tables from LOAD_PROBE articles on (load_reserve); the rest grows with
 * the articles. */
uint64_t index_needs(const struct index *ix)
{
	const struct library *l = &ix->library;
	uint64_t all = l->shelf->kind->n_stored(l->shelf), fixed = l->cap * sizeof(*l->entries);
	struct nd_index_stats stats;

	index_stats(ix, &stats);
	if (l->n >= LOAD_PROBE)
		fixed += l->bodies.table.bytes + l->leads.table.bytes + l->ids.bytes + l->texts.bytes + l->names.bytes;
	if (!l->n || l->n >= all)
		return stats.index_bytes;
	return fixed + (uint64_t)((double)(stats.index_bytes - fixed) * (double)all / l->n);
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
