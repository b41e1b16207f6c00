/*
 * Quotations: what stands between double quotation marks. Two reporters of one speech quote the same words.
 *
 * Marks come from folding, which knows every kind. What opens and what closes is told by the brackets among them,
 * else by the blanks around a mark; a mark that could be both is taken by its shape, or in turn. A quotation ends in
 * its paragraph: a mark without its other half quotes nothing.
 */
#ifndef ND_TEXT_QUOTES_H
#define ND_TEXT_QUOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct quotes {
	const char *text;      /* the source */
	const uint32_t *marks; /* as in struct folded */
	size_t n, at;          /* the next mark */
};

struct quote {
	uint32_t start, end; /* source bytes, from the opening mark to the closing one */
};

/* The next quotation between source bytes [from, end), which must not go back. */
bool quotes_next(struct quotes *q, uint32_t from, uint32_t end, struct quote *ret);

#endif
