#include "daemon/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LISTEN_FDS_START 3
#define MESSAGE_BYTES 512

/* --- telling --- */

/* '@' begins the name of an abstract socket: a NUL in the address, and no NUL at its end. */
static int connect_to(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int fd, err;

	if (*path != '/' && *path != '@')
		return -EAFNOSUPPORT;
	if (len >= sizeof(addr.sun_path))
		return -E2BIG;
	memcpy(addr.sun_path, path, len);
	if (*path == '@')
		addr.sun_path[0] = 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (struct sockaddr *)&addr, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* A whole number in the environment; false: absent or something else. */
static bool env_u64(const char *name, uint64_t *ret)
{
	const char *text = getenv(name);
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	return !*end && !errno;
}

static bool is_for_us(const char *name)
{
	uint64_t pid;

	return env_u64(name, &pid) && pid == (uint64_t)getpid();
}

static uint64_t watchdog_ms(void)
{
	uint64_t us = 0;

	if (!env_u64("WATCHDOG_USEC", &us) || (getenv("WATCHDOG_PID") && !is_for_us("WATCHDOG_PID")))
		return 0;
	return us && us < 1000 ? 1 : us / 1000;
}

int notify_init(struct notify *n)
{
	const char *path = getenv("NOTIFY_SOCKET");
	int fd = path ? connect_to(path) : -1;

	*n = (struct notify){ .fd = fd < 0 ? -1 : fd, .watchdog_ms = fd < 0 ? 0 : watchdog_ms() };
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return path && fd < 0 ? fd : 0;
}

void notify_done(struct notify *n)
{
	if (n->fd >= 0)
		close(n->fd);
	*n = (struct notify){ .fd = -1 };
}

/* Never waits: the loop calls it. */
static int tell(const struct notify *n, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int tell(const struct notify *n, const char *format, ...)
{
	char text[MESSAGE_BYTES];
	va_list ap;
	int len;

	if (n->fd < 0)
		return 0;
	va_start(ap, format);
	len = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	len = len < MESSAGE_BYTES ? len : MESSAGE_BYTES - 1;
	return send(n->fd, text, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

int notify_ready(const struct notify *n, const char *status)
{
	return tell(n, "READY=1\nSTATUS=%s\n", status);
}

/* With the time, as Type=notify-reload wants it (systemd 253); Type=notify does not mind. */
int notify_reloading(const struct notify *n)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return tell(n, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\n",
		    (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
}

int notify_stopping(const struct notify *n, const char *status)
{
	return tell(n, "STOPPING=1\nSTATUS=%s\n", status);
}

int notify_status(const struct notify *n, const char *format, ...)
{
	char status[MESSAGE_BYTES - 16];
	va_list ap;

	va_start(ap, format);
	vsnprintf(status, sizeof(status), format, ap);
	va_end(ap);
	return tell(n, "STATUS=%s\n", status);
}

int notify_watchdog(const struct notify *n)
{
	return tell(n, "WATCHDOG=1\n");
}

/* --- taking over a socket --- */

static int socket_option(int fd, int name, int *ret)
{
	socklen_t size = sizeof(*ret);

	return getsockopt(fd, SOL_SOCKET, name, ret, &size) ? -errno : 0;
}

static int check_listening(int fd)
{
	int domain = 0, type = 0, listening = 0;
	int err = socket_option(fd, SO_DOMAIN, &domain);

	if (!err)
		err = socket_option(fd, SO_TYPE, &type);
	if (!err)
		err = socket_option(fd, SO_ACCEPTCONN, &listening);
	if (err)
		return err;
	return domain == AF_UNIX && type == SOCK_STREAM && listening ? 0 : -EPROTOTYPE;
}

static int set_flags(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) || fcntl(fd, F_SETFD, FD_CLOEXEC))
		return -errno;
	return 0;
}

int notify_listen_fd(int *ret)
{
	uint64_t n = 0;
	bool ours = is_for_us("LISTEN_PID") && env_u64("LISTEN_FDS", &n) && n;
	int err;

	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (!ours) {
		*ret = -1;
		return 0;
	}
	if (n > 1)
		return -EINVAL;
	err = check_listening(LISTEN_FDS_START);
	if (!err)
		err = set_flags(LISTEN_FDS_START);
	if (!err)
		*ret = LISTEN_FDS_START;
	return err;
}
