/*
 * newsdup_client: asks newsdupd over its Unix socket.
 *
 * One object, one connection, one thread at a time; small, blocking, with no dependency but libc. Requests
 * and replies are the lines of the protocol, JSON as it stands:
 *
 *     nd_client_new(NULL, &c);
 *     nd_client_put(c, "{\"id\":\"a\",\"text\":\"...\"}", len, &reply);
 *     if (nd_client_ok(&reply) && nd_client_string(reply.at, reply.len, "verdict", word, sizeof(word)) > 0)
 *         ...
 *     nd_client_free(c);
 *
 * Pipelined, many are under way at once and replies come in the order of the requests:
 *
 *     nd_client_send_put(c, article, len);  ...  nd_client_receive(c, &reply);
 *
 * What is done without being asked:
 *   - The connection is made by the first request. That is tried once. One that is lost later is made again,
 *     with pauses that grow (exponential, with jitter), until retry_ms have passed; then each call tries once
 *     again. What was not answered is sent again: every operation may be, as they read or, like put, set a
 *     state. A put that was done before its reply was lost is answered "unchanged" then: `resent` of the
 *     reply tells.
 *   - A reply `busy` or `rate_limited` is waited out as it asks and the request sent again, for retry_ms at
 *     most. Requests under way beside it may overtake it: where the order of arrival matters, have one at a
 *     time.
 *   - No SIGPIPE, and a signal's interruption is no error.
 *
 * Functions return 0 or a negative errno. What a reply points to lives until the next call with the same
 * client. Errors of all that talk: -ENOENT, -ECONNREFUSED (no daemon), -EACCES, -ECONNRESET (lost, and not
 * to be had again), -ETIMEDOUT (no reply in reply_ms, no connection in connect_ms), -EMSGSIZE (a reply over
 * reply_max), -ENOMEM. After one of them nothing is under way any more: what was not answered is forgotten,
 * done or not.
 */
#ifndef NEWSDUP_CLIENT_H
#define NEWSDUP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where the daemon listens when neither the options nor NEWSDUP_SOCKET in the environment say. */
#define ND_CLIENT_SOCKET "/run/newsdup/newsdupd.sock"

#define ND_CLIENT_NEVER (-1) /* for retry_ms: neither reconnect nor wait for a busy daemon */

/* 0 and NULL stand for the default. */
struct nd_client_options {
	const char *socket;      /* copied; at most 107 bytes */
	int connect_ms;          /* 5,000 */
	int reply_ms;            /* 30,000: how long nothing may come while something is awaited */
	int retry_ms;            /* 60,000: patience with a lost connection, and with a busy daemon */
	int pause_ms;            /* 50: about the first pause between two attempts; each doubles */
	int pause_max_ms;        /* 5,000 */
	size_t reply_max;        /* bytes of a line, 256 MiB */
};

/* A line without its end. */
struct nd_client_reply {
	const char *at;
	size_t len;
	bool resent; /* its request was sent more than once, as a connection was lost */
};

struct nd_client;

/* Makes no connection yet. Errors: -ENAMETOOLONG (the socket's path), -EINVAL (a negative time), -ENOMEM. */
int nd_client_new(const struct nd_client_options *o, struct nd_client **ret);
void nd_client_free(struct nd_client *c);

/* The socket that it uses; lives as long as the client. */
const char *nd_client_socket(const struct nd_client *c);

/* Connects now, or does nothing when that is done. */
int nd_client_connect(struct nd_client *c);

/* How often a lost connection has been made again. */
unsigned nd_client_reconnects(const struct nd_client *c);

/* --- one request, one reply; -EBUSY while others are under way --- */

/* request: one JSON object. Line ends in it become blanks. Errors: -EINVAL when it is none. */
int nd_client_call(struct nd_client *c, const char *request, size_t len, struct nd_client_reply *ret);

/* article: one JSON object, as for `newsdup bulk`. */
int nd_client_check(struct nd_client *c, const char *article, size_t len, struct nd_client_reply *ret);
int nd_client_put(struct nd_client *c, const char *article, size_t len, struct nd_client_reply *ret);

/* Keys are ids of articles, UTF-8. A number stands for an id that was one. */
int nd_client_get(struct nd_client *c, const char *key, struct nd_client_reply *ret);
int nd_client_story(struct nd_client *c, const char *key, struct nd_client_reply *ret);
int nd_client_explain(struct nd_client *c, const char *a, const char *b, struct nd_client_reply *ret);

/* op: one without arguments, hello, stats, health. */
int nd_client_ask(struct nd_client *c, const char *op, struct nd_client_reply *ret);

/* --- pipelined --- */

/* Puts a request behind those under way. Writes what the socket takes and takes up replies that are there,
 * so that neither side waits for the other; the caller bounds how many are under way. */
int nd_client_send(struct nd_client *c, const char *request, size_t len);
int nd_client_send_check(struct nd_client *c, const char *article, size_t len);
int nd_client_send_put(struct nd_client *c, const char *article, size_t len);

/* Requests that are sent and whose replies have not been received. */
size_t nd_client_waiting(const struct nd_client *c);

/* The reply to the oldest of them. Errors: -ENODATA when there is none. */
int nd_client_receive(struct nd_client *c, struct nd_client_reply *ret);

/* --- events --- */

/* Subscribes: the client then serves nd_client_event alone, until the next nd_client_subscribe or a lost
 * connection. events: a JSON array of names, NULL for all. The reply may be a refusal: nd_client_ok. */
int nd_client_subscribe(struct nd_client *c, const char *events, struct nd_client_reply *ret);

/* The next event; waits for timeout_ms (-1: for ever), then -EAGAIN, and the subscription stands. A lost
 * connection is -ECONNRESET: what happened until the next subscription is missed. */
int nd_client_event(struct nd_client *c, int timeout_ms, struct nd_client_reply *ret);

/* --- reading replies: enough of JSON to get at a field --- */

/* Whether the reply says "ok":true. */
bool nd_client_ok(const struct nd_client_reply *reply);

/* The error's code ("" when it is ok or has none), cut to size. Returns its bytes, uncut. */
size_t nd_client_code(const struct nd_client_reply *reply, char *to, size_t size);

/* A field of the JSON object at json: its value as it stands there. false: it has none of that name. */
bool nd_client_field(const char *json, size_t len, const char *name, const char **ret, size_t *ret_len);

/* A field that is a string, decoded, ended by NUL and cut to size; a number as it stands. Returns its bytes
 * uncut, -ENOENT when it is absent or null, -EINVAL when it is something else. */
long nd_client_string(const char *json, size_t len, const char *name, char *to, size_t size);

#ifdef __cplusplus
}
#endif
#endif
