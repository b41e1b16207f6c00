/* lib/client against a daemon that goes, comes back, refuses early, or is busy. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/link.h"
#include "tests/unit/serving.h"

static int64_t slept_ms;

void __real_link_sleep(int ms);
void __wrap_link_sleep(int ms);

/* Pauses are counted, not measured. */
void __wrap_link_sleep(int ms)
{
	slept_ms += ms;
	__real_link_sleep(ms);
}

/* --- none, and lost ones --- */

static void test_without_a_daemon_it_fails_at_once(void **state)
{
	struct server s;
	struct nd_client *c;
	struct nd_client_reply r;

	slept_ms = 0;
	server_start(&s, serve_numbers, 0);
	c = client(&s, (struct nd_client_options){ 0 });
	shutdown(s.fd, SHUT_RDWR); /* a stale socket now */
	assert_int_equal(nd_client_ask(c, "hello", &r), -ECONNREFUSED);
	server_stop(&s);
	assert_int_equal(nd_client_ask(c, "hello", &r), -ENOENT);
	assert_int_equal(nd_client_connect(c), -ENOENT);
	assert_int_equal(slept_ms, 0);
	nd_client_free(c);
}

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
			sem_wait(&s.closed);
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

	server_start(&s, serve_death, 1000);
	c = client(&s, (struct nd_client_options){ .retry_ms = 150, .pause_ms = 10 });
	send_number(c, 1);
	expect_number(c, 1);
	send_number(c, 2);
	assert_int_equal(nd_client_receive(c, &r), -ECONNRESET);
	nd_client_free(c);
	server_stop(&s);
	assert_true(s.requests < 20);
}

static void test_patience_ends_and_then_each_call_tries_once(void **state)
{
	struct server s;
	struct nd_client *c;
	struct nd_client_reply r;

	server_start(&s, serve_numbers, 1);
	c = client(&s, (struct nd_client_options){ .retry_ms = 1000 });
	send_number(c, 1);
	expect_number(c, 1);
	nd_client_free(c);
	c = client(&s, (struct nd_client_options){ .retry_ms = 1000 });
	assert_int_equal(nd_client_connect(c), 0); /* waits in the queue of a server that is gone */
	server_stop(&s);
	slept_ms = 0;
	assert_int_equal(nd_client_ask(c, "hello", &r), -ENOENT);
	assert_in_range(slept_ms, 1, 1000);
	slept_ms = 0;
	assert_int_equal(nd_client_ask(c, "hello", &r), -ENOENT);
	assert_int_equal(slept_ms, 0);
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
	if (!connection) {
		say(to, "{\"ok\":false}\n");
		sem_post(&s->said);
	}
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
	sem_wait(&s.said);
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
	c = client(&s, (struct nd_client_options){ 0 });
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
			sem_wait(&s.closed); /* before the request is written */
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
	assert_in_range(s.requests, 3, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_a_daemon_it_fails_at_once),
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
