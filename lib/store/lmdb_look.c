/*
 * What LMDB tells of a store besides its records: free pages, readers, whether all is on the disk.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "store/lmdb_part.h"

int lmdb_flush(struct store *s)
{
	return lmdb_error(mdb_env_sync(((struct lmdb *)s)->env, 1));
}

/* A line for each reader: process, thread, the commit it sees, or - when it sees none. */
int lmdb_see_reader(const char *line, void *arg)
{
	struct store_look *look = arg;
	uint64_t commit;

	if (sscanf(line, "%*d %*x %" SCNu64, &commit) != 1)
		return 0;
	look->readers++;
	if (commit < look->oldest_read)
		look->oldest_read = commit;
	return 0;
}

/* LMDB's first table: the number of a commit -> how many pages it has freed, and which. */
int lmdb_count_free(MDB_txn *txn, uint64_t before, uint64_t *ret)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	uint64_t n, commit = 0;
	int rc = mdb_cursor_open(txn, 0, &cursor);

	if (rc)
		return rc;
	while (!(rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT))) {
		memcpy(&commit, key.mv_data, key.mv_size < sizeof(commit) ? key.mv_size : sizeof(commit));
		if (commit >= before)
			break;
		n = 0;
		if (value.mv_size >= sizeof(n))
			memcpy(&n, value.mv_data, sizeof(n));
		if (n >= value.mv_size / sizeof(n)) { /* the head leads elsewhere */
			rc = MDB_CORRUPTED;
			break;
		}
		*ret += n;
	}
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

int lmdb_is_there(const struct lmdb *l)
{
	struct stat st;

	if (l->lock < 0)
		return 0;
	if (stat(l->path, &st)) /* others tell nothing of what is there */
		return errno == ENOENT || errno == ENOTDIR ? -EIDRM : 0;
	return st.st_dev != l->device || st.st_ino != l->number ? -EIDRM : 0;
}

int lmdb_look(struct store *s, struct store_look *ret)
{
	struct lmdb *l = (struct lmdb *)s;
	MDB_txn *txn = l->snapshot;
	MDB_envinfo info;
	uint64_t pages = 0;
	int dead, rc = mdb_reader_check(l->env, &dead);

	if (!rc)
		rc = mdb_env_info(l->env, &info);
	if (!rc)
		ret->newest = ret->oldest_read = info.me_last_txnid;
	if (!rc && mdb_reader_list(l->env, lmdb_see_reader, ret) < 0)
		rc = MDB_CORRUPTED;
	if (!rc && !l->snapshot)
		rc = mdb_txn_begin(l->env, NULL, MDB_RDONLY, &txn);
	if (rc)
		return lmdb_error(rc);
	rc = lmdb_count_free(txn, UINT64_MAX, &pages);
	if (!l->snapshot)
		mdb_txn_abort(txn);
	ret->free_bytes = pages * l->page;
	return rc ? lmdb_error(rc) : lmdb_is_there(l);
}
