/*
 * JSON in: one object a line, visited field by field. The face of the JSON library.
 *
 * Whatever a visitor does not look at is walked all the same, so that a line that is read to its
 * end is valid JSON in valid UTF-8, to the last escape. Numbers stay text: none is too large.
 */
#ifndef ND_WIRE_JSON_H
#define ND_WIRE_JSON_H

#include "newsdup.h"
#include "wire/error.h"

#ifdef __cplusplus
extern "C" {
#endif

#define JSON_LINE_MAX ((size_t)1 << 31) /* bytes; the library counts in 32 bits */

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* A value during the visit that was given it. */
struct json_value {
	enum json_kind kind;
	bool taken;    /* walked already, by one of the functions below */
	size_t offset; /* of its first byte in the line */
	struct json *json;
	void *inner; /* the library's */
};

/* `key` is absent for an element of an array. Anything but 0 ends the reading and is its result. */
typedef int json_visit(void *user, struct nd_str key, struct json_value *v);

struct json;

/* Errors: -ENOMEM; -EINVAL for a line_max of JSON_LINE_MAX or more. */
int json_new(size_t line_max, unsigned depth_max, struct json **ret);
void json_free(struct json *j);

/*
 * Visits the fields of the object that is the line; 64 bytes behind it must be readable. Decoded
 * strings live until the next call. Returns 0, what a visitor returned, -ENOMEM, or -EBADMSG with
 * *error filled: bad_json bad_utf8 bad_request (not an object) too_large too_deep.
 */
int json_read(struct json *j, const char *line, size_t len, json_visit *visit, void *user,
	      struct wire_error *error);

/*
 * Each takes the value; errors as for json_read.
 * json_string: a string, decoded. json_append: the same, decoded right behind *text, which must be
 * the string decoded last, with `between` between the two: *text grows. When *text is absent it
 * becomes the string.
 * json_raw: a copy of the value as it stands in the line, of any kind.
 * json_each: visits the elements of an array or the fields of an object.
 */
int json_string(struct json_value *v, struct nd_str *ret);
int json_append(struct json_value *v, char between, struct nd_str *text);
int json_raw(struct json_value *v, struct nd_str *ret);
int json_each(struct json_value *v, json_visit *visit, void *user);

#ifdef __cplusplus
}
#endif
#endif
