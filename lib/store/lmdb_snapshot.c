/*
 * The snapshot of a store that is only read: the transaction that all its readers share, so that records, texts and
 * dictionaries are of one commit. As long as it is held, what became free since cannot be used again by who writes.
 */
#include "store/lmdb_part.h"

static int look(struct lmdb *l)
{
	int err = lmdb_count(l, l->snapshot);

	return err ? err : lmdb_dictionaries_read(l, l->snapshot);
}

/* Not the one that has opened the tables: they would be closed when it is renewed. */
int lmdb_snapshot_take(struct lmdb *l)
{
	int rc = mdb_txn_begin(l->env, NULL, MDB_RDONLY, &l->snapshot);

	return rc ? lmdb_error(rc) : look(l);
}

void lmdb_let_go(struct store *s)
{
	mdb_txn_reset(((struct lmdb *)s)->snapshot);
}

/* Who writes may have been given more room since: then the map is made anew, as large as his. */
static int renew(struct lmdb *l)
{
	int rc = mdb_txn_renew(l->snapshot);

	if (rc != MDB_MAP_RESIZED)
		return rc;
	rc = mdb_env_set_mapsize(l->env, 0);
	return rc ? rc : mdb_txn_renew(l->snapshot);
}

int lmdb_renew(struct store *s)
{
	struct lmdb *l = (struct lmdb *)s;
	size_t before = mdb_txn_id(l->snapshot);
	int err;

	mdb_txn_reset(l->snapshot);
	err = lmdb_error(renew(l));
	if (err || mdb_txn_id(l->snapshot) == before)
		return err;
	err = look(l);
	return err ? err : 1;
}
