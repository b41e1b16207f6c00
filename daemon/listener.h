/*
 * The path that the daemon listens at.
 */
#ifndef ND_DAEMON_LISTENER_H
#define ND_DAEMON_LISTENER_H

#include <sys/types.h>

#include "daemon/settings.h"

/* A socket file of ours, or one that was handed over. */
struct listener {
	int fd;
	const char *path; /* NULL: it was handed over, and is not ours to remove */
	dev_t device;
	ino_t inode;
};

/*
 * A bound socket, at which nobody can connect yet. A socket file that nobody listens at is removed first.
 * Errors: -ENAMETOOLONG; -EADDRINUSE (somebody does listen); -EEXIST (a file that is no socket); those of
 * bind(2), chmod(2), chown(2).
 */
int listener_open(struct listener *l, const struct settings *s);

/* Removes the file, if it is still the same. The descriptor is closed by its user. */
void listener_remove(const struct listener *l);

#endif
