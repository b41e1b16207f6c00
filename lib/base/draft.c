#include "base/draft.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dir.h"

#define DATA "store.mdb"
#define LOCK "lock"

static int drop_all(int dir)
{
	static const char *const names[] = { DATA ".new", DATA ".new-lock", DATA "-lock", DATA, DRAFT_STAMP, LOCK };
	int err = dir_has(dir, DATA) && !dir_has(dir, DRAFT_STAMP) ? -EEXIST : 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !err; i++)
		err = dir_drop(dir, names[i]);
	return err;
}

int draft_sweep(const char *path)
{
	int dir, held = -1, err = dir_open(path, false, &dir);

	if (err)
		return err == -ENOENT ? 0 : err;
	err = dir_lock_there(dir, LOCK, &held);
	if (!err)
		err = drop_all(dir);
	if (held >= 0)
		close(held);
	close(dir);
	return err ? err : rmdir(path) ? -errno : 0;
}

static int write_stamp(int dir, const char *stamp)
{
	int fd = openat(dir, DRAFT_STAMP, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	ssize_t n = fd < 0 ? -1 : write(fd, stamp, strlen(stamp));
	int err = n < 0 ? -errno : n < (ssize_t)strlen(stamp) ? -ENOSPC : 0;

	if (fd >= 0 && close(fd) && !err)
		err = -errno;
	return err;
}

int draft_begin(const char *path, const char *stamp)
{
	int dir, err = draft_sweep(path);

	if (!err && mkdir(path, 0750))
		err = -errno;
	if (!err)
		err = dir_open(path, false, &dir);
	if (err)
		return err;
	err = write_stamp(dir, stamp);
	close(dir);
	return err;
}
