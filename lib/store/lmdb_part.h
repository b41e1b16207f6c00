/*
 * What the files of the store on disk share (lmdb.c tells of it), and the one door to LMDB.
 */
#ifndef ND_STORE_LMDB_PART_H
#define ND_STORE_LMDB_PART_H

#include <string.h>

#include <lmdb.h>

#include "store/backend.h"

struct lmdb {
	struct store base;
	int dir, lock; /* -1: none */
	MDB_env *env;
	MDB_dbi meta, articles, texts, dictionaries;
	uint64_t map, page; /* bytes */
	uint64_t file;      /* its length */
	size_t text_room;   /* bytes left in the last page of texts, as far as is known */
	MDB_txn *snapshot;  /* of a store that is only read: what every reader sees; NULL: each has its own */
};

struct lmdb_reader {
	struct store_reader base;
	MDB_txn *txn;
	bool borrowed; /* the snapshot: it is not the reader's own */
	MDB_cursor *cursor;
	struct buf text; /* one that stands in parts */
};

/* LMDB answers a positive errno or a negative code of its own. */
int lmdb_error(int rc);

static inline MDB_val value_of(void *at, size_t bytes)
{
	return (MDB_val){ .mv_size = bytes, .mv_data = at };
}

/* --- lmdb.c --- */

/* Tells the store how many records there are. Errors: -EBADMSG (there is a gap), -EIO. */
int lmdb_count(struct lmdb *l, MDB_txn *txn);

/* --- lmdb_snapshot.c --- */

/* Of a store that is only read, whose tables are open. */
int lmdb_snapshot_take(struct lmdb *l);

/* As renew and let_go of a backend. */
int lmdb_renew(struct store *s);
void lmdb_let_go(struct store *s);

/* --- lmdb_look.c --- */

/* As flush and look of a backend. */
int lmdb_flush(struct store *s);
int lmdb_look(struct store *s, struct store_look *ret);

/* --- lmdb_texts.c --- */

/* The texts of items, those that come and those that go. Returns what LMDB returns. */
int lmdb_texts_write(struct lmdb *l, MDB_txn *txn, const struct store_item *items, size_t n, uint64_t count);

/* The most pages that an item's text can make the file grow by. */
uint64_t lmdb_text_pages(const struct lmdb *l, const struct store_item *item);

/* As reader_text of a backend. */
int lmdb_text_read(struct store_reader *r, uint64_t seq, const void **ret, size_t *ret_bytes);

/* Those that are stored and have not been read yet. Errors: -EBADMSG, -EPROTO, -ENOMEM. */
int lmdb_dictionaries_read(struct lmdb *l, MDB_txn *txn);

/* Returns what LMDB returns. */
int lmdb_dictionary_put(struct lmdb *l, MDB_txn *txn, const struct store_item *item);

#endif
