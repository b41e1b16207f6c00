#include "daemon/lines.h"

#include <string.h>

void lines_init(struct lines *l)
{
	*l = (struct lines){ 0 };
	buf_init(&l->buf, SIZE_MAX / 2);
}

void lines_done(struct lines *l)
{
	buf_done(&l->buf);
	lines_init(l);
}

/* Gives back what has been read: all of the memory when nothing waits. */
static void compact(struct lines *l)
{
	size_t left = lines_waiting(l);

	if (left == 0) {
		buf_done(&l->buf);
	} else if (l->from > left) {
		memmove(l->buf.at, l->buf.at + l->from, left);
		l->buf.len = left;
	} else {
		return;
	}
	l->scanned = l->scanned > l->from ? l->scanned - l->from : 0;
	if (l->scanned > l->buf.len)
		l->scanned = l->buf.len;
	l->from = 0;
}

int lines_add(struct lines *l, const void *at, size_t n)
{
	compact(l);
	return buf_add(&l->buf, at, n);
}

/* Drops what waits of a line that is too long. */
static void skip(struct lines *l, size_t to)
{
	l->from = l->scanned = to;
}

bool lines_next(struct lines *l, size_t max, struct line *ret)
{
	const char *start, *newline = NULL;
	size_t scanned = l->scanned > l->from ? l->scanned : l->from;

	if (!lines_waiting(l)) {
		compact(l);
		return false;
	}
	start = (const char *)l->buf.at + l->from;
	if (l->buf.len > scanned)
		newline = memchr(l->buf.at + scanned, '\n', l->buf.len - scanned);
	if (!newline) {
		l->scanned = l->buf.len;
		l->skipping = l->skipping || lines_waiting(l) > max;
		if (l->skipping)
			skip(l, l->buf.len);
		if (l->from == l->buf.len)
			compact(l);
		return false;
	}
	*ret = (struct line){ start, (size_t)(newline - start) };
	if (l->skipping || ret->len > max)
		*ret = (struct line){ 0 };
	l->skipping = false;
	skip(l, (size_t)(newline + 1 - (const char *)l->buf.at));
	return true;
}

bool lines_rest(struct lines *l, size_t max, struct line *ret)
{
	size_t left = lines_waiting(l);

	if (!left && !l->skipping)
		return false;
	*ret = (struct line){ 0 };
	if (!l->skipping && left <= max)
		*ret = (struct line){ (const char *)l->buf.at + l->from, left };
	l->skipping = false;
	skip(l, l->buf.len);
	return true;
}
