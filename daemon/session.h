/*
 * One client's side of the protocol, without a socket: bytes in, replies out, in order.
 *
 *     session_feed -> lines -> tasks ...(threads)... -> each request runs -> outbox -> session_output
 *
 * Whenever something may be sent, or input is wanted again, stir is called: then look at session_output,
 * session_wants_input and session_is_over. It may be called within any function of a session or service.
 */
#ifndef ND_DAEMON_SESSION_H
#define ND_DAEMON_SESSION_H

#include "daemon/access.h"
#include "daemon/events.h"
#include "daemon/http.h"
#include "daemon/lines.h"
#include "daemon/outbox.h"
#include "daemon/service.h"
#include "daemon/telling.h"

typedef void session_stir(void *arg);

/* Its place in a list of the service. */
struct session_link {
	struct session *next, **at; /* at: what points to it; NULL: it is not in the list */
};

struct session {
	struct service *service;
	session_stir *stir;
	void *arg;
	uid_t uid;
	enum role role;
	struct lines in;
	struct task *first, **last; /* in order of their requests */
	size_t waiting;             /* requests that have come and have not run */
	size_t waiting_bytes;       /* of their tasks' lines */
	struct outbox out;
	struct telling *telling; /* a reply that is told in pieces; NULL: none is */
	struct subscriber subscriber;
	struct http http;
	bool eof;     /* no more input will come */
	bool blocked; /* whole lines wait in `in`, or too much in `out` */
	bool last_reply; /* nothing more will be said */
	bool broken;  /* out of memory: what was to be said is lost */
	bool running;
	struct session_link links[SERVICE_LISTS];
};

void session_init(struct session *s, struct service *sv, uid_t uid, enum role role, session_stir *stir, void *arg);

/* Requests in flight are forgotten; those that have run stay done. */
void session_done(struct session *s);

void session_feed(struct session *s, const void *at, size_t n);

/* No more will come, by the client or because the service stops. */
void session_eof(struct session *s);


/* Runs what can be run. The service calls it when tasks have come back. */
void session_go(struct session *s);

/* What may be sent now, and that n bytes of it have been. */
struct nd_str session_output(const struct session *s);
void session_sent(struct session *s, size_t n);

bool session_wants_input(const struct session *s);

/* Nothing is in flight: neither requests nor replies. */
bool session_is_idle(const struct session *s);

/* There is nothing more to be said to it. */
bool session_is_over(const struct session *s);

/* For the service: the ticket is in the store; the commit has failed; go on with a long reply. */
void session_committed(struct session *s, uint64_t ticket);
void session_failed(struct session *s, int err);
void session_continue(struct session *s);

/* For operations: the reply from start to the end waits for the ticket; a reply is to be told in pieces (it is the
 * session's from now on). */
void session_hold(struct session *s, uint64_t start, size_t id_len, uint64_t ticket, uint64_t arrived);
void session_tell(struct session *s, struct telling *t);

#endif
