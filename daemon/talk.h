/*
 * A command's talk with the daemon: its options, the client, and what went wrong in words.
 */
#ifndef ND_DAEMON_TALK_H
#define ND_DAEMON_TALK_H

#include "daemon/options.h"
#include "newsdup_client.h"

struct talk_options {
	const char *socket; /* NULL: NEWSDUP_SOCKET, else the default */
	const char *store;  /* a store's folder, which is asked in place of the daemon; NULL: none */
	uint64_t timeout, retry; /* seconds */
	bool json;
};

#define TALK_DEFAULTS { .timeout = 30, .retry = 60 }

/* The rows that every command of the daemon has. */
#define TALK_ROWS(o)                                                                                        \
	{ "socket", OPTION_TEXT, "PATH", "of the daemon (default: $NEWSDUP_SOCKET, else " ND_CLIENT_SOCKET ")", \
	  0, 0, &(o).socket },                                                                              \
	{ "timeout", OPTION_COUNT, "SECONDS", "to wait for a reply (default: 30)", 1, 86400, &(o).timeout }, \
	{ "retry", OPTION_COUNT, "SECONDS",                                                                 \
	  "to go on while the daemon is busy or was lost (default: 60; 0: not at all)", 0, 86400, &(o).retry }

/* The row of those that can do without the daemon. */
#define TALK_STORE_ROW(o)                                                                                \
	{ "store", OPTION_TEXT, "DIR", "ask this store, which is only read, not the daemon, which may have it open", \
	  0, 0, &(o).store }

/* What is wrong with the options; NULL: nothing. */
const char *talk_complaint(const struct talk_options *o);

/* Errors have been told: an exit code then, 0 else. Connects, so that without a daemon nothing else begins. */
int talk_open(const struct talk_options *o, struct nd_client **ret);

/* Tells an error of the client; returns the exit code. */
int talk_fail(const struct nd_client *c, int err);

/* Whether a refusal is about the one request; else every other would be refused, too. */
bool talk_refused_article(const struct nd_client_reply *reply);

/* "newsdup: WHERE: CODE: MESSAGE" on stderr; where may be NULL. */
void talk_refusal(const char *where, const struct nd_client_reply *reply);

#endif
