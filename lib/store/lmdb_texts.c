/*
 * Texts and dictionaries in LMDB.
 *
 * A value of more than half a page LMDB keeps on pages of its own, and of shorter ones the first that does not fit into
 * a page begins another: with texts of some 1.6 KB a fifth of each page would be lost. So a text is cut into parts that
 * fill one page after the other, key by key:
 *
 *     text 7             text 8                    text 9
 *     |--- 7.0 ----|-7.1-|--- 8.0 ----|----- 8.1 -----|--- 9.0 ...
 *     |        page        |          page         |
 *
 * How much room a page has, LMDB does not tell; but it tells when it has begun another one.
 */
#include <errno.h>

#include "store/format.h"
#include "store/frame.h"
#include "store/lmdb_part.h"

#define PART_BITS STORE_PART_BITS
#define IN_PARTS_MAX ((size_t)64 << 10) /* a longer text stands on pages of its own: not a 30th of it is lost */
#define PART_MIN 64u                    /* less room than that is left alone */
#define PAGE_HEAD 16u
#define NODE_HEAD 16u                   /* with the key */
#define PLACE 2u                        /* of a node, in the page's list */

static uint64_t key_of(uint64_t seq, unsigned part)
{
	return seq << PART_BITS | part;
}

/* The longest that stands in a page beside another one: what LMDB calls nodemax. */
static size_t part_max(const struct lmdb *l)
{
	return ((l->page - PAGE_HEAD) / 2 & ~(size_t)1) - PLACE - NODE_HEAD;
}

static size_t lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* What of `left` bytes stands in the next part. */
static size_t cut(const struct lmdb *l, size_t left)
{
	size_t head = NODE_HEAD + PLACE, room = l->text_room > head ? (l->text_room - head) & ~(size_t)1 : 0;
	size_t n = lesser(left, part_max(l));

	return room >= PART_MIN ? lesser(n, room) : n;
}

/* A part is there, and the table had so many leaves before. */
static int note_room(struct lmdb *l, MDB_txn *txn, size_t bytes, size_t leaves)
{
	size_t taken = ((bytes > part_max(l) ? sizeof(size_t) : bytes) + NODE_HEAD + PLACE + 1) & ~(size_t)1;
	MDB_stat stat;
	int rc = mdb_stat(txn, l->texts, &stat);

	if (rc)
		return rc;
	if (stat.ms_leaf_pages > leaves)
		l->text_room = l->page - PAGE_HEAD;
	l->text_room -= lesser(l->text_room, taken);
	return 0;
}

static int put_part(struct lmdb *l, MDB_txn *txn, MDB_cursor *cursor, uint64_t key, const void *at, size_t n, bool last)
{
	MDB_val k = value_of(&key, sizeof(key)), value = value_of(NULL, n);
	MDB_stat stat;
	int rc = mdb_stat(txn, l->texts, &stat);

	if (!rc)
		rc = mdb_cursor_put(cursor, &k, &value, MDB_RESERVE | (last ? MDB_APPEND : 0));
	if (rc)
		return rc;
	memcpy(value.mv_data, at, n);
	return note_room(l, txn, n, stat.ms_leaf_pages);
}

/* last: no text has a greater number. */
static int put_text(struct lmdb *l, MDB_txn *txn, MDB_cursor *cursor, const struct store_item *item, bool last)
{
	const char *at = (const char *)item->text;
	size_t left = sizeof(*item->text) + item->text->packed;
	bool whole = left > IN_PARTS_MAX;
	int rc = 0;

	for (unsigned part = 0; left && !rc; part++) {
		size_t n = whole ? left : cut(l, left);

		rc = put_part(l, txn, cursor, key_of(item->seq, part), at, n, last);
		at += n;
		left -= n;
	}
	return rc;
}

static int drop_text(struct lmdb *l, MDB_cursor *cursor, uint64_t seq)
{
	uint64_t at = key_of(seq, 0);
	MDB_val key = value_of(&at, sizeof(at)), value;
	int rc;

	while (!(rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE))) {
		memcpy(&at, key.mv_data, sizeof(at));
		if (at >> PART_BITS != seq)
			return 0;
		rc = mdb_cursor_del(cursor, 0);
		if (rc)
			return rc;
		l->text_room = 0; /* it may have been in the last page */
		key = value_of(&at, sizeof(at));
	}
	return rc == MDB_NOTFOUND ? 0 : rc;
}

int lmdb_texts_write(struct lmdb *l, MDB_txn *txn, const struct store_item *items, size_t n, uint64_t count)
{
	MDB_cursor *cursor;
	int rc = mdb_cursor_open(txn, l->texts, &cursor);

	if (rc)
		return rc;
	for (size_t i = 0; i < n && !rc; i++) {
		bool last = items[i].seq == count;

		count += last;
		if (!last && (items[i].text || items[i].drop_text))
			rc = drop_text(l, cursor, items[i].seq);
		if (!rc && items[i].text)
			rc = put_text(l, txn, cursor, &items[i], last);
	}
	mdb_cursor_close(cursor);
	return rc;
}

uint64_t lmdb_text_pages(const struct lmdb *l, const struct store_item *item)
{
	uint64_t pages = item->drop_text ? 3 : 0; /* a leaf, and what leads to it */

	if (item->text)
		pages += (sizeof(*item->text) + item->text->packed) / part_max(l) + 3;
	return pages;
}

/* --- reading --- */

static int get_part(const struct lmdb_reader *r, const struct lmdb *l, uint64_t key, MDB_val *ret)
{
	MDB_val k = value_of(&key, sizeof(key));

	return mdb_get(r->txn, l->texts, &k, ret);
}

/* All of a text whose first part is this one. */
static int gather(struct lmdb_reader *r, const struct lmdb *l, uint64_t seq, MDB_val value, size_t bytes)
{
	int err;

	buf_clear(&r->text);
	for (unsigned part = 1;; part++) {
		err = r->text.len + value.mv_size > bytes ? -EBADMSG : buf_add(&r->text, value.mv_data, value.mv_size);
		if (err || r->text.len == bytes)
			return err;
		err = part >> PART_BITS ? MDB_NOTFOUND : get_part(r, l, key_of(seq, part), &value);
		if (err)
			return err == MDB_NOTFOUND ? -EBADMSG : lmdb_error(err);
	}
}

int lmdb_text_read(struct store_reader *reader, uint64_t seq, const void **ret, size_t *ret_bytes)
{
	struct lmdb_reader *r = (struct lmdb_reader *)reader;
	const struct lmdb *l = (const struct lmdb *)reader->store;
	MDB_val first;
	size_t bytes;
	int err, rc = get_part(r, l, key_of(seq, 0), &first);

	if (rc)
		return rc == MDB_NOTFOUND ? -ENOENT : lmdb_error(rc);
	err = text_size(first.mv_data, first.mv_size, &bytes);
	if (!err && first.mv_size != bytes)
		err = gather(r, l, seq, first, bytes);
	if (err)
		return err;
	*ret = first.mv_size == bytes ? first.mv_data : r->text.at;
	*ret_bytes = bytes;
	return 0;
}

/* --- dictionaries: number -> frame --- */

static int read_dictionary(struct lmdb *l, const MDB_val *value, uint64_t number)
{
	struct store_item item;
	int err = frame_read(value->mv_data, value->mv_size, number, &item);

	if (!err)
		err = frame_verify(value->mv_data);
	if (!err)
		err = dictionaries_make(&l->base.dictionaries, item.at, item.bytes);
	if (!err)
		dictionaries_publish(&l->base.dictionaries);
	return err == -E2BIG ? -EBADMSG : err;
}

int lmdb_dictionaries_read(struct lmdb *l, MDB_txn *txn)
{
	MDB_stat stat;
	int err = lmdb_error(mdb_stat(txn, l->dictionaries, &stat));

	for (uint64_t number = l->base.dictionaries.n + (uint64_t)1; !err && number <= stat.ms_entries; number++) {
		MDB_val key = value_of(&number, sizeof(number)), value;

		err = lmdb_error(mdb_get(txn, l->dictionaries, &key, &value));
		if (!err)
			err = read_dictionary(l, &value, number);
	}
	if (!err)
		err = lmdb_error(mdb_stat(txn, l->texts, &stat));
	if (!err)
		l->base.texts = stat.ms_entries;
	return err;
}

int lmdb_dictionary_put(struct lmdb *l, MDB_txn *txn, const struct store_item *item)
{
	uint64_t number = item->seq;
	MDB_val key = value_of(&number, sizeof(number)), value = value_of(NULL, frame_size(item->bytes));
	int rc = mdb_put(txn, l->dictionaries, &key, &value, MDB_RESERVE | MDB_NOOVERWRITE);

	if (!rc)
		frame_write(value.mv_data, item);
	return rc;
}
