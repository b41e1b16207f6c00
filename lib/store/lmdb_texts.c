/*
 * Texts and dictionaries in LMDB.
 */
#include <errno.h>

#include "store/frame.h"
#include "store/lmdb_part.h"

int lmdb_texts_write(struct lmdb *l, MDB_txn *txn, const struct store_item *items, size_t n, uint64_t count)
{
	MDB_cursor *cursor;
	int rc = mdb_cursor_open(txn, l->texts.table, &cursor);

	if (rc)
		return rc;
	for (size_t i = 0; i < n && !rc; i++) {
		const struct text_head *text = items[i].text;

		if (text)
			rc = lmdb_parts_put(l, txn, cursor, &l->texts, items[i].seq, text, sizeof(*text) + text->packed,
					    count);
		else if (items[i].drop_text && items[i].seq != count)
			rc = lmdb_parts_drop(l, txn, cursor, &l->texts, items[i].seq);
		count += items[i].seq == count;
	}
	mdb_cursor_close(cursor);
	return rc;
}

/* --- dictionaries: number -> frame --- */

static int read_dictionary(struct lmdb *l, const MDB_val *value, uint64_t number)
{
	struct store_item item;
	int err = frame_read(value->mv_data, value->mv_size, number, &item);

	if (!err)
		err = frame_verify(value->mv_data, number);
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
		err = lmdb_error(mdb_stat(txn, l->texts.table, &stat));
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
