/*
 * Bytes in pieces to lines of a bounded length.
 *
 *     lines_add(&l, at, n);
 *     while (lines_next(&l, &line)) ...
 *
 * A line longer than the maximum is dropped while it comes and told once, as such, at its end; what
 * follows is read as usual. NUL bytes are bytes like others. Memory is held only while bytes wait.
 */
#ifndef ND_DAEMON_LINES_H
#define ND_DAEMON_LINES_H

#include "base/buf.h"

struct lines {
	struct buf buf;
	size_t from;    /* in buf: where the next line begins */
	size_t scanned; /* in buf: no newline stands before it and behind from */
	bool skipping;  /* the line at hand is too long: up to its newline all is dropped */
};

struct line {
	const char *at; /* NULL: it was too long. Valid until lines_add */
	size_t len;     /* without the newline */
};

void lines_init(struct lines *l);
void lines_done(struct lines *l);

/* Errors: -ENOMEM. */
int lines_add(struct lines *l, const void *at, size_t n);

/* The next whole line of at most max bytes. */
bool lines_next(struct lines *l, size_t max, struct line *ret);

/* What stands behind the last newline, when no more will come; false: nothing. */
bool lines_rest(struct lines *l, size_t max, struct line *ret);

/* Bytes that wait. */
static inline size_t lines_waiting(const struct lines *l)
{
	return l->buf.len - l->from;
}

#endif
