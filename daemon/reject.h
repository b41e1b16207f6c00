/*
 * A rejected line, told on the terminal.
 */
#ifndef ND_DAEMON_REJECT_H
#define ND_DAEMON_REJECT_H

#include "daemon/work.h"

/* "newsdup: FILE:LINE: CODE: REASON" on stderr. */
void reject_print(const char *file, const struct reject *r);

#endif
