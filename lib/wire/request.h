/*
 * One line of the protocol to one request.
 *
 * Strict where a slip would be dangerous: a field of the envelope that is there twice is bad_request.
 * Inside of the article the rules of article.h hold, so that bulk mode and the daemon read the same.
 * Unknown fields are validated and ignored, but the name of the first one is kept.
 */
#ifndef ND_WIRE_REQUEST_H
#define ND_WIRE_REQUEST_H

#include "wire/article.h"

#define WIRE_REQUEST_ID_MAX 1024u /* bytes of JSON; it is echoed with every answer */
#define WIRE_EVENTS_MAX 8u
#define WIRE_LIMIT_MAX 1000u

/* Absent fields are all zero. Strings live until the next call with the same reader. */
struct wire_request {
	struct nd_str id; /* JSON, as it stands in the line */
	struct nd_str op;
	struct nd_str key, a, b; /* ids of articles: strings, or the digits of numbers */
	struct nd_str events[WIRE_EVENTS_MAX];
	size_t n_events;
	bool has_events;
	uint32_t limit;       /* of a page, 1 to WIRE_LIMIT_MAX; 0: absent */
	struct nd_str after;  /* a string that is not empty, or the digits of a number; null is as absent */
	struct nd_str outlet; /* a string that is not empty */
	struct nd_str published_from, published_before, received_from, received_before; /* the same */
	const char *page; /* the name of such a field that is there, be it null: limit, after, events; NULL: none is */
	bool has_article, has_unknown;
	char unknown[64]; /* of the first field that is not known, as much as fits */
	struct wire_article article;
};

/*
 * Returns 0; -EBADMSG with *error filled; -ENOMEM. Codes: those of wire_read_article. After -EBADMSG, too,
 * ret->id is what could be read of it; the rest is not to be used.
 */
int wire_read_request(struct wire_reader *r, const char *line, size_t len, struct wire_request *ret,
		      struct wire_error *error);

/* The id alone, of a line whose request will be refused; absent when the line is bad before it comes. */
struct nd_str wire_read_id(struct wire_reader *r, const char *line, size_t len);

#endif
