/*
 * Postings: which articles brought a key, at most one for each story, in order of arrival.
 *
 * The count is the key's document frequency among stories. Past POSTINGS_KEEP a key is a stop key: it
 * keeps its first articles and goes on counting. A key with one article costs 8 bytes and no list.
 */
#ifndef ND_INDEX_POSTINGS_H
#define ND_INDEX_POSTINGS_H

#include "base/table.h"

#define POSTINGS_KEEP 10u /* articles kept for a key */

struct postings {
	struct table table;  /* key -> article + 1, or MANY | place in pool */
	uint32_t *pool;      /* lists: count, kept, room, articles... */
	uint32_t pool_len, pool_cap; /* in words */
	uint32_t free[4];    /* heads of the lists given back, by size class; 0 none */
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

/* An unknown key has count 0. Returns the key's slot, or NULL: good for the functions below until
 * p->table.moves changes. */
uint32_t *postings_get(const struct postings *p, uint64_t key, struct posting *ret);

/* Asks for the list that a slot leads to, if it does. */
void postings_prefetch(const struct postings *p, const uint32_t *slot);

/* What a slot holds; of NULL, count 0. */
void postings_read(const struct postings *p, const uint32_t *slot, struct posting *ret);

/* Another story has the key, and `article` is its first that does. Errors: -ENOMEM, -EOVERFLOW. */
int postings_add(struct postings *p, uint64_t key, uint32_t article);

/* The same, when the key's slot is known, or known not to be there (NULL). */
int postings_add_at(struct postings *p, uint32_t *slot, uint64_t key, uint32_t article);

#endif
