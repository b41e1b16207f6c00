/*
 * Texts as they are put together from their parts, which come in order of their keys (lmdb_texts.c).
 */
#ifndef ND_STORE_PARTS_H
#define ND_STORE_PARTS_H

#include "base/buf.h"

struct parts {
	struct buf text;  /* that of seq, as far as it has come */
	uint64_t seq;
	uint32_t next;    /* part; 0: none has come, or all of the last text have */
	size_t bytes;     /* that all of it will be */
};

void parts_init(struct parts *p);
void parts_done(struct parts *p);

/*
 * Takes a part. Returns 1: the text of seq is whole, and stands in `text`; 0: more parts belong to it. Errors: -EBADMSG
 * (this part, or the text before that is not whole: *ret_seq tells whose), -ENOMEM.
 */
int parts_take(struct parts *p, uint64_t key, const void *at, size_t n, uint64_t *ret_seq);

/* Behind the last part. Errors: -EBADMSG (the text of *ret_seq is not whole). */
int parts_end(struct parts *p, uint64_t *ret_seq);

#endif
