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
	bool claimed;
	int lock; /* while it is claimed */
};

/* Before the store is opened. */
void fresh_begin(struct fresh *f, const char *dir);

/* Instead of opening it, while there is none: the folder is made, and nobody else can open a store there for writing before
 * one of the two below. Returns 1; 0: there is a store. Errors: as dir_open, dir_lock. */
int fresh_claim(struct fresh *f);
void fresh_release(struct fresh *f);

/* What was made since goes, unless somebody has it open by now. The caller has closed it, and nothing was in it. */
void fresh_undo(struct fresh *f);

#endif
