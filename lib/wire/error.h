/*
 * What was wrong with a line from outside, in the protocol's words.
 */
#ifndef ND_WIRE_ERROR_H
#define ND_WIRE_ERROR_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * `code` is one of the protocol's codes, a constant. `reason` is one plain sentence, lower case,
 * no full stop, printable ASCII. `offset` is the byte of the line at which it was found, 0 when it
 * is the line as a whole.
 */
struct wire_error {
	const char *code;
	size_t offset;
	char reason[160];
};

/* Fills *e; a reason that does not fit is cut. Always -EBADMSG, so that `return wire_fail(...)`. */
int wire_fail(struct wire_error *e, const char *code, size_t offset, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#ifdef __cplusplus
}
#endif
#endif
