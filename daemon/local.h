/*
 * What the daemon's operations answer, without a daemon: its own service and one session of it in this process, over
 * a store that is only read.
 */
#ifndef ND_DAEMON_LOCAL_H
#define ND_DAEMON_LOCAL_H

#include "newsdup_client.h"

struct local;

/* Reads the store of a directory, as it is now; another process may write to it meanwhile. What goes wrong is told on
 * standard error. Errors: those of nd_store_open with read_only, nd_index_load and nd_fingerprinter_new. */
int local_open(const char *dir, struct local **ret);
void local_close(struct local *l);

/* One request without its newline, and its reply, which lives until the next call; as nd_client_call. Errors: -ENOMEM,
 * -E2BIG (a reply past REPLY_MAX). */
int local_call(struct local *l, const char *request, size_t len, struct nd_client_reply *ret);

#endif
