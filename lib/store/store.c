#include "store/backend.h"

#include <errno.h>
#include <string.h>

#include "store/frame.h"
#include "store/train.h"

/* The first whose prefix fits; the last one's fits all. */
static const struct store_backend *const backends[] = { &store_mem, &store_lmdb };

static const struct store_backend *backend_of(const char *where)
{
	size_t i = 0;

	while (strncmp(where, backends[i]->prefix, strlen(backends[i]->prefix)))
		i++;
	return backends[i];
}

int store_open(const char *where, const struct store_options *o, struct store **ret)
{
	const struct store_backend *backend = backend_of(where);
	struct store_options filled = *o;
	struct store *s;
	int err;

	if (!filled.max_bytes)
		filled.max_bytes = STORE_MAX;
	err = backend->open(where + strlen(backend->prefix), &filled, &s);
	if (err)
		return err;
	s->backend = backend;
	s->o = filled;
	train_begin(s);
	*ret = s;
	return 0;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	dictionaries_done(&s->dictionaries);
	s->backend->close(s);
}

/* Whether the items may follow what is there; how many there are then. */
static int check_items(const struct store *s, const struct store_item *items, size_t n, uint64_t *ret_count)
{
	uint64_t count = store_count(s);

	if (s->o.read_only)
		return -EROFS;
	for (size_t i = 0; i < n; i++) {
		if (items[i].seq > count)
			return -EINVAL;
		if (items[i].bytes > FRAME_PAYLOAD_MAX)
			return -E2BIG;
		if (items[i].text && items[i].text->packed > PACKED_MAX)
			return -E2BIG;
		count += items[i].seq == count;
	}
	*ret_count = count;
	return 0;
}

int store_write(struct store *s, const struct store_item *items, size_t n)
{
	uint64_t count;
	int err = check_items(s, items, n, &count);

	if (err || !n)
		return err;
	err = s->backend->write(s, items, n);
	if (err)
		return err;
	/* release: who has read the count finds what it counts */
	atomic_store_explicit(&s->count, count, memory_order_release);
	atomic_fetch_add_explicit(&s->commits, 1, memory_order_relaxed);
	for (size_t i = 0; i < n; i++)
		s->texts += items[i].text != NULL;
	return 0;
}

int store_flush(struct store *s)
{
	return s->backend->flush && !s->o.read_only ? s->backend->flush(s) : 0;
}

int store_renew(struct store *s)
{
	return s->backend->renew && s->o.read_only ? s->backend->renew(s) : 0;
}

void store_let_go(struct store *s)
{
	if (s->backend->let_go && s->o.read_only)
		s->backend->let_go(s);
}

const struct dictionaries *store_dictionaries(const struct store *s)
{
	return &s->dictionaries;
}

int store_look(struct store *s, struct store_look *ret)
{
	struct store_look found = { .readers = 0 };
	int err = s->backend->look ? s->backend->look(s, &found) : 0;

	if (!err)
		*ret = found;
	return err;
}

uint64_t store_count(const struct store *s)
{
	return atomic_load_explicit(&s->count, memory_order_acquire);
}

void store_stats(const struct store *s, struct store_stats *ret)
{
	*ret = (struct store_stats){
		.records = store_count(s),
		.bytes_used = atomic_load_explicit(&s->used, memory_order_relaxed),
		.bytes_file = atomic_load_explicit(&s->file, memory_order_relaxed),
		.max_bytes = s->o.max_bytes,
		.commits = atomic_load_explicit(&s->commits, memory_order_relaxed),
	};
}

int store_reader_new(struct store *s, struct store_reader **ret)
{
	struct store_reader *r;
	int err = s->backend->reader_new(s, &r);

	if (err)
		return err;
	r->store = s;
	*ret = r;
	return 0;
}

void store_reader_free(struct store_reader *r)
{
	if (!r)
		return;
	unpacker_done(&r->unpacker);
	r->store->backend->reader_free(r);
}

int store_reader_renew(struct store_reader *r)
{
	return r->store->backend->reader_renew(r);
}

int store_reader_get(struct store_reader *r, uint64_t seq, struct store_item *ret)
{
	return r->store->backend->reader_get(r, seq, ret);
}

int store_reader_next(struct store_reader *r, uint64_t from, struct store_item *ret, size_t max, size_t *ret_n)
{
	return r->store->backend->reader_next(r, from, ret, max, ret_n);
}

int store_reader_text(struct store_reader *r, uint64_t seq, struct buf *to)
{
	const void *at;
	size_t bytes;
	int err = r->store->backend->reader_text(r, seq, &at, &bytes);

	return err ? err : unpacker_run(&r->unpacker, &r->store->dictionaries, at, bytes, to);
}

int store_reader_unpack(struct store_reader *r, const struct text_head *text, struct buf *to)
{
	return unpacker_run(&r->unpacker, &r->store->dictionaries, text, sizeof(*text) + text->packed, to);
}
