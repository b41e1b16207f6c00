/*
 * A slice: some of a store's records, read, verified and digested, for the index to take. It has a reader of its
 * own, so that threads can read slices ahead while the index takes earlier ones.
 *
 * Keys are sorted by the shard of the table that they go to, and within it stay in order of arrival: taken so, those
 * of many articles meet a part of the table that fits into a cache, where taken one article after the other each key
 * meets memory that nobody has touched for long.
 */
#ifndef ND_INDEX_SLICE_H
#define ND_INDEX_SLICE_H

#include "base/table.h"
#include "index/skim.h"
#include "store/store.h"

#define SLICE_BITS 20
#define SLICE_MAX ((size_t)1 << SLICE_BITS) /* articles */

struct slice_key {
	uint32_t tag;                           /* with the shard: all that the table looks at */
	uint32_t article : SLICE_BITS;          /* in the slice */
	uint32_t shard : 32 - SLICE_BITS;
};

_Static_assert(TABLE_SHARD_BITS <= 32 - SLICE_BITS, "a key stands in 8 bytes");

struct slice_keys {
	struct slice_key *at;        /* sorted */
	struct slice_key *raw;       /* as they were read */
	size_t n, cap, cap_raw;
	uint32_t ends[TABLE_SHARDS]; /* how many each shard has, and then, as they are sorted, where they end */
};

struct slice {
	struct store_reader *reader;
	uint32_t first;             /* seq of the first digest */
	uint32_t n;                 /* digests */
	int err;                    /* why there are no more; 0: the store ends here, or enough were read */
	bool ends;                  /* behind the last one the store ends */
	struct digest *digests;     /* without keys; of their records only heads, strings and, of links, matches are there */
	size_t cap;
	struct slice_keys bodies, leads;
	struct slice_keys lines; /* paragraphs that are counted */
	struct skim skim;
	struct buf heads; /* of the records, one behind the other */

	/* for the index: what it has taken already */
	uint32_t taken, taken_bodies, taken_leads, taken_lines;
};

/* The store is one of records, packed by record_codec. Errors: as store_reader_new. */
int slice_new(struct store *s, struct slice **ret);
void slice_free(struct slice *s);

/* Reads up to max records from seq `from` on; one thread at a time. */
void slice_read(struct slice *s, uint32_t from, size_t max);

/* What the table takes for the key. */
static inline uint64_t slice_key(const struct slice_key *k)
{
	return (uint64_t)k->shard << 32 | k->tag;
}

/* All of it has been taken. */
static inline bool slice_done(const struct slice *s)
{
	return s->taken == s->n && s->taken_bodies == s->bodies.n && s->taken_leads == s->leads.n &&
	       s->taken_lines == s->lines.n;
}

#endif
