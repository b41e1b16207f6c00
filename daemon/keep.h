/*
 * What to keep of a finished run, and what to drop for the sake of which kept article.
 */
#ifndef ND_DAEMON_KEEP_H
#define ND_DAEMON_KEEP_H

#include "newsdup.h"

enum keep_state { KEEP_KEPT, KEEP_DROPPED, KEEP_SUPERSEDED };

struct keep {
	uint8_t *state; /* enum keep_state of each article; what was not decided on counts as kept */
	uint64_t kept, dropped; /* of those decided on */
};

/* Room for all articles of an index. Errors: -ENOMEM. */
int keep_init(struct keep *k, const struct nd_index *ix);
void keep_done(struct keep *k);

/*
 * Decides for the next article, in their order: their state is that of the whole index. An article is dropped when it is identical to, a copy, an excerpt
 * or a revision of an article that is itself kept: never for a chain of likenesses. Of an id that came
 * more than once only the newest version is decided on; the others are superseded, and no reason to drop
 * anything, for their text is in no kept article.
 */
enum keep_state keep_next(struct keep *k, struct nd_index *ix, const struct nd_report *r);

/* The match for which a dropped article was dropped. */
const struct nd_match *keep_reason(const struct keep *k, struct nd_index *ix, const struct nd_report *dropped);

#endif
