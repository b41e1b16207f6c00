/*
 * The store on disk, in LMDB (http://www.lmdb.tech/doc/, 0.9.24): copy on write, so that a crash at any moment leaves
 * the last commit; readers take no lock.
 *
 *     DIR/store.mdb       "records" -> how many there are
 *                         "meta":         "format" -> struct format
 *                         "articles":     seq and part -> part of a frame (store/frame.h, store/lmdb_parts.c)
 *                         "texts":        seq and part -> part of a text
 *                         "dictionaries": number from 1 on -> frame
 *     DIR/store.mdb-lock  LMDB's table of readers
 *     DIR/lock            held by the one process that writes
 *
 * - The file is made under another name: under its own it is whole, and never empty.
 * - The file is made longer before a transaction needs it: a full disk is met before anything has been written
 *   (LMDB takes a short write for -EIO), and the file is never shorter than what its meta page names (LMDB
 *   leaves out writing a last page that was given back), so that one that is shorter has been cut.
 * - Read-ahead stays on: every start reads the whole file in its own order, and that is when it is cold
 *   (measured, 100,000 records of 3.3 KB: 3 s; with MDB_NORDAHEAD 22 s).
 * - LMDB does not check the pages of its tree: a bit flipped there, unlike one in a record, may go unnoticed here.
 *   store/check.h looks at all of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dir.h"
#include "store/format.h"
#include "store/frame.h"
#include "store/lmdb_part.h"
#include "store/pages.h"

#define NEW_NAME STORE_FILE ".new"
#define PATH_BYTES 4096
#define TABLES 4
#define MAP_MIN ((uint64_t)1 << 20)
#define READERS 126
#define LOCK_BYTES 8192u /* of its lock file, which it maps: 64 a reader, and its own */
#define HEAD_TRIES 1000
#define FRAME_KEEP ((size_t)1 << 20) /* bytes of memory for the next ones */

int lmdb_error(int rc)
{
	switch (rc) {
	case MDB_MAP_FULL:
	case EDQUOT:
	case EFBIG: /* a limit of the process */
		return -ENOSPC;
	case MDB_TXN_FULL:
		return -E2BIG;
	case MDB_READERS_FULL:
		return -EUSERS;
	case MDB_VERSION_MISMATCH:
		return -EPROTO;
	case MDB_INVALID:
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INCOMPATIBLE:
	case MDB_NOTFOUND:
	case MDB_KEYEXIST:
		return -EBADMSG;
	default:
		return rc < 0 ? -EIO : -rc;
	}
}

static MDB_val name_of(const char *name)
{
	return value_of((char *)name, strlen(name));
}

static int format_put(MDB_txn *txn, MDB_dbi meta, uint64_t profile)
{
	struct format f = format_make(profile);
	MDB_val key = name_of(STORE_FORMAT), value = value_of(&f, sizeof(f));

	return mdb_put(txn, meta, &key, &value, 0);
}

static int format_check(MDB_txn *txn, MDB_dbi meta, uint64_t profile)
{
	MDB_val key = name_of(STORE_FORMAT), value;
	int rc = mdb_get(txn, meta, &key, &value);

	return rc ? lmdb_error(rc) : format_judge(value.mv_data, value.mv_size, profile);
}

static int count_put(struct lmdb *l, MDB_txn *txn, uint64_t count)
{
	MDB_val key = name_of(STORE_COUNT), value = value_of(&count, sizeof(count));

	return mdb_put(txn, l->main, &key, &value, 0);
}

static uint64_t count_told(struct lmdb *l, MDB_txn *txn)
{
	MDB_val key = name_of(STORE_COUNT), value;
	uint64_t ret = 0;

	if (!mdb_get(txn, l->main, &key, &value) && value.mv_size == sizeof(ret))
		memcpy(&ret, value.mv_data, sizeof(ret));
	return ret;
}

/* LMDB does not go on with a page that is not what it should be. To whoever guards against a store that is cut
 * (SIGBUS), it is the same: there is no more to read. */
static void on_damage(MDB_env *env, const char *what)
{
	(void)env;
	(void)what;
	raise(SIGBUS);
}

static int env_open(const char *path, unsigned flags, uint64_t map, MDB_env **ret)
{
	MDB_env *env;
	int rc = mdb_env_create(&env);

	if (rc)
		return lmdb_error(rc);
	rc = mdb_env_set_assert(env, on_damage);
	if (!rc)
		rc = mdb_env_set_mapsize(env, map);
	if (!rc)
		rc = mdb_env_set_maxdbs(env, TABLES);
	if (!rc)
		rc = mdb_env_set_maxreaders(env, READERS);
	if (!rc)
		rc = mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOTLS | flags, 0640);
	if (rc) {
		mdb_env_close(env);
		return lmdb_error(rc);
	}
	*ret = env;
	return 0;
}

static int open_tables(struct lmdb *l, MDB_txn *txn, unsigned flags)
{
	int rc = mdb_dbi_open(txn, NULL, 0, &l->main);

	if (!rc)
		rc = mdb_dbi_open(txn, STORE_ARTICLES, flags | MDB_INTEGERKEY, &l->articles.table);

	if (!rc)
		rc = mdb_dbi_open(txn, STORE_TEXTS, flags | MDB_INTEGERKEY, &l->texts.table);
	return rc ? rc : mdb_dbi_open(txn, STORE_DICTIONARIES, flags | MDB_INTEGERKEY, &l->dictionaries);
}

static int fill_new(struct lmdb *l, MDB_env *env, uint64_t profile)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(env, NULL, 0, &txn);

	if (rc)
		return lmdb_error(rc);
	rc = mdb_dbi_open(txn, STORE_META, MDB_CREATE, &l->meta);
	if (!rc)
		rc = open_tables(l, txn, MDB_CREATE);
	if (!rc)
		rc = format_put(txn, l->meta, profile);
	if (!rc)
		rc = count_put(l, txn, 0);
	if (rc)
		mdb_txn_abort(txn);
	else
		rc = mdb_txn_commit(txn);
	return lmdb_error(rc);
}

/* What a crash in the middle of it left behind is swept away first. */
static int create(struct lmdb *l, const char *where, uint64_t profile)
{
	char path[PATH_BYTES];
	MDB_env *env = NULL;
	int err;

	if ((size_t)snprintf(path, sizeof(path), "%s/" NEW_NAME, where) >= sizeof(path))
		return -ENAMETOOLONG;
	unlinkat(l->dir, NEW_NAME, 0);
	err = dir_reserve(l->dir, NEW_NAME STORE_READERS, LOCK_BYTES);
	if (!err)
		err = env_open(path, 0, l->map, &env);
	if (err)
		return err;
	err = fill_new(l, env, profile);
	mdb_env_close(env);
	unlinkat(l->dir, NEW_NAME STORE_READERS, 0);
	return err ? err : dir_publish(l->dir, NEW_NAME, STORE_FILE);
}

/* Every page below the last one named must be in the file before it is looked at: reading a mapping past the
 * end of its file is a SIGBUS. The file's length is asked for behind the name, as another process may write. */
static int check_length(struct lmdb *l)
{
	MDB_envinfo info = { .me_mapsize = 0 };
	MDB_stat stat = { .ms_psize = 0 };
	int err, rc = mdb_env_info(l->env, &info);

	if (!rc)
		rc = mdb_env_stat(l->env, &stat);
	err = rc ? lmdb_error(rc) : dir_file_size(l->dir, STORE_FILE, &l->file);
	if (err)
		return err;
	l->page = stat.ms_psize;
	l->map = info.me_mapsize;
	if (info.me_last_pgno >= l->map / l->page || (info.me_last_pgno + 1) * l->page > l->file)
		return -EBADMSG;
	l->base.used = (info.me_last_pgno + 1) * l->page;
	l->base.file = l->file;
	return 0;
}

/* Without a gap from 0 on, the last key tells the count, too. */
int lmdb_count(struct lmdb *l, MDB_txn *txn)
{
	MDB_cursor *cursor;
	MDB_stat stat;
	MDB_val key, value;
	uint64_t last;
	int rc = mdb_stat(txn, l->articles.table, &stat);

	if (!rc && !stat.ms_entries && count_told(l, txn))
		rc = MDB_CORRUPTED;
	if (rc || !stat.ms_entries)
		return lmdb_error(rc);
	rc = mdb_cursor_open(txn, l->articles.table, &cursor);
	if (rc)
		return lmdb_error(rc);
	rc = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
	if (!rc) {
		memcpy(&last, key.mv_data, sizeof(last));
		l->base.count = store_key_seq(last) + 1;
		if (store_key_mark(last) != STORE_ARTICLE_MARK || count_told(l, txn) != l->base.count)
			rc = MDB_CORRUPTED;
	}
	mdb_cursor_close(cursor);
	return lmdb_error(rc);
}

static int read_tables(struct lmdb *l, const struct store_options *o)
{
	MDB_txn *txn;
	int err, rc = mdb_txn_begin(l->env, NULL, MDB_RDONLY, &txn);

	if (rc)
		return lmdb_error(rc);
	err = lmdb_error(mdb_dbi_open(txn, STORE_META, 0, &l->meta));
	if (!err)
		err = format_check(txn, l->meta, o->profile); /* another version may have other tables */
	if (!err || (err == -ESTALE && o->any_profile))
		err = lmdb_error(open_tables(l, txn, 0));
	if (!err)
		err = lmdb_count(l, txn);
	if (!err)
		err = lmdb_dictionaries_read(l, txn);
	if (err)
		mdb_txn_abort(txn);
	else
		err = lmdb_error(mdb_txn_commit(txn)); /* keeps the tables open */
	return err || !o->read_only ? err : lmdb_snapshot_take(l);
}

/* Slots of readers whose process died hold back old pages. */
static int sweep_readers(MDB_env *env)
{
	int dead;

	return lmdb_error(mdb_reader_check(env, &dead));
}

/* LMDB takes what stands in them as it is: with one of them damaged it may take the other, older one, and nobody would
 * know what is lost. Who only reads may meet them as another process writes them: so he looks more than once. */
static int check_heads(const struct lmdb *l, bool read_only)
{
	int fd, err = dir_open_file(l->dir, STORE_FILE, O_RDONLY, &fd);

	if (err)
		return err;
	err = pages_check_heads(fd);
	for (int i = 1; i < HEAD_TRIES && read_only && err == -EBADMSG; i++)
		err = pages_check_heads(fd);
	close(fd);
	return err;
}

static uint64_t margin_of(uint64_t limit, uint64_t page)
{
	return store_margin(limit) / page * page;
}

/* A store may be larger than what it may grow to by now: it has its margin all the same. */
static int widen(struct lmdb *l)
{
	uint64_t end = (l->limit > l->base.used ? l->limit : l->base.used) + margin_of(l->limit, l->page);
	int rc;

	rc = end > l->map ? mdb_env_set_mapsize(l->env, end) : 0;
	if (rc)
		return lmdb_error(rc);
	l->map = end > l->map ? end : l->map;
	return 0;
}

static int note_file(struct lmdb *l)
{
	struct stat st;
	int fd;

	if (mdb_env_get_fd(l->env, &fd) || fstat(fd, &st))
		return -EIO;
	l->device = st.st_dev;
	l->number = st.st_ino;
	return 0;
}

static int open_file(struct lmdb *l, const char *where, const struct store_options *o)
{
	unsigned flags = (o->no_sync ? MDB_NOSYNC : 0) | (o->read_only ? MDB_RDONLY : 0);
	int err = dir_file_size(l->dir, STORE_FILE, &l->file);

	if (err)
		return err;
	if (!l->file) /* to LMDB an empty file is a new one */
		return -EBADMSG;
	if (asprintf(&l->path, "%s/" STORE_FILE, where) < 0) {
		l->path = NULL;
		return -ENOMEM;
	}
	err = check_heads(l, o->read_only);
	if (!err && !o->read_only)
		err = dir_reserve(l->dir, STORE_FILE STORE_READERS, LOCK_BYTES);
	if (!err)
		err = env_open(l->path, flags, l->map, &l->env);
	if (!err)
		err = note_file(l);
	if (!err)
		err = check_length(l);
	if (!err && !o->read_only)
		err = widen(l);
	if (!err)
		err = sweep_readers(l->env);
	return err ? err : read_tables(l, o);
}

/* The room behind the last page that is used. */
static void give_back_room(struct lmdb *l)
{
	uint64_t length;
	int fd;

	if (!l->is_whole || l->lock < 0 || mdb_env_get_fd(l->env, &fd))
		return;
	length = lmdb_length_at_rest(l);
	if (length < l->file && ftruncate(fd, (off_t)length))
		return; /* it stays there */
}

static void lmdb_close(struct store *s)
{
	struct lmdb *l = (struct lmdb *)s;

	if (l->snapshot)
		mdb_txn_abort(l->snapshot);
	if (l->env)
		give_back_room(l);
	if (l->env)
		mdb_env_close(l->env);
	if (l->lock >= 0)
		close(l->lock);
	if (l->dir >= 0)
		close(l->dir);
	buf_done(&l->frame);
	free(l->path);
	free(l);
}

static int open_dir(struct lmdb *l, const char *where, const struct store_options *o)
{
	uint64_t size;
	int err = dir_open(where, !o->read_only, &l->dir);

	if (err || o->read_only)
		return err;
	err = dir_lock(l->dir, STORE_LOCK, &l->lock);
	if (err)
		return err;
	err = dir_file_size(l->dir, STORE_FILE, &size);
	return err == -ENOENT ? create(l, where, o->profile) : err;
}

static void set_limits(struct lmdb *l, uint64_t max_bytes)
{
	uint64_t bytes = max_bytes < MAP_MIN ? MAP_MIN : max_bytes;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	l->limit = bytes / page * page;
	l->map = l->limit + margin_of(l->limit, page);
}

static int lmdb_open(const char *where, const struct store_options *o, struct store **ret)
{
	struct lmdb *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return -ENOMEM;
	l->dir = l->lock = -1;
	l->articles.mark = STORE_ARTICLE_MARK;
	l->texts.mark = STORE_TEXT_MARK;
	buf_init(&l->frame, FRAME_PAYLOAD_MAX + sizeof(struct frame));
	if (!o->read_only) /* else it is that of the process that writes */
		set_limits(l, o->max_bytes);
	err = open_dir(l, where, o);
	if (!err)
		err = open_file(l, where, o);
	if (err) {
		dictionaries_done(&l->base.dictionaries);
		lmdb_close(&l->base);
		return err;
	}
	l->is_whole = true;
	if (!o->read_only)
		lmdb_probe(&l->base);
	*ret = &l->base;
	return 0;
}

static int put_record(struct lmdb *l, MDB_txn *txn, MDB_cursor *cursor, const struct store_item *item, uint64_t count)
{
	size_t bytes = frame_size(item->bytes);

	buf_clear(&l->frame);
	if (buf_reserve(&l->frame, bytes))
		return ENOMEM;
	frame_write(l->frame.at, item);
	return lmdb_parts_put(l, txn, cursor, &l->articles, item->seq, l->frame.at, bytes, count);
}

static int put_all(struct lmdb *l, MDB_txn *txn, const struct store_item *items, size_t n)
{
	uint64_t count = store_count(&l->base);
	MDB_cursor *cursor;
	int rc = mdb_cursor_open(txn, l->articles.table, &cursor);

	if (rc)
		return rc;
	for (size_t i = 0; i < n && !rc; i++) {
		rc = put_record(l, txn, cursor, &items[i], count);
		count += items[i].seq == count;
	}
	mdb_cursor_close(cursor);
	if (!rc)
		rc = count_put(l, txn, count);
	if (l->frame.cap > FRAME_KEEP)
		buf_done(&l->frame);
	return rc;
}

/* A transaction of these items. */
static int begin(struct lmdb *l, const struct store_item *items, size_t n, MDB_txn **ret)
{
	const struct lmdb_need need = lmdb_need(l, items, n);
	int err = lmdb_is_there(l);

	if (!err)
		err = lmdb_make_room(l, &need);
	if (!err)
		err = lmdb_error(mdb_txn_begin(l->env, NULL, 0, ret));
	if (err)
		lmdb_note_room(l);
	return err;
}

/* Commits it, unless rc tells that something has failed. */
static int end(struct lmdb *l, MDB_txn *txn, int rc)
{
	MDB_envinfo info;

	if (rc)
		mdb_txn_abort(txn);
	else
		rc = mdb_txn_commit(txn);
	if (rc) {
		l->articles.room = l->texts.room = 0;
		l->is_whole = false;
	} else {
		mdb_env_info(l->env, &info);
		l->base.used = (info.me_last_pgno + 1) * l->page;
	}
	lmdb_note_room(l);
	return lmdb_error(rc);
}

static int lmdb_write(struct store *s, const struct store_item *items, size_t n)
{
	struct lmdb *l = (struct lmdb *)s;
	MDB_txn *txn;
	int rc, err = begin(l, items, n, &txn);

	if (err)
		return err;
	rc = put_all(l, txn, items, n);
	if (!rc)
		rc = lmdb_texts_write(l, txn, items, n, store_count(s));
	return end(l, txn, rc);
}

static int lmdb_write_dictionary(struct store *s, uint32_t number, const void *at, size_t bytes)
{
	const struct store_item item = { .seq = number, .at = at, .bytes = bytes };
	const struct store_item as_record = { .seq = store_count(s), .bytes = bytes };
	struct lmdb *l = (struct lmdb *)s;
	MDB_txn *txn;
	int err = begin(l, &as_record, 1, &txn);

	return err ? err : end(l, txn, lmdb_dictionary_put(l, txn, &item));
}

const struct store_backend store_lmdb = {
	.prefix = "",
	.open = lmdb_open,
	.close = lmdb_close,
	.write = lmdb_write,
	.flush = lmdb_flush,
	.look = lmdb_look,
	.probe = lmdb_probe,
	.renew = lmdb_renew,
	.let_go = lmdb_let_go,
	.write_dictionary = lmdb_write_dictionary,
	.reader_new = lmdb_reader_new,
	.reader_free = lmdb_reader_free,
	.reader_renew = lmdb_reader_renew,
	.reader_get = lmdb_reader_get,
	.reader_next = lmdb_reader_next,
	.reader_text = lmdb_reader_text,
};
