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
#define STORE_META "meta"          /* the table of the format, */
#define STORE_FORMAT "format"      /* and its key there */
#define STORE_ARTICLES "articles"  /* the table of records: seq -> frame */
#define STORE_TEXTS "texts"        /* seq << STORE_PART_BITS | part -> part of a text (store/lmdb_texts.c) */
#define STORE_DICTIONARIES "dictionaries" /* number from 1 on -> frame */

#define STORE_PART_BITS 8

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
