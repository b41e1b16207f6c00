#include "tests/unit/serving.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static void *server_run(void *arg)
{
	struct server *s = arg;
	sigset_t all;

	sigfillset(&all); /* signals are for the client */
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	for (unsigned i = 0; i < s->connections; i++) {
		int fd = accept(s->fd, NULL, NULL);
		FILE *from;

		if (fd < 0)
			break;
		from = fdopen(fd, "r");
		s->serve(s, from, fd, i);
		fclose(from);
		sem_post(&s->closed);
	}
	return NULL;
}

void server_start(struct server *s, serve_fn *serve, unsigned connections)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	*s = (struct server){ .serve = serve, .connections = connections };
	sem_init(&s->closed, 0, 0);
	sem_init(&s->said, 0, 0);
	sem_init(&s->go_on, 0, 0);
	strcpy(s->folder, "/tmp/nd_client_XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	snprintf(s->path, sizeof(s->path), "%s/s", s->folder);
	strcpy(a.sun_path, s->path);
	s->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(s->fd, 8), 0);
	assert_int_equal(pthread_create(&s->thread, NULL, server_run, s), 0);
}

void server_stop(struct server *s)
{
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
	unlink(s->path);
	rmdir(s->folder);
	free(s->line);
	sem_destroy(&s->closed);
	sem_destroy(&s->said);
	sem_destroy(&s->go_on);
}

bool next_request(struct server *s, FILE *from)
{
	if (getline(&s->line, &s->room, from) <= 0)
		return false;
	s->requests++;
	return true;
}

void say_raw(int to, const char *text, size_t len)
{
	while (len) {
		ssize_t n = send(to, text, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

void say(int to, const char *text)
{
	say_raw(to, text, strlen(text));
}

unsigned number_of(const struct server *s)
{
	const char *n = strstr(s->line, "\"n\":");

	return n ? (unsigned)strtoul(n + 4, NULL, 10) : 9999;
}

void say_number(const struct server *s, int to)
{
	char reply[64];

	snprintf(reply, sizeof(reply), "{\"id\":null,\"ok\":true,\"n\":%u}\n", number_of(s));
	say(to, reply);
}

void serve_numbers(struct server *s, FILE *from, int to, unsigned connection)
{
	while (next_request(s, from))
		say_number(s, to);
}

struct nd_client *client(const struct server *s, struct nd_client_options o)
{
	struct nd_client *c;

	o.socket = s->path;
	if (!o.pause_ms)
		o.pause_ms = 2;
	assert_int_equal(nd_client_new(&o, &c), 0);
	return c;
}

void send_number(struct nd_client *c, unsigned n)
{
	char request[64];
	int len = snprintf(request, sizeof(request), "{\"op\":\"get\",\"n\":%u}", n);

	assert_int_equal(nd_client_send(c, request, (size_t)len), 0);
}

bool expect_number(struct nd_client *c, unsigned n)
{
	struct nd_client_reply r;
	char text[32];

	assert_int_equal(nd_client_receive(c, &r), 0);
	assert_true(nd_client_ok(&r));
	assert_true(nd_client_string(r.at, r.len, "n", text, sizeof(text)) > 0);
	assert_int_equal(strtoul(text, NULL, 10), n);
	return r.resent;
}
