/*
 * A table for people: cells in rows, each column as wide as it must be.
 */
#ifndef ND_DAEMON_GRID_H
#define ND_DAEMON_GRID_H

#include <stdio.h>

#include "base/buf.h"
#include "newsdup.h"

#define GRID_COLUMNS 12u

struct grid {
	const char *align;  /* a letter each column: l or r */
	unsigned n_columns;
	struct buf text;    /* cells one behind the other, each with a NUL */
	size_t n_cells;
	unsigned widths[GRID_COLUMNS];
	int err;            /* -ENOMEM: some are missing */
};

void grid_init(struct grid *g, const char *align);
void grid_done(struct grid *g);

/* The next cell; after the last of a row the next row begins. A NUL in it ends it. */
void grid_add(struct grid *g, struct nd_str cell);
void grid_add_text(struct grid *g, const char *cell);
void grid_addf(struct grid *g, const char *format, ...) __attribute__((format(printf, 2, 3)));

void grid_print(const struct grid *g, FILE *to);

/* Columns of a terminal that a text takes: of most letters of East Asia, two each. */
unsigned grid_width(struct nd_str text);

#endif
