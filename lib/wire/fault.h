/*
 * Where a line is bad, when the JSON library has only said that it is. Slow and exact; each looks
 * for one kind of fault and fills *e for the first.
 */
#ifndef ND_WIRE_FAULT_H
#define ND_WIRE_FAULT_H

#include "wire/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Each returns -EBADMSG. */

/* The first byte that is no part of a well-formed UTF-8 sequence. */
int fault_utf8(const char *line, size_t len, struct wire_error *e);

/* A control character inside a string, or a string that does not end. */
int fault_string(const char *line, size_t len, struct wire_error *e);

/* A bad escape in the string whose first byte, behind the quote, is at `start`. */
int fault_escape(const char *line, size_t len, size_t start, struct wire_error *e);

#ifdef __cplusplus
}
#endif
#endif
