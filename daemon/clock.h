/*
 * The daemon's two clocks, and a time as text.
 */
#ifndef ND_DAEMON_CLOCK_H
#define ND_DAEMON_CLOCK_H

#include <stdint.h>

#define CLOCK_TEXT 32 /* bytes for clock_print */

int64_t clock_ms(void);  /* since 1970, UTC */
uint64_t clock_ns(void); /* never goes back; from an unknown start */

/* RFC 3339 in UTC with milliseconds: "2026-03-03T13:40:00.000Z". */
void clock_print(int64_t ms, char text[CLOCK_TEXT]);

#endif
