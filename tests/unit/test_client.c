/* lib/client against a server of a few lines in a thread: what a daemon can do to its clients. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/backoff.h"
#include "newsdup_client.h"

/* --- the server --- */

struct server;
typedef void serve_fn(struct server *s, FILE *from, int to, unsigned connection);

struct server {
	char folder[32], path[64];
	int fd;
	serve_fn *serve;
	unsigned connections; /* that it takes, one behind the other */
	unsigned requests, counter;
	char *line; /* the request at hand */
	size_t room;
	pthread_t thread;
};

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
	}
	return NULL;
}

static void server_start(struct server *s, serve_fn *serve, unsigned connections)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	*s = (struct server){ .serve = serve, .connections = connections };
	strcpy(s->folder, "/tmp/nd_client_XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	snprintf(s->path, sizeof(s->path), "%s/s", s->folder);
	strcpy(a.sun_path, s->path);
	s->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(s->fd, 8), 0);
	assert_int_equal(pthread_create(&s->thread, NULL, server_run, s), 0);
}

/* Ends a server that may still wait for a connection. */
static void server_stop(struct server *s)
{
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
	unlink(s->path);
	rmdir(s->folder);
	free(s->line);
}

static bool next_request(struct server *s, FILE *from)
{
	if (getline(&s->line, &s->room, from) <= 0)
		return false;
	s->requests++;
	return true;
}

static void say_raw(int to, const char *text, size_t len)
{
	while (len) {
		ssize_t n = send(to, text, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

static void say(int to, const char *text)
{
	say_raw(to, text, strlen(text));
}

/* The number of the request, which tests write as {"n":7}. */
static unsigned number(const struct server *s)
{
	const char *n = strstr(s->line, "\"n\":");

	return n ? (unsigned)strtoul(n + 4, NULL, 10) : 9999;
}

static void say_number(const struct server *s, int to)
{
	char reply[64];

	snprintf(reply, sizeof(reply), "{\"id\":null,\"ok\":true,\"n\":%u}\n", number(s));
	say(to, reply);
}

static void serve_numbers(struct server *s, FILE *from, int to, unsigned connection)
{
	while (next_request(s, from))
		say_number(s, to);
}

/* --- the client --- */

static struct nd_client *client(const struct server *s, struct nd_client_options o)
{
	struct nd_client *c;

	o.socket = s->path;
	if (!o.pause_ms)
		o.pause_ms = 2;
	assert_int_equal(nd_client_new(&o, &c), 0);
	return c;
}

static void send_number(struct nd_client *c, unsigned n)
{
	char request[64];
	int len = snprintf(request, sizeof(request), "{\"op\":\"get\",\"n\":%u}", n);

	assert_int_equal(nd_client_send(c, request, (size_t)len), 0);
}

/* The number in the next reply; whether it was sent again. */
static bool expect_number(struct nd_client *c, unsigned n)
{
	struct nd_client_reply r;
	char text[32];

	assert_int_equal(nd_client_receive(c, &r), 0);
	assert_true(nd_client_ok(&r));
	assert_true(nd_client_string(r.at, r.len, "n", text, sizeof(text)) > 0);
	assert_int_equal(strtoul(text, NULL, 10), n);
	return r.resent;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- connecting --- */

static void test_a_path_of_107_bytes_is_the_longest(void **state)
{
	char path[110];
	struct nd_client_options o = { .socket = path };
	struct nd_client *c;

	memset(path, 'x', sizeof(path));
	path[108] = 0;
	assert_int_equal(nd_client_new(&o, &c), -ENAMETOOLONG);
	path[107] = 0;
	assert_int_equal(nd_client_new(&o, &c), 0);
	assert_string_equal(nd_client_socket(c), path);
	nd_client_free(c);
	o.reply_ms = -5;
	assert_int_equal(nd_client_new(&o, &c), -EINVAL);
	nd_client_free(NULL);
}

static void test_the_socket_is_that_of_the_environment_or_the_default(void **state)
{
	struct nd_client *c;

	setenv("NEWSDUP_SOCKET", "/tmp/elsewhere", 1);
	assert_int_equal(nd_client_new(NULL, &c), 0);
	assert_string_equal(nd_client_socket(c), "/tmp/elsewhere");
	nd_client_free(c);
	unsetenv("NEWSDUP_SOCKET");
	assert_int_equal(nd_client_new(NULL, &c), 0);
	assert_string_equal(nd_client_socket(c), ND_CLIENT_SOCKET);
	nd_client_free(c);
}

static void test_without_a_daemon_it_fails_at_once(void **state)
{
	struct server s;
	struct nd_client *c;
	struct nd_client_reply r;
	double start = now();

	server_start(&s, serve_numbers, 0);
	c = client(&s, (struct nd_client_options){ 0 });
	shutdown(s.fd, SHUT_RDWR); /* a stale socket now */
	assert_int_equal(nd_client_ask(c, "hello", &r), -ECONNREFUSED);
	server_stop(&s);
	assert_int_equal(nd_client_ask(c, "hello", &r), -ENOENT);
	assert_int_equal(nd_client_connect(c), -ENOENT);
	assert_true(now() - start < 2);
	nd_client_free(c);
}

static void test_a_daemon_that_takes_no_connection_times_out(void **state)
{
	struct server s;
	struct nd_client *crowd[32];
	int err = 0, n = 0;

	server_start(&s, serve_numbers, 0);
	for (; n < 32 && !err; n++) { /* its queue holds 8 or so */
		crowd[n] = client(&s, (struct nd_client_options){ .connect_ms = 50 });
		err = nd_client_connect(crowd[n]);
	}
	assert_int_equal(err, -ETIMEDOUT);
	while (n)
		nd_client_free(crowd[--n]);
	server_stop(&s);
}

/* --- requests and replies --- */

static void serve_echo(struct server *s, FILE *from, int to, unsigned connection)
{
	while (next_request(s, from))
		say(to, s->line);
}

static void expect_call(struct nd_client *c, const char *request, const char *reply)
{
	struct nd_client_reply r;

	assert_int_equal(nd_client_call(c, request, strlen(request), &r), 0);
	assert_int_equal(r.len, strlen(reply));
	assert_memory_equal(r.at, reply, r.len);
	assert_false(r.resent);
}

static void test_requests_are_written_as_the_protocol_wants_them(void **state)
{
	struct server s;
	struct nd_client *c;
	struct nd_client_reply r;

	server_start(&s, serve_echo, 1);
	c = client(&s, (struct nd_client_options){ 0 });
	expect_call(c, "{\"op\":\"stats\"}", "{\"op\":\"stats\"}");
	expect_call(c, " {\"a\":\r\n[1,\n2]}\n", " {\"a\":  [1, 2]} ");
	assert_int_equal(nd_client_put(c, "{\"text\":\"}\\\"\"}\n", 15, &r), 0);
	assert_string_equal(r.at, "{\"op\":\"put\",\"article\":{\"text\":\"}\\\"\"} }");
	assert_int_equal(nd_client_check(c, "{}", 2, &r), 0);
	assert_string_equal(r.at, "{\"op\":\"check\",\"article\":{}}");
	assert_int_equal(nd_client_get(c, "a\"\\\n\xEA\xB0\x80", &r), 0);
	assert_string_equal(r.at, "{\"op\":\"get\",\"key\":\"a\\\"\\\\\\u000a\xEA\xB0\x80\"}");
	assert_int_equal(nd_client_explain(c, "x", "y", &r), 0);
	assert_string_equal(r.at, "{\"op\":\"explain\",\"a\":\"x\",\"b\":\"y\"}");
	nd_client_free(c);
	server_stop(&s);
}

static void test_what_is_no_single_object_is_refused_unsent(void **state)
{
	static const char *const bad[] = { "", " ", "7", "[]", "{", "{\"a\":\"}", "{}{}", "{} x", "\"{}\"",
					   "{\"text\":\"a\"},\"op\":\"put\"", "{],\"op\":\"put\",\"x\":{}" };
	struct server s;
	struct nd_client *c;
	struct nd_client_reply r;

	server_start(&s, serve_echo, 1);
	c = client(&s, (struct nd_client_options){ 0 });
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(nd_client_call(c, bad[i], strlen(bad[i]), &r), -EINVAL);
		assert_int_equal(nd_client_check(c, bad[i], strlen(bad[i]), &r), -EINVAL);
	}
	assert_int_equal(nd_client_receive(c, &r), -ENODATA);
	expect_call(c, "{}", "{}");
	nd_client_free(c);
	server_stop(&s);
	assert_int_equal(s.requests, 1);
}

static void serve_drops(struct server *s, FILE *from, int to, unsigned connection)
{
	while (next_request(s, from)) {
		char reply[64];
		int len = snprintf(reply, sizeof(reply), "{\"ok\":true,\"n\":%u}\n", number(s));

		for (int i = 0; i < len; i++)
			say_raw(to, reply + i, 1);
	}
}

static void test_pipelined_replies_come_in_order_byte_by_byte(void **state)
{
	struct server s;
	struct nd_client *c;

	server_start(&s, serve_drops, 1);
	c = client(&s, (struct nd_client_options){ 0 });
	for (unsigned i = 0; i < 500; i++)
		send_number(c, i);
	assert_int_equal(nd_client_waiting(c), 500);
	for (unsigned i = 0; i < 500; i++)
		expect_number(c, i);
	assert_int_equal(nd_client_waiting(c), 0);
	nd_client_free(c);
	server_stop(&s);
}

static void test_neither_side_waits_for_the_other(void **state)
{
	enum { N = 300, BYTES = 40000 };
	struct server s;
	struct nd_client *c;
	char *request = malloc(BYTES);

	server_start(&s, serve_echo, 1); /* reads no further before its reply is read */
	c = client(&s, (struct nd_client_options){ .reply_ms = 5000 });
	memset(request, ' ', BYTES);
	request[BYTES - 1] = '}';
	for (int i = 0; i < N; i++) {
		int n = sprintf(request, "{\"ok\":true,\"n\":%d", i);

		request[n] = ' ';
		assert_int_equal(nd_client_send(c, request, BYTES), 0);
	}
	for (unsigned i = 0; i < N; i++)
		expect_number(c, i);
	nd_client_free(c);
	free(request);
	server_stop(&s);
}

static void test_a_call_among_pipelined_requests_is_refused(void **state)
{
	struct server s;
	struct nd_client *c;
	struct nd_client_reply r;

	server_start(&s, serve_numbers, 1);
	c = client(&s, (struct nd_client_options){ 0 });
	send_number(c, 1);
	assert_int_equal(nd_client_ask(c, "hello", &r), -EBUSY);
	assert_int_equal(nd_client_put(c, "{}", 2, &r), -EBUSY);
	expect_number(c, 1);
	nd_client_free(c);
	server_stop(&s);
}

static void serve_flood(struct server *s, FILE *from, int to, unsigned connection)
{
	char block[4096];

	memset(block, 'x', sizeof(block));
	if (next_request(s, from))
		for (int i = 0; i < 100; i++)
			say_raw(to, block, sizeof(block));
}

static void test_a_reply_over_the_limit_is_an_error(void **state)
{
	struct server s;
	struct nd_client *c;
	struct nd_client_reply r;

	server_start(&s, serve_flood, 1);
	c = client(&s, (struct nd_client_options){ .reply_max = 100000 });
	assert_int_equal(nd_client_ask(c, "hello", &r), -EMSGSIZE);
	assert_int_equal(nd_client_waiting(c), 0);
	nd_client_free(c);
	server_stop(&s);
}

/* --- time --- */

static void serve_nothing_first(struct server *s, FILE *from, int to, unsigned connection)
{
	while (next_request(s, from))
		if (connection)
			say_number(s, to);
}

static void test_no_reply_in_time_is_an_error_and_the_next_call_starts_anew(void **state)
{
	struct server s;
	struct nd_client *c;
	struct nd_client_reply r;
	double start = now();

	server_start(&s, serve_nothing_first, 2);
	c = client(&s, (struct nd_client_options){ .reply_ms = 300 });
	send_number(c, 1);
	send_number(c, 2);
	assert_int_equal(nd_client_receive(c, &r), -ETIMEDOUT);
	assert_true(now() - start >= 0.05 && now() - start < 5);
	assert_int_equal(nd_client_waiting(c), 0);
	send_number(c, 3);
	assert_false(expect_number(c, 3));
	nd_client_free(c);
	server_stop(&s);
}

static void ignore(int signal)
{
}

static void test_signals_interrupt_nothing(void **state)
{
	const struct sigaction act = { .sa_handler = ignore };
	const struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { 0 };
	struct server s;
	struct nd_client *c;
	struct nd_client_reply r;

	sigaction(SIGALRM, &act, NULL); /* without SA_RESTART */
	server_start(&s, serve_nothing_first, 2);
	c = client(&s, (struct nd_client_options){ .reply_ms = 400 });
	setitimer(ITIMER_REAL, &often, NULL);
	send_number(c, 1);
	assert_int_equal(nd_client_receive(c, &r), -ETIMEDOUT);
	for (unsigned i = 0; i < 1000; i++) {
		send_number(c, i);
		expect_number(c, i);
	}
	setitimer(ITIMER_REAL, &never, NULL);
	nd_client_free(c);
	server_stop(&s);
}

/* --- lost connections --- */

/* Answers three requests of each connection, then closes. */
static void serve_three(struct server *s, FILE *from, int to, unsigned connection)
{
	for (int i = 0; i < 3 && next_request(s, from); i++)
		say_number(s, to);
}

static void test_a_lost_connection_is_made_again_and_nothing_is_missing(void **state)
{
	struct server s;
	struct nd_client *c;
	unsigned resent = 0;

	server_start(&s, serve_three, 8);
	c = client(&s, (struct nd_client_options){ 0 });
	for (unsigned i = 0; i < 20; i++)
		send_number(c, i);
	for (unsigned i = 0; i < 20; i++)
		resent += expect_number(c, i);
	/* A slow client may find the connection closed before it has written anything: then nothing is lost. */
	assert_true(resent <= 17);
	assert_true(nd_client_reconnects(c) <= 6);
	nd_client_free(c);
	server_stop(&s);
}

static void test_a_daemon_that_closes_when_idle_has_lost_nothing(void **state)
{
	struct server s;
	struct nd_client *c;

	server_start(&s, serve_three, 3);
	c = client(&s, (struct nd_client_options){ .retry_ms = ND_CLIENT_NEVER });
	for (unsigned i = 0; i < 9; i++) {
		send_number(c, i);
		assert_false(expect_number(c, i));
		if (i % 3 == 2)
			usleep(20000);
	}
	nd_client_free(c);
	server_stop(&s);
}

static void serve_death(struct server *s, FILE *from, int to, unsigned connection)
{
	if (next_request(s, from) && connection == 0)
		say_number(s, to);
}

static void test_a_request_that_kills_the_daemon_is_not_sent_for_ever(void **state)
{
	struct server s;
	struct nd_client *c;
	struct nd_client_reply r;
	double start = now();

	server_start(&s, serve_death, 1000);
	c = client(&s, (struct nd_client_options){ .retry_ms = 150, .pause_ms = 10 });
	send_number(c, 1);
	expect_number(c, 1);
	send_number(c, 2);
	assert_int_equal(nd_client_receive(c, &r), -ECONNRESET);
	assert_true(now() - start < 5);
	nd_client_free(c);
	server_stop(&s);
	assert_true(s.requests < 20);
}

static void test_patience_ends_and_then_each_call_tries_once(void **state)
{
	struct server s;
	struct nd_client *c;
	struct nd_client_reply r;
	double start;

	server_start(&s, serve_numbers, 1);
	c = client(&s, (struct nd_client_options){ .retry_ms = 200 });
	send_number(c, 1);
	expect_number(c, 1);
	nd_client_free(c);
	c = client(&s, (struct nd_client_options){ .retry_ms = 200 });
	assert_int_equal(nd_client_connect(c), 0); /* waits in the queue of a server that is gone */
	server_stop(&s);
	start = now();
	assert_int_equal(nd_client_ask(c, "hello", &r), -ENOENT);
	assert_true(now() - start >= 0.15 && now() - start < 5);
	start = now();
	assert_int_equal(nd_client_ask(c, "hello", &r), -ENOENT);
	assert_true(now() - start < 0.15);
	nd_client_free(c);
}

static void serve_half(struct server *s, FILE *from, int to, unsigned connection)
{
	if (next_request(s, from))
		connection ? say_number(s, to) : say(to, "{\"ok\":true,\"n\":");
}

static void test_half_a_reply_is_none(void **state)
{
	struct server s;
	struct nd_client *c;

	server_start(&s, serve_half, 2);
	c = client(&s, (struct nd_client_options){ 0 });
	send_number(c, 5);
	assert_true(expect_number(c, 5));
	nd_client_free(c);
	server_stop(&s);
}

static void serve_unasked(struct server *s, FILE *from, int to, unsigned connection)
{
	if (!connection)
		say(to, "{\"ok\":false}\n");
	while (next_request(s, from))
		say_number(s, to);
}

static void test_a_line_that_nobody_asked_for_is_no_reply(void **state)
{
	struct server s;
	struct nd_client *c;

	server_start(&s, serve_unasked, 2);
	c = client(&s, (struct nd_client_options){ 0 });
	assert_int_equal(nd_client_connect(c), 0);
	usleep(20000);
	send_number(c, 6);
	expect_number(c, 6);
	nd_client_free(c);
	server_stop(&s);
}

/* --- replies that come early --- */

/* Answers the first line when a bit of it has come, and reads on to its end. */
static void serve_early(struct server *s, FILE *from, int to, unsigned connection)
{
	char bit[1000];

	if (fread(bit, 1, sizeof(bit), from) == sizeof(bit))
		say(to, "{\"ok\":false,\"error\":{\"code\":\"too_large\"}}\n");
	while (next_request(s, from))
		if (s->requests > 1)
			say_number(s, to);
}

static void test_a_request_may_be_refused_before_it_is_written_whole(void **state)
{
	enum { BYTES = 3000000 };
	struct server s;
	struct nd_client *c;
	struct nd_client_reply r;
	char *request = malloc(BYTES), code[32];

	memset(request, ' ', BYTES);
	request[0] = '{';
	request[BYTES - 1] = '}';
	server_start(&s, serve_early, 1);
	c = client(&s, (struct nd_client_options){ .reply_ms = 5000 });
	assert_int_equal(nd_client_send(c, request, BYTES), 0);
	for (unsigned i = 0; i < 5; i++)
		send_number(c, i);
	assert_int_equal(nd_client_receive(c, &r), 0);
	nd_client_code(&r, code, sizeof(code));
	assert_string_equal(code, "too_large");
	for (unsigned i = 0; i < 5; i++)
		assert_false(expect_number(c, i));
	assert_int_equal(nd_client_reconnects(c), 0);
	nd_client_free(c);
	free(request);
	server_stop(&s);
}

/* Has no room for the first three connections. */
static void serve_full(struct server *s, FILE *from, int to, unsigned connection)
{
	if (connection < 3)
		say(to, "{\"id\":null,\"ok\":false,\"error\":{\"code\":\"busy\",\"retry_ms\":1}}\n");
	else
		serve_numbers(s, from, to, connection);
}

static void test_a_daemon_without_room_for_a_connection_is_asked_again(void **state)
{
	for (int early = 0; early < 2; early++) {
		struct server s;
		struct nd_client *c;

		server_start(&s, serve_full, 4);
		c = client(&s, (struct nd_client_options){ 0 });
		assert_int_equal(nd_client_connect(c), 0);
		if (early)
			usleep(30000); /* it has closed before the request is written */
		send_number(c, 1);
		send_number(c, 2);
		expect_number(c, 1);
		expect_number(c, 2);
		nd_client_free(c);
		server_stop(&s);
	}
}

/* --- a busy daemon --- */

/* Refuses each third request, until it has refused 30. */
static void serve_busy(struct server *s, FILE *from, int to, unsigned connection)
{
	while (next_request(s, from)) {
		if (s->requests % 3 == 0 && s->counter < 30) {
			s->counter++;
			say(to, "{\"ok\":false,\"error\":{\"code\":\"busy\",\"message\":\"x\",\"retry_ms\":5}}\n");
		} else {
			say_number(s, to);
		}
	}
}

static void test_busy_is_waited_out_and_replies_stay_in_order(void **state)
{
	struct server s;
	struct nd_client *c;

	server_start(&s, serve_busy, 1);
	c = client(&s, (struct nd_client_options){ 0 });
	for (unsigned i = 0; i < 20; i++)
		send_number(c, i);
	for (unsigned i = 0; i < 60; i++) {
		assert_false(expect_number(c, i));
		if (i < 40)
			send_number(c, i + 20);
	}
	nd_client_free(c);
	server_stop(&s);
	assert_int_equal(s.requests, 89); /* 29 of them refused */
}

static void serve_always_busy(struct server *s, FILE *from, int to, unsigned connection)
{
	while (next_request(s, from))
		say(to, "{\"ok\":false,\"error\":{\"code\":\"rate_limited\",\"retry_ms\":20}}\n");
}

static void expect_refusal(struct nd_client *c)
{
	struct nd_client_reply r;
	char code[32], cut[5];

	assert_int_equal(nd_client_ask(c, "stats", &r), 0);
	assert_false(nd_client_ok(&r));
	assert_int_equal(nd_client_code(&r, code, sizeof(code)), 12);
	assert_string_equal(code, "rate_limited");
	assert_int_equal(nd_client_code(&r, cut, sizeof(cut)), 12);
	assert_string_equal(cut, "rate");
}

static void test_a_daemon_that_stays_busy_is_told_to_the_caller(void **state)
{
	struct server s;
	struct nd_client *c;

	server_start(&s, serve_always_busy, 2);
	c = client(&s, (struct nd_client_options){ .retry_ms = 100 });
	expect_refusal(c);
	nd_client_free(c);
	c = client(&s, (struct nd_client_options){ .retry_ms = ND_CLIENT_NEVER });
	expect_refusal(c);
	nd_client_free(c);
	server_stop(&s);
	assert_in_range(s.requests, 4, 8);
}

/* --- events --- */

static void serve_events(struct server *s, FILE *from, int to, unsigned connection)
{
	if (!next_request(s, from))
		return;
	say(to, "{\"ok\":true}\n{\"event\":\"new\",\"seq\":1}\n{\"event\":\"co");
	usleep(50000);
	say(to, "py\",\"seq\":2}\n");
	if (connection)
		next_request(s, from); /* until the client goes */
}

static void expect_event(struct nd_client *c, const char *line)
{
	struct nd_client_reply r;

	assert_int_equal(nd_client_event(c, 5000, &r), 0);
	assert_int_equal(r.len, strlen(line));
	assert_memory_equal(r.at, line, r.len);
}

static void test_events_come_until_the_connection_is_lost(void **state)
{
	struct server s;
	struct nd_client *c;
	struct nd_client_reply r;

	server_start(&s, serve_events, 2);
	c = client(&s, (struct nd_client_options){ 0 });
	assert_int_equal(nd_client_event(c, 0, &r), -EINVAL);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(nd_client_subscribe(c, i ? "[\"new\",\"copy\"]" : NULL, &r), 0);
		assert_true(nd_client_ok(&r));
		assert_int_equal(nd_client_send(c, "{}", 2), -EBUSY);
		expect_event(c, "{\"event\":\"new\",\"seq\":1}");
		assert_int_equal(nd_client_event(c, 1, &r), -EAGAIN);
		expect_event(c, "{\"event\":\"copy\",\"seq\":2}");
		assert_int_equal(nd_client_event(c, i ? 20 : 5000, &r), i ? -EAGAIN : -ECONNRESET);
	}
	nd_client_free(c);
	server_stop(&s);
}

/* --- parts --- */

static void test_fields_are_found_where_they_stand(void **state)
{
	static const char json[] = "{ \"a\" : \"x,}\\\"y\" ,\"b\":{\"c\":[1,{\"d\":2}]},\"n\":-1.5e3,\"z\":null,\"t\":true,"
				   "\"u\":\"\\u00e9\\ud83d\\ude00\\ud800!\\n\\/\",\"c\":9}";
	const char *at;
	size_t len;
	char to[64];

	assert_true(nd_client_field(json, sizeof(json) - 1, "b", &at, &len));
	assert_int_equal(len, 17);
	assert_memory_equal(at, "{\"c\":[1,{\"d\":2}]}", len);
	assert_int_equal(nd_client_string(json, sizeof(json) - 1, "c", to, sizeof(to)), 1);
	assert_string_equal(to, "9");
	assert_false(nd_client_field(json, sizeof(json) - 1, "d", &at, &len));
	assert_int_equal(nd_client_string(json, sizeof(json) - 1, "a", to, sizeof(to)), 5);
	assert_string_equal(to, "x,}\"y");
	assert_int_equal(nd_client_string(json, sizeof(json) - 1, "n", to, sizeof(to)), 6);
	assert_string_equal(to, "-1.5e3");
	assert_int_equal(nd_client_string(json, sizeof(json) - 1, "u", to, sizeof(to)), 12);
	assert_string_equal(to, "\xC3\xA9\xF0\x9F\x98\x80\xEF\xBF\xBD!\n/");
	assert_int_equal(nd_client_string(json, sizeof(json) - 1, "u", to, 5), 12);
	assert_string_equal(to, "\xC3\xA9"); /* no half of a character */
	assert_int_equal(nd_client_string(json, sizeof(json) - 1, "u", to, 7), 12);
	assert_string_equal(to, "\xC3\xA9\xF0\x9F\x98\x80");
	assert_int_equal(nd_client_string(json, sizeof(json) - 1, "z", to, sizeof(to)), -ENOENT);
	assert_int_equal(nd_client_string(json, sizeof(json) - 1, "q", to, sizeof(to)), -ENOENT);
	assert_int_equal(nd_client_string(json, sizeof(json) - 1, "b", to, sizeof(to)), -EINVAL);
	assert_int_equal(nd_client_string(json, sizeof(json) - 1, "t", to, sizeof(to)), -EINVAL);
}

static void test_a_broken_line_has_no_fields_and_does_no_harm(void **state)
{
	static const char json[] = "{\"a\":\"\\u12\\\",\"ok\":true,\"e\":[{\"b\":\"c\\\\\"}],\"ok\":true}";
	const char *at;
	size_t len;
	char to[8];

	for (size_t n = 0; n < sizeof(json) - 1; n++) {
		char *cut = malloc(n ? n : 1); /* to the byte, for the sanitizer */

		memcpy(cut, json, n);
		nd_client_field(cut, n, "e", &at, &len);
		nd_client_string(cut, n, "a", to, sizeof(to));
		assert_false(nd_client_ok(&(struct nd_client_reply){ cut, n, false }) && n < 26);
		free(cut);
	}
}

static void test_pauses_double_with_jitter_up_to_a_maximum(void **state)
{
	struct backoff a, b;
	bool differ = false;

	backoff_init(&a, 100, 1500, 1);
	backoff_init(&b, 100, 1500, 2);
	for (int round = 0; round < 2; round++) {
		for (int most = 100, i = 0; i < 12; i++) {
			int ms = backoff_next(&a);

			assert_in_range(ms, most / 2, most);
			differ |= backoff_next(&b) != ms;
			most = most * 2 < 1500 ? most * 2 : 1500;
		}
		backoff_reset(&a);
		backoff_reset(&b);
	}
	assert_true(differ);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_path_of_107_bytes_is_the_longest),
		cmocka_unit_test(test_the_socket_is_that_of_the_environment_or_the_default),
		cmocka_unit_test(test_without_a_daemon_it_fails_at_once),
		cmocka_unit_test(test_a_daemon_that_takes_no_connection_times_out),
		cmocka_unit_test(test_requests_are_written_as_the_protocol_wants_them),
		cmocka_unit_test(test_what_is_no_single_object_is_refused_unsent),
		cmocka_unit_test(test_pipelined_replies_come_in_order_byte_by_byte),
		cmocka_unit_test(test_neither_side_waits_for_the_other),
		cmocka_unit_test(test_a_call_among_pipelined_requests_is_refused),
		cmocka_unit_test(test_a_reply_over_the_limit_is_an_error),
		cmocka_unit_test(test_no_reply_in_time_is_an_error_and_the_next_call_starts_anew),
		cmocka_unit_test(test_signals_interrupt_nothing),
		cmocka_unit_test(test_a_lost_connection_is_made_again_and_nothing_is_missing),
		cmocka_unit_test(test_a_daemon_that_closes_when_idle_has_lost_nothing),
		cmocka_unit_test(test_a_request_that_kills_the_daemon_is_not_sent_for_ever),
		cmocka_unit_test(test_patience_ends_and_then_each_call_tries_once),
		cmocka_unit_test(test_half_a_reply_is_none),
		cmocka_unit_test(test_a_line_that_nobody_asked_for_is_no_reply),
		cmocka_unit_test(test_a_request_may_be_refused_before_it_is_written_whole),
		cmocka_unit_test(test_a_daemon_without_room_for_a_connection_is_asked_again),
		cmocka_unit_test(test_busy_is_waited_out_and_replies_stay_in_order),
		cmocka_unit_test(test_a_daemon_that_stays_busy_is_told_to_the_caller),
		cmocka_unit_test(test_events_come_until_the_connection_is_lost),
		cmocka_unit_test(test_fields_are_found_where_they_stand),
		cmocka_unit_test(test_a_broken_line_has_no_fields_and_does_no_harm),
		cmocka_unit_test(test_pauses_double_with_jitter_up_to_a_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
