/*
 * Any bytes from a client, in pieces of any size: no crash, every reply is one line of JSON, and the number of
 * replies does not depend on the pieces.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/service.h"
#include "daemon/session.h"
#include "wire/walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUTS_MAX 2000 /* then the service is made anew: what was put must not pile up */

static struct settings settings;
static struct service service;
static unsigned inputs;

static void nothing(void *arg)
{
}

static void renew_service(void)
{
	const char *failed;

	if (inputs)
		service_close(&service);
	if (!inputs) {
		assert(!settings_init(&settings));
		free(settings.store);
		settings.store = strdup("mem:");
		settings.line_max = 4096;
		settings.output_max = 65536;
		settings.queue_max = 8;
	}
	assert(!service_open(&service, &settings, 0, nothing, NULL, &failed));
	while (service_load(&service) > 0)
		;
}

static int ignore(void *user, struct nd_str key, struct walk_value *v)
{
	return 0;
}

static void check_line(const char *at, size_t len)
{
	static struct walk *walk;
	struct wire_error e;
	char *line = malloc(len + 64);

	assert(walk || !walk_new(1 << 28, 64, &walk));
	memcpy(line, at, len);
	memset(line + len, 0, 64);
	assert(!walk_line(walk, line, len, ignore, NULL, &e));
	free(line);
}

/* Takes all that may be sent; returns its lines. */
static size_t drain(struct session *s, struct buf *all)
{
	struct nd_str out;
	size_t n = 0;

	do {
		service_turn(&service);
		out = session_output(s);
		buf_add(all, out.at, out.len);
		for (size_t i = 0; i < out.len; i++)
			n += out.at[i] == '\n';
		session_sent(s, out.len);
	} while (out.len || !service_is_idle(&service));
	return n;
}

static size_t run(const uint8_t *data, size_t size, size_t piece, bool *http)
{
	struct session s;
	struct buf all;
	size_t n = 0;

	buf_init(&all, SIZE_MAX / 2);
	session_init(&s, &service, 0, ROLE_ADMIN, nothing, NULL);
	for (size_t at = 0; at < size; at += piece) {
		session_feed(&s, data + at, size - at < piece ? size - at : piece);
		n += drain(&s, &all);
	}
	session_eof(&s);
	n += drain(&s, &all);
	assert(session_is_over(&s) || s.subscriber.ends);
	*http = s.http.stage != HTTP_NONE;
	for (size_t at = 0; !*http && at < all.len;) {
		size_t len = (size_t)((uint8_t *)memchr(all.at + at, '\n', all.len - at) - (all.at + at));

		check_line((char *)all.at + at, len);
		at += len + 1;
	}
	session_done(&s);
	buf_done(&all);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t whole, pieces;
	bool http;

	if (inputs % INPUTS_MAX == 0)
		renew_service();
	inputs++;
	whole = run(data, size, size ? size : 1, &http);
	pieces = run(data, size, size ? 1 + data[size / 2] % 31 : 1, &http);
	assert(http || whole == pieces);
	return 0;
}
