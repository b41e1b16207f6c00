#include "store/parts.h"

#include <errno.h>

#include "store/format.h"

void parts_init(struct parts *p, uint64_t mark, parts_whole *whole, size_t max)
{
	*p = (struct parts){ .whole = whole, .mark = mark };
	buf_init(&p->value, max);
}

void parts_done(struct parts *p)
{
	buf_done(&p->value);
}

bool parts_lacks(const struct parts *p, uint64_t key)
{
	return p->next && store_key_seq(key) != p->seq;
}

bool parts_end(struct parts *p)
{
	bool ret = p->next;

	p->next = 0;
	return ret;
}

/* The first part tells how long the value is. */
static int begin(struct parts *p, uint64_t seq, const void *at, size_t n)
{
	buf_clear(&p->value);
	p->seq = seq;
	return p->whole(at, n, &p->bytes);
}

int parts_take(struct parts *p, uint64_t key, const void *at, size_t n)
{
	unsigned part = store_key_part(key);
	int err = store_key_mark(key) != p->mark || part != p->next ? -EBADMSG : 0;

	if (!err && !part)
		err = begin(p, store_key_seq(key), at, n);
	if (!err && (store_key_seq(key) != p->seq || n > p->bytes - p->value.len))
		err = -EBADMSG;
	if (!err)
		err = buf_add(&p->value, at, n);
	if (err) {
		p->next = 0;
		return err == -E2BIG ? -EBADMSG : err;
	}
	p->next = p->value.len < p->bytes ? part + 1 : 0;
	return p->next ? 0 : 1;
}
