/*
 * The two things that are fast only with a JSON library: where the tokens of a line begin, and the
 * decoding of strings. The face of that library; the grammar is in walk.c.
 */
#ifndef ND_WIRE_JSON_H
#define ND_WIRE_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "wire/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes that must be readable behind a line, and writable behind a decoded string. */
#define JSON_PADDING 64

struct json;

/*
 * Offsets, in order, of every bracket, comma, colon, string (its opening quote) and other word.
 * Between the end of one token and the beginning of the next there is only white space.
 */
struct json_tokens {
	const uint32_t *at;
	size_t count; /* at least 1 */
};

/* For lines of at most `capacity` bytes, below 4 GiB. Errors: -ENOMEM. */
int json_new(size_t capacity, struct json **ret);
void json_free(struct json *j);

/*
 * Scans a line: afterwards it is UTF-8, strings in it end and hold no bare control characters.
 * Tokens live until the next scan. Returns 0, or -EBADMSG with *error filled: bad_json bad_utf8.
 */
int json_scan(struct json *j, const char *line, size_t len, struct json_tokens *ret,
	      struct wire_error *error);

/*
 * Decodes a string of a scanned line to `to`: never longer there than in the line. `string` stands
 * behind the opening quote. Returns the end of what was written, NULL for a bad escape.
 */
char *json_decode(const struct json *j, const char *string, char *to);

#ifdef __cplusplus
}
#endif
#endif
