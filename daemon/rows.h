/*
 * The rows of a table for people, kept until all are known and can be put in order.
 */
#ifndef ND_DAEMON_ROWS_H
#define ND_DAEMON_ROWS_H

#include "daemon/grid.h"
#include "daemon/order.h"

struct rows {
	size_t size;      /* bytes of a row, which is plain data */
	struct buf rows;
	struct buf words; /* each with a NUL */
};

void rows_init(struct rows *r, size_t size);
void rows_done(struct rows *r);

/* Errors: -ENOMEM, -E2BIG. *ret_word is what rows_word knows it by. */
int rows_add(struct rows *r, const void *row);
int rows_add_word(struct rows *r, const char *word, size_t *ret_word);

static inline size_t rows_count(const struct rows *r)
{
	return r->rows.len / r->size;
}

static inline const void *rows_at(const struct rows *r, size_t i)
{
	return r->rows.at + i * r->size;
}

static inline const char *rows_word(const struct rows *r, size_t word)
{
	return (const char *)r->words.at + word;
}

struct rows_table {
	const char *align; /* as grid_init */
	const char *const *heads;
	order_less *before; /* arg: the rows */
	void (*add)(struct grid *g, const struct rows *r, const void *row);
};

/* The first max rows of the order, on standard output. Errors: -ENOMEM. */
int rows_print(const struct rows *r, const struct rows_table *t, size_t max);

#endif
