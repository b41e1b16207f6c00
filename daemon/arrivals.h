/*
 * Which articles of an index the lines of a bulk run's input have become, in the order of the input.
 *
 * A line whose id came before with the same text has become that article again. Lines whose articles follow each other
 * are one span, so that an archive without repeats takes no room.
 */
#ifndef ND_DAEMON_ARRIVALS_H
#define ND_DAEMON_ARRIVALS_H

#include "newsdup.h"

struct arrival_span {
	nd_seq first;
	uint32_t n;
	bool again; /* an earlier line has become it, or it was there before; n is 1 */
	bool there; /* the latter, and this is the first line */
};

struct arrivals {
	struct arrival_span *spans;
	size_t n, cap;
	uint64_t lines;
	nd_seq before;  /* articles that the index had before this input */
	nd_seq own;     /* those from here on it had of a run with the same input, which was killed */
	nd_seq end;     /* of those that lines have become */
	uint8_t *named; /* a bit for each of those before: a line has become it; NULL: there are none */
};

/* own: `before` when there was no such run. Errors: -ENOMEM. arrivals_done takes a zeroed one, too. */
int arrivals_init(struct arrivals *a, nd_seq before, nd_seq own);
void arrivals_done(struct arrivals *a);

/* The next line has become this article. Errors: -ENOMEM. */
int arrivals_add(struct arrivals *a, nd_seq seq);

/* Whether a line has become this article of the index. */
static inline bool arrivals_has(const struct arrivals *a, nd_seq seq)
{
	return seq >= a->before || (a->named[seq / 8] >> seq % 8 & 1);
}

/* Whether any member of a story has come by this input. */
bool arrivals_has_story(const struct arrivals *a, const struct nd_index *ix, nd_seq leader);

#endif
