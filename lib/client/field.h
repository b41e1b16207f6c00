/*
 * Enough of JSON to find a field of a line: no validation beyond brackets and quotes, no memory.
 *
 * Depth is counted, kinds of brackets are not compared: for valid JSON, which is what the daemon writes,
 * that is the same; for anything else it is safe, and the daemon finds the fault.
 */
#ifndef ND_CLIENT_FIELD_H
#define ND_CLIENT_FIELD_H

#include <stdbool.h>
#include <stddef.h>

/* Whether this is one object, with nothing but white space around it. */
bool field_is_object(const char *json, size_t len);

/* A whole number of the object within the object, 0 without one: "error", "retry_ms". */
long field_number_in(const char *json, size_t len, const char *object, const char *name);

#endif
