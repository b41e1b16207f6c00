#include "store/backend.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "store/frame.h"
#include "store/train.h"

#define MARGIN_MIN ((uint64_t)16 << 20)
#define MARGIN_MAX ((uint64_t)1 << 30)
#define PACKED_KEEP ((size_t)16 << 20) /* bytes of memory for the next transaction */

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
	buf_init(&s->packed, (size_t)1 << 40);
	train_begin(s);
	*ret = s;
	return 0;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	dictionaries_done(&s->dictionaries);
	buf_done(&s->packed);
	free(s->items);
	s->backend->close(s);
}

/* A sixteenth, but enough to clear a small store whatever stands in its pages: as much again. */
uint64_t store_margin(uint64_t max_bytes)
{
	uint64_t n = max_bytes / 16;

	n = n < MARGIN_MIN ? MARGIN_MIN : n > MARGIN_MAX ? MARGIN_MAX : n;
	return n < max_bytes ? n : max_bytes;
}

uint64_t store_bound(const struct store *s, const struct store_item *items, size_t n, uint64_t max, uint64_t margin)
{
	uint64_t ret = max + margin, count = store_count(s);

	for (size_t i = 0; i < n; i++) {
		bool is_new = items[i].seq == count;

		if (items[i].text || (is_new && !items[i].spare))
			return max;
		if (is_new)
			ret = max + margin / 2;
		count += is_new;
	}
	return ret;
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

/* The payloads of items, packed, one behind the other at multiples of 8; theirs are places in s->packed at first. */
static int pack_all(struct store *s, const struct store_item *items, size_t n)
{
	static const char zeros[8];
	int err = 0;

	buf_clear(&s->packed);
	for (size_t i = 0; i < n && !err; i++) {
		size_t at = s->packed.len;

		err = s->o.codec->pack(items[i].at, items[i].bytes, &s->packed);
		s->items[i] = items[i];
		s->items[i].bytes = s->packed.len - at;
		if (!err)
			err = buf_add(&s->packed, zeros, -s->packed.len & 7);
	}
	return err;
}

static int write_packed(struct store *s, const struct store_item *items, size_t n)
{
	size_t at = 0;
	int err = array_reserve(&s->items, &s->cap_items, n, sizeof(*s->items));

	if (!err)
		err = pack_all(s, items, n);
	if (!err) {
		for (size_t i = 0; i < n; i++) {
			s->items[i].at = s->packed.at + at;
			at += (s->items[i].bytes + 7) & ~(size_t)7;
		}
		err = s->backend->write(s, s->items, n);
	}
	if (s->packed.cap > PACKED_KEEP)
		buf_done(&s->packed);
	return err;
}

int store_write(struct store *s, const struct store_item *items, size_t n)
{
	uint64_t count;
	int err = check_items(s, items, n, &count);

	if (err || !n)
		return err;
	err = s->o.codec ? write_packed(s, items, n) : s->backend->write(s, items, n);
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

void store_probe(struct store *s)
{
	if (s->backend->probe && !s->o.read_only)
		s->backend->probe(s);
}

#define RECORD_HEADS 256u /* bytes: of a record and its text, and of the parts that they stand in */

bool store_takes(const struct store *s, uint64_t records, uint64_t bytes)
{
	return bytes + bytes / 16 + records * RECORD_HEADS <= atomic_load_explicit(&s->room, memory_order_relaxed);
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
		.bytes_room = atomic_load_explicit(&s->room, memory_order_relaxed),
		.bytes_spare = atomic_load_explicit(&s->spare, memory_order_relaxed),
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
	loans_init(&r->loans);
	*ret = r;
	return 0;
}

void store_reader_free(struct store_reader *r)
{
	if (!r)
		return;
	loans_done(&r->loans);
	unpacker_done(&r->unpacker);
	r->store->backend->reader_free(r);
}

int store_reader_renew(struct store_reader *r)
{
	loans_end(&r->loans);
	return r->store->backend->reader_renew(r);
}

void store_reader_end(struct store_reader *r)
{
	loans_end(&r->loans);
}

typedef int lending(struct loans *l, const struct store_codec *codec, const struct store_item *packed,
		    struct store_item *ret);

static int reader_get(struct store_reader *r, uint64_t seq, lending *lend, struct store_item *ret)
{
	struct store_item packed;
	int err;

	if (loans_again(&r->loans, seq, ret))
		return 0;
	err = r->store->backend->reader_get(r, seq, &packed);
	return err ? err : lend(&r->loans, r->store->o.codec, &packed, ret);
}

int store_reader_get(struct store_reader *r, uint64_t seq, struct store_item *ret)
{
	return reader_get(r, seq, loans_lend, ret);
}

int store_reader_pass(struct store_reader *r, uint64_t seq, struct store_item *ret)
{
	return reader_get(r, seq, loans_pass, ret);
}

int store_reader_received(struct store_reader *r, uint64_t seq, int64_t *ret)
{
	struct store_item packed;
	int err = loans_again(&r->loans, seq, &packed) ? 0 : r->store->backend->reader_get(r, seq, &packed);

	if (!err)
		*ret = packed.received;
	return err;
}

int store_reader_next(struct store_reader *r, uint64_t from, struct store_item *ret, size_t max, size_t *ret_n)
{
	size_t n = 0;
	int err = 0;

	for (; n < max && n < STORE_LOANS && !err; n += !err) {
		struct store_item packed;

		err = r->store->backend->reader_next(r, from + n, &packed);
		if (!err)
			err = loans_lend(&r->loans, r->store->o.codec, &packed, &ret[n]);
	}
	if (err && err != -ENOENT && !n)
		return err;
	*ret_n = n;
	return 0;
}

int store_reader_packed(struct store_reader *r, uint64_t seq, struct store_item *ret)
{
	return r->store->backend->reader_next(r, seq, ret);
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
