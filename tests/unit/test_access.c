/* daemon/access: a peer as the kernel knows it, and every way to a role. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/access.h"

#define OWN 999

static struct settings s;
static struct buf say;

static int begin(void **state)
{
	buf_init(&say, 1 << 12);
	return settings_init(&s);
}

static int end(void **state)
{
	settings_done(&s);
	buf_done(&say);
	return 0;
}

static void allow(const char *read, const char *write, const char *admin)
{
	assert_int_equal(settings_set(&s, "allow_read", read, "test", &say), 0);
	assert_int_equal(settings_set(&s, "allow_write", write, "test", &say), 0);
	assert_int_equal(settings_set(&s, "allow_admin", admin, "test", &say), 0);
}

static enum role role(uid_t uid, gid_t gid, gid_t further)
{
	gid_t groups[] = { 70, further };
	struct peer p = { .uid = uid, .gid = gid, .groups = groups, .n_groups = 2 };

	return access_role(&s, &p, OWN);
}

static void by_default_all_who_may_connect_may_write_and_root_and_the_daemon_may_all(void **state)
{
	assert_int_equal(role(1000, 1000, 1000), ROLE_WRITE);
	assert_int_equal(role(0, 0, 0), ROLE_ADMIN);
	assert_int_equal(role(OWN, OWN, OWN), ROLE_ADMIN);
}

static void users_groups_and_further_groups_give_roles(void **state)
{
	allow("1, @10", "2 @20", "3 @30");
	assert_int_equal(role(1, 5, 5), ROLE_READ);
	assert_int_equal(role(2, 5, 5), ROLE_WRITE);
	assert_int_equal(role(3, 5, 5), ROLE_ADMIN);
	assert_int_equal(role(4, 10, 5), ROLE_READ);
	assert_int_equal(role(4, 5, 10), ROLE_READ);
	assert_int_equal(role(4, 20, 5), ROLE_WRITE);
	assert_int_equal(role(4, 5, 30), ROLE_ADMIN);
	assert_int_equal(role(4, 5, 5), ROLE_NONE);
	assert_int_equal(role(10, 1, 2), ROLE_NONE);
}

static void none_is_nobody_but_root_and_the_daemon(void **state)
{
	allow("none", "none", "none");
	assert_int_equal(role(1000, 0, 0), ROLE_NONE);
	assert_int_equal(role(0, 1, 1), ROLE_ADMIN);
}

static void the_best_role_counts(void **state)
{
	allow("none", "7", "none");
	assert_int_equal(role(7, 1, 1), ROLE_WRITE);
	allow("7", "everyone", "@1");
	assert_int_equal(role(7, 1, 2), ROLE_ADMIN);
	assert_int_equal(role(7, 2, 2), ROLE_WRITE);
}

static void a_peer_is_who_made_the_pair(void **state)
{
	struct peer p;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(peer_init(&p, pair[0]), 0);
	assert_int_equal(p.uid, geteuid());
	assert_int_equal(p.gid, getegid());
	assert_int_equal(p.pid, getpid());
	assert_int_equal(p.n_groups, getgroups(0, NULL));
	peer_done(&p);
	peer_done(&p);
	close(pair[0]);
	close(pair[1]);
}

/* In a child, because the tests' own groups should stay. */
static int sees_many_groups(void)
{
	gid_t groups[1000];
	struct peer p;
	int pair[2];

	for (unsigned i = 0; i < 1000; i++)
		groups[i] = 5000 + i;
	if (setgroups(1000, groups))
		return 77;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || peer_init(&p, pair[0]))
		return 1;
	return p.n_groups == 1000 && p.groups[999] == 5999 ? (peer_done(&p), 0) : 2;
}

static void a_thousand_groups_are_seen(void **state)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(sees_many_groups());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

static void what_is_no_socket_is_an_error(void **state)
{
	struct peer p = { .uid = 5 };
	int fd = open("/dev/null", O_RDONLY);

	assert_int_equal(peer_init(&p, fd), -ENOTSOCK);
	assert_int_equal(p.uid, 5);
	close(fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(by_default_all_who_may_connect_may_write_and_root_and_the_daemon_may_all),
		TEST(users_groups_and_further_groups_give_roles),
		TEST(none_is_nobody_but_root_and_the_daemon),
		TEST(the_best_role_counts),
		TEST(a_peer_is_who_made_the_pair),
		TEST(a_thousand_groups_are_seen),
		TEST(what_is_no_socket_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
