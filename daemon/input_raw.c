#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/input_format.h"

static bool is_stdin(const char *name)
{
	return !strcmp(name, "-");
}

int raw_open(struct raw *r, const char *name)
{
	bool owned = !is_stdin(name);
	int fd = owned ? open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY) : STDIN_FILENO;

	if (fd < 0)
		return -errno;
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* fails on a pipe, which does no harm */
	r->fd = fd;
	r->owned = owned;
	r->ended = false;
	r->error = 0;
	r->at = r->end = 0;
	r->read = 0;
	return 0;
}

void raw_close(struct raw *r)
{
	if (r->owned)
		close(r->fd);
}

uint64_t raw_size(const char *name, bool *known)
{
	struct stat st;
	off_t at = 0;

	*known = true;
	if (is_stdin(name) ? fstat(STDIN_FILENO, &st) : stat(name, &st))
		return 0; /* it will not be read either */
	*known = S_ISREG(st.st_mode) || S_ISDIR(st.st_mode);
	if (!S_ISREG(st.st_mode))
		return 0;
	if (is_stdin(name))
		at = lseek(STDIN_FILENO, 0, SEEK_CUR); /* somebody may have read from it before */
	return at > 0 ? (uint64_t)(st.st_size > at ? st.st_size - at : 0) : (uint64_t)st.st_size;
}

/* read(2) that waits, even where another process has made the shared end non-blocking. */
static ssize_t read_waiting(int fd, void *to, size_t room)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	while ((n = read(fd, to, room)) < 0 && (errno == EINTR || errno == EAGAIN))
		if (errno == EAGAIN)
			poll(&p, 1, -1);
	return n;
}

static long read_some(struct raw *r, void *to, size_t room)
{
	ssize_t n;

	if (r->ended)
		return r->error;
	n = read_waiting(r->fd, to, room);
	if (n > 0) {
		r->read += (uint64_t)n;
		return (long)n;
	}
	r->error = n < 0 ? -errno : 0;
	r->ended = true;
	return r->error;
}

long raw_read(struct raw *r, void *to, size_t room)
{
	size_t n = r->end - r->at;

	if (n == 0)
		return read_some(r, to, room);
	if (n > room)
		n = room;
	memcpy(to, raw_peek(r), n);
	r->at += n;
	return (long)n;
}

long raw_fill(struct raw *r, size_t want)
{
	if (r->end - r->at >= want)
		return (long)(r->end - r->at);
	memmove(r->ahead, raw_peek(r), r->end - r->at);
	r->end -= r->at;
	r->at = 0;
	while (r->end < want) {
		long n = read_some(r, r->ahead + r->end, sizeof(r->ahead) - r->end);

		if (n < 0)
			return n;
		if (n == 0)
			break;
		r->end += (size_t)n;
	}
	return (long)r->end;
}
