/*
 * What a service and its manager say to each other: sd_notify(3) and sd_listen_fds(3), whose protocols are
 * fixed, without libsystemd. Without a manager everything here does nothing.
 */
#ifndef ND_DAEMON_NOTIFY_H
#define ND_DAEMON_NOTIFY_H

#include <stdint.h>

struct notify {
	int fd;               /* -1: nobody wants to hear */
	uint64_t watchdog_ms; /* the manager acts when it hears nothing for so long; 0: it does not watch */
};

/*
 * Reads NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID and takes them out of the environment, which children
 * should not inherit. Once, before there are threads. Errors: -EAFNOSUPPORT (an address of a kind unknown
 * here), -E2BIG, those of socket(2) and connect(2): n is one that nobody hears then.
 */
int notify_init(struct notify *n);
void notify_done(struct notify *n);

/* Each: 0, or the errors of send(2). A manager that is gone is no reason to stop. */
int notify_ready(const struct notify *n, const char *status);
int notify_reloading(const struct notify *n); /* notify_ready when it is over */
int notify_stopping(const struct notify *n, const char *status);
int notify_status(const struct notify *n, const char *format, ...) __attribute__((format(printf, 2, 3)));
int notify_watchdog(const struct notify *n);

/*
 * The listening socket handed over, -1 when there is none: the caller's, close-on-exec and non-blocking.
 * Takes the variables out of the environment. Errors: -EINVAL (more than one), -ENOTSOCK, -EPROTOTYPE (no
 * listening AF_UNIX stream socket), -EBADF.
 */
int notify_listen_fd(int *ret);

#endif
