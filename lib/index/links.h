/*
 * Links: which articles hold the lead of which others in their bodies, beyond the lead story that their own lead puts
 * them in. A page of several stories takes part in the lead stories of them all.
 *
 * Matches say so (ND_LEAD_...), and links come and go with the keys of the article that has them. Few have any:
 *
 *     table  article -> its newest link + 1        link  article, whose lead it holds, next + 1
 */
#ifndef ND_INDEX_LINKS_H
#define ND_INDEX_LINKS_H

#include <stddef.h>
#include <stdint.h>

#include "base/table.h"
#include "newsdup.h"

struct link {
	uint32_t article; /* holds */
	uint32_t lead;    /* this one's lead */
	uint32_t next;
};

struct links {
	struct table table;
	struct link *at;
	uint32_t n, cap;
	uint32_t free; /* the first that is not in use + 1, linked by next */
};

void links_init(struct links *l);
void links_done(struct links *l);

size_t links_bytes(const struct links *l);

/* What these matches of an article say. On failure nothing has changed. Errors: -ENOMEM, -EOVERFLOW. */
int links_enter(struct links *l, uint32_t article, const struct nd_match *matches, size_t n);

/* Undoes it. */
void links_leave(struct links *l, uint32_t article, const struct nd_match *matches, size_t n);

/* The next of the articles whose leads `article` holds, newest first; ND_NONE behind the last, and then the first
 * again. *place is 0 at first. */
uint32_t links_next(const struct links *l, uint32_t article, uint32_t *place);

#endif
