#include "daemon/access.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

const char *role_name(enum role role)
{
	static const char *const names[] = { "none", "read", "write", "admin" };

	return names[role];
}

/* The kernel tells how much room the list needs when there is too little. A kernel before 4.13 has no
 * SO_PEERGROUPS: only the process's own group counts there. */
static int read_groups(struct peer *p, int fd)
{
	socklen_t size = 0;
	gid_t *groups;
	int err;

	if (!getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) || errno == ENOPROTOOPT)
		return 0;
	if (errno != ERANGE)
		return -errno;
	groups = malloc(size);
	if (!groups)
		return -ENOMEM;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size)) {
		err = -errno;
		free(groups);
		return err;
	}
	p->groups = groups;
	p->n_groups = size / sizeof(*groups);
	return 0;
}

int peer_init(struct peer *p, int fd)
{
	struct ucred cred;
	socklen_t size = sizeof(cred);
	struct peer found;
	int err;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size))
		return -errno;
	found = (struct peer){ .pid = cred.pid, .uid = cred.uid, .gid = cred.gid };
	err = read_groups(&found, fd);
	if (!err)
		*p = found;
	return err;
}

void peer_done(struct peer *p)
{
	free(p->groups);
	*p = (struct peer){ 0 };
}

static bool in_group(const struct peer *p, gid_t gid)
{
	if (p->gid == gid)
		return true;
	for (size_t i = 0; i < p->n_groups; i++)
		if (p->groups[i] == gid)
			return true;
	return false;
}

static bool is_one_of(const struct peer *p, const struct principals *who)
{
	if (who->everyone)
		return true;
	for (size_t i = 0; i < who->n; i++)
		if (who->at[i].group ? in_group(p, who->at[i].id) : p->uid == who->at[i].id)
			return true;
	return false;
}

enum role access_role(const struct settings *s, const struct peer *p, uid_t own)
{
	if (!p->uid || p->uid == own || is_one_of(p, &s->allow_admin))
		return ROLE_ADMIN;
	if (is_one_of(p, &s->allow_write))
		return ROLE_WRITE;
	return is_one_of(p, &s->allow_read) ? ROLE_READ : ROLE_NONE;
}
