/*
 * The client's end of a Unix stream socket: never blocks but in link_wait, never raises SIGPIPE.
 */
#ifndef ND_CLIENT_LINK_H
#define ND_CLIENT_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/un.h>

struct link {
	struct sockaddr_un address;
	int fd; /* -1: not connected */
};

/* Milliseconds of a clock that never goes back. */
int64_t link_clock(void);

/* Sleeps, signals or not. */
void link_sleep(int ms);

/* Errors: -ENAMETOOLONG past 107 bytes: the kernel would take 108, most programs would not. -EINVAL when
 * empty. */
int link_init(struct link *l, const char *path);
void link_close(struct link *l);

/* Errors: those of connect(2), -ETIMEDOUT when the daemon takes no connection for so long. */
int link_connect(struct link *l, int timeout_ms);

/* Bytes written, 0 when the socket takes none now. -ECONNRESET when the other end is gone. */
long link_write(struct link *l, const void *at, size_t n);

/* Bytes read; -EAGAIN when there are none now. -ECONNRESET when the other end is gone. */
long link_read(struct link *l, void *to, size_t n);

/* Until bytes can be read, or written when to_write, or the clock is past `until` (-1: never). Errors:
 * -ETIMEDOUT. */
int link_wait(struct link *l, bool to_write, int64_t until);

#endif
