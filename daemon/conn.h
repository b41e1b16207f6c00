/*
 * A session on a socket: what was read goes in, what may be sent goes out in one write, reading stops when the
 * session has enough. The structure is freed in the close callback and nowhere else.
 */
#ifndef ND_DAEMON_CONN_H
#define ND_DAEMON_CONN_H

#include <uv.h>

#include "daemon/session.h"

struct server;

struct conn {
	uv_pipe_t pipe;
	uv_write_t write;
	struct server *server;
	struct session session;
	struct peer peer;
	struct conn *next, *previous; /* in the server's list */
	struct conn *next_dirty;
	char *writing;     /* what the socket had no room for; NULL: nothing */
	uint64_t heard;    /* ms of the loop: when there was something to do last */
	uint64_t blocked;  /* ms: since when it has taken nothing; 0: it takes all */
	bool dirty, reading, closing;
};

/* Accepts what waits at the server's listener. Errors: -ENOMEM, those of uv_accept and getsockopt(2). */
int conn_accept(struct server *sv);

/* Sends what may be sent; reads or not; closes what is over. */
void conn_refresh(struct conn *c);

/* why: logged; NULL: nothing is. Fine for one that is being closed. */
void conn_close(struct conn *c, const char *why);

/* Drops it when it is idle, or takes nothing, for too long. now: ms of the loop. */
void conn_check_time(struct conn *c, uint64_t now);

#endif
