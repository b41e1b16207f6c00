/*
 * A growing run of bytes with a maximum: what comes from outside can never make it larger.
 */
#ifndef ND_BASE_BUF_H
#define ND_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	uint8_t *at;
	size_t len;
	size_t cap;
	size_t max; /* bytes; growth past it is -E2BIG */
};

void buf_init(struct buf *b, size_t max);
void buf_done(struct buf *b);

/* Makes room for `more` bytes after len. Errors: -E2BIG past max, -ENOMEM. */
int buf_reserve(struct buf *b, size_t more);

int buf_add(struct buf *b, const void *at, size_t n);

/* printf into the buffer; no NUL is left behind. */
int buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline void buf_clear(struct buf *b)
{
	b->len = 0;
}

/* Room for `more` bytes must have been reserved. */
static inline void buf_put(struct buf *b, uint8_t byte)
{
	b->at[b->len++] = byte;
}

#endif
