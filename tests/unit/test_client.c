/* lib/client against a server in a thread: connections, requests, replies, time, events. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/serving.h"


#define FOR_EVER 60000 /* ms; it only ends a hang */

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
		int len = snprintf(reply, sizeof(reply), "{\"ok\":true,\"n\":%u}\n", number_of(s));

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
	c = client(&s, (struct nd_client_options){ 0 });
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

	server_start(&s, serve_nothing_first, 2);
	c = client(&s, (struct nd_client_options){ .reply_ms = 2000 });
	send_number(c, 1);
	send_number(c, 2);
	assert_int_equal(nd_client_receive(c, &r), -ETIMEDOUT);
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
	c = client(&s, (struct nd_client_options){ .reply_ms = 2000 });
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

/* --- events --- */

static void serve_events(struct server *s, FILE *from, int to, unsigned connection)
{
	if (!next_request(s, from))
		return;
	say(to, "{\"ok\":true}\n{\"event\":\"new\",\"seq\":1}\n{\"event\":\"co");
	sem_wait(&s->go_on); /* half an event is none yet */
	say(to, "py\",\"seq\":2}\n");
	if (connection)
		next_request(s, from); /* until the client goes */
}

static void expect_event(struct nd_client *c, const char *line)
{
	struct nd_client_reply r;

	assert_int_equal(nd_client_event(c, FOR_EVER, &r), 0);
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
		sem_post(&s.go_on);
		expect_event(c, "{\"event\":\"copy\",\"seq\":2}");
		assert_int_equal(nd_client_event(c, i ? 20 : FOR_EVER, &r), i ? -EAGAIN : -ECONNRESET);
	}
	nd_client_free(c);
	server_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_path_of_107_bytes_is_the_longest),
		cmocka_unit_test(test_the_socket_is_that_of_the_environment_or_the_default),
		cmocka_unit_test(test_a_daemon_that_takes_no_connection_times_out),
		cmocka_unit_test(test_requests_are_written_as_the_protocol_wants_them),
		cmocka_unit_test(test_what_is_no_single_object_is_refused_unsent),
		cmocka_unit_test(test_pipelined_replies_come_in_order_byte_by_byte),
		cmocka_unit_test(test_neither_side_waits_for_the_other),
		cmocka_unit_test(test_a_call_among_pipelined_requests_is_refused),
		cmocka_unit_test(test_a_reply_over_the_limit_is_an_error),
		cmocka_unit_test(test_no_reply_in_time_is_an_error_and_the_next_call_starts_anew),
		cmocka_unit_test(test_signals_interrupt_nothing),
		cmocka_unit_test(test_events_come_until_the_connection_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
