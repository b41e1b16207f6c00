#include "daemon/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/reply.h"

#define MOVE_BYTES ((size_t)64 << 10) /* less is not worth a move */

void outbox_init(struct outbox *b)
{
	*b = (struct outbox){ 0 };
	buf_init(&b->buf, SIZE_MAX / 2);
}

static void drop_held(struct outbox *b)
{
	free(b->held);
	b->held = NULL;
	b->held_from = b->n_held = b->held_cap = 0;
}

void outbox_done(struct outbox *b)
{
	buf_done(&b->buf);
	drop_held(b);
}

static int more_held(struct outbox *b)
{
	size_t cap = b->held_cap ? 2 * b->held_cap : 32;
	struct held *at;

	if (b->held_from) {
		b->n_held -= b->held_from;
		memmove(b->held, b->held + b->held_from, b->n_held * sizeof(*b->held));
		b->held_from = 0;
	}
	if (b->n_held < b->held_cap / 2)
		return 0;
	at = realloc(b->held, cap * sizeof(*at));
	if (!at)
		return -ENOMEM;
	b->held = at;
	b->held_cap = cap;
	return 0;
}

int outbox_hold(struct outbox *b, uint64_t start, size_t id_len, uint64_t ticket, uint64_t arrived)
{
	int err = b->n_held == b->held_cap ? more_held(b) : 0;

	if (err)
		return err;
	b->held[b->n_held++] = (struct held){
		.start = start,
		.len = (uint32_t)(outbox_end(b) - start),
		.id_len = (uint32_t)id_len,
		.ticket = ticket,
		.arrived = arrived,
	};
	return 0;
}

void outbox_release(struct outbox *b)
{
	if (++b->held_from == b->n_held)
		drop_held(b);
}

/* Appends an error for the held reply at `old`. */
static void put_error(struct out *o, const uint8_t *old, const struct held *h, const char *code, struct nd_str message)
{
	struct nd_str id = { (const char *)old + REPLY_ID_AT, h->id_len };

	reply_error(o, h->id_len ? id : (struct nd_str){ 0 }, code, message, 0);
	o->comma = false;
}

static void copy(struct out *o, const uint8_t *at, size_t n)
{
	if (!o->err)
		o->err = buf_add(o->b, at, n);
}

int outbox_fail(struct outbox *b, const char *code, struct nd_str message)
{
	uint64_t end = outbox_end(b);
	size_t at = b->from;
	struct buf fresh;
	struct out o;

	buf_init(&fresh, SIZE_MAX / 2);
	out_init(&o, &fresh);
	for (const struct held *h; (h = outbox_held(b)) != NULL; outbox_release(b)) {
		size_t start = (size_t)(h->start - b->passed) + b->from;

		copy(&o, b->buf.at + at, start - at);
		put_error(&o, b->buf.at + start, h, code, message);
		at = start + h->len;
	}
	copy(&o, b->buf.at + at, b->buf.len - at);
	buf_done(&b->buf);
	b->buf = fresh;
	b->from = 0;
	b->passed = end - fresh.len;
	return o.err;
}

struct nd_str outbox_ready(const struct outbox *b)
{
	const struct held *h = outbox_held(b);
	size_t n = h ? (size_t)(h->start - b->passed) : outbox_waiting(b);

	return n ? (struct nd_str){ (const char *)b->buf.at + b->from, n } : (struct nd_str){ 0 };
}

void outbox_take(struct outbox *b, size_t n)
{
	size_t left;

	b->from += n;
	b->passed += n;
	left = outbox_waiting(b);
	if (left == 0) {
		buf_done(&b->buf);
	} else if (b->from >= MOVE_BYTES && b->from > left) {
		memmove(b->buf.at, b->buf.at + b->from, left);
		b->buf.len = left;
	} else {
		return;
	}
	b->from = 0;
}
