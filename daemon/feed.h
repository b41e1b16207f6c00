/*
 * Articles from files to the daemon, pipelined, and its answers to the terminal: what check and put do.
 */
#ifndef ND_DAEMON_FEED_H
#define ND_DAEMON_FEED_H

#include "daemon/talk.h"

struct feed_options {
	struct talk_options talk;
	uint64_t window; /* requests under way at once */
	bool strict, quiet;
};

#define FEED_WINDOW_MAX 4096u

typedef int feed_send(struct nd_client *c, const char *article, size_t len);

/* Returns an exit code; errors and rejections have been told. *ret_seen: articles of which something has been
 * seen before. */
int feed_run(const struct feed_options *o, feed_send *send, char **files, unsigned n, uint64_t *ret_seen);

#endif
