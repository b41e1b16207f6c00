#include "daemon/successor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/folder.h"
#include "daemon/service.h"

/* Of a store's folder, its data last: readers of the old one keep the table that they are noted in. */
static const char *const files[] = { "store.mdb.new", "store.mdb.new-lock", "store.mdb-lock", "store.mdb" };

#define FILES (sizeof(files) / sizeof(files[0]))
#define TAKEN 2u /* the first of those that take the old ones' place */
#define DATA (FILES - 1)
#define STAMP "stamp" /* comes first and goes last: a folder with data and without it is somebody's store */

static int drop_all(int dir)
{
	int err = folder_has(dir, files[DATA]) && !folder_has(dir, STAMP) ? -EEXIST : 0;

	for (size_t i = 0; i < FILES && !err; i++)
		err = folder_drop(dir, files[i]);
	if (!err)
		err = folder_drop(dir, STAMP);
	return err ? err : folder_drop(dir, FOLDER_LOCK);
}

/* Only what is ours, and nobody has open. */
static int sweep(const char *path)
{
	int dir, held = -1, err = folder_open(path, &dir);

	if (err)
		return err == -ENOENT ? 0 : err;
	err = folder_lock(dir, &held);
	if (!err)
		err = drop_all(dir);
	if (held >= 0)
		close(held);
	close(dir);
	return err ? err : rmdir(path) ? -errno : 0;
}

static FILE *stamp_open(const struct successor *s, int flags, const char *mode)
{
	FILE *ret = NULL;
	char *path;
	int fd;

	if (asprintf(&path, "%s/" STAMP, s->path) < 0)
		return NULL;
	fd = open(path, flags | O_NONBLOCK | O_CLOEXEC, 0666);
	if (fd >= 0)
		ret = fdopen(fd, mode);
	if (fd >= 0 && !ret)
		close(fd);
	free(path);
	return ret;
}

static bool stamp_is_ours(const struct successor *s)
{
	FILE *f = stamp_open(s, O_RDONLY, "r");
	uint64_t stamp;
	bool ret = f && fscanf(f, "%16" SCNx64, &stamp) == 1 && stamp == s->stamp;

	if (f)
		fclose(f);
	return ret;
}

static int stamp_write(const struct successor *s)
{
	FILE *f = stamp_open(s, O_WRONLY | O_CREAT | O_EXCL, "w");
	bool bad;

	if (!f)
		return -errno;
	bad = fprintf(f, "%016" PRIx64 "\n", s->stamp) < 0;
	return fclose(f) || bad ? -EIO : 0;
}

int successor_restart(struct successor *s)
{
	int err;

	nd_store_close(s->made);
	s->made = NULL;
	err = sweep(s->path);
	if (!err && mkdir(s->path, 0750))
		err = -errno;
	if (!err)
		err = stamp_write(s);
	return err ? err : nd_store_open(s->path, NULL, &s->made);
}

const char *successor_why(int err)
{
	return err == -EEXIST ? "it is a store of its own, not left over by import or reindex; move it elsewhere"
			      : service_store_why(err);
}

int successor_open(struct successor *s, const char *dir, bool go_on, uint64_t stamp)
{
	*s = (struct successor){ .dir = dir, .stamp = stamp };
	if (asprintf(&s->path, "%s/" SUCCESSOR_FOLDER, dir) < 0) {
		s->path = NULL;
		return -ENOMEM;
	}
	return go_on && stamp_is_ours(s) && !nd_store_open(s->path, NULL, &s->made) ? 0 : successor_restart(s);
}

/* The owner and the permissions of a file that is to be replaced, the owner of the folder where there is none. Only
 * root gives files away. */
static int take_after(int from, int to, const char *name)
{
	struct stat old;
	bool there = !fstatat(to, name, &old, AT_SYMLINK_NOFOLLOW);

	if (!there && fstat(to, &old))
		return -errno;
	if (fchownat(from, name, old.st_uid, old.st_gid, AT_SYMLINK_NOFOLLOW) && geteuid() == 0)
		return -errno;
	return there && fchmodat(from, name, old.st_mode & 0777, 0) ? -errno : 0;
}

int successor_take_over(struct successor *s)
{
	int from, to, err = folder_open(s->path, &from);

	if (err)
		return err;
	nd_store_close(s->made);
	s->made = NULL;
	err = folder_open(s->dir, &to);
	for (size_t i = TAKEN; i < FILES && !err; i++)
		err = take_after(from, to, files[i]);
	for (size_t i = TAKEN; i < FILES && !err; i++)
		if (renameat(from, files[i], to, files[i]))
			err = -errno;
	if (!err && fsync(to))
		err = -errno;
	if (to >= 0)
		close(to);
	close(from);
	return err;
}

void successor_close(struct successor *s, bool go_on)
{
	nd_store_close(s->made);
	if (s->path && !go_on)
		sweep(s->path);
	free(s->path);
	memset(s, 0, sizeof(*s));
}
