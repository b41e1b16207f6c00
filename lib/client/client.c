/*
 * The connection of a client: what flies, what comes back, and what is done when it breaks.
 *
 * Everything that waits goes through `move`: write what the socket takes, read what there is, else sleep in
 * poll(2) for both. So a daemon that stops reading until its replies are read is no deadlock.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "client/backoff.h"
#include "client/field.h"
#include "client/link.h"
#include "client/queue.h"
#include "newsdup_client.h"

#define READ_BYTES ((size_t)64 << 10)
#define REPLY_MAX ((size_t)256 << 20)
#define BUSY_MS 100 /* when a busy daemon does not say how long */

struct nd_client {
	struct nd_client_options o; /* without zeros; the path is in link */
	struct link link;
	struct queue queue;
	struct backoff backoff;
	struct buf in;
	size_t used, scanned; /* of in: handed out; without a newline */
	char *last;           /* the reply that the caller has */
	int64_t alive;        /* when a byte last went either way, or the caller began to wait */
	int64_t lost;         /* when the connection was first lost since the last reply; -1: it is not */
	int64_t held_until;   /* of what is held */
	bool established;     /* a connection has been there: a loss is worth patience */
	bool subscribed;
	unsigned reconnects;
};

/* --- life --- */

static bool use_default(int *value, int standard)
{
	if (*value == 0)
		*value = standard;
	return *value > 0;
}

static int options_fill(struct nd_client_options *o)
{
	bool never = o->retry_ms == ND_CLIENT_NEVER;

	if (!o->socket)
		o->socket = getenv("NEWSDUP_SOCKET");
	if (!o->socket || !*o->socket)
		o->socket = ND_CLIENT_SOCKET;
	if (!o->reply_max)
		o->reply_max = REPLY_MAX;
	if (!use_default(&o->connect_ms, 5000) || !use_default(&o->reply_ms, 30000) ||
	    !use_default(&o->pause_ms, 50) || !use_default(&o->pause_max_ms, 5000) ||
	    (!use_default(&o->retry_ms, 60000) && !never))
		return -EINVAL;
	if (never)
		o->retry_ms = 0;
	return 0;
}

int nd_client_new(const struct nd_client_options *o, struct nd_client **ret)
{
	struct nd_client *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	if (o)
		c->o = *o;
	err = options_fill(&c->o);
	if (!err)
		err = link_init(&c->link, c->o.socket);
	if (err) {
		free(c);
		return err;
	}
	c->o.socket = c->link.address.sun_path;
	c->lost = -1;
	queue_init(&c->queue);
	buf_init(&c->in, c->o.reply_max + READ_BYTES);
	backoff_init(&c->backoff, c->o.pause_ms, c->o.pause_max_ms, (uint64_t)getpid() << 32 ^ (uint64_t)link_clock());
	*ret = c;
	return 0;
}

void nd_client_free(struct nd_client *c)
{
	if (!c)
		return;
	link_close(&c->link);
	queue_done(&c->queue);
	buf_done(&c->in);
	free(c->last);
	free(c);
}

const char *nd_client_socket(const struct nd_client *c)
{
	return c->o.socket;
}

unsigned nd_client_reconnects(const struct nd_client *c)
{
	return c->reconnects;
}

size_t nd_client_waiting(const struct nd_client *c)
{
	return queue_count(&c->queue);
}

/* --- making the connection, and losing it --- */

static void disconnect(struct nd_client *c)
{
	link_close(&c->link);
	buf_clear(&c->in);
	c->used = c->scanned = 0;
	c->subscribed = false;
}

/* Nothing is under way any more. */
static int give_up(struct nd_client *c, int err)
{
	disconnect(c);
	queue_clear(&c->queue);
	c->lost = -1;
	return err;
}

/* Of a connection on which nothing was awaited nothing is lost. */
static void lose(struct nd_client *c)
{
	bool awaited = queue_flying(&c->queue) || c->queue.held || c->subscribed;

	disconnect(c);
	if (awaited && c->lost < 0)
		c->lost = link_clock();
}

static bool may_pass(int err)
{
	return err == -ENOENT || err == -ECONNREFUSED || err == -ECONNRESET || err == -ETIMEDOUT || err == -ENFILE ||
	       err == -EMFILE;
}

/* Pauses before the next attempt; false when patience ends before. */
static bool pause_once(struct nd_client *c)
{
	int64_t left = c->lost + c->o.retry_ms - link_clock();
	int ms = backoff_next(&c->backoff);

	if (left <= 0)
		return false;
	link_sleep(ms < left ? ms : (int)left);
	return true;
}

/* A connection that was there and is lost: again and again, with pauses. */
static int reconnect(struct nd_client *c)
{
	int err = -ECONNRESET;

	while (pause_once(c)) {
		err = link_connect(&c->link, c->o.connect_ms);
		if (!err)
			c->reconnects++;
		if (!err || !may_pass(err))
			return err;
	}
	c->established = false;
	return err;
}

static int connect_now(struct nd_client *c)
{
	int err = c->lost < 0 ? link_connect(&c->link, c->o.connect_ms) : -ECONNRESET;

	if (err && c->established && may_pass(err)) {
		if (c->lost < 0)
			c->lost = link_clock();
		err = reconnect(c);
	}
	if (err)
		return give_up(c, err);
	c->established = true;
	c->alive = link_clock();
	queue_again(&c->queue);
	return 0;
}

int nd_client_connect(struct nd_client *c)
{
	return c->link.fd >= 0 ? 0 : connect_now(c);
}

/* --- replies --- */

static char *copy(const char *at, size_t len)
{
	char *ret = malloc(len + 1);

	if (!ret)
		return NULL;
	memcpy(ret, at, len);
	ret[len] = '\0';
	return ret;
}

/* How many ms the daemon asks to wait before the request is sent again; 0: this is an answer. */
static int retry_after(const struct nd_client_reply *reply)
{
	char code[32];
	long ms;

	nd_client_code(reply, code, sizeof(code));
	if (strcmp(code, "busy") && strcmp(code, "rate_limited") && strcmp(code, "shutting_down"))
		return 0;
	ms = field_number_in(reply->at, reply->len, "error", "retry_ms");
	return ms > 0 ? (int)ms : BUSY_MS;
}

/* Holds a request that the daemon was too busy for; false when patience is at its end. */
static bool hold(struct nd_client *c, struct ticket *t, int ms)
{
	int64_t now = link_clock();

	if (!t->busy_until)
		t->busy_until = now + c->o.retry_ms;
	if (now + ms > t->busy_until)
		return false;
	if (c->held_until < now + ms)
		c->held_until = now + ms;
	queue_hold(&c->queue, t);
	return true;
}

static int take_reply(struct nd_client *c, const char *at, size_t len)
{
	const struct nd_client_reply reply = { at, len, false };
	struct ticket *t = queue_answered(&c->queue);
	int ms = retry_after(&reply);

	if (ms && hold(c, t, ms))
		return 0;
	t->reply = copy(at, len);
	if (!t->reply)
		return -ENOMEM;
	t->reply_len = len;
	t->state = TICKET_DONE;
	free(t->request);
	t->request = NULL;
	c->lost = -1;
	backoff_reset(&c->backoff);
	return 0;
}

/* The next whole line of what was read. */
static bool next_line(struct nd_client *c, const char **ret, size_t *ret_len)
{
	const char *start = (const char *)c->in.at + c->used, *newline = NULL;

	if (c->in.len > c->scanned)
		newline = memchr(c->in.at + c->scanned, '\n', c->in.len - c->scanned);
	if (!newline) {
		c->scanned = c->in.len;
		return false;
	}
	*ret = start;
	*ret_len = (size_t)(newline - start);
	c->used += *ret_len + 1;
	c->scanned = c->used;
	return true;
}

/* Makes room for one more read: what was handed out goes. */
static int make_room(struct nd_client *c)
{
	size_t left = c->in.len - c->used;

	if (c->used) {
		memmove(c->in.at, c->in.at + c->used, left);
		c->in.len = left;
		c->scanned -= c->used;
		c->used = 0;
	}
	if (left > c->o.reply_max)
		return -EMSGSIZE;
	return buf_reserve(&c->in, READ_BYTES);
}

/* Reads once; bytes, 0 when there are none now. */
static long read_once(struct nd_client *c)
{
	int err = make_room(c);
	long n;

	if (err)
		return err == -E2BIG ? -EMSGSIZE : err;
	n = link_read(&c->link, c->in.at + c->in.len, READ_BYTES);
	if (n == -EAGAIN)
		return 0;
	if (n > 0)
		c->in.len += (size_t)n;
	return n;
}

/* A line may come before its request is written whole: `too_large`, or `busy` instead of a connection. It
 * waits until then. */
static int take_replies(struct nd_client *c)
{
	const char *at;
	size_t len;
	int err = 0;

	while (!err && queue_awaits(&c->queue) && next_line(c, &at, &len))
		err = take_reply(c, at, len);
	return err;
}

/* --- moving --- */

/* Writes what the socket takes. Returns bytes, or an error. */
static long write_some(struct nd_client *c)
{
	long all = 0;
	const char *at;
	size_t len;

	while ((at = queue_next_bytes(&c->queue, &len))) {
		long n = link_write(&c->link, at, len);

		if (n <= 0)
			return n ? n : all;
		queue_wrote(&c->queue, (size_t)n);
		all += n;
	}
	return all;
}

/* Takes up what is there. Returns bytes, or an error; what was read before an error is taken. */
static long read_some(struct nd_client *c)
{
	long n = read_once(c);
	int err = take_replies(c);

	return err ? err : n;
}

/* Writes and reads without waiting. Returns whether anything moved, or an error. A daemon that goes may have
 * answered before: that is read although nothing can be written any more. */
static int try_move(struct nd_client *c)
{
	long written = write_some(c), read = 0, n;

	if (written < 0 && written != -ECONNRESET)
		return (int)written;
	while ((n = read_some(c)) > 0)
		read += n;
	if (written > 0 || read > 0)
		c->alive = link_clock();
	if (n < 0 || written < 0)
		return n < 0 ? (int)n : (int)written;
	return written > 0 || read > 0;
}

/* All that was sent is answered, some of it with `busy`: waits and sends that again. */
static void send_held(struct nd_client *c)
{
	int64_t left = c->held_until - link_clock();

	if (left > 0)
		link_sleep((int)left);
	c->held_until = 0;
	c->alive = link_clock();
	queue_release(&c->queue);
}

/* One step towards the reply of the oldest request. */
static int move(struct nd_client *c)
{
	size_t unwritten;
	int moved;

	if (c->queue.held && !queue_flying(&c->queue))
		send_held(c);
	moved = try_move(c);
	if (moved)
		return moved < 0 ? moved : 0;
	if (!queue_flying(&c->queue))
		return 0;
	return link_wait(&c->link, queue_next_bytes(&c->queue, &unwritten) != NULL, c->alive + c->o.reply_ms);
}

/* What an error of the connection means: 0 when it is only lost, and shall be made again. */
static int judge(struct nd_client *c, int err)
{
	if (err != -ECONNRESET)
		return err ? give_up(c, err) : 0;
	lose(c);
	return 0;
}

/* --- the public face --- */

/* The line of a request: its own line ends are blanks, for in valid JSON they can stand between tokens only. */
static char *line_of(const char *request, size_t len)
{
	char *line = copy(request, len);

	if (!line)
		return NULL;
	for (size_t i = 0; i < len; i++)
		if (line[i] == '\n' || line[i] == '\r')
			line[i] = ' ';
	line[len] = '\n';
	return line;
}

/* Whether an idle connection is still good: a byte that nobody asked for would be taken for a reply, and a
 * daemon that closes idle connections has lost nothing of ours. */
static void check_idle(struct nd_client *c)
{
	if (c->link.fd < 0 || queue_count(&c->queue))
		return;
	if (c->in.len > c->used || read_once(c) != 0)
		disconnect(c);
}

int nd_client_send(struct nd_client *c, const char *request, size_t len)
{
	char *line;
	int err;

	if (!field_is_object(request, len))
		return -EINVAL;
	if (c->subscribed)
		return -EBUSY;
	line = line_of(request, len);
	if (!line)
		return -ENOMEM;
	check_idle(c);
	err = nd_client_connect(c);
	if (err) {
		free(line);
		return err;
	}
	if (!queue_count(&c->queue))
		c->alive = link_clock();
	err = queue_add(&c->queue, line, len + 1);
	if (err)
		return give_up(c, err);
	err = try_move(c);
	return judge(c, err > 0 ? 0 : err);
}

/* The reply of the oldest request goes to the caller. */
static void hand_out(struct nd_client *c, struct nd_client_reply *ret)
{
	struct ticket *t = queue_head(&c->queue);

	free(c->last);
	c->last = t->reply;
	t->reply = NULL;
	*ret = (struct nd_client_reply){ c->last, t->reply_len, t->resent };
	queue_drop_head(&c->queue);
}

int nd_client_receive(struct nd_client *c, struct nd_client_reply *ret)
{
	int err = 0;

	if (!queue_count(&c->queue))
		return -ENODATA;
	c->alive = link_clock();
	while (!err && queue_head(&c->queue)->state != TICKET_DONE) {
		err = nd_client_connect(c);
		if (!err)
			err = judge(c, move(c));
	}
	if (!err)
		hand_out(c, ret);
	return err;
}

int nd_client_call(struct nd_client *c, const char *request, size_t len, struct nd_client_reply *ret)
{
	int err = queue_count(&c->queue) ? -EBUSY : nd_client_send(c, request, len);

	return err ? err : nd_client_receive(c, ret);
}

int nd_client_subscribe(struct nd_client *c, const char *events, struct nd_client_reply *ret)
{
	struct buf request;
	int err;

	if (queue_count(&c->queue))
		return -EBUSY;
	if (c->subscribed)
		disconnect(c);
	buf_init(&request, (size_t)64 << 10);
	err = events ? buf_addf(&request, "{\"op\":\"subscribe\",\"events\":%s}", events)
		     : buf_addf(&request, "{\"op\":\"subscribe\"}");
	if (!err)
		err = nd_client_call(c, (const char *)request.at, request.len, ret);
	buf_done(&request);
	c->subscribed = !err && nd_client_ok(ret);
	return err;
}

int nd_client_event(struct nd_client *c, int timeout_ms, struct nd_client_reply *ret)
{
	int64_t until = timeout_ms < 0 ? -1 : link_clock() + timeout_ms;

	if (!c->subscribed)
		return -EINVAL;
	ret->resent = false;
	while (!next_line(c, &ret->at, &ret->len)) {
		long n = read_once(c);

		if (n == 0)
			n = link_wait(&c->link, false, until);
		if (n == -ETIMEDOUT)
			return -EAGAIN;
		if (n == -ECONNRESET)
			lose(c);
		if (n < 0)
			return n == -ECONNRESET ? -ECONNRESET : give_up(c, (int)n);
	}
	return 0;
}
