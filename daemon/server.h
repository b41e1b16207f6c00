/*
 * The daemon: the loop, its sockets, signals and timers, around a service.
 *
 * What sessions and threads have changed is gathered and dealt with once at the end of each callback, so that
 * all replies that came about together leave in one write.
 */
#ifndef ND_DAEMON_SERVER_H
#define ND_DAEMON_SERVER_H

#include <uv.h>

#include "daemon/conn.h"
#include "daemon/flags.h"
#include "daemon/listener.h"
#include "daemon/notify.h"
#include "daemon/service.h"

struct server {
	uv_loop_t loop;
	uv_pipe_t listener;
	uv_async_t wake;
	uv_prepare_t prepare;
	uv_idle_t idle; /* runs while there is more to do: loading, long replies */
	uv_timer_t tick, watchdog;
	uv_signal_t signals[3];
	struct service service;
	struct settings settings;
	const struct flags *flags; /* borrowed: read again at a reload */
	struct listener place;
	struct notify notify;
	struct conn *conns; /* open */
	struct conn *dirty; /* to be looked at */
	uint64_t stopping;  /* ms of the loop: since when; 0: it is not */
	uint64_t warned;    /* ms: of a failure to accept, last */
	int fault;          /* why it ends: 0 or a negative errno */
	bool closed;
	bool unaccepted;    /* a connection waits that there was no memory for */
	char input[64 << 10]; /* one for all connections: bytes are copied out at once */
};

/* Says what is wrong. sv is large: not for the stack. settings become the server's. Returns an exit code. */
int server_run(struct server *sv, const struct flags *flags, struct settings *settings);

/* For connections: looks after all that have changed. */
void server_refresh(struct server *sv);
void server_remember(struct server *sv, struct conn *c);
void server_forget(struct server *sv, struct conn *c);

#endif
