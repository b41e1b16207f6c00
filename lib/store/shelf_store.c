#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/shelf.h"
#include "store/text.h"

/* A record in memory of its own: the writer reads it while others come and go. */
struct held {
	void *at;
	size_t bytes;
	uint32_t seq;
	int64_t received;
	struct text_head *text; /* NULL: none */
};

/*
 * Writes are numbered from 1 on; a place is the number of a write. Behind the number in a place whose write is held no
 * more, the store has the record, as it has those of place 0.
 *
 *     writes   1 ... first       | first + 1 ...         | first + n_held
 *              read in the store | held: n_seen are in   | the newest
 *                                | the store, but not    |
 *                                | for the reader yet    |
 */
struct stored {
	struct shelf shelf;
	struct store_reader *reader;
	const void *blank;
	uint64_t first, count; /* writes that are held no more; records in the store */
	struct held *held;
	size_t n_held, n_seen, cap;
	uint64_t bytes;
};

static struct stored *stored_of(const struct shelf *s)
{
	return (struct stored *)s;
}

static size_t text_bytes(const struct text_head *text)
{
	return text ? sizeof(*text) + text->packed : 0;
}

static void held_free(struct stored *s, size_t i)
{
	s->bytes -= s->held[i].bytes + text_bytes(s->held[i].text);
	free(s->held[i].at);
	free(s->held[i].text);
}

static void stored_free(struct shelf *shelf)
{
	struct stored *s = stored_of(shelf);

	for (size_t i = 0; i < s->n_held; i++)
		held_free(s, i);
	store_reader_free(s->reader);
	free(s->held);
	free(s);
}

static int held_reserve(struct stored *s)
{
	size_t cap = s->cap ? 2 * s->cap : 64;
	struct held *at;

	if (s->n_held < s->cap)
		return 0;
	at = realloc(s->held, cap * sizeof(*at));
	if (!at)
		return -ENOMEM;
	s->held = at;
	s->cap = cap;
	return 0;
}

static int copy_text(const struct text_head *text, struct text_head **ret)
{
	size_t n = text_bytes(text);

	if (!n)
		return 0;
	*ret = malloc(n);
	if (!*ret)
		return -ENOMEM;
	memcpy(*ret, text, n);
	return 0;
}

static int stored_write(struct shelf *shelf, uint32_t seq, size_t n, int64_t received, void **ret,
			uint64_t *ret_place)
{
	struct stored *s = stored_of(shelf);
	size_t bytes = (n + 7) & ~(size_t)7;
	struct text_head *text = NULL;
	int err = held_reserve(s);
	char *at = err ? NULL : malloc(bytes);

	if (!err && at)
		err = copy_text(shelf->beside, &text);
	if (err || !at) {
		free(at);
		return -ENOMEM;
	}
	memset(at + n, 0, bytes - n);
	s->held[s->n_held++] = (struct held){ at, bytes, seq, received, text };
	s->bytes += bytes + text_bytes(text);
	*ret = at;
	*ret_place = s->first + s->n_held;
	return 0;
}

static void stored_drop(struct shelf *shelf, uint64_t place)
{
	struct stored *s = stored_of(shelf);

	(void)place;
	held_free(s, --s->n_held);
}

static void note_fault(struct stored *s, int err)
{
	if (err && !s->shelf.fault)
		s->shelf.fault = err == -ENOENT ? -EIO : err;
}

typedef int reading(struct store_reader *r, uint64_t seq, struct store_item *ret);

static const void *stored_read(struct shelf *shelf, uint32_t seq, uint64_t place, reading *get)
{
	struct stored *s = stored_of(shelf);
	struct store_item item;
	int err;

	if (place > s->first)
		return s->held[place - s->first - 1].at;
	err = get(s->reader, seq, &item);
	note_fault(s, err);
	return err ? s->blank : item.at;
}

static const void *stored_at(struct shelf *shelf, uint32_t seq, uint64_t place)
{
	return stored_read(shelf, seq, place, store_reader_get);
}

static const void *stored_pass(struct shelf *shelf, uint32_t seq, uint64_t place)
{
	return stored_read(shelf, seq, place, store_reader_pass);
}

/* Where it stands only the tree knows, and to ask that is to read it. */
static void stored_expect(const struct shelf *s, uint64_t place)
{
	(void)s;
	(void)place;
}

static int64_t stored_received(struct shelf *shelf, uint32_t seq, uint64_t place)
{
	struct stored *s = stored_of(shelf);
	int64_t ret = 0;

	if (place > s->first)
		return s->held[place - s->first - 1].received;
	note_fault(s, store_reader_received(s->reader, seq, &ret));
	return ret;
}

static int stored_text(struct shelf *shelf, uint32_t seq, struct buf *to)
{
	struct stored *s = stored_of(shelf);

	for (size_t i = s->n_held; i--;)
		if (s->held[i].seq == seq && s->held[i].text)
			return store_reader_unpack(s->reader, s->held[i].text, to);
	return store_reader_text(s->reader, seq, to);
}

static uint64_t stored_bytes(const struct shelf *shelf)
{
	return stored_of(shelf)->bytes;
}

static uint64_t stored_n_stored(const struct shelf *shelf)
{
	return stored_of(shelf)->count;
}

static size_t stored_n_pending(const struct shelf *shelf)
{
	return stored_of(shelf)->n_held - stored_of(shelf)->n_seen;
}

static size_t stored_pending(const struct shelf *shelf, size_t from, struct store_item *ret, size_t max)
{
	const struct stored *s = stored_of(shelf);
	size_t n = 0;

	for (size_t i = s->n_seen + from; i < s->n_held && n < max; i++, n++)
		ret[n] = (struct store_item){
			.seq = s->held[i].seq,
			.received = s->held[i].received,
			.at = s->held[i].at,
			.bytes = s->held[i].bytes,
			.text = s->held[i].text,
		};
	return n;
}

static int stored_refresh(struct shelf *shelf)
{
	struct stored *s = stored_of(shelf);
	int err = store_reader_renew(s->reader);

	shelf->fault = err;
	if (err)
		return err;
	for (size_t i = 0; i < s->n_seen; i++)
		held_free(s, i);
	s->n_held -= s->n_seen;
	s->first += s->n_seen;
	if (s->n_held)
		memmove(s->held, s->held + s->n_seen, s->n_held * sizeof(*s->held));
	s->n_seen = 0;
	return 0;
}

/* A refresh that fails now comes again at the next one; what was committed stays in memory so long. */
static void stored_committed(struct shelf *shelf, size_t n)
{
	struct stored *s = stored_of(shelf);
	size_t end = n < stored_n_pending(shelf) ? s->n_seen + n : s->n_held;

	for (; s->n_seen < end; s->n_seen++)
		s->count += s->held[s->n_seen].seq == s->count;
	stored_refresh(shelf);
}

static const struct shelf_kind kind = {
	.free = stored_free,
	.write = stored_write,
	.drop = stored_drop,
	.at = stored_at,
	.pass = stored_pass,
	.received = stored_received,
	.text = stored_text,
	.expect = stored_expect,
	.bytes = stored_bytes,
	.n_stored = stored_n_stored,
	.pending = stored_pending,
	.committed = stored_committed,
	.n_pending = stored_n_pending,
	.refresh = stored_refresh,
};

int shelf_store_new(struct store *store, const void *blank, struct shelf **ret)
{
	struct stored *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	err = store_reader_new(store, &s->reader);
	if (err) {
		free(s);
		return err;
	}
	s->shelf.kind = &kind;
	s->blank = blank;
	s->count = store_count(store);
	*ret = &s->shelf;
	return 0;
}
