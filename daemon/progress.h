/*
 * Progress of a long run on a terminal: how far, how fast, how long still.
 */
#ifndef ND_DAEMON_PROGRESS_H
#define ND_DAEMON_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
	FILE *to;       /* NULL: nobody looks */
	double started; /* monotonic seconds */
	double shown;
	bool line;      /* a progress line stands on the terminal */
};

/* Seconds of a clock that never goes back. */
double progress_clock(void);

/* Shows progress on stderr when that is a terminal, unless quiet. */
void progress_start(struct progress *p, bool quiet);

/* done of total bytes (total 0: unknown) and so many articles by now; prints twice a second at most. */
void progress_update(struct progress *p, uint64_t done, uint64_t total, uint64_t articles);

/* Says what is being done after the last input. */
void progress_say(struct progress *p, const char *what);

/* Wipes the line. */
void progress_end(struct progress *p);

#endif
