/*
 * What happens to the articles, told to those who subscribed.
 *
 * An event is told once its article is in the store. What a subscriber does not take in time is bounded:
 * past events_max, events are missed, and an "overrun" tells how many when there is room again.
 */
#ifndef ND_DAEMON_EVENTS_H
#define ND_DAEMON_EVENTS_H

#include "daemon/outbox.h"
#include "newsdup.h"

enum event {
	EVENT_NEW,            /* an article began a story */
	EVENT_COPY,           /* one joined a story */
	EVENT_ORIGIN_CHANGED, /* it was published before all others of its story */
	EVENT_MOVED,          /* one was judged again and left for another story */
	EVENT_CHANGED,        /* another version of an earlier article came, or one was judged again */
	EVENT_MEMORY_FULL,    /* memory_max is reached; of no article */
	EVENT_GROWTH,         /* a story has become larger than the setting, or an article joined that is hardly like it */
	EVENTS
};

#define EVENTS_ALL ((1u << EVENTS) - 1)

/* The bit of the event with this name; 0: there is none. */
uint32_t events_bit(struct nd_str name);

struct subscriber {
	struct subscriber *next, *previous;
	uint32_t wanted;     /* bits; 0: it is in no list */
	struct outbox *out;
	uint64_t *ends;      /* offsets in out behind the events that wait: a ring of max */
	size_t max, first, n;
	uint64_t missed;     /* since the last one that was sent */
	nd_seq missed_seq;   /* the last of those */
	void (*stir)(void *arg); /* there is something to send */
	void *arg;
};

struct events {
	struct subscriber *subscribers;
	size_t n_subscribers;
	struct buf pending; /* events whose articles are on their way to the store */
	size_t from;        /* in pending */
	uint64_t sent, missed;
};

void events_init(struct events *e);
void events_done(struct events *e);

/* Takes s in; its out, stir and arg are set. Errors: -ENOMEM. */
int events_subscribe(struct events *e, struct subscriber *s, uint32_t wanted, size_t max);

/* Fine for one that is in no list. */
void events_unsubscribe(struct events *e, struct subscriber *s);

/* What became of an article that was put; told when its ticket is committed. Costs nothing without subscribers. */
void events_note(struct events *e, struct nd_index *ix, const struct nd_report *r, uint64_t ticket);

/* It has set off the growth alarm. */
void events_note_growth(struct events *e, struct nd_index *ix, const struct nd_report *r, uint64_t ticket);

/* The index is full; seq: the number of the next article. */
void events_note_full(struct events *e, nd_seq seq, uint64_t bytes, uint64_t max);

/* The same of an article that was judged again, if it is the version of its id that counts by now. */
void events_note_change(struct events *e, struct nd_index *ix, const struct nd_change *c, uint64_t ticket);

/* Tells those up to the ticket. */
void events_publish(struct events *e, uint64_t ticket);

/* Those not told yet will never be. */
void events_rollback(struct events *e);

/* The socket has taken something: an overrun may be told now. */
void events_taken(struct subscriber *s);

#endif
