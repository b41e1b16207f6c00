/*
 * HTTP for scrapers and probes, on the same socket: GET /metrics, /healthz, /readyz. One request, one answer,
 * and the connection is closed.
 */
#ifndef ND_DAEMON_HTTP_H
#define ND_DAEMON_HTTP_H

#include "base/buf.h"
#include "daemon/access.h"

struct service;

enum http_stage { HTTP_NONE, HTTP_HEADERS, HTTP_READY, HTTP_ANSWERED };

struct http {
	enum http_stage stage;
	char path[32]; /* one that is longer is none of ours */
};

/* Whether the line begins an HTTP request. */
bool http_begins(const char *line, size_t len);

/* Takes the first line, then those of the headers; they end with an empty one. */
void http_line(struct http *h, const char *line, size_t len);

/* No more lines will come. */
void http_end(struct http *h);

/* Errors: -ENOMEM. */
int http_answer(struct http *h, const struct service *sv, enum role role, struct buf *to);

#endif
