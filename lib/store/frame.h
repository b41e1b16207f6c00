/*
 * How a record stands in the store: a head that tells what it is and proves it, then its payload. In the order of bytes
 * of the machine: on another one the magic does not match.
 */
#ifndef ND_STORE_FRAME_H
#define ND_STORE_FRAME_H

#include "store/store.h"

#define FRAME_MAGIC 0x4652u /* "RF" */
#define FRAME_VERSION 2u
#define FRAME_PAYLOAD_MAX (UINT32_MAX - 64u) /* LMDB's longest value, less the head */

struct frame {
	uint16_t magic, version;
	uint32_t bytes;    /* of the payload */
	int64_t received;  /* ms since 1970, UTC */
	uint64_t checksum; /* XXH3-64 of the payload, seeded with that of the head above and its number */
};

/* The bytes that a payload takes with its frame; bytes at most FRAME_PAYLOAD_MAX. */
size_t frame_size(size_t bytes);

/* Writes frame_size(item->bytes) bytes; `to` is 8-byte aligned. */
void frame_write(void *to, const struct store_item *item);

/* The bytes of a frame by its head, of which n bytes are there, at any address. Errors: -EBADMSG, -EPROTO (another
 * version). */
int frame_whole(const void *at, size_t n, size_t *ret);

/* Reads the frame of seq, n bytes long, 8-byte aligned, without its checksum; the payload stays where it is. Errors: as
 * frame_whole. */
int frame_read(const void *at, size_t n, uint64_t seq, struct store_item *ret);

/* Checks the checksum of a frame that frame_read found whole. Errors: -EBADMSG. */
int frame_verify(const void *at, uint64_t seq);

#endif
