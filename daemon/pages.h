/*
 * What a paged operation of the daemon has, item by item.
 */
#ifndef ND_DAEMON_PAGES_H
#define ND_DAEMON_PAGES_H

#include "newsdup.h"
#include "newsdup_client.h"

struct pages {
	const char *op;
	const char *key, *outlet; /* NULL: all */
};

/* An item as JSON, JSON_PADDING bytes behind it readable. Anything but 0 ends the pages. */
typedef int pages_visit(void *user, struct nd_str item);

/* Asks for one page after the other. What went wrong has been told: returns an exit code, or what the visitor
 * returned. */
int pages_each(struct nd_client *c, const struct pages *p, pages_visit *visit, void *user);

/* The fields of an item. Errors: -EBADMSG, -ENOMEM. */
struct walk_value;
int pages_fields(struct nd_str item, int (*visit)(void *user, struct nd_str key, struct walk_value *v), void *user);

#endif
