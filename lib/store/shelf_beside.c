#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/shelf.h"

/* Of a record of the store, in the spool. */
struct copied {
	uint64_t place;
	int64_t received;
};

/*
 * Records of a store that is only read, place 0, and what is written beside it, to a spool: there a place is that of
 * the spool + 1. The store's own may be copied there, too, so that the store need not be held any more.
 */
struct beside {
	struct shelf shelf;
	struct store *store;
	struct store_reader *reader; /* NULL: all are copied */
	struct copied *copied;
	struct shelf *spool;
	const void *blank;
	uint64_t count; /* records of the store */
};

static struct beside *beside_of(const struct shelf *s)
{
	return (struct beside *)s;
}

static void beside_free(struct shelf *shelf)
{
	struct beside *s = beside_of(shelf);

	if (s->spool)
		s->spool->kind->free(s->spool);
	store_reader_free(s->reader);
	free(s->copied);
	free(s);
}

static int beside_write(struct shelf *shelf, uint32_t seq, size_t n, int64_t received, void **ret, uint64_t *ret_place)
{
	struct shelf *spool = beside_of(shelf)->spool;
	int err = spool->kind->write(spool, seq, n, received, ret, ret_place);

	*ret_place += !err;
	return err;
}

static void beside_drop(struct shelf *shelf, uint64_t place)
{
	struct shelf *spool = beside_of(shelf)->spool;

	spool->kind->drop(spool, place - 1);
}

static void note_fault(struct beside *s, int err)
{
	if (err && !s->shelf.fault)
		s->shelf.fault = err == -ENOENT ? -EIO : err;
}

/* Where a record stands; 0: in the store. */
static uint64_t place_of(const struct beside *s, uint32_t seq, uint64_t place)
{
	return place || !s->copied ? place : s->copied[seq].place;
}

typedef int reading(struct store_reader *r, uint64_t seq, struct store_item *ret);

static const void *beside_read(struct shelf *shelf, uint32_t seq, uint64_t place, reading *get)
{
	struct beside *s = beside_of(shelf);
	struct store_item item;
	int err;

	place = place_of(s, seq, place);
	if (place)
		return s->spool->kind->at(s->spool, seq, place - 1);
	err = get(s->reader, seq, &item);
	note_fault(s, err);
	return err ? s->blank : item.at;
}

static const void *beside_at(struct shelf *shelf, uint32_t seq, uint64_t place)
{
	return beside_read(shelf, seq, place, store_reader_get);
}

static const void *beside_pass(struct shelf *shelf, uint32_t seq, uint64_t place)
{
	return beside_read(shelf, seq, place, store_reader_pass);
}

/* Those of the store alone, while it is held. */
static int beside_text(struct shelf *shelf, uint32_t seq, struct buf *to)
{
	struct beside *s = beside_of(shelf);

	return seq < s->count && s->reader ? store_reader_text(s->reader, seq, to) : -ENOENT;
}

static void beside_expect(const struct shelf *shelf, uint64_t place)
{
	const struct shelf *spool = beside_of(shelf)->spool;

	if (place)
		spool->kind->expect(spool, place - 1);
}

/* A record that is written anew has not arrived anew. */
static int64_t beside_received(struct shelf *shelf, uint32_t seq, uint64_t place)
{
	struct beside *s = beside_of(shelf);
	int64_t ret = 0;

	(void)place;
	if (seq < s->count && s->copied)
		return s->copied[seq].received;
	if (seq < s->count)
		note_fault(s, store_reader_received(s->reader, seq, &ret));
	return ret;
}

static uint64_t beside_bytes(const struct shelf *shelf)
{
	const struct shelf *spool = beside_of(shelf)->spool;

	return spool->kind->bytes(spool);
}

static uint64_t beside_n_stored(const struct shelf *shelf)
{
	return beside_of(shelf)->count;
}

/* Nothing of it will ever be committed. */
static size_t beside_pending(const struct shelf *shelf, size_t from, struct store_item *ret, size_t max)
{
	(void)shelf;
	(void)from;
	(void)ret;
	(void)max;
	return 0;
}

static void beside_committed(struct shelf *shelf, size_t n)
{
	(void)shelf;
	(void)n;
}

static size_t beside_n_pending(const struct shelf *shelf)
{
	(void)shelf;
	return 0;
}

/* Other versions of what was loaded are not wanted. */
static int beside_refresh(struct shelf *shelf)
{
	shelf->fault = 0;
	return 0;
}

static const struct shelf_kind kind = {
	.free = beside_free,
	.write = beside_write,
	.drop = beside_drop,
	.at = beside_at,
	.pass = beside_pass,
	.received = beside_received,
	.text = beside_text,
	.expect = beside_expect,
	.bytes = beside_bytes,
	.n_stored = beside_n_stored,
	.pending = beside_pending,
	.committed = beside_committed,
	.n_pending = beside_n_pending,
	.refresh = beside_refresh,
};

int shelf_beside_new(struct store *store, const char *dir, const void *blank, struct shelf **ret)
{
	struct beside *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->shelf.kind = &kind;
	s->blank = blank;
	s->store = store;
	s->count = store_count(store);
	err = shelf_spool_new(dir, &s->spool);
	if (!err)
		err = store_reader_new(store, &s->reader);
	if (err)
		beside_free(&s->shelf);
	else
		*ret = &s->shelf;
	return err;
}

static int copy_one(struct beside *s, uint32_t seq, struct copied *ret)
{
	struct store_item item;
	void *to;
	int err = store_reader_pass(s->reader, seq, &item);

	if (!err)
		err = beside_write(&s->shelf, seq, item.bytes, item.received, &to, &ret->place);
	if (err)
		return err == -ENOENT ? -EIO : err;
	memcpy(to, item.at, item.bytes);
	ret->received = item.received;
	return 0;
}

int shelf_beside_let_go(struct shelf *shelf)
{
	struct beside *s = beside_of(shelf);
	struct copied *copied;
	int err = 0;

	if (!s->reader)
		return 0;
	copied = reallocarray(NULL, s->count + 1, sizeof(*copied));
	if (!copied)
		return -ENOMEM;
	for (uint64_t i = 0; i < s->count && !err; i++)
		err = copy_one(s, (uint32_t)i, &copied[i]);
	if (err) {
		free(copied);
		return err;
	}
	s->copied = copied;
	store_reader_free(s->reader);
	s->reader = NULL;
	store_let_go(s->store);
	return 0;
}
