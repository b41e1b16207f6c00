/*
 * Who is at the other end of a connection, and what the settings let them do.
 */
#ifndef ND_DAEMON_ACCESS_H
#define ND_DAEMON_ACCESS_H

#include <sys/types.h>

#include "daemon/settings.h"

/* As the kernel knew the process when it connected. */
struct peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* further ones */
	size_t n_groups;
};

/* Each role may do what those before it may. */
enum role { ROLE_NONE, ROLE_READ, ROLE_WRITE, ROLE_ADMIN };

/* "none", "read" ... */
const char *role_name(enum role role);

/* Of a connected Unix socket. Errors: those of getsockopt(2), -ENOMEM. */
int peer_init(struct peer *p, int fd);
void peer_done(struct peer *p);

/* By the settings as they are now. root, and own (the daemon's uid), are always admins. */
enum role access_role(const struct settings *s, const struct peer *p, uid_t own);

#endif
