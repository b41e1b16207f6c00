#include "daemon/outfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OUTFILE_BLOCK ((size_t)256 << 10)

int outfile_open(struct outfile *f, int dir, const char *name)
{
	memset(f, 0, sizeof(*f));
	f->dir = dir;
	f->name = name;
	snprintf(f->tmp, sizeof(f->tmp), ".%.40s.%ld.tmp", name, (long)getpid());
	f->fd = openat(dir, f->tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (f->fd < 0)
		return -errno;
	buf_init(&f->buf, (size_t)1 << 30);
	out_init(&f->out, &f->buf);
	return 0;
}

static int write_all(struct outfile *f)
{
	size_t done = 0;

	while (done < f->buf.len) {
		ssize_t n = write(f->fd, f->buf.at + done, f->buf.len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	buf_clear(&f->buf);
	return 0;
}

int outfile_flush(struct outfile *f)
{
	if (f->out.err)
		return f->out.err;
	return f->buf.len < OUTFILE_BLOCK ? 0 : write_all(f);
}

int outfile_sync(struct outfile *f)
{
	int err = f->out.err ? f->out.err : write_all(f);

	return err ? err : fsync(f->fd) ? -errno : 0;
}

int outfile_publish(struct outfile *f)
{
	int fd = f->fd, err = 0;

	f->fd = -1;
	buf_done(&f->buf);
	if (close(fd) || renameat(f->dir, f->tmp, f->dir, f->name)) {
		err = -errno;
		unlinkat(f->dir, f->tmp, 0);
	}
	return err;
}

void outfile_done(struct outfile *f)
{
	if (!f->name || f->fd < 0)
		return;
	close(f->fd);
	unlinkat(f->dir, f->tmp, 0);
	buf_done(&f->buf);
	f->fd = -1;
}

/* Whether outfile_open made it: .NAME.PID.tmp */
static bool is_temporary(const char *entry, const char *name)
{
	size_t len = strlen(name);

	if (entry[0] != '.' || strncmp(entry + 1, name, len) || entry[1 + len] != '.')
		return false;
	entry += len + 2;
	len = strspn(entry, "0123456789");
	return len && !strcmp(entry + len, ".tmp");
}

void outfile_sweep(int dir, const char *name)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((e = readdir(d)) != NULL)
		if (is_temporary(e->d_name, name))
			unlinkat(dir, e->d_name, 0);
	closedir(d);
}
