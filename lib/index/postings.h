/*
 * Postings: which articles brought a key, at most one for each story, in order of arrival.
 *
 * The count is the key's document frequency among stories. Past POSTINGS_STOP a key is a stop key; past
 * POSTINGS_KEEP it keeps its first articles and goes on counting. A key with one article costs 8 bytes and no list.
 *
 * Articles may leave and come back in any order: what a list says depends on who is in it, not on how they
 * came, with one exception. Articles past the limit are known by number alone. When one of those kept leaves,
 * the list keeps its horizon, the last article that it had: all up to there are kept, those behind it are
 * counted. Such a list knows fewer articles than one that is built anew. Nobody asks a stop key for its articles, so
 * this shows only where over POSTINGS_KEEP - POSTINGS_STOP articles have left a key, and few have not.
 */
#ifndef ND_INDEX_POSTINGS_H
#define ND_INDEX_POSTINGS_H

#include "base/table.h"

#define POSTINGS_STOP 10u /* articles past which a key says nothing of any of them */
#define POSTINGS_KEEP 64u /* articles kept for a key */

/* A value of the table is an article + 1, or POSTINGS_MANY and the place of a list in the pool. */
#define POSTINGS_MANY 0x40000000u

enum { POSTINGS_COUNT, POSTINGS_KEPT, POSTINGS_CLASS, POSTINGS_FIRST };

struct postings {
	struct table table;  /* key -> article + 1, or MANY | place in pool */
	uint32_t *pool;      /* lists: count, kept, room, articles... */
	uint32_t pool_len, pool_cap; /* in words */
	uint32_t free[5];    /* heads of the lists given back, by size class; 0 none */
	size_t stop_keys;
};

struct posting {
	uint32_t count; /* stories that have the key */
	uint32_t kept;
	const uint32_t *articles; /* valid until the next add; of a single: points into ret itself */
	uint32_t single;
};

void postings_init(struct postings *p);
void postings_done(struct postings *p);

/* Bytes held, for the figures. */
size_t postings_bytes(const struct postings *p);

/* Asks for the list that a slot leads to, if it does. */
static inline void postings_prefetch(const struct postings *p, const uint32_t *slot)
{
	uint32_t value = table_value(slot);

	if (value & POSTINGS_MANY)
		__builtin_prefetch(p->pool + (value & ~POSTINGS_MANY));
	__asm__ volatile(""); /* as in table_prefetch */
}

/* What a slot holds; of NULL, count 0. */
static inline void postings_read(const struct postings *p, const uint32_t *slot, struct posting *ret)
{
	const uint32_t *list;
	uint32_t value;

	if (!slot) {
		ret->count = ret->kept = 0;
		ret->articles = NULL;
		return;
	}
	value = table_value(slot);
	if (!(value & POSTINGS_MANY)) {
		ret->count = ret->kept = 1;
		ret->single = value - 1;
		ret->articles = &ret->single;
		return;
	}
	list = p->pool + (value & ~POSTINGS_MANY);
	ret->count = list[POSTINGS_COUNT];
	ret->kept = list[POSTINGS_KEPT];
	ret->articles = list + POSTINGS_FIRST;
}

/* Whether all articles before this one that have the key are among those kept. */
static inline bool posting_knows(const struct posting *p, uint32_t article)
{
	if (p->kept == p->count || (p->kept && p->articles[p->kept - 1] >= article))
		return true;
	return p->kept < POSTINGS_KEEP && article <= p->articles[POSTINGS_KEEP - 1]; /* up to the horizon */
}

/* What was read, as it would be of the articles before this one: of all of them, mostly. Past POSTINGS_STOP the count
 * stays that of all. */
static inline void posting_before(struct posting *p, uint32_t article)
{
	uint32_t n = p->kept;

	while (n && p->articles[n - 1] >= article)
		n--;
	if (n <= POSTINGS_STOP && posting_knows(p, article))
		p->count = n;
	p->kept = n;
}

/* An unknown key has count 0. Returns the key's slot, or NULL: good for the functions around until
 * p->table.moves changes. */
static inline uint32_t *postings_get(const struct postings *p, uint64_t key, struct posting *ret)
{
	uint32_t *slot = table_find(&p->table, key);

	postings_read(p, slot, ret);
	return slot;
}

/* Another story has the key, and `article` is its first that does; in any order. Errors: -ENOMEM, -EOVERFLOW. */
int postings_add(struct postings *p, uint64_t key, uint32_t article);

/* The same, when the key's slot is known, or known not to be there (NULL). */
int postings_add_at(struct postings *p, uint32_t *slot, uint64_t key, uint32_t article);

/* Room for n articles more, few, of keys that are there: adding those cannot fail. Errors: -ENOMEM, -EOVERFLOW. */
int postings_reserve(struct postings *p, uint32_t n);

/* An article that has posted the key leaves it. The slots of other keys are void. */
void postings_remove(struct postings *p, uint64_t key, uint32_t article);

#endif
