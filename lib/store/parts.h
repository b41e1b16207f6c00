/*
 * Values as they are put together from their parts, which come in order of their keys (lmdb_parts.c).
 */
#ifndef ND_STORE_PARTS_H
#define ND_STORE_PARTS_H

#include "base/buf.h"

/* The bytes of a value, by its first n. Errors: -EBADMSG, -EPROTO (another version). */
typedef int parts_whole(const void *at, size_t n, size_t *ret);

struct parts {
	parts_whole *whole;
	uint64_t mark;   /* of the keys */
	struct buf value; /* that of seq, as far as it has come */
	uint64_t seq;
	uint32_t next;   /* part; 0: none has come, or all of the last value have */
	size_t bytes;    /* that all of it will be */
};

/* max: bytes of the longest value. */
void parts_init(struct parts *p, uint64_t mark, parts_whole *whole, size_t max);
void parts_done(struct parts *p);

/* Whether a value waits for more than what comes with this key: it is not whole, and is given up by parts_end. */
bool parts_lacks(const struct parts *p, uint64_t key);

/* Gives up the value that waits for more. Returns false: there is none. */
bool parts_end(struct parts *p);

/*
 * Takes a part. Returns 1: the value of seq is there, and stands in `value`, unproven; 0: more parts belong to it.
 * Errors: -EBADMSG (this part is none, or not the next one), -EPROTO, -ENOMEM; the value is given up then.
 */
int parts_take(struct parts *p, uint64_t key, const void *at, size_t n);

#endif
