/*
 * Where a command's replies come from: the daemon over its socket, or the folder of a store.
 */
#ifndef ND_DAEMON_SOURCE_H
#define ND_DAEMON_SOURCE_H

#include "daemon/talk.h"
#include "newsdup.h"

struct source;

/* The store of o, when it names one; else the daemon. Errors have been told: an exit code then, 0 else. */
int source_open(const struct talk_options *o, struct source **ret);
void source_close(struct source *s);

/* A request, without what is NULL, 0 or empty. */
struct source_request {
	const char *op;
	const char *key, *a, *b; /* ids of articles */
	const char *outlet;
	unsigned limit;          /* of a page */
	struct nd_str after;     /* JSON */
};

/* A good reply, which lives until the next call. What went wrong has been told, refusals too: an exit code then, that
 * of an id that is not there is EXIT_NONE_SEEN. */
int source_ask(struct source *s, const struct source_request *q, struct nd_client_reply *ret);

#endif
