#include "client/link.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int64_t link_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void link_sleep(int ms)
{
	struct timespec left = { ms / 1000, (long)(ms % 1000) * 1000000 };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

int link_init(struct link *l, const char *path)
{
	size_t len = strlen(path);

	if (!len)
		return -EINVAL;
	if (len >= sizeof(l->address.sun_path))
		return -ENAMETOOLONG;
	*l = (struct link){ .address.sun_family = AF_UNIX, .fd = -1 };
	memcpy(l->address.sun_path, path, len);
	return 0;
}

void link_close(struct link *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

/* A Unix socket connects at once, or has no room in the daemon's queue of connections: EAGAIN, for which
 * poll(2) does not wait. */
static int try_connect(struct link *l, int64_t until)
{
	while (connect(l->fd, (const struct sockaddr *)&l->address, sizeof(l->address))) {
		if (errno == EISCONN)
			return 0;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		if (link_clock() >= until)
			return -ETIMEDOUT;
		if (errno == EAGAIN)
			link_sleep(5);
	}
	return 0;
}

int link_connect(struct link *l, int timeout_ms)
{
	int err;

	link_close(l);
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0)
		return -errno;
	err = try_connect(l, link_clock() + timeout_ms);
	if (err)
		link_close(l);
	return err;
}

/* Whichever way the other end went, it is gone. */
static int lost(int err)
{
	return err == EPIPE || err == ECONNRESET || err == ENOTCONN ? -ECONNRESET : -err;
}

long link_write(struct link *l, const void *at, size_t n)
{
	for (;;) {
		ssize_t done = send(l->fd, at, n, MSG_NOSIGNAL);

		if (done >= 0)
			return done;
		if (errno == EAGAIN)
			return 0;
		if (errno != EINTR)
			return lost(errno);
	}
}

long link_read(struct link *l, void *to, size_t n)
{
	for (;;) {
		ssize_t done = recv(l->fd, to, n, 0);

		if (done > 0)
			return done;
		if (done == 0)
			return -ECONNRESET;
		if (errno != EINTR)
			return errno == EAGAIN ? -EAGAIN : lost(errno);
	}
}

/* For poll(2). */
static int time_left(int64_t until)
{
	int64_t left;

	if (until < 0)
		return -1;
	left = until - link_clock();
	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

int link_wait(struct link *l, bool to_write, int64_t until)
{
	struct pollfd p = { .fd = l->fd, .events = (short)(POLLIN | (to_write ? POLLOUT : 0)) };

	for (;;) {
		int n = poll(&p, 1, time_left(until));

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (until >= 0 && link_clock() >= until)
			return -ETIMEDOUT;
	}
}
