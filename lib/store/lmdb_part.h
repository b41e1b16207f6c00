/*
 * What the files of the store on disk share (lmdb.c tells of it), and the one door to LMDB.
 */
#ifndef ND_STORE_LMDB_PART_H
#define ND_STORE_LMDB_PART_H

#include <string.h>
#include <sys/types.h>

#include <lmdb.h>

#include "store/backend.h"
#include "store/parts.h"

/* A table whose values stand in parts. */
struct lmdb_parts {
	MDB_dbi table;
	uint64_t mark; /* of its keys */
	size_t room;   /* bytes left in its last page, as far as is known */
};

struct lmdb {
	struct store base;
	int dir, lock; /* -1: none */
	char *path;    /* of the file, and which one it is */
	dev_t device;
	ino_t number;
	MDB_env *env;
	MDB_dbi main, meta, dictionaries; /* main: what tells of the tables */
	struct lmdb_parts articles, texts;
	uint64_t page;      /* bytes, as all of these: */
	uint64_t limit;     /* what articles may take, */
	uint64_t map;       /* and that with the margin (lmdb_room.c) */
	uint64_t file;      /* its length */
	bool disk_is_full;  /* it could not become as long as it should have the last time */
	bool is_whole;      /* it is open, and every commit went well: what is behind the last page is room */
	struct buf frame;   /* the record that is being written */
	MDB_txn *snapshot;  /* of a store that is only read: what every reader sees; NULL: each has its own */
};

/* What a transaction may need at most. */
struct lmdb_need {
	uint64_t added;  /* pages: of what comes, */
	uint64_t run;    /* those that must stand side by side, */
	uint64_t other;  /* and all others, most of which it frees */
	uint64_t bytes;  /* of what comes, which stands in pages with others */
	uint64_t bound;  /* bytes that may be in use behind it */
};

struct lmdb_reader {
	struct store_reader base;
	MDB_txn *txn;
	bool borrowed; /* the snapshot: it is not the reader's own */
	MDB_cursor *articles, *texts;
	uint64_t next; /* the record behind the one on which `articles` stands; UINT64_MAX: it may stand anywhere */
	struct buf record, text;
};

/* LMDB answers a positive errno or a negative code of its own. */
int lmdb_error(int rc);

static inline MDB_val value_of(void *at, size_t bytes)
{
	return (MDB_val){ .mv_size = bytes, .mv_data = at };
}

/* --- lmdb_read.c --- */

/* As those of a backend. */
int lmdb_reader_new(struct store *s, struct store_reader **ret);
void lmdb_reader_free(struct store_reader *r);
int lmdb_reader_renew(struct store_reader *r);
int lmdb_reader_get(struct store_reader *r, uint64_t seq, struct store_item *ret);
int lmdb_reader_next(struct store_reader *r, uint64_t seq, struct store_item *ret);
int lmdb_reader_text(struct store_reader *r, uint64_t seq, const void **ret, size_t *ret_bytes);

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

/* Whether the file that is open for writing is the one that its name leads to. Errors: -EIDRM (it is not). */
int lmdb_is_there(const struct lmdb *l);

/* Pages that commits before that one have freed, at *ret. Returns what LMDB returns. */
int lmdb_count_free(MDB_txn *txn, uint64_t before, uint64_t *ret);

/* For mdb_reader_list: adds a line of it to a struct store_look. */
int lmdb_see_reader(const char *line, void *look);

/* --- lmdb_room.c --- */

struct lmdb_need lmdb_need(const struct lmdb *l, const struct store_item *items, size_t n);

/* Makes the file long enough. Errors: -ENOSPC, -EIO. */
int lmdb_make_room(struct lmdb *l, const struct lmdb_need *need);

/* Tells the store how much room there is, after each transaction. */
void lmdb_note_room(struct lmdb *l);

/* As that of a backend: makes the file as long as it should be, if the disk gives it. */
void lmdb_probe(struct store *s);

/* How long the file stays when it is closed: a small store is a small file, but what keeps a reserve keeps it. */
uint64_t lmdb_length_at_rest(const struct lmdb *l);

/* --- lmdb_parts.c --- */

/* The value of seq, one behind the last, which is `count`, or one before it, in place of what is there. The cursor is of
 * the table. Returns what LMDB returns. */
int lmdb_parts_put(struct lmdb *l, MDB_txn *txn, MDB_cursor *cursor, struct lmdb_parts *t, uint64_t seq, const void *at,
		   size_t bytes, uint64_t count);

/* Takes the value of seq out, if there is one. Returns what LMDB returns. */
int lmdb_parts_drop(struct lmdb *l, MDB_txn *txn, MDB_cursor *cursor, struct lmdb_parts *t, uint64_t seq);

/* Adds to what a transaction needs that a value of so many bytes comes, or takes the place of another. */
void lmdb_parts_append(const struct lmdb *l, size_t bytes, struct lmdb_need *need);
void lmdb_parts_replace(const struct lmdb *l, size_t bytes, struct lmdb_need *need);

/* Bytes of values that come which stand in a page, at least. */
size_t lmdb_parts_room(const struct lmdb *l);

/* Fills a buffer with a value; is_next: the cursor stands on the last part of the one before. Errors: -ENOENT, -EBADMSG,
 * -EPROTO, -E2BIG, -ENOMEM, -EIO. */
int lmdb_parts_get(MDB_cursor *cursor, const struct lmdb_parts *t, uint64_t seq, bool is_next, parts_whole *whole,
		   struct buf *to);

/* --- lmdb_texts.c --- */

/* The texts of items, those that come and those that go. Returns what LMDB returns. */
int lmdb_texts_write(struct lmdb *l, MDB_txn *txn, const struct store_item *items, size_t n, uint64_t count);

/* Those that are stored and have not been read yet. Errors: -EBADMSG, -EPROTO, -ENOMEM. */
int lmdb_dictionaries_read(struct lmdb *l, MDB_txn *txn);

/* Returns what LMDB returns. */
int lmdb_dictionary_put(struct lmdb *l, MDB_txn *txn, const struct store_item *item);

#endif
