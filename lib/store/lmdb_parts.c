/*
 * Values in parts, in LMDB: records and texts.
 *
 * A value of more than half a page LMDB keeps on pages of its own, and of shorter ones the first that does not fit into
 * a page begins another: with values of some 2 KB a third of each page would be lost. So a value is cut into parts that
 * fill one page after the other, key by key:
 *
 *     value 7            value 8                   value 9
 *     |--- 7.0 ----|-7.1-|--- 8.0 ----|----- 8.1 -----|--- 9.0 ...
 *     |        page        |          page         |
 *
 * How much room a page has, LMDB does not tell; but it tells when it has begun another one.
 *
 * A value that is replaced keeps its cuts as far as it can: where a part stays as long as it was, LMDB writes it where
 * it stands. But one that leaves hardly anything is taken out first: only then does LMDB join pages that are nearly
 * empty (measured: of 1,500 records that were cleared, 300 pages stayed; 30 do).
 */
#include <errno.h>

#include "store/format.h"
#include "store/lmdb_part.h"

#define PARTS_MAX (1u << STORE_PART_BITS)
#define IN_PARTS_MAX ((size_t)64 << 10) /* a longer value stands on pages of its own: not a 30th of it is lost */
#define PART_MIN 64u                    /* less room than that is left alone; the head of every value fits */
#define PAGE_HEAD 16u
#define NODE_HEAD 16u                   /* with the key */
#define PLACE 2u                        /* of a node, in the page's list */
#define PAGE ((size_t)4 << 10)          /* bytes, of most machines; */
#define LINE ((size_t)64)               /* those of a cache's line */
#define SHRINKS 4u                      /* a value that is so many times shorter leaves its pages: see below */
#define LAST_PAGE 32u                   /* values: an earlier one does not stand in the last page, as a rule */

/* What is written to. */
struct writing {
	struct lmdb *l;
	struct lmdb_parts *t;
	MDB_txn *txn;
	MDB_cursor *cursor;
};

/* The longest that stands in a page beside another one: what LMDB calls nodemax. */
static size_t part_max(const struct lmdb *l)
{
	return ((l->page - PAGE_HEAD) / 2 & ~(size_t)1) - PLACE - NODE_HEAD;
}

static size_t lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* What of `left` bytes stands in the next part, behind all others. */
static size_t cut(const struct writing *w, size_t left)
{
	size_t head = NODE_HEAD + PLACE, room = w->t->room > head ? (w->t->room - head) & ~(size_t)1 : 0;
	size_t n = lesser(left, part_max(w->l));

	return room >= PART_MIN ? lesser(n, room) : n;
}

/* A part is there, and the table had so many leaves before. */
static int note_room(const struct writing *w, size_t bytes, size_t leaves)
{
	size_t taken = ((bytes > part_max(w->l) ? sizeof(size_t) : bytes) + NODE_HEAD + PLACE + 1) & ~(size_t)1;
	MDB_stat stat;
	int rc = mdb_stat(w->txn, w->t->table, &stat);

	if (rc)
		return rc;
	if (stat.ms_leaf_pages > leaves)
		w->t->room = w->l->page - PAGE_HEAD;
	w->t->room -= lesser(w->t->room, taken);
	return 0;
}

static int put(const struct writing *w, uint64_t key, const void *at, size_t n, unsigned flags)
{
	MDB_val k = value_of(&key, sizeof(key)), value = value_of(NULL, n);
	int rc = mdb_cursor_put(w->cursor, &k, &value, MDB_RESERVE | flags);

	if (!rc)
		memcpy(value.mv_data, at, n);
	return rc;
}

static int append_part(const struct writing *w, uint64_t key, const void *at, size_t n)
{
	MDB_stat stat;
	int rc = mdb_stat(w->txn, w->t->table, &stat);

	if (!rc)
		rc = put(w, key, at, n, MDB_APPEND);
	return rc ? rc : note_room(w, n, stat.ms_leaf_pages);
}

/* No value has a greater number. */
static int append(const struct writing *w, uint64_t seq, const char *at, size_t bytes)
{
	bool whole = bytes > IN_PARTS_MAX;
	int rc = 0;

	for (uint64_t part = 0; bytes && !rc; part++) {
		size_t n = whole ? bytes : cut(w, bytes);

		rc = append_part(w, store_part_key(w->t->mark, seq, part), at, n);
		at += n;
		bytes -= n;
	}
	return rc;
}

/* Takes out the parts of seq from `part` on. */
static int drop_from(const struct writing *w, uint64_t seq, uint64_t part)
{
	uint64_t from = store_part_key(w->t->mark, seq, part), at = from;
	MDB_val key = value_of(&at, sizeof(at)), value;
	int rc;

	while (!(rc = mdb_cursor_get(w->cursor, &key, &value, MDB_SET_RANGE))) {
		memcpy(&at, key.mv_data, sizeof(at));
		if (at >> STORE_PART_BITS != from >> STORE_PART_BITS)
			return 0;
		rc = mdb_cursor_del(w->cursor, 0);
		if (rc)
			return rc;
		w->t->room = 0; /* it may have been in the last page */
		at = from;
		key = value_of(&at, sizeof(at));
	}
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/* How long the parts of seq are; *ret_n: how many there are. */
static int measure(const struct writing *w, uint64_t seq, size_t ret[PARTS_MAX], size_t *ret_n)
{
	uint64_t from = store_part_key(w->t->mark, seq, 0), at = from;
	MDB_val key = value_of(&at, sizeof(at)), value;
	int rc = mdb_cursor_get(w->cursor, &key, &value, MDB_SET_RANGE);

	for (*ret_n = 0; !rc && *ret_n < PARTS_MAX; ++*ret_n) {
		memcpy(&at, key.mv_data, sizeof(at));
		if (at != from + *ret_n)
			return 0;
		ret[*ret_n] = value.mv_size;
		rc = mdb_cursor_get(w->cursor, &key, &value, MDB_NEXT);
	}
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/* In the parts that there are, the last of which may become longer or shorter, and in more. */
static int replace_in_parts(const struct writing *w, uint64_t seq, const char *at, size_t bytes, const size_t *old,
			    size_t n_old)
{
	uint64_t part = 0;
	int rc = 0;

	for (; bytes && !rc; part++) {
		size_t n = lesser(bytes, part + 1 < n_old ? old[part] : part_max(w->l));

		rc = put(w, store_part_key(w->t->mark, seq, part), at, n, 0);
		at += n;
		bytes -= n;
	}
	return !rc && part < n_old ? drop_from(w, seq, part) : rc;
}

static int replace(const struct writing *w, uint64_t seq, const char *at, size_t bytes, uint64_t count)
{
	size_t old[PARTS_MAX], n_old, all = 0;
	int rc = measure(w, seq, old, &n_old);

	for (size_t i = 0; i < n_old && !rc; i++)
		all += old[i];
	if (!rc && bytes < all / SHRINKS) {
		rc = drop_from(w, seq, 0);
		n_old = 0;
	}
	if (rc)
		return rc;
	if (seq + LAST_PAGE >= count)
		w->t->room = 0;
	if (bytes <= IN_PARTS_MAX && (!n_old || old[0] <= part_max(w->l)) &&
	    bytes / part_max(w->l) + n_old + 2 < PARTS_MAX)
		return replace_in_parts(w, seq, at, bytes, old, n_old);
	rc = drop_from(w, seq, 0);
	if (rc || bytes <= IN_PARTS_MAX)
		return rc ? rc : replace_in_parts(w, seq, at, bytes, old, 0);
	return put(w, store_part_key(w->t->mark, seq, 0), at, bytes, 0);
}

int lmdb_parts_put(struct lmdb *l, MDB_txn *txn, MDB_cursor *cursor, struct lmdb_parts *t, uint64_t seq, const void *at,
		   size_t bytes, uint64_t count)
{
	const struct writing w = { l, t, txn, cursor };

	return seq == count ? append(&w, seq, at, bytes) : replace(&w, seq, at, bytes, count);
}

int lmdb_parts_drop(struct lmdb *l, MDB_txn *txn, MDB_cursor *cursor, struct lmdb_parts *t, uint64_t seq)
{
	const struct writing w = { l, t, txn, cursor };

	return drop_from(&w, seq, 0);
}

static uint64_t pages_of_its_own(const struct lmdb *l, size_t bytes)
{
	return (bytes + PAGE_HEAD + l->page - 1) / l->page;
}

/* Less than the smallest part is left of each page. */
size_t lmdb_parts_room(const struct lmdb *l)
{
	return l->page - PAGE_HEAD - PART_MIN - 2 * (NODE_HEAD + PLACE);
}

void lmdb_parts_append(const struct lmdb *l, size_t bytes, struct lmdb_need *need)
{
	bool whole = bytes > IN_PARTS_MAX;

	need->run += whole ? pages_of_its_own(l, bytes) : 0;
	need->bytes += whole ? 0 : bytes;
	need->bytes += (whole ? 1 : bytes / part_max(l) + 3) * (NODE_HEAD + 2 * PLACE + sizeof(size_t));
}

/* Each part copies its page, or makes two of it; one that is nearly empty is joined with its neighbour. */
void lmdb_parts_replace(const struct lmdb *l, size_t bytes, struct lmdb_need *need)
{
	bool whole = bytes > IN_PARTS_MAX;

	need->run += whole ? pages_of_its_own(l, bytes) : 0;
	need->other += whole ? 3 : 2 * (bytes / part_max(l) + 2) + 3;
}

/* --- reading --- */

/* Whoever reads one value after the other will read what stands there in the next page, which follows as a rule; its head
 * would be waited for longest. Behind the last page nothing is asked for. */
static void expect_next(const MDB_val *value)
{
	const char *at = value->mv_data, *head = at - (uintptr_t)at % PAGE + PAGE;

	__builtin_prefetch(head);
	for (size_t i = 0; i < value->mv_size && i < PAGE; i += LINE)
		__builtin_prefetch(at + PAGE + i);
	__asm__ volatile(""); /* as in table_prefetch */
}

/* The parts behind the first, on which the cursor stands. */
static int gather(MDB_cursor *cursor, uint64_t key, size_t bytes, bool is_next, struct buf *to)
{
	while (to->len < bytes) {
		uint64_t found;
		MDB_val k, value;
		int err, rc = mdb_cursor_get(cursor, &k, &value, MDB_NEXT);

		if (rc)
			return rc == MDB_NOTFOUND ? -EBADMSG : lmdb_error(rc);
		memcpy(&found, k.mv_data, sizeof(found));
		if (is_next)
			expect_next(&value);
		err = found != ++key || value.mv_size > bytes - to->len ? -EBADMSG :
									   buf_add(to, value.mv_data, value.mv_size);
		if (err)
			return err;
	}
	return 0;
}

int lmdb_parts_get(MDB_cursor *cursor, const struct lmdb_parts *t, uint64_t seq, bool is_next, parts_whole *whole,
		   struct buf *to)
{
	const uint64_t want = store_part_key(t->mark, seq, 0);
	uint64_t found = want;
	MDB_val key = value_of(&found, sizeof(found)), value;
	int err, rc = mdb_cursor_get(cursor, &key, &value, is_next ? MDB_NEXT : MDB_SET_RANGE);
	size_t bytes;

	buf_clear(to);
	if (rc)
		return rc == MDB_NOTFOUND ? -ENOENT : lmdb_error(rc);
	memcpy(&found, key.mv_data, sizeof(found));
	if (found != want)
		return found >> STORE_PART_BITS == want >> STORE_PART_BITS ? -EBADMSG : -ENOENT;
	if (is_next)
		expect_next(&value);
	err = whole(value.mv_data, value.mv_size, &bytes);
	if (!err)
		err = value.mv_size > bytes || (bytes > IN_PARTS_MAX && value.mv_size != bytes) ? -EBADMSG :
												  buf_reserve(to, bytes);
	if (!err)
		err = buf_add(to, value.mv_data, value.mv_size);
	return err ? err : gather(cursor, want, bytes, is_next, to);
}
