/*
 * Replies of one session on their way to its socket, in order. Those that wait for a commit hold back what
 * stands behind them; should the commit fail, an error takes their place.
 *
 *         passed            from       the first held one       end
 *     ----------------------+==========+=======+================+     offsets count from the session's start
 *       taken by the socket   may go     waits   waits behind it
 */
#ifndef ND_DAEMON_OUTBOX_H
#define ND_DAEMON_OUTBOX_H

#include "base/buf.h"
#include "newsdup.h"

/* A reply that waits. */
struct held {
	uint64_t start; /* offset */
	uint32_t len, id_len;
	uint64_t ticket;
	uint64_t arrived; /* ns; its request */
};

struct outbox {
	struct buf buf;
	size_t from;     /* in buf: what stands before has been taken */
	uint64_t passed; /* offset of that */
	struct held *held;
	size_t held_from, n_held, held_cap;
};

void outbox_init(struct outbox *b);
void outbox_done(struct outbox *b);

static inline uint64_t outbox_end(const struct outbox *b)
{
	return b->passed + (b->buf.len - b->from);
}

static inline size_t outbox_waiting(const struct outbox *b)
{
	return b->buf.len - b->from;
}

/* The reply from start to the end waits for the ticket. Errors: -ENOMEM. */
int outbox_hold(struct outbox *b, uint64_t start, size_t id_len, uint64_t ticket, uint64_t arrived);

static inline const struct held *outbox_held(const struct outbox *b)
{
	return b->held_from < b->n_held ? &b->held[b->held_from] : NULL;
}

/* The first held one waits no longer. */
void outbox_release(struct outbox *b);

/* All held replies become errors and wait no longer; what stands behind the last one keeps its offset. Errors:
 * -ENOMEM. */
int outbox_fail(struct outbox *b, const char *code, struct nd_str message);

/* What may go now; valid until the next change. */
struct nd_str outbox_ready(const struct outbox *b);

/* n bytes of it have gone. */
void outbox_take(struct outbox *b, size_t n);

#endif
