/*
 * What a paged operation has, item by item.
 */
#ifndef ND_DAEMON_PAGES_H
#define ND_DAEMON_PAGES_H

#include "daemon/source.h"

/* An item as JSON, JSON_PADDING bytes behind it readable. Anything but 0 ends the pages. */
typedef int pages_visit(void *user, struct nd_str item);

/* Prints it, a line each; it has no use for user. */
pages_visit pages_print;

/* Asks for one page after the other. What went wrong has been told: returns an exit code, or what the visitor
 * returned. */
int pages_each(struct source *s, struct source_request q, pages_visit *visit, void *user);

/* The fields of an item. Errors: -EBADMSG, -ENOMEM. */
struct walk_value;
int pages_fields(struct nd_str item, int (*visit)(void *user, struct nd_str key, struct walk_value *v), void *user);

#endif
