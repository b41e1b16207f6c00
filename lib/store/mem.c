/*
 * The store in memory, for tests and for daemons that need no restart: framed copies, each in its own block,
 * found through segments that double, so that neither ever moves.
 *
 *     segments: [0] -> 1024 frames   [1] -> 2048 frames   [2] -> 4096 ...
 *
 * A reader looks no further than the count it loaded, and what that counts was written before it.
 */
#include "store/backend.h"

#include <errno.h>
#include <stdlib.h>

#include "store/frame.h"

#define SEGMENT_BITS 10
#define SEGMENTS 48

struct mem {
	struct store base;
	struct frame **segments[SEGMENTS];
};

struct mem_reader {
	struct store_reader base;
	uint64_t count; /* what it sees */
};

static int mem_open(const char *where, const struct store_options *o, struct store **ret)
{
	struct mem *m;

	if (*where)
		return -EINVAL;
	if (o->read_only)
		return -ENOENT;
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	*ret = &m->base;
	return 0;
}

static size_t segment_of(uint64_t seq)
{
	return 63 - SEGMENT_BITS - (size_t)__builtin_clzll(seq + (1u << SEGMENT_BITS));
}

/* Where the frame of seq hangs; its segment must be there. */
static struct frame **place(struct mem *m, uint64_t seq)
{
	size_t k = segment_of(seq);

	return &m->segments[k][seq + (1u << SEGMENT_BITS) - ((uint64_t)1 << (SEGMENT_BITS + k))];
}

/* The frames from seq `from` up to `to` and not including it. */
static void drop(struct mem *m, uint64_t from, uint64_t to)
{
	for (uint64_t seq = from; seq < to; seq++)
		free(*place(m, seq));
}

static void mem_close(struct store *s)
{
	struct mem *m = (struct mem *)s;

	drop(m, 0, store_count(s));
	for (size_t k = 0; k < SEGMENTS; k++)
		free(m->segments[k]);
	free(m);
}

static int mem_put(struct mem *m, const struct store_item *item)
{
	size_t k = segment_of(item->seq);
	struct frame *f;

	if (!m->segments[k])
		m->segments[k] = calloc((size_t)1 << (SEGMENT_BITS + k), sizeof(struct frame *));
	if (!m->segments[k])
		return -ENOMEM;
	f = malloc(frame_size(item->bytes));
	if (!f)
		return -ENOMEM;
	frame_write(f, item);
	*place(m, item->seq) = f;
	return 0;
}

static int mem_append(struct store *s, const struct store_item *items, size_t n)
{
	struct mem *m = (struct mem *)s;
	uint64_t used = s->used;
	size_t done = 0;
	int err = 0;

	for (size_t i = 0; i < n; i++)
		used += frame_size(items[i].bytes);
	if (used > s->o.max_bytes)
		return -ENOSPC;
	while (done < n && !(err = mem_put(m, &items[done])))
		done++;
	if (err) {
		drop(m, items[0].seq, items[0].seq + done);
		return err;
	}
	s->used = used;
	return 0;
}

static int mem_reader_renew(struct store_reader *r)
{
	((struct mem_reader *)r)->count = store_count(r->store);
	return 0;
}

static int mem_reader_new(struct store *s, struct store_reader **ret)
{
	struct mem_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->count = store_count(s);
	*ret = &r->base;
	return 0;
}

static void mem_reader_free(struct store_reader *r)
{
	free(r);
}

static int mem_reader_get(struct store_reader *r, uint64_t seq, struct store_item *ret)
{
	const struct frame *f;

	if (seq >= ((struct mem_reader *)r)->count)
		return -ENOENT;
	f = *place((struct mem *)r->store, seq);
	return frame_read(f, frame_size(f->bytes), seq, ret);
}

static int mem_reader_next(struct store_reader *r, uint64_t from, struct store_item *ret, size_t max,
			   size_t *ret_n)
{
	uint64_t count = ((struct mem_reader *)r)->count;
	size_t n = 0;

	for (; n < max && from + n < count; n++) {
		int err = mem_reader_get(r, from + n, &ret[n]);

		if (!err)
			err = frame_verify(*place((struct mem *)r->store, from + n));
		if (err && !n)
			return err;
		if (err)
			break;
	}
	*ret_n = n;
	return 0;
}

const struct store_backend store_mem = {
	.prefix = "mem:",
	.open = mem_open,
	.close = mem_close,
	.append = mem_append,
	.reader_new = mem_reader_new,
	.reader_free = mem_reader_free,
	.reader_renew = mem_reader_renew,
	.reader_get = mem_reader_get,
	.reader_next = mem_reader_next,
};
