/*
 * The mark of a bulk run in the folder of its store: from which article on what the store holds is the run's. It is
 * there as long as the run has not come to its end, so that the next one knows where one that was killed began.
 */
#ifndef ND_DAEMON_MARK_H
#define ND_DAEMON_MARK_H

#include "newsdup.h"

#define MARK_NAME "bulk.run"

/* *ret is ND_NONE when there is none. Errors: -EBADMSG (no mark of ours), those of open and read. */
int mark_read(const char *dir, nd_seq *ret);

/* On the disk when it returns. Errors: those of open, write, fsync and rename. */
int mark_write(const char *dir, nd_seq from);
int mark_remove(const char *dir);

#endif
