/*
 * Expiry: stories that no article has joined for the time of the setting `retain` are taken out, whole, in slices.
 * Now and then all that came before that time is looked through. At memory_max, with memory_full = expire, those that were
 * joined last before a sixteenth of all articles came are; when none were, more of them.
 * What has been taken out is there again when its commit fails: it counts, and is told, once it is committed. Why it fails is
 * told once, and it is tried again after pauses that become longer.
 */
#ifndef ND_DAEMON_EXPIRY_H
#define ND_DAEMON_EXPIRY_H

#include "daemon/clearing.h"

/* All zero: nothing has been looked through yet. */
struct expiry {
	struct clearing clearing;
	int64_t before;   /* ms since 1970: what was seen last before that expires */
	uint64_t next;    /* ns: when to look again */
	uint64_t expired; /* articles, since the start */
	bool runs;
	bool waits;       /* all have been taken out, and their commits have not ended */
	uint64_t sent, gone; /* articles of this run: whose commit has started, and has ended well */
	int fault;        /* why what had expired could not be taken out the last time */
	unsigned failures; /* of runs, one after the other */
	bool pressed;     /* by memory_max, not by the time */
	unsigned share;   /* of the articles that are to expire then, in sixteenths */
	unsigned vain;    /* how often that was done and did not help */
};

/* Begins, when it is time. now_ns, now_ms: by the two clocks. */
void expiry_tick(struct expiry *e, struct service *sv, uint64_t now_ns, int64_t now_ms);

/* There is no room for more: begins with the oldest, unless it runs already, or has not helped before. */
void expiry_press(struct expiry *e, struct service *sv);

/* There is room again. */
void expiry_release(struct expiry *e);

/* A slice, if it runs. */
void expiry_turn(struct expiry *e, struct service *sv);

/* A commit of all that has been taken out so far has started; it has ended; it has failed, and what it was to store is
 * undone. */
void expiry_sent(struct expiry *e);
void expiry_committed(struct expiry *e);
void expiry_failed(struct expiry *e, struct service *sv, int err);

/* Of what has not been committed by then nothing is told. */
void expiry_stop(struct expiry *e, struct service *sv);

#endif
