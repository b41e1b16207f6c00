/*
 * An append-only file that nobody else sees: unlinked at birth, written in large blocks, read through
 * a mapping. It keeps out of memory what only verification and the final output need.
 */
#ifndef ND_STORE_SPOOL_H
#define ND_STORE_SPOOL_H

#include <stddef.h>
#include <stdint.h>

struct spool;

/* A new empty spool in directory dir. Errors: those of open, mmap; -ENOMEM. */
int spool_new(const char *dir, struct spool **ret);
void spool_free(struct spool *s);

/*
 * Room for n bytes at the end, 8-byte aligned, to be filled before the next call; *ret_at tells where
 * they stand for ever. Errors: those of pwrite (-ENOSPC: nothing is lost of what stands already),
 * -ENOMEM, -EFBIG past the address space reserved (1 TiB).
 */
int spool_append(struct spool *s, size_t n, void **ret, uint64_t *ret_at);

/* Takes back what was appended last, at that place. */
void spool_drop(struct spool *s, uint64_t at);

/* What stands at a place; valid until the spool is freed or, for the newest 1 MiB, the next append. */
const void *spool_at(const struct spool *s, uint64_t at);

uint64_t spool_bytes(const struct spool *s);

#endif
