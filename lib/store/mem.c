/*
 * The store in memory, for tests and for daemons that need no restart: framed copies, one behind the other in
 * blocks, found through segments that double, so that nothing ever moves.
 *
 *     segments: [0] -> 1024 places   [1] -> 2048 places   [2] -> 4096 ...
 *                       |   |
 *     blocks:     ... <- version version version ...
 *
 * A version knows the transaction that it came with, and the version that it replaced: a reader sees the newest one of
 * those that it knows of. Old versions are kept for as long as the store is open.
 *
 * Blocks are huge pages where the system has them: most of the time of an append would go into faults of small
 * ones (measured: 6 us of 7).
 * What a transaction has put is seen once it is published, all at a time.
 */
#include "store/backend.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "store/frame.h"

#define SEGMENT_BITS 10
#define SEGMENTS 48
#define BLOCK_BYTES ((size_t)2 << 20)

struct block {
	struct block *before;
	size_t used, bytes; /* this head included */
};

struct version {
	struct version *before; /* NULL: none */
	uint64_t transaction;
	struct frame frame;
};

typedef _Atomic(struct version *) place;

struct places {
	_Atomic(place *) segments[SEGMENTS];
};

/* What is there: so many records, as so many transactions have left them. */
struct view {
	uint64_t count, transactions;
};

struct mem {
	struct store base;
	struct places records, texts; /* a text of no bytes: it has been dropped */
	struct block *block;          /* the newest */
	pthread_mutex_t lock;
	struct view view;    /* under lock, but for the writer */
};

struct mem_reader {
	struct store_reader base;
	struct view view;
};

static void note_room(struct store *s, uint64_t max)
{
	uint64_t end = max + store_margin(max);

	s->room = s->used < max ? max - s->used : 0;
	s->spare = s->used < end ? end - s->used : 0;
}

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
	pthread_mutex_init(&m->lock, NULL);
	note_room(&m->base, o->max_bytes);
	*ret = &m->base;
	return 0;
}

static size_t segment_of(uint64_t seq)
{
	return 63 - SEGMENT_BITS - (size_t)__builtin_clzll(seq + (1u << SEGMENT_BITS));
}

/* Where the newest version of seq hangs; NULL: nothing has ever been near it. */
static place *place_of(struct places *p, uint64_t seq)
{
	size_t k = segment_of(seq);
	place *segment = p->segments[k];

	return segment ? &segment[seq + (1u << SEGMENT_BITS) - ((uint64_t)1 << (SEGMENT_BITS + k))] : NULL;
}

static void mem_close(struct store *s)
{
	struct mem *m = (struct mem *)s;

	while (m->block) {
		struct block *before = m->block->before;

		free(m->block);
		m->block = before;
	}
	for (size_t k = 0; k < SEGMENTS; k++) {
		free(m->records.segments[k]);
		free(m->texts.segments[k]);
	}
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static int add_block(struct mem *m, size_t bytes)
{
	size_t whole = (sizeof(struct block) + bytes + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
	struct block *b = aligned_alloc(BLOCK_BYTES, whole);

	if (!b)
		return -ENOMEM;
	madvise(b, whole, MADV_HUGEPAGE);
	*b = (struct block){ .before = m->block, .used = sizeof(*b), .bytes = whole };
	m->block = b;
	return 0;
}

static int add_segment(struct places *p, uint64_t seq)
{
	size_t k = segment_of(seq);

	if (!p->segments[k])
		p->segments[k] = calloc((size_t)1 << (SEGMENT_BITS + k), sizeof(place));
	return p->segments[k] ? 0 : -ENOMEM;
}

static size_t version_size(size_t bytes)
{
	return offsetof(struct version, frame) + ((frame_size(bytes) + 7) & ~(size_t)7);
}

static int put(struct mem *m, struct places *p, const struct store_item *item)
{
	size_t bytes = version_size(item->bytes);
	struct version *v;
	int err = add_segment(p, item->seq);

	if (!err && (!m->block || m->block->bytes - m->block->used < bytes))
		err = add_block(m, bytes);
	if (err)
		return err;
	v = (struct version *)((char *)m->block + m->block->used);
	m->block->used += bytes;
	frame_write(&v->frame, item);
	v->transaction = m->view.transactions + 1;
	v->before = atomic_load_explicit(place_of(p, item->seq), memory_order_relaxed);
	atomic_store_explicit(place_of(p, item->seq), v, memory_order_release);
	return 0;
}

/* What a transaction that failed has put would be taken for that of the next one. */
static void take_back(struct places *p, uint64_t seq)
{
	place *at = place_of(p, seq);
	struct version *v = atomic_load_explicit(at, memory_order_relaxed);

	atomic_store_explicit(at, v->before, memory_order_release);
}

/* What becomes of the text of an item, as a record of its own; false: nothing does. */
static bool text_of(const struct store_item *item, struct store_item *ret)
{
	*ret = (struct store_item){ .seq = item->seq, .received = item->received };
	if (!item->text)
		return item->drop_text;
	ret->at = item->text;
	ret->bytes = sizeof(*item->text) + item->text->packed;
	return true;
}

static int mem_put(struct mem *m, const struct store_item *item)
{
	struct store_item text;
	int err = put(m, &m->records, item);

	if (err || !text_of(item, &text))
		return err;
	err = put(m, &m->texts, &text);
	if (err)
		take_back(&m->records, item->seq);
	return err;
}

static void mem_take_back(struct mem *m, const struct store_item *item)
{
	struct store_item text;

	take_back(&m->records, item->seq);
	if (text_of(item, &text))
		take_back(&m->texts, item->seq);
}

static size_t size_of(const struct store_item *item)
{
	struct store_item text;

	return version_size(item->bytes) + (text_of(item, &text) ? version_size(text.bytes) : 0);
}

static void publish(struct mem *m, const struct store_item *items, size_t n)
{
	pthread_mutex_lock(&m->lock);
	for (size_t i = 0; i < n; i++)
		m->view.count += items[i].seq == m->view.count;
	m->view.transactions++;
	pthread_mutex_unlock(&m->lock);
}

static int mem_write(struct store *s, const struct store_item *items, size_t n)
{
	struct mem *m = (struct mem *)s;
	uint64_t used = s->used;
	size_t n_put = 0;
	int err = 0;

	for (size_t i = 0; i < n; i++)
		used += size_of(&items[i]);
	if (used > store_bound(s, items, n, s->o.max_bytes, store_margin(s->o.max_bytes)))
		return -ENOSPC;
	for (; n_put < n && !err; n_put += !err)
		err = mem_put(m, &items[n_put]);
	if (err) {
		while (n_put--)
			mem_take_back(m, &items[n_put]);
		return err;
	}
	publish(m, items, n);
	s->used = used;
	note_room(s, s->o.max_bytes);
	return 0;
}

/* It is in memory anyway. */
static int mem_write_dictionary(struct store *s, uint32_t number, const void *at, size_t bytes)
{
	(void)number;
	(void)at;
	s->used += bytes;
	return 0;
}

static int mem_reader_renew(struct store_reader *r)
{
	struct mem *m = (struct mem *)r->store;

	pthread_mutex_lock(&m->lock);
	((struct mem_reader *)r)->view = m->view;
	pthread_mutex_unlock(&m->lock);
	return 0;
}

static int mem_reader_new(struct store *s, struct store_reader **ret)
{
	struct mem_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->base.store = s;
	mem_reader_renew(&r->base);
	*ret = &r->base;
	return 0;
}

static void mem_reader_free(struct store_reader *r)
{
	free(r);
}

/* The frame that the reader sees; NULL: none. */
static const struct frame *seen(struct store_reader *r, struct places *p, uint64_t seq)
{
	const struct view *view = &((struct mem_reader *)r)->view;
	place *at = seq < view->count ? place_of(p, seq) : NULL;
	const struct version *v = at ? atomic_load_explicit(at, memory_order_acquire) : NULL;

	while (v && v->transaction > view->transactions)
		v = v->before;
	return v ? &v->frame : NULL;
}

static struct places *records_of(struct store_reader *r)
{
	return &((struct mem *)r->store)->records;
}

static int mem_reader_get(struct store_reader *r, uint64_t seq, struct store_item *ret)
{
	const struct frame *f = seen(r, records_of(r), seq);

	return f ? frame_read(f, frame_size(f->bytes), seq, ret) : -ENOENT;
}

static int mem_reader_text(struct store_reader *r, uint64_t seq, const void **ret, size_t *ret_bytes)
{
	const struct frame *f = seen(r, &((struct mem *)r->store)->texts, seq);

	if (!f || !f->bytes)
		return -ENOENT;
	*ret = f + 1;
	*ret_bytes = f->bytes;
	return 0;
}

const struct store_backend store_mem = {
	.prefix = "mem:",
	.open = mem_open,
	.close = mem_close,
	.write = mem_write,
	.write_dictionary = mem_write_dictionary,
	.reader_new = mem_reader_new,
	.reader_free = mem_reader_free,
	.reader_renew = mem_reader_renew,
	.reader_get = mem_reader_get,
	.reader_next = mem_reader_get,
	.reader_text = mem_reader_text,
};
