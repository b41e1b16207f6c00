/*
 * Room in the store on disk: who may take it, and that the file is long enough before a transaction begins.
 *
 *     0            max_bytes                    + half of the margin      map
 *     |  articles  |  also what is ruled about them  |  what takes away   |
 *
 * LMDB copies the pages that it changes, and frees the old ones a commit later: even what takes away needs room at
 * first. So articles may have max_bytes, and behind it lies a margin that they never touch. What counts is how many
 * pages are in use, wherever they lie: those that are free will be used again.
 *
 * The same on a disk: behind what articles take, the file keeps a reserve, which is what lets a full disk be cleared.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "store/frame.h"
#include "store/lmdb_part.h"

#define MIB ((uint64_t)1 << 20)
#define RESERVE_MIN MIB
#define RESERVE_MAX (64 * MIB)
#define SPARE_MIN MIB
#define SPARE_MAX (64 * MIB)
#define NEAR_MIN (64 * MIB) /* from so near to its end on, free pages are counted: it takes as long as their list */
#define BRANCH 64      /* pages that one page above them leads to, at least, where all are new */
#define SLACK_PAGES 64 /* what a transaction writes besides its records: the tree above them, free pages */

static uint64_t lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t clamp(uint64_t n, uint64_t min, uint64_t max)
{
	return n < min ? min : n > max ? max : n;
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static uint64_t reserve(const struct lmdb *l)
{
	return clamp(l->base.used / 16, RESERVE_MIN, RESERVE_MAX) / l->page * l->page;
}

/* How much longer the file becomes than it must, so that few transactions have to see to it: an eighth. */
static uint64_t spare(const struct lmdb *l)
{
	return clamp(l->base.used / 8, SPARE_MIN, SPARE_MAX) / l->page * l->page;
}

/* Whether the disk has so little left that others may fill it before the store is opened again. */
static bool is_short(const struct lmdb *l)
{
	struct statvfs disk;
	int fd;

	mdb_env_get_fd(l->env, &fd);
	return l->disk_is_full || fstatvfs(fd, &disk) || (uint64_t)disk.f_bavail * disk.f_frsize < 2 * reserve(l);
}

uint64_t lmdb_length_at_rest(const struct lmdb *l)
{
	bool keeps = reserve(l) <= l->base.used / 8 || is_short(l);

	return lesser(l->file, l->base.used + (keeps ? reserve(l) : 0));
}

/* --- what a transaction needs --- */

static void add_value(const struct lmdb *l, size_t bytes, bool is_new, struct lmdb_need *need)
{
	if (is_new)
		lmdb_parts_append(l, bytes, need);
	else
		lmdb_parts_replace(l, bytes, need);
}

struct lmdb_need lmdb_need(const struct lmdb *l, const struct store_item *items, size_t n)
{
	struct lmdb_need need = {
		.bound = store_bound(&l->base, items, n, l->limit, l->map - l->limit),
		.other = n / 8 + SLACK_PAGES,
	};
	uint64_t count = store_count(&l->base);

	for (size_t i = 0; i < n; i++) {
		const struct text_head *text = items[i].text;
		bool is_new = items[i].seq == count;

		count += is_new;
		add_value(l, frame_size(items[i].bytes), is_new, &need);
		if (text || items[i].drop_text)
			add_value(l, text ? sizeof(*text) + text->packed : 0, is_new, &need);
	}
	need.added += need.bytes / lmdb_parts_room(l);
	need.added += need.added / BRANCH;
	need.run += (need.added + need.other) * sizeof(uint64_t) / l->page; /* a list of what it has freed */
	return need;
}

/* Of the pages in use, and not of those that are free; of the length that the file must have. */
static uint64_t added(const struct lmdb *l, const struct lmdb_need *need)
{
	return (need->added + need->run) * l->page;
}

static uint64_t all(const struct lmdb *l, const struct lmdb_need *need)
{
	return added(l, need) + need->other * l->page;
}

/* --- room --- */

/* Bytes in free pages: those that the next transaction can use again, as nobody sees them any more; and with those that the
 * one behind it can, which the last commit has freed. */
struct free_room {
	uint64_t now, soon;
};

/* None when they cannot be counted now. */
static struct free_room count_free(struct lmdb *l)
{
	struct store_look look = { .readers = 0 };
	struct free_room ret = { 0, 0 };
	MDB_envinfo info;
	MDB_txn *txn;

	if (mdb_env_info(l->env, &info))
		return ret;
	look.oldest_read = info.me_last_txnid;
	if (mdb_reader_list(l->env, lmdb_see_reader, &look) < 0 || mdb_txn_begin(l->env, NULL, MDB_RDONLY, &txn))
		return ret;
	if (lmdb_count_free(txn, look.oldest_read, &ret.now) || lmdb_count_free(txn, look.oldest_read + 1, &ret.soon))
		ret = (struct free_room){ 0, 0 };
	mdb_txn_abort(txn);
	ret.now *= l->page;
	ret.soon *= l->page;
	return ret;
}

/* Where the file system cannot set room aside, the file becomes longer all the same. */
static int extend(int fd, uint64_t from, uint64_t to)
{
	int rc;

	do {
		rc = fallocate(fd, 0, (off_t)from, (off_t)(to - from));
	} while (rc && errno == EINTR);
	if (rc && (errno == EOPNOTSUPP || errno == ENOSYS))
		rc = ftruncate(fd, (off_t)to);
	return rc ? errno : 0;
}

/* Makes the file so long, and longer when that may be: where the disk has no room for all, half of it is asked for, and so
 * on. */
static int reach(struct lmdb *l, uint64_t need, uint64_t wish)
{
	uint64_t to = lesser(wish, l->map), least = SLACK_PAGES * l->page;
	int err, fd;

	need = lesser(need, l->map);
	if (need <= l->file)
		return 0;
	mdb_env_get_fd(l->env, &fd);
	err = extend(fd, l->file, to);
	l->disk_is_full = err != 0;
	while (err && to > need) {
		to = to - need > least ? need + (to - need) / 2 / l->page * l->page : need;
		err = extend(fd, l->file, to);
	}
	if (err)
		return lmdb_error(err);
	l->file = to;
	l->base.file = to;
	return 0;
}

/*
 * All that it may write is in the file, or in pages that are free. What articles need is looked for beyond the reserve.
 * Of free pages it is not asked while the file may become longer: that would be slower, and all of them lie in it.
 */
int lmdb_make_room(struct lmdb *l, const struct lmdb_need *need)
{
	uint64_t used = l->base.used, to = used + all(l, need), keep = need->bound == l->limit ? reserve(l) : 0;
	struct free_room free_room;

	if (to + keep <= l->file && used + added(l, need) <= need->bound)
		return 0;
	if (to <= l->limit && !reach(l, to + keep, lesser(to + spare(l), l->limit) + reserve(l)))
		return 0;
	free_room = count_free(l);
	if (less(used, free_room.soon) + added(l, need) > need->bound)
		return -ENOSPC;
	to = used + need->run * l->page + less((need->added + need->other) * l->page, free_room.now);
	return reach(l, to + keep, to + keep);
}

/* Pages that are free are counted where they matter. */
void lmdb_note_room(struct lmdb *l)
{
	uint64_t used = l->base.used, limit = l->limit, map = l->map;
	bool near = l->disk_is_full || limit < used + (limit / 8 > NEAR_MIN ? limit / 8 : NEAR_MIN);
	struct free_room f = near ? count_free(l) : (struct free_room){ 0, 0 };
	uint64_t end = l->disk_is_full ? lesser(l->file, map) : map;
	uint64_t keep = l->disk_is_full ? reserve(l) + 2 * SLACK_PAGES * l->page : 0; /* what articles bring others to write */

	l->base.spare = less(end, less(used, f.now));
	l->base.room = lesser(less(limit, less(used, f.soon)), less(l->base.spare, keep));
}

void lmdb_probe(struct store *s)
{
	struct lmdb *l = (struct lmdb *)s;
	uint64_t used = l->base.used, end = (used < l->limit ? lesser(used + spare(l), l->limit) : used) + reserve(l);

	/* what they answer is noted */
	if (l->file < end)
		reach(l, l->file + l->page, end);
	else if (l->disk_is_full)
		reach(l, l->file + SLACK_PAGES * l->page, l->file + SLACK_PAGES * l->page);
	lmdb_note_room(l);
}
