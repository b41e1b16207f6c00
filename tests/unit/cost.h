/*
 * Texts made to cost time, and the time that they take: that of the processor, for others' load does not count.
 */
#ifndef ND_TESTS_COST_H
#define ND_TESTS_COST_H

#include <stddef.h>

/* Seconds that the largest text may take, sanitizers and slow machines included; what is not linear takes minutes. */
#define LONG_TIME 60.0

/* Seconds of the processor that this process has had. */
double cpu_seconds(void);

/* The piece so many times, then the tail, and a NUL. *ret_len (may be NULL) is without that. To be freed. */
char *repeated(const char *piece, size_t times, const char *tail, size_t *ret_len);

#endif
