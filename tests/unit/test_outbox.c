/* daemon/outbox: replies in order, those that wait for a commit hold back the rest, errors take their place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/outbox.h"
#include "daemon/reply.h"

static struct outbox b;

static int fresh(void **state)
{
	outbox_init(&b);
	return 0;
}

static int gone(void **state)
{
	outbox_done(&b);
	return 0;
}

static void add(const char *id, uint64_t ticket)
{
	uint64_t start = outbox_end(&b);
	struct out o;

	out_init(&o, &b.buf);
	reply_begin(&o, id ? (struct nd_str){ id, strlen(id) } : (struct nd_str){ 0 });
	reply_end(&o);
	if (ticket)
		assert_int_equal(outbox_hold(&b, start, id ? strlen(id) : 0, ticket, 0), 0);
}

static void expect_ready(const char *want)
{
	struct nd_str got = outbox_ready(&b);

	assert_int_equal(got.len, strlen(want));
	assert_memory_equal(got.at, want, got.len);
}

#define OK(id) "{\"id\":" id ",\"ok\":true}\n"
#define BAD(id) "{\"id\":" id ",\"ok\":false,\"error\":{\"code\":\"store_full\",\"message\":\"m\"}}\n"

static void what_waits_holds_back_what_follows(void **state)
{
	add("1", 0);
	add("2", 7);
	add("3", 0);
	expect_ready(OK("1"));
	assert_int_equal(outbox_held(&b)->ticket, 7);
	outbox_take(&b, 4);
	outbox_release(&b);
	assert_null(outbox_held(&b));
	expect_ready(&(OK("1") OK("2") OK("3"))[4]);
}

static void a_failure_turns_those_that_wait_into_errors_and_no_others(void **state)
{
	add("1", 0);
	add("\"two\"", 1);
	add("3", 0);
	add(NULL, 2);
	add("5", 0);
	outbox_take(&b, strlen(OK("1")) - 3);
	assert_int_equal(outbox_fail(&b, "store_full", (struct nd_str){ "m", 1 }), 0);
	assert_null(outbox_held(&b));
	expect_ready("e}\n" BAD("\"two\"") OK("3") BAD("null") OK("5"));
}

/* A subscriber counts what it has been sent by offsets: what was to be sent before may become shorter. */
static void what_stands_behind_a_failure_keeps_its_offset(void **state)
{
	char long_id[300];
	uint64_t end;

	memset(long_id, '1', sizeof(long_id) - 1);
	long_id[sizeof(long_id) - 1] = 0;
	add("1", 0);
	add("2", 1);
	assert_int_equal(buf_add(&b.buf, long_id, sizeof(long_id)), 0);
	b.held[0].len += sizeof(long_id); /* a reply much longer than its error */
	add("3", 0);
	end = outbox_end(&b);
	assert_int_equal(outbox_fail(&b, "store_full", (struct nd_str){ "m", 1 }), 0);
	assert_int_equal(outbox_end(&b), end);
	outbox_take(&b, outbox_waiting(&b));
	assert_int_equal(b.passed, end);
}

static void a_long_way_in_small_steps_keeps_the_order(void **state)
{
	uint64_t ticket = 0, done = 0;
	size_t taken = 0;
	char id[20];

	for (unsigned i = 0; i < 5000; i++) {
		snprintf(id, sizeof(id), "%u", i);
		add(id, i % 3 ? ++ticket : 0);
		if (i % 100 == 99) {
			for (done += 60; outbox_held(&b) && outbox_held(&b)->ticket <= done; )
				outbox_release(&b);
			outbox_take(&b, outbox_ready(&b).len / 2);
		}
	}
	while (outbox_held(&b))
		outbox_release(&b);
	taken = outbox_ready(&b).len;
	assert_int_equal(outbox_waiting(&b), taken);
	outbox_take(&b, taken);
	assert_null(b.buf.at);
	assert_null(b.held);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_waits_holds_back_what_follows),
		TEST(a_failure_turns_those_that_wait_into_errors_and_no_others),
		TEST(what_stands_behind_a_failure_keeps_its_offset),
		TEST(a_long_way_in_small_steps_keeps_the_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
