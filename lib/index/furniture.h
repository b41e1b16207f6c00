/*
 * Furniture: what pages print around their articles, learned from paragraphs that stand in several stories.
 *
 *     table | paragraph's hash -> article + 1               seen in one story
 *                              -> FURNITURE_ROW | place     in more: a row
 *     row   | stories | the first articles, and of each its outlet and the host of its url
 *
 * A paragraph of a few stories of one outlet, or of one host, is furniture there; one of some more is furniture
 * everywhere (judge.c). As the first articles of each are kept, these counts need no tables of their own. A story
 * counts once, however many copies it has: whoever adds knows the stories.
 *
 * Memory has a bound: what has been seen for long in fewer stories than make furniture is forgotten
 * (judge_forgotten). That is decided when it is looked at, by article numbers alone, so it does not matter when its
 * entry is swept away. One thread.
 */
#ifndef ND_INDEX_FURNITURE_H
#define ND_INDEX_FURNITURE_H

#include "base/table.h"

#define FURNITURE_KEEP 12u /* first articles of a paragraph: all, until it is furniture everywhere, and more to lose */
#define FURNITURE_SURE 8u  /* stories that make a paragraph furniture everywhere, whatever its length, and one to lose */
#define FURNITURE_ROW 0x40000000u
#define FURNITURE_KEY (((uint64_t)TABLE_SHARDS << 32) - 1)

/* Where an article comes from: hashes; 0: unknown. */
struct source {
	uint16_t outlet, host;
};

struct sightings {
	uint32_t count : 28; /* stories */
	uint32_t kept : 4;   /* the first of them, in order of arrival */
	uint32_t article[FURNITURE_KEEP];
	struct source from[FURNITURE_KEEP]; /* absent as long as there is one article */
	uint64_t outlets; /* a bit for each outlet that it was ever seen in: hash % 64 */
	uint64_t key;     /* of the paragraph's hash what the table keeps: FURNITURE_KEY */
};

struct furniture {
	struct table table;
	struct sightings *rows;
	uint32_t n_rows, cap_rows;
	uint32_t free;  /* head of the rows given back; 0 none */
	uint32_t next_shard, sweep_at; /* the one to be swept when so many articles have come */
};

typedef struct source furniture_source_fn(const void *arg, uint32_t article);

void furniture_init(struct furniture *f);
void furniture_done(struct furniture *f);
size_t furniture_bytes(const struct furniture *f);

/* Asks for the row that a slot leads to, if it does. */
static inline void furniture_prefetch(const struct furniture *f, const uint32_t *slot)
{
	uint32_t value = table_value(slot);

	if (value & FURNITURE_ROW)
		__builtin_prefetch(&f->rows[value & ~FURNITURE_ROW]);
	__asm__ volatile(""); /* as in table_prefetch */
}

/* What was seen of a paragraph when article `now` comes; slot NULL, or all forgotten: count 0. Valid until the
 * next change; of a single article it stands in *single. */
const struct sightings *furniture_read(const struct furniture *f, const uint32_t *slot, uint32_t now,
				       struct sightings *single);

/* Whether the paragraph, of so many units, is furniture in articles from there. */
bool furniture_is(const struct sightings *s, struct source from, uint32_t units);

/* Outlets that it was seen in, as far as is known. */
uint32_t furniture_outlets(const struct sightings *s);

/* Whether it was seen in an outlet; past the articles that are kept, it may have been. */
bool furniture_seen_in(const struct sightings *s, uint16_t outlet);

/* The first row at or behind a place that is furniture somewhere, if its paragraph is short; not more than max places
 * on. NULL: there is none so far. *place becomes where to go on: 0, at the end. */
const struct sightings *furniture_next(const struct furniture *f, uint32_t *place, uint32_t max);

/* Another story has the paragraph, in an article that is not counted yet. Slot: where it stands, NULL: nowhere.
 * Sources of earlier articles are asked for. Errors: -ENOMEM, -EOVERFLOW. */
int furniture_add(struct furniture *f, uint32_t *slot, uint64_t hash, uint32_t article, struct source from,
		  furniture_source_fn *source, const void *arg);

/* Room for n articles more, few, of paragraphs that are there: adding those cannot fail. Errors: -ENOMEM, -EOVERFLOW. */
int furniture_reserve(struct furniture *f, uint32_t n);

/* The same row without an article that was counted. */
void sightings_remove(struct sightings *s, uint32_t article);

/* Takes an article back that was counted. */
void furniture_remove(struct furniture *f, uint32_t *slot, uint64_t hash, uint32_t article);

/* Gives back what has been forgotten, a little with each article that comes: n have come. */
void furniture_sweep(struct furniture *f, uint32_t n);

#endif
