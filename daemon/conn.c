#include "daemon/conn.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/reply.h"
#include "daemon/server.h"

#define WRITE_MAX ((size_t)256 << 10) /* bytes handed to libuv at once for a slow reader */

static void on_stir(void *arg)
{
	struct conn *c = arg;

	if (c->dirty || c->closing)
		return;
	c->dirty = true;
	c->next_dirty = c->server->dirty;
	c->server->dirty = c;
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *ret)
{
	struct conn *c = h->data;

	(void)suggested;
	*ret = uv_buf_init(c->server->input, sizeof(c->server->input));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct conn *c = stream->data;

	if (c->closing || n == 0)
		return;
	c->heard = uv_now(&c->server->loop);
	if (n > 0)
		session_feed(&c->session, b->base, (size_t)n);
	else if (n == UV_EOF)
		session_eof(&c->session);
	else
		conn_close(c, NULL); /* the client has gone, whatever it had asked */
	server_refresh(c->server);
}

static void on_closed(uv_handle_t *h)
{
	struct conn *c = h->data;

	free(c->writing);
	peer_done(&c->peer);
	free(c);
}

void conn_close(struct conn *c, const char *why)
{
	if (c->closing)
		return;
	if (why)
		log_warning("connection of pid %d, uid %u: %s", (int)c->peer.pid, (unsigned)c->peer.uid, why);
	c->closing = true;
	server_forget(c->server, c);
	session_done(&c->session);
	uv_close((uv_handle_t *)&c->pipe, on_closed);
}

/* --- writing --- */

static void on_written(uv_write_t *w, int status)
{
	struct conn *c = w->data;

	free(c->writing);
	c->writing = NULL;
	if (c->closing)
		return;
	if (status) {
		conn_close(c, NULL);
	} else {
		c->heard = uv_now(&c->server->loop);
		c->blocked = 0;
		conn_refresh(c);
	}
	server_refresh(c->server);
}

/* The socket is full: a copy waits for it, so that the outbox may grow meanwhile. */
static int write_later(struct conn *c, struct nd_str out)
{
	size_t n = out.len < WRITE_MAX ? out.len : WRITE_MAX;
	uv_buf_t b;
	int err;

	c->writing = malloc(n);
	if (!c->writing)
		return UV_ENOMEM;
	memcpy(c->writing, out.at, n);
	b = uv_buf_init(c->writing, (unsigned)n);
	c->write.data = c;
	err = uv_write(&c->write, (uv_stream_t *)&c->pipe, &b, 1, on_written);
	if (err)
		return err;
	c->blocked = uv_now(&c->server->loop);
	session_sent(&c->session, n);
	return 0;
}

static int write_now(struct conn *c, struct nd_str out)
{
	uv_buf_t b = uv_buf_init((char *)out.at, out.len > INT32_MAX ? INT32_MAX : (unsigned)out.len);
	int n = uv_try_write((uv_stream_t *)&c->pipe, &b, 1);

	if (n < 0)
		return n;
	c->heard = uv_now(&c->server->loop);
	session_sent(&c->session, (size_t)n);
	return (size_t)n < out.len ? UV_EAGAIN : 0;
}

static int flush(struct conn *c)
{
	struct nd_str out;
	int err = 0;

	while (!c->writing && !err && (out = session_output(&c->session)).len) {
		err = write_now(c, out);
		if (err == UV_EAGAIN)
			err = write_later(c, session_output(&c->session));
	}
	return err;
}

static void set_reading(struct conn *c)
{
	bool wanted = session_wants_input(&c->session);

	if (wanted == c->reading)
		return;
	c->reading = wanted;
	if (wanted)
		uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read);
	else
		uv_read_stop((uv_stream_t *)&c->pipe);
}

void conn_refresh(struct conn *c)
{
	if (c->closing)
		return;
	if (flush(c) || (session_is_over(&c->session) && !c->writing))
		conn_close(c, NULL);
	else
		set_reading(c);
}

/* --- time --- */

/* A subscriber that has closed for writing may still listen; one whose other end is closed does not. */
static bool has_hung_up(const struct conn *c)
{
	struct pollfd p = { .events = 0 };

	if (!c->session.eof || uv_fileno((const uv_handle_t *)&c->pipe, &p.fd))
		return false;
	return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR));
}

void conn_check_time(struct conn *c, uint64_t now)
{
	const struct settings *s = c->server->service.settings;
	bool listens = c->session.subscriber.ends != NULL;

	if (c->blocked && now - c->blocked > s->write_timeout) {
		c->server->service.metrics.dropped++;
		conn_close(c, "it does not read its replies, dropped");
	} else if (listens && has_hung_up(c)) {
		conn_close(c, NULL);
	} else if (s->idle_timeout && !listens && now - c->heard > s->idle_timeout && session_is_idle(&c->session)) {
		log_debug("connection of pid %d, uid %u: idle for too long", (int)c->peer.pid, (unsigned)c->peer.uid);
		conn_close(c, NULL);
	}
}

/* --- accepting --- */

/* A connection too many is told so, as far as its socket takes it at once. */
static void refuse(struct conn *c)
{
	struct buf text;
	struct out o;

	buf_init(&text, 1024);
	out_init(&o, &text);
	reply_error(&o, (struct nd_str){ 0 }, "busy", (struct nd_str){ "too many connections", 20 },
		    c->server->service.settings->retry);
	if (!o.err) {
		uv_buf_t b = uv_buf_init((char *)text.at, (unsigned)text.len);

		uv_try_write((uv_stream_t *)&c->pipe, &b, 1);
	}
	buf_done(&text);
	c->closing = true;
	c->server->service.metrics.refused++;
	uv_close((uv_handle_t *)&c->pipe, on_closed);
}

static void start(struct conn *c)
{
	struct service *service = &c->server->service;
	enum role role = access_role(service->settings, &c->peer, geteuid());

	session_init(&c->session, service, c->peer.uid, role, on_stir, c);
	c->heard = uv_now(&c->server->loop);
	service->metrics.accepted++;
	server_remember(c->server, c);
	set_reading(c);
}

static int open_conn(struct conn *c)
{
	int fd, err = uv_accept((uv_stream_t *)&c->server->listener, (uv_stream_t *)&c->pipe);

	if (!err)
		err = uv_fileno((uv_handle_t *)&c->pipe, &fd);
	return err ? err : peer_init(&c->peer, fd);
}

int conn_accept(struct server *sv)
{
	struct conn *c = calloc(1, sizeof(*c));
	int err = c ? uv_pipe_init(&sv->loop, &c->pipe, 0) : UV_ENOMEM;

	if (err) {
		free(c);
		return err;
	}
	c->pipe.data = c;
	c->server = sv;
	err = open_conn(c);
	if (err) {
		c->closing = true;
		uv_close((uv_handle_t *)&c->pipe, on_closed);
	} else if (sv->service.connections >= sv->service.settings->connections_max) {
		refuse(c);
	} else {
		start(c);
	}
	return err;
}
