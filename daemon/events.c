#include "daemon/events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/fields.h"

#define PENDING_MAX ((size_t)64 << 20) /* bytes; events past it are missed by all */

static const char *const names[EVENTS] = { "new", "copy", "origin_changed", "moved", "changed", "memory_full", "growth" };

/* Stands before the text of an event that is pending. */
struct note {
	uint64_t ticket;
	uint32_t bit;
	nd_seq seq;
	size_t len;
};

uint32_t events_bit(struct nd_str name)
{
	for (unsigned i = 0; i < EVENTS; i++)
		if (strlen(names[i]) == name.len && !memcmp(names[i], name.at, name.len))
			return 1u << i;
	return 0;
}

void events_init(struct events *e)
{
	memset(e, 0, sizeof(*e));
	buf_init(&e->pending, PENDING_MAX);
}

void events_done(struct events *e)
{
	buf_done(&e->pending);
}

int events_subscribe(struct events *e, struct subscriber *s, uint32_t wanted, size_t max)
{
	s->ends = calloc(max, sizeof(*s->ends));
	if (!s->ends)
		return -ENOMEM;
	s->max = max;
	s->first = s->n = 0;
	s->missed = 0;
	s->wanted = wanted;
	s->previous = NULL;
	s->next = e->subscribers;
	if (s->next)
		s->next->previous = s;
	e->subscribers = s;
	e->n_subscribers++;
	return 0;
}

void events_unsubscribe(struct events *e, struct subscriber *s)
{
	if (!s->ends)
		return;
	if (s->next)
		s->next->previous = s->previous;
	if (s->previous)
		s->previous->next = s->next;
	else
		e->subscribers = s->next;
	e->n_subscribers--;
	free(s->ends);
	s->ends = NULL;
	s->wanted = 0;
}

/* --- noting --- */

static void put_before(struct out *o, struct nd_index *ix, const struct nd_change *c)
{
	out_key(o, "before");
	out_begin_object(o);
	out_key(o, "verdict");
	out_word(o, nd_relation_name(c->verdict_before));
	out_key(o, "story");
	fields_id_of(o, ix, c->story_before);
	if (c->origin_before != ND_NONE) {
		out_key(o, "origin");
		fields_id_of(o, ix, c->origin_before);
	}
	out_end_object(o);
}

/* change NULL: it was not judged again. */
static void put_event(struct out *o, enum event event, struct nd_index *ix, const struct nd_report *r,
		      const struct nd_change *change)
{
	out_begin_object(o);
	out_key(o, "event");
	out_word(o, names[event]);
	out_key(o, "seq");
	out_u64(o, r->seq);
	out_key(o, "key");
	fields_id(o, &r->article);
	out_key(o, "verdict");
	out_word(o, nd_relation_name(r->verdict));
	out_key(o, "story");
	fields_id_of(o, ix, r->story);
	out_key(o, "origin");
	fields_id_of(o, ix, r->origin);
	out_key(o, "outlet");
	out_string(o, r->article.outlet);
	if (change)
		put_before(o, ix, change);
	out_end_object(o);
	out_line(o);
}

static void note_end(struct events *e, struct out *o, struct note *n, size_t before)
{
	if (o->err) {
		e->pending.len = before;
		e->missed++;
		return;
	}
	n->len = e->pending.len - before - sizeof(*n);
	memcpy(e->pending.at + before, n, sizeof(*n));
}

static void note(struct events *e, enum event event, struct nd_index *ix, const struct nd_report *r,
		 const struct nd_change *change, uint64_t ticket)
{
	struct note n = { .ticket = ticket, .bit = 1u << event, .seq = r->seq };
	size_t before = e->pending.len;
	struct out o;

	out_init(&o, &e->pending);
	o.err = buf_add(&e->pending, &n, sizeof(n));
	put_event(&o, event, ix, r, change);
	note_end(e, &o, &n, before);
}

void events_note_full(struct events *e, nd_seq seq, uint64_t bytes, uint64_t max)
{
	struct note n = { .bit = 1u << EVENT_MEMORY_FULL, .seq = seq };
	size_t before = e->pending.len;
	struct out o;

	if (!e->subscribers)
		return;
	out_init(&o, &e->pending);
	o.err = buf_add(&e->pending, &n, sizeof(n));
	out_begin_object(&o);
	out_key(&o, "event");
	out_word(&o, names[EVENT_MEMORY_FULL]);
	out_key(&o, "seq");
	out_u64(&o, seq);
	out_key(&o, "bytes");
	out_u64(&o, bytes);
	out_key(&o, "max");
	out_u64(&o, max);
	out_end_object(&o);
	out_line(&o);
	note_end(e, &o, &n, before);
}

void events_note(struct events *e, struct nd_index *ix, const struct nd_report *r, uint64_t ticket)
{
	bool joined = r->story != r->seq;

	if (!e->subscribers)
		return;
	note(e, r->verdict == ND_REVISION ? EVENT_CHANGED : joined ? EVENT_COPY : EVENT_NEW, ix, r, NULL, ticket);
	if (joined && r->origin == r->seq)
		note(e, EVENT_ORIGIN_CHANGED, ix, r, NULL, ticket);
}

void events_note_growth(struct events *e, struct nd_index *ix, const struct nd_report *r, uint64_t ticket)
{
	if (e->subscribers)
		note(e, EVENT_GROWTH, ix, r, NULL, ticket);
}

void events_note_change(struct events *e, struct nd_index *ix, const struct nd_change *c, uint64_t ticket)
{
	struct nd_report r;

	if (!e->subscribers || nd_index_get(ix, c->seq, &r) || r.superseded)
		return;
	if (c->origin != ND_NONE) {
		note(e, EVENT_ORIGIN_CHANGED, ix, &r, c, ticket);
		return;
	}
	note(e, EVENT_CHANGED, ix, &r, c, ticket);
	if (c->story != c->story_before)
		note(e, EVENT_MOVED, ix, &r, c, ticket);
}

/* --- telling --- */

static bool has_room(const struct subscriber *s)
{
	return s->n < s->max;
}

static void append(struct subscriber *s, const void *text, size_t len)
{
	if (buf_add(&s->out->buf, text, len))
		return;
	s->ends[(s->first + s->n++) % s->max] = outbox_end(s->out);
	s->stir(s->arg);
}

/* Tells how much was missed, once half of the queue is free: not again at every single event. */
static void tell_overrun(struct subscriber *s)
{
	struct buf text;

	if (!s->missed || s->n > s->max / 2)
		return;
	buf_init(&text, 256);
	if (!buf_addf(&text, "{\"event\":\"overrun\",\"seq\":%u,\"missed\":%llu}\n", s->missed_seq,
		      (unsigned long long)s->missed)) {
		s->missed = 0;
		append(s, text.at, text.len);
	}
	buf_done(&text);
}

static void forget_taken(struct subscriber *s)
{
	while (s->n && s->ends[s->first] <= s->out->passed) {
		s->first = (s->first + 1) % s->max;
		s->n--;
	}
}

void events_taken(struct subscriber *s)
{
	if (!s->ends)
		return;
	forget_taken(s);
	tell_overrun(s);
}

static void tell(struct events *e, struct subscriber *s, const struct note *n, const uint8_t *text)
{
	if (!(s->wanted & n->bit))
		return;
	if (!s->missed && has_room(s)) {
		e->sent++;
		append(s, text, n->len);
		return;
	}
	e->missed++;
	s->missed++;
	s->missed_seq = n->seq;
}

void events_publish(struct events *e, uint64_t ticket)
{
	while (e->from < e->pending.len) {
		struct note n;

		memcpy(&n, e->pending.at + e->from, sizeof(n));
		if (n.ticket > ticket)
			return;
		for (struct subscriber *s = e->subscribers; s; s = s->next)
			tell(e, s, &n, e->pending.at + e->from + sizeof(n));
		e->from += sizeof(n) + n.len;
	}
	events_rollback(e);
}

void events_rollback(struct events *e)
{
	e->from = 0;
	if (e->pending.cap > ((size_t)1 << 20))
		buf_done(&e->pending);
	buf_clear(&e->pending);
}
