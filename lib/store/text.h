/*
 * A text as it is kept: packed by zstd, behind a head that tells how and proves it.
 *
 *     struct text_head | a frame of zstd, of `packed` bytes
 *
 * In the order of bytes of the machine, as a record's frame (frame.h), whose store it lies in.
 */
#ifndef ND_STORE_TEXT_H
#define ND_STORE_TEXT_H

#include "store/dictionary.h"

#define TEXT_VERSION 1u
#define KEPT_MAX (((size_t)8 << 20) + 4096) /* bytes before they are packed: a text, and what is kept with it */
#define PACKED_MAX (KEPT_MAX + KEPT_MAX / 128 + 64)

struct text_head {
	uint16_t magic;     /* "NT" */
	uint8_t version;
	uint8_t dictionary; /* its number; 0: none */
	uint32_t raw;       /* bytes when it is unpacked */
	uint32_t packed;
	uint32_t checksum;  /* the low half of XXH3-64 of what is packed, seeded with that of the head above */
};

/* One a thread. */
struct packer {
	ZSTD_CCtx *zstd;
	struct buf out;
};

/* Errors: -ENOMEM. */
int packer_init(struct packer *p);
void packer_done(struct packer *p);

/* Packs n bytes, d NULL: without a dictionary. *ret is the packer's and lives until its next call. Errors: -E2BIG (past
 * KEPT_MAX), -ENOMEM, -EIO (zstd fails). */
int packer_run(struct packer *p, const struct dictionary *d, const void *at, size_t n, const struct text_head **ret);

/* Writes the checksum; packer_run has done so. */
void text_seal(struct text_head *h);

/* The bytes of a packed text by its head, of which n bytes are there; that it is all there is not asked. Errors:
 * -EBADMSG, -EPROTO (another version). */
int text_size(const void *at, size_t n, size_t *ret);

/* One a thread. */
struct unpacker {
	ZSTD_DCtx *zstd; /* NULL: nothing was unpacked yet */
};

void unpacker_done(struct unpacker *u);

/* Appends the text that stands packed in just these n bytes. Errors: -EBADMSG (damaged, or its dictionary is not
 * there), -EPROTO, -E2BIG (no room in *to), -ENOMEM; *to is as before then. */
int unpacker_run(struct unpacker *u, const struct dictionaries *d, const void *at, size_t n, struct buf *to);

#endif
