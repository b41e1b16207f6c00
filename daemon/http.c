#include "daemon/http.h"

#include <errno.h>
#include <string.h>

#include "daemon/service.h"

#define BODY_MAX ((size_t)1 << 20)

struct page {
	const char *path;
	enum role role;
	unsigned (*write)(const struct service *sv, struct buf *to); /* returns the status */
};

bool http_begins(const char *line, size_t len)
{
	return len >= 4 && !memcmp(line, "GET ", 4);
}

static void read_path(struct http *h, const char *line, size_t len)
{
	const char *at = line + 4, *end = line + len;
	size_t n = 0;

	while (at + n < end && at[n] != ' ' && at[n] != '\r' && at[n] != '?')
		n++;
	if (n < sizeof(h->path))
		memcpy(h->path, at, n); /* the rest is zero */
}

void http_line(struct http *h, const char *line, size_t len)
{
	if (h->stage == HTTP_NONE) {
		read_path(h, line, len);
		h->stage = HTTP_HEADERS;
	} else if (h->stage == HTTP_HEADERS && (len == 0 || (len == 1 && line && *line == '\r'))) {
		h->stage = HTTP_READY;
	}
}

void http_end(struct http *h)
{
	if (h->stage == HTTP_HEADERS)
		h->stage = HTTP_READY;
}

static unsigned write_metrics(const struct service *sv, struct buf *to)
{
	metrics_print(sv, to);
	return 200;
}

/* Alive, and the store does; being loaded is no illness. */
static unsigned write_health(const struct service *sv, struct buf *to)
{
	const char *fault = service_fault(sv);

	buf_addf(to, "%s\n", fault ? fault : "ok");
	return fault ? 503 : 200;
}

static unsigned write_readiness(const struct service *sv, struct buf *to)
{
	if (sv->stopping || !sv->ready) {
		buf_addf(to, sv->stopping ? "stopping\n" : "loading: %u of %llu articles\n", nd_index_count(sv->index),
			 (unsigned long long)sv->stored);
		return 503;
	}
	return write_health(sv, to);
}

static const struct page pages[] = {
	{ "/metrics", ROLE_READ, write_metrics },
	{ "/healthz", ROLE_NONE, write_health },
	{ "/readyz", ROLE_NONE, write_readiness },
};

static unsigned write_body(const struct http *h, const struct service *sv, enum role role, struct buf *to)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
		if (strcmp(pages[i].path, h->path))
			continue;
		if (role >= pages[i].role)
			return pages[i].write(sv, to);
		buf_addf(to, "denied\n");
		return 403;
	}
	buf_addf(to, "not found; there are /metrics, /healthz and /readyz\n");
	return 404;
}

static const char *reason_of(unsigned status)
{
	switch (status) {
	case 200:
		return "OK";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	default:
		return "Service Unavailable";
	}
}

int http_answer(struct http *h, const struct service *sv, enum role role, struct buf *to)
{
	struct buf body;
	unsigned status;
	int err;

	buf_init(&body, BODY_MAX);
	status = write_body(h, sv, role, &body);
	err = buf_addf(to,
		       "HTTP/1.1 %u %s\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
		       "Content-Length: %zu\r\nConnection: close\r\n\r\n",
		       status, reason_of(status), body.len);
	if (!err)
		err = buf_add(to, body.at, body.len);
	buf_done(&body);
	h->stage = HTTP_ANSWERED;
	return err;
}
