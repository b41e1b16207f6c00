#include "daemon/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/outfile.h"

#define HEAD "newsdup bulk run from article "
#define MARK_BYTES 64

static int open_dir(const char *path, int *ret)
{
	*ret = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret < 0 ? -errno : 0;
}

/* Returns the bytes read, at most max. */
static ssize_t read_file(int dir, char *to, size_t max)
{
	int fd = openat(dir, MARK_NAME, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, to, max);
	int err = errno;

	if (fd >= 0)
		close(fd);
	return n < 0 ? -err : n;
}

int mark_read(const char *path, nd_seq *ret)
{
	char text[MARK_BYTES];
	unsigned from;
	ssize_t n;
	int dir, end = 0, err = open_dir(path, &dir);

	if (err)
		return err;
	n = read_file(dir, text, sizeof(text) - 1);
	close(dir);
	*ret = ND_NONE;
	if (n < 0)
		return n == -ENOENT ? 0 : (int)n;
	text[n] = '\0';
	if (sscanf(text, HEAD "%10u%n", &from, &end) != 1 || strcmp(text + end, "\n"))
		return -EBADMSG;
	*ret = from;
	return 0;
}

static int write_to(int dir, nd_seq from)
{
	struct outfile f;
	int err;

	outfile_sweep(dir, MARK_NAME);
	err = outfile_open(&f, dir, MARK_NAME);
	if (err)
		return err;
	err = buf_addf(&f.buf, HEAD "%u\n", from);
	if (!err)
		err = outfile_sync(&f);
	if (!err)
		err = outfile_publish(&f);
	if (!err && fsync(dir))
		err = -errno;
	outfile_done(&f);
	return err;
}

int mark_write(const char *path, nd_seq from)
{
	int dir, err = open_dir(path, &dir);

	if (err)
		return err;
	err = write_to(dir, from);
	close(dir);
	return err;
}

int mark_remove(const char *path)
{
	int dir, err = open_dir(path, &dir);

	if (err)
		return err;
	if (unlinkat(dir, MARK_NAME, 0) && errno != ENOENT)
		err = -errno;
	if (!err && fsync(dir))
		err = -errno;
	close(dir);
	return err;
}
