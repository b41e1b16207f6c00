#include "client/queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 16u

void queue_init(struct queue *q)
{
	memset(q, 0, sizeof(*q));
}

static struct ticket *ticket(const struct queue *q, uint64_t number)
{
	return &q->tickets[number & (q->cap - 1)];
}

static void ticket_done(struct ticket *t)
{
	free(t->request);
	free(t->reply);
	memset(t, 0, sizeof(*t));
}

void queue_clear(struct queue *q)
{
	while (q->head != q->tail)
		ticket_done(ticket(q, q->head++));
	q->first = q->last = q->unwritten = 0;
	q->written = q->held = 0;
}

void queue_done(struct queue *q)
{
	queue_clear(q);
	free(q->tickets);
	free(q->flight);
	queue_init(q);
}

/* Both rings twice as large; every number keeps its meaning. */
static int grow(struct queue *q)
{
	struct queue bigger = *q;

	bigger.cap = q->cap ? 2 * q->cap : FIRST_CAP;
	bigger.tickets = calloc(bigger.cap, sizeof(*bigger.tickets));
	bigger.flight = calloc(bigger.cap, sizeof(*bigger.flight));
	if (!bigger.tickets || !bigger.flight) {
		free(bigger.tickets);
		free(bigger.flight);
		return -ENOMEM;
	}
	for (uint64_t i = q->head; i != q->tail; i++)
		*ticket(&bigger, i) = *ticket(q, i);
	for (uint64_t i = q->first; i != q->last; i++)
		bigger.flight[i & (bigger.cap - 1)] = q->flight[i & (q->cap - 1)];
	free(q->tickets);
	free(q->flight);
	*q = bigger;
	return 0;
}

static void fly(struct queue *q, uint64_t number)
{
	ticket(q, number)->state = TICKET_FLYING;
	q->flight[q->last++ & (q->cap - 1)] = number;
}

int queue_add(struct queue *q, char *request, size_t len)
{
	struct ticket *t;

	if (queue_count(q) == q->cap && grow(q)) {
		free(request);
		return -ENOMEM;
	}
	t = ticket(q, q->tail);
	*t = (struct ticket){ .request = request, .request_len = len };
	if (q->held)
		queue_hold(q, t);
	else
		fly(q, q->tail);
	q->tail++;
	return 0;
}

struct ticket *queue_head(struct queue *q)
{
	return ticket(q, q->head);
}

void queue_drop_head(struct queue *q)
{
	ticket_done(ticket(q, q->head++));
}

static struct ticket *flying(const struct queue *q, uint64_t place)
{
	return ticket(q, q->flight[place & (q->cap - 1)]);
}

const char *queue_next_bytes(const struct queue *q, size_t *ret_len)
{
	const struct ticket *t;

	if (q->unwritten == q->last)
		return NULL;
	t = flying(q, q->unwritten);
	*ret_len = t->request_len - q->written;
	return t->request + q->written;
}

void queue_wrote(struct queue *q, size_t n)
{
	struct ticket *t = flying(q, q->unwritten);

	t->touched |= n > 0;
	q->written += n;
	if (q->written < t->request_len)
		return;
	q->written = 0;
	q->unwritten++;
}

struct ticket *queue_answered(struct queue *q)
{
	return flying(q, q->first++);
}

void queue_hold(struct queue *q, struct ticket *t)
{
	t->state = TICKET_HELD;
	t->touched = false; /* what was refused was not done */
	q->held++;
}

void queue_release(struct queue *q)
{
	for (uint64_t i = q->head; i != q->tail; i++)
		if (ticket(q, i)->state == TICKET_HELD)
			fly(q, i);
	q->held = 0;
}

void queue_again(struct queue *q)
{
	q->first = q->last = q->unwritten = 0;
	q->written = q->held = 0;
	for (uint64_t i = q->head; i != q->tail; i++) {
		struct ticket *t = ticket(q, i);

		if (t->state == TICKET_DONE)
			continue;
		t->resent |= t->touched;
		t->touched = false;
		fly(q, i);
	}
}
