/*
 * Requests that are under way, in the order in which their replies are handed out.
 *
 * A ticket is the number of a request. Each is sent, answered, and handed out; one that the daemon was too
 * busy for is held and sent again, behind others. So there are two orders, that of the tickets and that in
 * which the socket had them, which is the order in which replies come:
 *
 *     tickets   head -> | 7 done | 8 held | 9 flying | 10 flying | <- tail
 *     flight    first reply -> | 9 | 10 | <- last to be written
 */
#ifndef ND_CLIENT_QUEUE_H
#define ND_CLIENT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ticket_state { TICKET_HELD, TICKET_FLYING, TICKET_DONE };

struct ticket {
	enum ticket_state state;
	char *request;      /* the line, its end included; NULL once it is done */
	size_t request_len;
	char *reply;        /* the line without its end; NULL before */
	size_t reply_len;
	bool touched;       /* some of it has been written to the connection at hand */
	bool resent;
	int64_t busy_until; /* when the first `busy` must have passed; 0: there was none */
};

struct queue {
	struct ticket *tickets; /* a ring of cap, a power of two */
	uint64_t *flight;       /* a ring of cap, too: ticket numbers */
	size_t cap;
	uint64_t head, tail;    /* tickets */
	uint64_t first, last;   /* flight */
	uint64_t unwritten;     /* flight: the one that is being written */
	size_t written;         /* bytes of it */
	size_t held;
};

void queue_init(struct queue *q);
void queue_done(struct queue *q);

/* Forgets all. */
void queue_clear(struct queue *q);

/* A new ticket, flying unless others are held: then it waits behind them. Takes request, which came from
 * malloc, whatever happens. Errors: -ENOMEM. */
int queue_add(struct queue *q, char *request, size_t len);

static inline size_t queue_count(const struct queue *q)
{
	return (size_t)(q->tail - q->head);
}

static inline bool queue_flying(const struct queue *q)
{
	return q->first != q->last;
}

/* Whether a request that is written whole has no reply yet. */
static inline bool queue_awaits(const struct queue *q)
{
	return q->first != q->unwritten;
}

/* The oldest ticket; there must be one. */
struct ticket *queue_head(struct queue *q);
void queue_drop_head(struct queue *q);

/* Bytes to be written next; NULL when all have been. */
const char *queue_next_bytes(const struct queue *q, size_t *ret_len);
void queue_wrote(struct queue *q, size_t n);

/* The ticket that the next reply belongs to, which leaves the flight; one must be awaited. Its state is the
 * caller's to set: queue_hold, or done. */
struct ticket *queue_answered(struct queue *q);
void queue_hold(struct queue *q, struct ticket *t);

/* All that is held flies, in order. Nothing may be in flight. */
void queue_release(struct queue *q);

/* A new connection: all that is not done flies again, in order. */
void queue_again(struct queue *q);

#endif
