/*
 * --window TIME: how far apart articles may have been published that a command compares.
 */
#ifndef ND_DAEMON_WINDOW_H
#define ND_DAEMON_WINDOW_H

#include <stdint.h>

/* The option's row. */
#define WINDOW_ROW(o) \
	{ "window", OPTION_TEXT, "TIME", "do not compare articles published further apart, in days: 30d (default: any)", 0, 0, &(o) }

/* Days, 0 where text is NULL: any. Returns NULL, or what is wrong with it. */
const char *window_read(const char *text, uint32_t *ret);

#endif
