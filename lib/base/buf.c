#include "base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void buf_done(struct buf *b)
{
	if (!b)
		return;
	free(b->at);
	*b = (struct buf){ .max = b->max };
}

int buf_reserve(struct buf *b, size_t more)
{
	size_t need, cap;
	uint8_t *at;

	if (more <= b->cap - b->len)
		return 0;
	if (more > b->max || b->len > b->max - more)
		return -E2BIG;
	need = b->len + more;
	cap = b->cap < 64 ? 64 : b->cap + b->cap / 2;
	if (cap < need)
		cap = need;
	if (cap > b->max)
		cap = b->max;
	at = realloc(b->at, cap);
	if (!at)
		return -ENOMEM;
	b->at = at;
	b->cap = cap;
	return 0;
}

int buf_add(struct buf *b, const void *at, size_t n)
{
	int err = buf_reserve(b, n);

	if (err)
		return err;
	if (n)
		memcpy(b->at + b->len, at, n);
	b->len += n;
	return 0;
}

int buf_addf(struct buf *b, const char *format, ...)
{
	va_list ap;
	char small[512];
	int n, err;

	va_start(ap, format);
	n = vsnprintf(small, sizeof(small), format, ap);
	va_end(ap);
	if (n < 0)
		return -EINVAL;
	if ((size_t)n < sizeof(small))
		return buf_add(b, small, (size_t)n);
	err = buf_reserve(b, (size_t)n + 1);
	if (err)
		return err;
	va_start(ap, format);
	vsnprintf((char *)b->at + b->len, (size_t)n + 1, format, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}
