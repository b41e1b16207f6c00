/*
 * A file that is there whole or not at all: written under a temporary name, synced, then renamed.
 */
#ifndef ND_DAEMON_OUTFILE_H
#define ND_DAEMON_OUTFILE_H

#include "base/buf.h"
#include "wire/out.h"

struct outfile {
	int dir;          /* descriptor of its directory; borrowed */
	const char *name; /* borrowed */
	char tmp[64];
	int fd;           /* -1: closed */
	struct buf buf;   /* append here, then outfile_flush */
	struct out out;   /* writes into buf */
};

/* Errors: those of openat. */
int outfile_open(struct outfile *f, int dir, const char *name);

/* Writes the buffer out once it is large; call it after every line. Errors: those of write, and what
 * out.err has caught. */
int outfile_flush(struct outfile *f);

/* Writes the rest: it is on the disk then. Errors: those of write and fsync. */
int outfile_sync(struct outfile *f);

/* Gives what was synced its name. Errors: those of close and renameat. */
int outfile_publish(struct outfile *f);

/* Removes what runs that were killed have left behind of files of this name. No other run may be writing there. */
void outfile_sweep(int dir, const char *name);

/* Closes; what was not published disappears. Takes a zeroed or closed outfile. */
void outfile_done(struct outfile *f);

#endif
