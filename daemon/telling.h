/*
 * A long reply that is told in pieces, so that others have their turn between two of them.
 *
 *     struct tell_x { struct telling telling; ... };     (what it needs to know; telling stands first)
 */
#ifndef ND_DAEMON_TELLING_H
#define ND_DAEMON_TELLING_H

#include "newsdup.h"
#include "wire/out.h"

struct service;

struct telling {
	/* Writes the next piece, which takes about a ms and may be empty; returns whether there are more. */
	bool (*step)(struct telling *t, struct service *sv, struct out *o);
	void (*free)(struct telling *t);
	bool comma; /* of the output, between two pieces */
};

/* A page that was asked for: a copy of what its request said. */
struct telling_page {
	char *id;      /* of the request, JSON; NULL: absent */
	char *after;   /* NULL: from the start */
	char *outlet;  /* NULL: any */
	size_t id_len, after_len, outlet_len;
	uint32_t limit;
};

struct call;

/* Errors: -ENOMEM. */
int telling_page_init(struct telling_page *p, const struct call *c);
void telling_page_done(struct telling_page *p);

/* The reply up to its first field; up to its first item. */
void telling_page_head(const struct telling_page *p, struct out *o);
void telling_page_begin(const struct telling_page *p, struct out *o);

/* The whole reply, when err comes before its beginning. */
void telling_page_fail(const struct telling_page *p, struct service *sv, struct out *o, const char *code,
		       const char *message);
void telling_page_fail_by(const struct telling_page *p, struct service *sv, struct out *o, int err);

#endif
