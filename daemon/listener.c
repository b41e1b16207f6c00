#include "daemon/listener.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int address_of(const char *path, struct sockaddr_un *ret)
{
	size_t len = strlen(path);

	if (len >= sizeof(ret->sun_path))
		return -ENAMETOOLONG;
	memset(ret, 0, sizeof(*ret));
	ret->sun_family = AF_UNIX;
	memcpy(ret->sun_path, path, len);
	return 0;
}

static int new_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

/* 0: somebody listens; an error: nobody could be reached. */
static int try_connect(const struct sockaddr_un *a)
{
	int fd = new_socket(), err = 0;

	if (fd < 0)
		return fd;
	if (connect(fd, (const struct sockaddr *)a, sizeof(*a)) && errno != EAGAIN)
		err = -errno;
	close(fd);
	return err;
}

/* Removes what a daemon that has died left behind. */
static int remove_stale(const struct sockaddr_un *a)
{
	struct stat st;
	int err;

	if (lstat(a->sun_path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	err = try_connect(a);
	if (err != -ECONNREFUSED)
		return err ? err : -EADDRINUSE;
	return unlink(a->sun_path) && errno != ENOENT ? -errno : 0;
}

/* The folder alone, when it is not there: those above it are the operator's. */
static void make_folder(const char *path)
{
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return;
	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	mkdir(folder, 0755); /* bind tells if it was needed and failed */
}

/* Nobody but us may connect before mode and group are set. */
static int bind_closed(int fd, const struct sockaddr_un *a)
{
	mode_t old = umask(0177);
	int err = bind(fd, (const struct sockaddr *)a, sizeof(*a)) ? -errno : 0;

	umask(old);
	return err;
}

static int set_access(const char *path, const struct settings *s)
{
	if (s->socket_group.n && chown(path, (uid_t)-1, s->socket_group.at[0].id))
		return -errno;
	return chmod(path, (mode_t)s->socket_mode) ? -errno : 0;
}

static int bind_at(struct listener *l, const struct sockaddr_un *a, const struct settings *s)
{
	struct stat st;
	int err = bind_closed(l->fd, a);

	if (err)
		return err;
	err = set_access(a->sun_path, s);
	if (!err && lstat(a->sun_path, &st))
		err = -errno;
	if (err) {
		unlink(a->sun_path);
		return err;
	}
	l->path = s->socket;
	l->device = st.st_dev;
	l->inode = st.st_ino;
	return 0;
}

int listener_open(struct listener *l, const struct settings *s)
{
	struct listener made = { .fd = -1 };
	struct sockaddr_un a;
	int err = address_of(s->socket, &a);

	if (!err)
		err = remove_stale(&a);
	if (err)
		return err;
	make_folder(s->socket);
	made.fd = new_socket();
	if (made.fd < 0)
		return made.fd;
	err = bind_at(&made, &a, s);
	if (err)
		close(made.fd);
	else
		*l = made;
	return err;
}

void listener_remove(const struct listener *l)
{
	struct stat st;

	if (l->path && !lstat(l->path, &st) && st.st_dev == l->device && st.st_ino == l->inode)
		unlink(l->path);
}
