#include "base/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A descriptor, or -errno. */
static int open_dir(int at, const char *path)
{
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int flush(int fd)
{
	return fsync(fd) ? -errno : 0;
}

/* A new directory is on the disk when its parent is. */
static int flush_parent(int dir)
{
	int err, parent = open_dir(dir, "..");

	if (parent < 0)
		return parent;
	err = flush(parent);
	close(parent);
	return err;
}

int dir_open(const char *path, bool make, int *ret)
{
	bool made = make && !mkdir(path, 0750);
	int fd, err;

	if (make && !made && errno != EEXIST)
		return -errno;
	fd = open_dir(AT_FDCWD, path);
	if (fd < 0)
		return fd;
	err = made ? flush_parent(fd) : 0;
	if (err) {
		close(fd);
		return err;
	}
	*ret = fd;
	return 0;
}

/* O_NONBLOCK: what is a pipe is not waited for. */
int dir_open_file(int dir, const char *name, int flags, int *ret)
{
	int fd = openat(dir, name, flags | O_NONBLOCK | O_CLOEXEC, 0640);
	struct stat st;
	int err = fd < 0 ? -errno : 0;

	if (!err && fstat(fd, &st))
		err = -errno;
	if (!err && !S_ISREG(st.st_mode))
		err = -EBADMSG;
	if (err && fd >= 0)
		close(fd);
	if (!err)
		*ret = fd;
	return err == -ENXIO ? -EBADMSG : err; /* a socket */
}

static int lock(int fd, int how, int *ret)
{
	int err;

	if (flock(fd, how | LOCK_NB)) {
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
		close(fd);
		return err;
	}
	*ret = fd;
	return 0;
}

int dir_lock(int dir, const char *name, int *ret)
{
	int fd, err = dir_open_file(dir, name, O_RDWR | O_CREAT, &fd);

	return err ? err : lock(fd, LOCK_EX, ret);
}

/* Nothing is made. */
static int lock_there(int dir, const char *name, int flags, int how, int *ret)
{
	int fd, err = dir_open_file(dir, name, flags, &fd);

	if (err == -ENOENT)
		*ret = -1;
	return err == -ENOENT ? 0 : err ? err : lock(fd, how, ret);
}

int dir_lock_to_look(int dir, const char *name, int *ret)
{
	return lock_there(dir, name, O_RDONLY, LOCK_SH, ret);
}

int dir_lock_there(int dir, const char *name, int *ret)
{
	return lock_there(dir, name, O_RDWR | O_NOFOLLOW, LOCK_EX, ret);
}

bool dir_has(int dir, const char *name)
{
	return !faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW);
}

int dir_drop(int dir, const char *name)
{
	return unlinkat(dir, name, 0) && errno != ENOENT ? -errno : 0;
}

int dir_take_after(int dir, const char *name, int of, const char *old)
{
	struct stat st;
	bool there = !fstatat(of, old, &st, 0); /* of what a link leads to */

	if (!there && fstat(of, &st))
		return -errno;
	if (fchownat(dir, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) && geteuid() == 0)
		return -errno;
	return there && fchmodat(dir, name, st.st_mode & 0777, 0) ? -errno : 0;
}

int dir_file_size(int dir, const char *name, uint64_t *ret)
{
	struct stat st;

	if (fstatat(dir, name, &st, 0))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	*ret = (uint64_t)st.st_size;
	return 0;
}

int dir_publish(int dir, const char *from, const char *to)
{
	return renameat(dir, from, dir, to) ? -errno : flush(dir);
}

int dir_reserve(int dir, const char *name, uint64_t bytes)
{
	int fd, err = dir_open_file(dir, name, O_RDWR | O_CREAT, &fd);

	if (err)
		return err;
	do
		err = posix_fallocate(fd, 0, (off_t)bytes);
	while (err == EINTR);
	close(fd);
	return err == EOPNOTSUPP || err == EINVAL ? 0 : -err; /* a file system that cannot tell */
}
