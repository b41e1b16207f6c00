#include "index/furniture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "index/judge.h"

/* A shard is swept each time so many articles have come, or this part of all: every entry once in about as many
 * articles as a paragraph is remembered for. */
#define SWEEP_EVERY 64u
#define SWEEP_PART (8u * TABLE_SHARDS)

void furniture_init(struct furniture *f)
{
	memset(f, 0, sizeof(*f));
	table_init(&f->table);
	f->n_rows = 1; /* 0 is no place */
}

void furniture_done(struct furniture *f)
{
	if (!f)
		return;
	table_done(&f->table);
	free(f->rows);
	memset(f, 0, sizeof(*f));
}

size_t furniture_bytes(const struct furniture *f)
{
	return f->table.bytes + (size_t)f->cap_rows * sizeof(*f->rows);
}

/* --- reading --- */

bool furniture_is(const struct sightings *s, struct source from, uint32_t units)
{
	uint32_t outlet = 0, host = 0;

	for (uint32_t i = 0; i < s->kept; i++) {
		outlet += from.outlet && s->from[i].outlet == from.outlet;
		host += from.host && s->from[i].host == from.host;
	}
	return judge_furniture(s->count, outlet > host ? outlet : host, units);
}

/* Whether it is furniture anywhere, if it is short. */
static bool is_any(const struct sightings *s)
{
	bool any = judge_furniture(s->count, 0, 0);

	for (uint32_t i = 0; i < s->kept && s->count > 1 && !any; i++)
		any = furniture_is(s, s->from[i], 0);
	return any;
}

static bool forgotten(const struct sightings *s, uint32_t now)
{
	uint32_t newest = s->article[s->kept - 1];

	return newest < now && judge_forgotten(now - newest, now) && !is_any(s);
}

/* What a value stands for, forgotten or not. */
static const struct sightings *sightings_of(const struct furniture *f, uint32_t value, struct sightings *single)
{
	if (value & FURNITURE_ROW)
		return &f->rows[value & ~FURNITURE_ROW];
	single->count = single->kept = 1;
	single->article[0] = value - 1;
	single->from[0] = (struct source){ 0, 0 };
	return single;
}

const struct sightings *furniture_read(const struct furniture *f, const uint32_t *slot, uint32_t now,
				       struct sightings *single)
{
	const struct sightings *s = slot ? sightings_of(f, table_value(slot), single) : NULL;

	if (s && !forgotten(s, now))
		return s;
	single->count = single->kept = 0;
	return single;
}

/* --- listing --- */

uint32_t furniture_outlets(const struct sightings *s)
{
	uint32_t ret = 0, bits = (uint32_t)__builtin_popcountll(s->outlets);

	for (uint32_t i = 0; i < s->kept; i++) {
		uint32_t k = 0;

		while (k < i && s->from[k].outlet != s->from[i].outlet)
			k++;
		ret += s->from[i].outlet && k == i;
	}
	return ret > bits ? ret : bits;
}

bool furniture_seen_in(const struct sightings *s, uint16_t outlet)
{
	for (uint32_t i = 0; i < s->kept; i++)
		if (s->from[i].outlet == outlet)
			return true;
	return s->count > s->kept && s->outlets >> outlet % 64 & 1;
}

const struct sightings *furniture_next(const struct furniture *f, uint32_t *place, uint32_t max)
{
	uint32_t i = *place ? *place : 1, end = f->n_rows - i > max ? i + max : f->n_rows;

	if (i >= f->n_rows)
		end = i;
	for (; i < end; i++) {
		if (!f->rows[i].count || !is_any(&f->rows[i]))
			continue;
		*place = i + 1 < f->n_rows ? i + 1 : 0;
		return &f->rows[i];
	}
	*place = i < f->n_rows ? i : 0;
	return NULL;
}

/* --- adding --- */

int furniture_reserve(struct furniture *f, uint32_t n)
{
	uint64_t cap = f->cap_rows ? (uint64_t)f->cap_rows + f->cap_rows / 4 : 256;
	struct sightings *at;

	if (n <= f->cap_rows - f->n_rows && f->rows)
		return 0;
	while (cap < (uint64_t)f->n_rows + n)
		cap += cap / 4;
	if (cap >= FURNITURE_ROW)
		return -EOVERFLOW;
	at = realloc(f->rows, cap * sizeof(*at));
	if (!at)
		return -ENOMEM;
	f->rows = at;
	f->cap_rows = (uint32_t)cap;
	return 0;
}

/* A row that was given back names the next one in place of its article. */
static uint32_t row_new(struct furniture *f)
{
	uint32_t place = f->free;

	if (!place)
		return f->n_rows++;
	f->free = f->rows[place].article[0];
	return place;
}

static void row_free(struct furniture *f, uint32_t place)
{
	f->rows[place].count = f->rows[place].kept = 0;
	f->rows[place].article[0] = f->free;
	f->free = place;
}

/* Into the order of arrival. Where there is no room it is only counted, so that taking it back is exact. */
static void sightings_add(struct sightings *s, uint32_t article, struct source from)
{
	uint32_t at = s->kept;

	s->count++;
	s->outlets |= from.outlet ? (uint64_t)1 << from.outlet % 64 : 0;
	if (s->kept == FURNITURE_KEEP)
		return;
	while (at && s->article[at - 1] > article)
		at--;
	for (uint32_t i = s->kept; i > at; i--) {
		s->article[i] = s->article[i - 1];
		s->from[i] = s->from[i - 1];
	}
	s->article[at] = article;
	s->from[at] = from;
	s->kept = (s->kept + 1u) & 15;
}

static int single_to_row(struct furniture *f, uint32_t *slot, uint64_t hash, struct source from)
{
	uint32_t first = table_value(slot) - 1, place;
	int err = f->free ? 0 : furniture_reserve(f, 1);

	if (err)
		return err;
	place = row_new(f);
	memset(&f->rows[place], 0, sizeof(*f->rows));
	f->rows[place].key = hash & FURNITURE_KEY;
	sightings_add(&f->rows[place], first, from);
	table_set(slot, FURNITURE_ROW | place);
	return 0;
}

/* All is as if the paragraph had never been seen. */
static void start_anew(struct furniture *f, uint32_t *slot, uint32_t article)
{
	if (table_value(slot) & FURNITURE_ROW)
		row_free(f, table_value(slot) & ~FURNITURE_ROW);
	table_set(slot, article + 1);
}

int furniture_add(struct furniture *f, uint32_t *slot, uint64_t hash, uint32_t article, struct source from,
		  furniture_source_fn *source, const void *arg)
{
	struct sightings single;
	int err = 0;

	if (article >= FURNITURE_ROW - 1)
		return -EOVERFLOW;
	if (!slot)
		return table_insert(&f->table, hash, article + 1);
	if (!furniture_read(f, slot, article, &single)->count) {
		start_anew(f, slot, article);
		return 0;
	}
	if (!(table_value(slot) & FURNITURE_ROW))
		err = single_to_row(f, slot, hash, source(arg, table_value(slot) - 1));
	if (!err)
		sightings_add(&f->rows[table_value(slot) & ~FURNITURE_ROW], article, from);
	return err;
}

/* --- removing --- */

void sightings_remove(struct sightings *s, uint32_t article)
{
	uint32_t at = 0;

	while (at < s->kept && s->article[at] != article)
		at++;
	s->count--;
	if (at == s->kept)
		return;
	for (uint32_t i = at; i + 1 < s->kept; i++) {
		s->article[i] = s->article[i + 1];
		s->from[i] = s->from[i + 1];
	}
	s->kept--;
}

void furniture_remove(struct furniture *f, uint32_t *slot, uint64_t hash, uint32_t article)
{
	uint32_t value = table_value(slot), place = value & ~FURNITURE_ROW;
	struct sightings *s;

	if (!(value & FURNITURE_ROW)) {
		if (value == article + 1)
			table_remove(&f->table, hash, slot);
		return;
	}
	s = &f->rows[place];
	sightings_remove(s, article);
	if (s->count > 1 && s->kept)
		return;
	if (s->kept) {
		table_set(slot, s->article[0] + 1);
	} else {
		table_remove(&f->table, hash, slot);
	}
	row_free(f, place);
}

/* --- sweeping --- */

struct sweep {
	struct furniture *furniture;
	uint32_t now;
};

/* table_keep_fn */
static bool keep(void *arg, uint32_t value)
{
	struct sweep *w = arg;
	struct sightings single;

	if (!forgotten(sightings_of(w->furniture, value, &single), w->now))
		return true;
	if (value & FURNITURE_ROW)
		row_free(w->furniture, value & ~FURNITURE_ROW);
	return false;
}

void furniture_sweep(struct furniture *f, uint32_t n)
{
	struct sweep w = { f, n };

	while (f->sweep_at <= n) {
		if (judge_forgotten(n, n))
			table_sweep(&f->table, f->next_shard++ % TABLE_SHARDS, keep, &w);
		f->sweep_at += n / SWEEP_PART > SWEEP_EVERY ? n / SWEEP_PART : SWEEP_EVERY;
	}
}
