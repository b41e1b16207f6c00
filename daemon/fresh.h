/*
 * A store that a command makes: when the command fails before anything is in it, it goes again.
 */
#ifndef ND_DAEMON_FRESH_H
#define ND_DAEMON_FRESH_H

#include <stdbool.h>

/* What was not there before; all zero: nothing. */
struct fresh {
	const char *dir; /* borrowed */
	bool folder, store;
};

/* Before the store is opened. */
void fresh_begin(struct fresh *f, const char *dir);

/* What was made since goes, unless somebody has it open by now. The caller has closed it, and nothing was in it. */
void fresh_undo(const struct fresh *f);

#endif
