/*
 * What a store says of itself: the first thing that is read of it.
 */
#ifndef ND_STORE_FORMAT_H
#define ND_STORE_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define STORE_FILE "store.mdb"
#define STORE_LOCK "lock"          /* held by the one process that writes */
#define STORE_READERS "-lock"      /* behind the name of the file: LMDB's table of readers */
#define STORE_COUNT "records"      /* beside the tables: how many records there are, 64 bits */
#define STORE_META "meta"          /* the table of the format, */
#define STORE_FORMAT "format"      /* and its key there */
#define STORE_ARTICLES "articles"  /* the table of records: key of a part -> part of a frame (store/lmdb_parts.c) */
#define STORE_TEXTS "texts"        /* the same of texts (store/text.h) */
#define STORE_DICTIONARIES "dictionaries" /* number from 1 on -> frame */

/*
 * The key of a part: 16 bits that tell the table, so that a part is known wherever it stands; 40 of the number of the
 * record; 8 of the part.
 */
#define STORE_PART_BITS 8
#define STORE_SEQ_BITS 40
#define STORE_ARTICLE_MARK 0x4152u /* "RA" */
#define STORE_TEXT_MARK 0x5452u    /* "RT" */

static inline uint64_t store_part_key(uint64_t mark, uint64_t seq, uint64_t part)
{
	return mark << (STORE_SEQ_BITS + STORE_PART_BITS) | seq << STORE_PART_BITS | part;
}

static inline uint64_t store_key_mark(uint64_t key)
{
	return key >> (STORE_SEQ_BITS + STORE_PART_BITS);
}

static inline uint64_t store_key_seq(uint64_t key)
{
	return key >> STORE_PART_BITS & (((uint64_t)1 << STORE_SEQ_BITS) - 1);
}

static inline unsigned store_key_part(uint64_t key)
{
	return key & ((1u << STORE_PART_BITS) - 1);
}

struct format {
	char magic[8];
	uint32_t version, pad;
	uint64_t profile;
	uint64_t checksum; /* of what stands above */
};

struct format format_make(uint64_t profile);

/* The version is looked at first: another one may have another shape. Errors: -EBADMSG, -EPROTO (another version),
 * -ESTALE (another profile). */
int format_judge(const void *at, size_t bytes, uint64_t profile);

#endif
