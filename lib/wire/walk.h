/*
 * JSON in: one object a line, visited field by field.
 *
 * What a visitor does not look at is walked all the same, so that a line that is read to its end is
 * valid JSON (RFC 8259) in valid UTF-8, to the last escape. Numbers stay text: none is too large.
 */
#ifndef ND_WIRE_WALK_H
#define ND_WIRE_WALK_H

#include "newsdup.h"
#include "wire/error.h"

#define WALK_LINE_MAX (1u << 31) /* bytes; tokens are counted in 32 bits */

enum walk_kind { WALK_NULL, WALK_BOOL, WALK_NUMBER, WALK_STRING, WALK_ARRAY, WALK_OBJECT };

struct walk;

/* A value, during the visit that was given it. */
struct walk_value {
	enum walk_kind kind;
	bool taken;    /* by one of the functions below; each value at most once */
	size_t offset; /* of its first byte in the line */
	struct walk *walk;
};

/* `key` is absent for an element of an array. Anything but 0 ends the walk and is its result. */
typedef int walk_visit(void *user, struct nd_str key, struct walk_value *v);

/* Errors: -ENOMEM; -EINVAL for a line_max of WALK_LINE_MAX or more. */
int walk_new(size_t line_max, unsigned depth_max, struct walk **ret);
void walk_free(struct walk *w);

/*
 * Visits the fields of the object that is the line; JSON_PADDING bytes behind it must be readable.
 * Decoded strings live until the next line. Returns 0, what a visitor returned, -ENOMEM, or
 * -EBADMSG with *error filled: bad_json bad_utf8 bad_request (not an object) too_large too_deep.
 */
int walk_line(struct walk *w, const char *line, size_t len, walk_visit *visit, void *user,
	      struct wire_error *error);

/* A string, decoded. */
int walk_string(struct walk_value *v, struct nd_str *ret);

/*
 * A string, decoded right behind *text, the string decoded last, with `between` between the two:
 * *text grows. An absent *text becomes the string.
 */
int walk_append(struct walk_value *v, char between, struct nd_str *text);

/* A copy of a value of any kind as it stands in the line. */
int walk_raw(struct walk_value *v, struct nd_str *ret);

/* The elements of an array or the fields of an object; without a visitor they are only checked. */
int walk_each(struct walk_value *v, walk_visit *visit, void *user);

#endif
