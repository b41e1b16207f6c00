/*
 * Readers of the store on disk.
 */
#include <errno.h>
#include <stdlib.h>

#include "store/format.h"
#include "store/frame.h"
#include "store/lmdb_part.h"

#define RECORD_KEEP ((size_t)1 << 20) /* bytes of memory for the next ones */

void lmdb_reader_free(struct store_reader *r)
{
	struct lmdb_reader *lr = (struct lmdb_reader *)r;

	if (lr->articles)
		mdb_cursor_close(lr->articles);
	if (lr->texts)
		mdb_cursor_close(lr->texts);
	if (lr->txn && !lr->borrowed)
		mdb_txn_abort(lr->txn);
	buf_done(&lr->record);
	buf_done(&lr->text);
	free(lr);
}

int lmdb_reader_new(struct store *s, struct store_reader **ret)
{
	struct lmdb *l = (struct lmdb *)s;
	struct lmdb_reader *r = calloc(1, sizeof(*r));
	int rc = 0;

	if (!r)
		return -ENOMEM;
	buf_init(&r->record, FRAME_PAYLOAD_MAX + sizeof(struct frame));
	buf_init(&r->text, PACKED_MAX);
	r->next = UINT64_MAX;
	r->txn = l->snapshot;
	r->borrowed = l->snapshot != NULL;
	if (!r->borrowed)
		rc = mdb_txn_begin(l->env, NULL, MDB_RDONLY, &r->txn);
	if (!rc)
		rc = mdb_cursor_open(r->txn, l->articles.table, &r->articles);
	if (!rc)
		rc = mdb_cursor_open(r->txn, l->texts.table, &r->texts);
	if (rc) {
		lmdb_reader_free(&r->base);
		return lmdb_error(rc);
	}
	*ret = &r->base;
	return 0;
}

int lmdb_reader_renew(struct store_reader *r)
{
	struct lmdb_reader *lr = (struct lmdb_reader *)r;
	int rc = 0;

	lr->next = UINT64_MAX;
	if (!lr->borrowed) {
		mdb_txn_reset(lr->txn);
		rc = mdb_txn_renew(lr->txn);
	}
	if (!rc)
		rc = mdb_cursor_renew(lr->txn, lr->articles);
	if (!rc)
		rc = mdb_cursor_renew(lr->txn, lr->texts);
	return lmdb_error(rc);
}

static int read_record(struct lmdb_reader *r, uint64_t seq, bool is_next, struct store_item *ret)
{
	const struct lmdb *l = (const struct lmdb *)r->base.store;
	int err;

	if (r->record.cap > RECORD_KEEP)
		buf_done(&r->record);
	r->next = UINT64_MAX;
	err = lmdb_parts_get(r->articles, &l->articles, seq, is_next, frame_whole, &r->record);
	if (!err)
		err = frame_read(r->record.at, r->record.len, seq, ret);
	if (!err)
		err = frame_verify(r->record.at, seq);
	if (!err)
		r->next = seq + 1;
	return err;
}

int lmdb_reader_get(struct store_reader *r, uint64_t seq, struct store_item *ret)
{
	return read_record((struct lmdb_reader *)r, seq, false, ret);
}

/* Whether there are records from seq on. */
static bool goes_on(const struct lmdb_reader *r, uint64_t seq)
{
	uint64_t last;
	MDB_val key, value;

	if (mdb_cursor_get(r->articles, &key, &value, MDB_LAST))
		return false;
	memcpy(&last, key.mv_data, sizeof(last));
	return store_key_seq(last) >= seq;
}

int lmdb_reader_next(struct store_reader *reader, uint64_t seq, struct store_item *ret)
{
	struct lmdb_reader *r = (struct lmdb_reader *)reader;
	int err = read_record(r, seq, r->next == seq, ret);

	return err == -ENOENT && goes_on(r, seq) ? -EBADMSG : err;
}

int lmdb_reader_text(struct store_reader *reader, uint64_t seq, const void **ret, size_t *ret_bytes)
{
	struct lmdb_reader *r = (struct lmdb_reader *)reader;
	const struct lmdb *l = (const struct lmdb *)reader->store;
	int err = lmdb_parts_get(r->texts, &l->texts, seq, false, text_size, &r->text);

	if (err)
		return err;
	*ret = r->text.at;
	*ret_bytes = r->text.len;
	return 0;
}
