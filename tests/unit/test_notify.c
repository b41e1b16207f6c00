/* daemon/notify: against a manager's socket and handed over ones that are real. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/notify.h"

static struct notify n;
static int manager;
static char name[64], heard[1024];

/* A manager's socket at a path, or abstract ('@' first). */
static void listen_at(const char *format)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	snprintf(name, sizeof(name), format, (int)getpid());
	strcpy(addr.sun_path, name);
	if (*name == '@')
		addr.sun_path[0] = 0;
	else
		unlink(name);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(manager, (struct sockaddr *)&addr,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))), 0);
	setenv("NOTIFY_SOCKET", name, 1);
}

static const char *hear(void)
{
	ssize_t len = recv(manager, heard, sizeof(heard) - 1, 0);

	heard[len < 0 ? 0 : len] = 0;
	return heard;
}

static void leave(void)
{
	notify_done(&n);
	close(manager);
	if (*name == '/')
		unlink(name);
}

static void without_a_manager_nothing_happens(void **state)
{
	unsetenv("NOTIFY_SOCKET");
	setenv("WATCHDOG_USEC", "1000000", 1);
	assert_int_equal(notify_init(&n), 0);
	assert_int_equal(n.fd, -1);
	assert_int_equal(n.watchdog_ms, 0);
	assert_int_equal(notify_ready(&n, "x"), 0);
	assert_int_equal(notify_watchdog(&n), 0);
	notify_done(&n);
	notify_done(&n);
}

static void each_message_is_heard_as_the_protocol_has_it(void **state)
{
	static const char *const places[] = { "/tmp/newsdup-notify-%d", "@newsdup-notify-%d" };

	for (int i = 0; i < 2; i++) {
		unsigned long long at;

		listen_at(places[i]);
		assert_int_equal(notify_init(&n), 0);
		assert_null(getenv("NOTIFY_SOCKET"));
		assert_int_equal(notify_ready(&n, "ready"), 0);
		assert_string_equal(hear(), "READY=1\nSTATUS=ready\n");
		assert_int_equal(notify_status(&n, "%d of %d", 1, 2), 0);
		assert_string_equal(hear(), "STATUS=1 of 2\n");
		assert_int_equal(notify_watchdog(&n), 0);
		assert_string_equal(hear(), "WATCHDOG=1\n");
		assert_int_equal(notify_reloading(&n), 0);
		assert_int_equal(sscanf(hear(), "RELOADING=1\nMONOTONIC_USEC=%llu\n", &at), 1);
		assert_true(at > 0);
		assert_int_equal(notify_stopping(&n, "bye"), 0);
		assert_string_equal(hear(), "STOPPING=1\nSTATUS=bye\n");
		leave();
	}
}

static void a_manager_that_is_gone_or_full_is_an_error_not_a_wait(void **state)
{
	int err = 0;

	listen_at("@newsdup-notify-%d");
	assert_int_equal(notify_init(&n), 0);
	for (int i = 0; i < 100000 && !err; i++)
		err = notify_watchdog(&n);
	assert_int_equal(err, -EAGAIN);
	close(manager);
	assert_int_equal(notify_watchdog(&n), -ECONNREFUSED);
	notify_done(&n);
}

static void addresses_of_other_kinds_are_refused(void **state)
{
	char endless[200];

	setenv("NOTIFY_SOCKET", "vsock:2:1234", 1);
	assert_int_equal(notify_init(&n), -EAFNOSUPPORT);
	assert_int_equal(n.fd, -1);
	setenv("NOTIFY_SOCKET", "", 1);
	assert_int_equal(notify_init(&n), -EAFNOSUPPORT);
	memset(endless, 'x', sizeof(endless));
	endless[0] = '/';
	endless[199] = 0;
	setenv("NOTIFY_SOCKET", endless, 1);
	assert_int_equal(notify_init(&n), -E2BIG);
	setenv("NOTIFY_SOCKET", "/tmp/no/such/socket", 1);
	assert_int_equal(notify_init(&n), -ENOENT);
	assert_int_equal(notify_ready(&n, "x"), 0);
}

static uint64_t watchdog(const char *usec, const char *pid)
{
	uint64_t ret;

	listen_at("@newsdup-notify-%d");
	setenv("WATCHDOG_USEC", usec, 1);
	if (pid)
		setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(notify_init(&n), 0);
	assert_null(getenv("WATCHDOG_USEC"));
	assert_null(getenv("WATCHDOG_PID"));
	ret = n.watchdog_ms;
	leave();
	return ret;
}

static void the_watchdog_counts_when_it_is_for_this_process(void **state)
{
	char pid[20];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	assert_int_equal(watchdog("30000000", NULL), 30000);
	assert_int_equal(watchdog("30000000", pid), 30000);
	assert_int_equal(watchdog("30000000", "1"), 0);
	assert_int_equal(watchdog("10", pid), 1);
	assert_int_equal(watchdog("0", pid), 0);
	assert_int_equal(watchdog("-1", pid), 0);
	assert_int_equal(watchdog("1s", pid), 0);
	assert_int_equal(watchdog("99999999999999999999", pid), 0);
}

/* --- sockets handed over --- */

/* What notify_listen_fd says in a child whose descriptor 3 is fd (-1: closed); 0 and a socket found: 200. */
static int handed_over(int fd, const char *fds, bool for_us)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		char self[20];
		int found = -7, err;

		snprintf(self, sizeof(self), "%d", for_us ? (int)getpid() : 1);
		setenv("LISTEN_FDS", fds, 1);
		setenv("LISTEN_PID", self, 1);
		if (fd < 0)
			close(3);
		else if (fd != 3)
			dup2(fd, 3);
		err = notify_listen_fd(&found);
		if (getenv("LISTEN_FDS") || getenv("LISTEN_PID"))
			_exit(201);
		if (err)
			_exit(found == -7 ? -err : 202);
		if (found == -1)
			_exit(0);
		_exit(found == 3 && (fcntl(3, F_GETFD) & FD_CLOEXEC) && (fcntl(3, F_GETFL) & O_NONBLOCK) ? 200 : 203);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int listening(int domain, int type)
{
	struct sockaddr_un unix_addr = { .sun_family = AF_UNIX };
	struct sockaddr_in in_addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(domain, type, 0);

	/* An address of two bytes alone: the kernel takes an abstract name by itself. */
	if (domain == AF_UNIX)
		assert_int_equal(bind(fd, (struct sockaddr *)&unix_addr, sizeof(sa_family_t)), 0);
	else
		assert_int_equal(bind(fd, (struct sockaddr *)&in_addr, sizeof(in_addr)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void a_listening_unix_stream_socket_is_taken(void **state)
{
	int fd = listening(AF_UNIX, SOCK_STREAM);

	assert_int_equal(handed_over(fd, "1", true), 200);
	assert_int_equal(handed_over(fd, "1", false), 0);
	assert_int_equal(handed_over(fd, "0", true), 0);
	assert_int_equal(handed_over(fd, "x", true), 0);
	assert_int_equal(handed_over(fd, "2", true), EINVAL);
	close(fd);
}

static void anything_else_is_refused(void **state)
{
	int tcp = listening(AF_INET, SOCK_STREAM), datagram = listening(AF_UNIX, SOCK_DGRAM), pair[2];
	int file = open("/dev/null", O_RDWR);

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(handed_over(tcp, "1", true), EPROTOTYPE);
	assert_int_equal(handed_over(datagram, "1", true), EPROTOTYPE);
	assert_int_equal(handed_over(pair[0], "1", true), EPROTOTYPE);
	assert_int_equal(handed_over(file, "1", true), ENOTSOCK);
	assert_int_equal(handed_over(-1, "1", true), EBADF);
	close(tcp);
	close(datagram);
	close(pair[0]);
	close(pair[1]);
	close(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_manager_nothing_happens),
		cmocka_unit_test(each_message_is_heard_as_the_protocol_has_it),
		cmocka_unit_test(a_manager_that_is_gone_or_full_is_an_error_not_a_wait),
		cmocka_unit_test(addresses_of_other_kinds_are_refused),
		cmocka_unit_test(the_watchdog_counts_when_it_is_for_this_process),
		cmocka_unit_test(a_listening_unix_stream_socket_is_taken),
		cmocka_unit_test(anything_else_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
