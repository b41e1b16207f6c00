/*
 * Clearing: many articles are taken out of the index, a slice at a time, while others are served: a delete, what expires.
 *
 *     look through the index ... a batch is together -> taken out, story by story -> what is left is judged again -> ...
 *
 * Each batch is committed by itself. A story's members go together, and their leader last, so that the story is judged
 * again once: while a batch is under way, nothing is (service.removing).
 */
#ifndef ND_DAEMON_CLEARING_H
#define ND_DAEMON_CLEARING_H

#include "newsdup.h"

struct clearing;
struct service;

/* Looks at an article that is there; adds what is to go because of it. Errors: as clearing_add. */
typedef int clearing_look(struct clearing *c, struct service *sv, nd_seq seq);

struct leaver {
	nd_seq story, seq;
	bool newest; /* of its id */
};

enum clearing_stage { CLEARING_LOOKS, CLEARING_TAKES, CLEARING_SETTLES };

struct clearing {
	clearing_look *look;
	nd_seq next, end;      /* articles to be looked at */
	struct leaver *batch;
	size_t n, cap, taken;
	uint64_t articles;     /* that have been taken out so far, of an id one */
	uint64_t undone_at;    /* as service.undone when it began */
	enum clearing_stage stage;
};

/* Articles from `from` up to `to`, exclusive. */
void clearing_init(struct clearing *c, struct service *sv, clearing_look *look, nd_seq from, nd_seq to);

/* May come in the middle of it: what has gone is gone. */
void clearing_done(struct clearing *c, struct service *sv);

/* This article is to go, and so are the earlier versions of its id. Errors: -ENOMEM. */
int clearing_add(struct clearing *c, struct service *sv, nd_seq seq);

/* Less than half a ms of it. Returns 1: there is more, 0: all has gone. Errors: as nd_index_remove, or why a commit has
 * failed; what the last batch has taken out is there again then, and so may more be. */
int clearing_step(struct clearing *c, struct service *sv);

#endif
