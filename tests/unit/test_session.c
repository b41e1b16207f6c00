/* daemon/session: the protocol without a socket and without threads. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/session.h"

#define WORDS "the harbour workers of a small town ended their strike after six days and went back to the quay "

#define WORDS2 "where the ships had waited for their grain since the first frost of that long and windless winter came down "
#define WORDS3 "on roofs and cranes alike while nobody in the town hall could say who would pay for bread or coal in spring "

static struct settings settings;
static struct service service;
static struct session session;
static unsigned stirred;
static int commit_error; /* of the store, however well it is */
static char got[1 << 20];

static void wake(void *arg)
{
}

/* A disk that gives up is not to be had in a test: the linker puts this in between. */
int __real_nd_store_commit(struct nd_store *s, const struct nd_stored *records, size_t n);

int __wrap_nd_store_commit(struct nd_store *s, const struct nd_stored *records, size_t n)
{
	return commit_error ? commit_error : __real_nd_store_commit(s, records, n);
}

static void stir(void *arg)
{
	stirred++;
}

static int fresh(void **state)
{
	const char *failed;

	assert_int_equal(settings_init(&settings), 0);
	free(settings.store);
	settings.store = strdup("mem:");
	assert_int_equal(service_open(&service, &settings, 0, wake, NULL, &failed), 0);
	session_init(&session, &service, 7, ROLE_WRITE, stir, NULL);
	commit_error = 0;
	return 0;
}

static int gone(void **state)
{
	session_done(&session);
	service_close(&service);
	settings_done(&settings);
	return 0;
}

static void load(void)
{
	while (service_load(&service) > 0)
		;
	assert_true(service.ready);
}

static void feed(const char *text)
{
	session_feed(&session, text, strlen(text));
}

static void put(const char *id)
{
	char line[1000];

	snprintf(line, sizeof(line), "{\"id\":\"%s\",\"op\":\"put\",\"article\":{\"id\":\"%s\",\"text\":\"" WORDS "\"}}\n", id,
		 id);
	feed(line);
}

/* What may be sent by now, at most max bytes; turns: of the service before it. */
static const char *take(unsigned turns, size_t max)
{
	struct nd_str out;

	while (turns--)
		service_turn(&service);
	out = session_output(&session);
	out.len = out.len < max ? out.len : max;
	memcpy(got, out.at ? out.at : "", out.len);
	got[out.len] = 0;
	session_sent(&session, out.len);
	return got;
}

static unsigned lines_of(const char *text)
{
	unsigned ret = 0;

	while ((text = strchr(text, '\n')) != NULL && text++)
		ret++;
	return ret;
}

static void replies_come_in_order_and_stir(void **state)
{
	load();
	feed("{\"id\":1,\"op\":\"health\"}\n{\"id\":2,\"op\":\"nonsense\"}\n{\"id\":3,\"op\":\"he");
	assert_string_equal(take(0, SIZE_MAX), "");
	stirred = 0;
	assert_int_equal(lines_of(take(1, SIZE_MAX)), 2);
	assert_true(stirred);
	assert_ptr_equal(strstr(got, "{\"id\":1,\"ok\":true"), got);
	assert_non_null(strstr(got, "{\"id\":2,\"ok\":false,\"error\":{\"code\":\"unknown_op\""));
	feed("llo\"}\n");
	assert_int_equal(lines_of(take(1, SIZE_MAX)), 1);
	assert_true(session_is_idle(&session));
	assert_false(session_is_over(&session));
}

static void a_put_is_answered_when_it_is_committed_and_holds_back_what_follows(void **state)
{
	load();
	put("a");
	feed("{\"id\":2,\"op\":\"get\",\"key\":\"a\"}\n");
	assert_string_equal(take(1, SIZE_MAX), ""); /* it has run, and its commit has begun */
	assert_int_equal(nd_index_count(service.index), 1);
	assert_false(service_is_idle(&service));
	assert_int_equal(lines_of(take(1, SIZE_MAX)), 2);
	assert_true(service_is_idle(&service));
}

/* Pages that share most of their words: the first ones pass for copies of the very first, until the words are in too many
 * stories. */
static void put_page(unsigned i)
{
	char line[4000], *at = line + snprintf(line, sizeof(line), "{\"id\":%u,\"op\":\"put\",\"article\":{\"id\":\"p%u\","
								       "\"text\":\"", i, i);

	for (unsigned k = 0; k < 40; k++)
		at += sprintf(at, "w%xq ", (i * 1000 + k) * 2654435761u);
	sprintf(at, WORDS WORDS2 WORDS3 "\"}}\n");
	feed(line);
}

static unsigned count(const char *text, const char *what)
{
	unsigned ret = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		ret++;
	return ret;
}

static void articles_are_judged_again_before_the_next_one_is_put(void **state)
{
	static const char subscribe[] = "{\"op\":\"subscribe\"}\n";
	struct session listener;
	struct nd_str out;

	load();
	for (unsigned i = 0; i < 30; i++) {
		put_page(i);
		take(3, SIZE_MAX);
	}
	session_init(&listener, &service, 7, ROLE_READ, stir, NULL);
	session_feed(&listener, subscribe, strlen(subscribe));
	service_turn(&service);
	session_sent(&listener, session_output(&listener).len);
	assert_int_equal(nd_index_remove(service.index, 0), 0);
	for (nd_seq i = 1; i < 30; i++)
		assert_int_equal(nd_index_ask_again(service.index, i), 0);
	assert_true(service_judges_again(&service));
	assert_false(service_is_idle(&service));
	put("new");
	feed("{\"op\":\"health\"}\n");
	assert_string_equal(take(1, SIZE_MAX), "");
	assert_int_equal(nd_index_count(service.index), 30);
	while (service_turn(&service))
		;
	assert_int_equal(nd_index_count(service.index), 31);
	assert_int_equal(lines_of(take(2, SIZE_MAX)), 2);
	assert_true(service_is_idle(&service));
	out = session_output(&listener);
	memcpy(got, out.at, out.len);
	got[out.len] = 0;
	assert_true(count(got, "{\"event\":\"moved\"") > 3);
	assert_int_equal(count(got, "{\"event\":\"moved\""), count(got, "{\"event\":\"changed\""));
	assert_ptr_equal(strstr(got, "\"key\":\"new\""), strrchr(got, '{') + strlen("{\"event\":\"new\",\"seq\":30,"));
	session_done(&listener);
}

/* Many requests of one run a slice at a time, and another's need not wait for all of them. */
static void one_that_sends_much_lets_others_have_their_turn(void **state)
{
	static char text[100 * 20];
	struct session other;
	struct nd_str out;
	unsigned n;

	load();
	session_init(&other, &service, 7, ROLE_READ, stir, NULL);
	for (unsigned i = 0; i < 100; i++)
		strcat(text, "{\"op\":\"health\"}\n");
	feed(text);
	n = lines_of(take(1, SIZE_MAX));
	assert_in_range(n, 1, 50);
	service.at_leisure = true;
	session_feed(&other, "{\"op\":\"health\"}\n", 16);
	out = session_output(&other);
	assert_true(out.len && out.at[out.len - 1] == '\n');
	while (service_turn(&service))
		;
	n += lines_of(take(1, SIZE_MAX));
	assert_int_equal(n, 100);
	assert_true(service_is_idle(&service));
	session_done(&other);
}

static void while_loading_put_is_busy_and_health_is_not(void **state)
{
	put("a");
	feed("{\"op\":\"health\"}\n");
	take(1, SIZE_MAX);
	assert_non_null(strstr(got, "\"code\":\"busy\""));
	assert_non_null(strstr(got, "\"status\":\"starting\""));
}

static void a_role_that_does_not_do_is_denied(void **state)
{
	load();
	session.role = ROLE_READ;
	put("a");
	assert_non_null(strstr(take(2, SIZE_MAX), "\"code\":\"denied\""));
	assert_int_equal(nd_index_count(service.index), 0);
}

static void input_is_not_wanted_while_the_queue_is_full(void **state)
{
	load();
	settings.queue_max = 3;
	for (unsigned i = 0; i < 10; i++)
		feed("{\"op\":\"health\"}\n");
	assert_false(session_wants_input(&session));
	assert_int_equal(session.waiting, 3);
	assert_int_equal(lines_of(take(10, SIZE_MAX)), 10);
	assert_true(session_wants_input(&session));
}

/* A line that is no request, but large. */
static void feed_large(size_t n)
{
	char *line = malloc(n);

	memset(line, 'x', n);
	line[n - 1] = '\n';
	session_feed(&session, line, n);
	free(line);
}

static void input_is_not_wanted_while_a_few_large_requests_wait(void **state)
{
	load();
	settings.line_max = 2 << 20;
	for (unsigned i = 0; i < 10; i++)
		feed_large((1 << 20) + 1);
	assert_false(session_wants_input(&session));
	assert_int_equal(session.waiting, 2);
	assert_int_equal(service.waiting_bytes, 2 << 20);
	assert_int_equal(lines_of(take(10, SIZE_MAX)), 10);
	assert_true(session_wants_input(&session));
	assert_int_equal(service.waiting_bytes, 0);
}

static void requests_past_the_bytes_of_all_are_busy(void **state)
{
	load();
	settings.queue_bytes = 100;
	feed_large(200);
	feed("{\"id\":2,\"op\":\"health\"}\n");
	take(2, SIZE_MAX);
	assert_non_null(strstr(got, "\"bad_json\""));
	assert_non_null(strstr(got, "{\"id\":2,\"ok\":false,\"error\":{\"code\":\"busy\""));
	feed("{\"id\":3,\"op\":\"health\"}\n");
	assert_non_null(strstr(take(2, SIZE_MAX), "{\"id\":3,\"ok\":true"));
}

static void articles_that_wait_for_the_disk_count_as_well(void **state)
{
	load();
	put("a");
	take(1, SIZE_MAX); /* its commit is on its way */
	settings.queue_bytes = 100;
	feed("{\"id\":2,\"op\":\"health\"}\n");
	assert_int_equal(lines_of(take(1, SIZE_MAX)), 2);
	assert_non_null(strstr(got, "{\"id\":2,\"ok\":false,\"error\":{\"code\":\"busy\""));
	feed("{\"id\":3,\"op\":\"health\"}\n");
	assert_non_null(strstr(take(2, SIZE_MAX), "{\"id\":3,\"ok\":true"));
}

static void input_is_not_wanted_while_the_output_is_full(void **state)
{
	load();
	settings.output_max = 500;
	for (unsigned i = 0; i < 100; i++)
		feed("{\"op\":\"health\"}\n");
	take(5, 0);
	assert_false(session_wants_input(&session));
	assert_true(outbox_waiting(&session.out) < 1000);
	for (unsigned i = 0, n = 0; n < 100; i++) {
		n += lines_of(take(1, 100));
		assert_true(i < 1000);
	}
	assert_true(session_wants_input(&session));
}

static void a_long_story_is_told_in_pieces_and_what_follows_waits(void **state)
{
	char id[20];

	load();
	for (unsigned i = 0; i < 600; i++) {
		snprintf(id, sizeof(id), "m%u", i);
		put(id);
		take(2, SIZE_MAX);
	}
	feed("{\"op\":\"story\",\"key\":\"m9\"}\n{\"id\":\"after\",\"op\":\"health\"}\n");
	take(1, SIZE_MAX);
	assert_int_equal(lines_of(got), 0);
	assert_non_null(strstr(got, "\"id\":\"m200\""));
	assert_null(strstr(got, "\"id\":\"m400\""));
	take(4, SIZE_MAX);
	assert_int_equal(lines_of(got), 2);
	assert_non_null(strstr(got, "\"id\":\"m599\""));
	assert_non_null(strstr(got, "\"id\":\"after\""));
}

static void a_commit_that_fails_is_told_to_all_that_wait_for_it(void **state)
{
	load();
	put("a");
	feed("{\"id\":2,\"op\":\"hello\"}\n");
	commit_error = -EIO;
	take(2, SIZE_MAX);
	assert_int_equal(lines_of(got), 2);
	assert_ptr_equal(strstr(got, "{\"id\":\"a\",\"ok\":false,\"error\":{\"code\":\"store_error\""), got);
	assert_non_null(strstr(got, "{\"id\":2,\"ok\":true"));
	assert_int_equal(nd_index_count(service.index), 0);
	assert_non_null(service_fault(&service));
	commit_error = 0;
	put("b");
	assert_non_null(strstr(take(2, SIZE_MAX), "{\"id\":\"b\",\"ok\":true"));
	assert_null(service_fault(&service));
}

static void put_many(unsigned from, unsigned to)
{
	char id[20];

	for (unsigned i = from; i < to; i++) {
		snprintf(id, sizeof(id), "m%u", i);
		put(id);
	}
}

static void a_story_ends_where_its_members_have_left(void **state)
{
	load();
	settings.queue_max = 1000;
	put_many(0, 300);
	take(2, SIZE_MAX);
	commit_error = -EIO;
	put_many(300, 600);
	feed("{\"id\":\"s\",\"op\":\"story\",\"key\":\"m9\"}\n");
	take(2, SIZE_MAX); /* two pieces, and then the commit has failed */
	assert_int_equal(nd_index_count(service.index), 300);
	assert_int_equal(lines_of(got), 300);
	assert_non_null(strstr(got, "\"id\":\"m511\""));
	take(2, SIZE_MAX);
	assert_non_null(strstr(got, "],\"weakest_similarity\":1.0000}\n"));
	assert_ptr_equal(strstr(got, "]"), got);
	assert_true(session_is_idle(&session));
}

/* Of ten outlets, each pair of articles in one story. */
static void put_outlets(unsigned from, unsigned to)
{
	char line[1000];

	for (unsigned i = from; i < to; i++) {
		snprintf(line, sizeof(line),
			 "{\"op\":\"put\",\"article\":{\"id\":\"m%u\",\"outlet\":\"o%u\",\"text\":\"w%u x%u y%u z%u p%u q%u " WORDS
			 "w%u x%u y%u z%u p%u q%u\"}}\n",
			 i, i % 10, i / 2, i / 2, i / 2, i / 2, i / 2, i / 2, i / 2, i / 2, i / 2, i / 2, i / 2, i / 2);
		feed(line);
		take(2, SIZE_MAX);
	}
}

static void outlets_are_counted_in_steps_and_what_follows_waits(void **state)
{
	load();
	put_outlets(0, 1100);
	feed("{\"id\":\"o\",\"op\":\"outlets\",\"limit\":3}\n{\"id\":\"after\",\"op\":\"health\"}\n");
	assert_string_equal(take(0, SIZE_MAX), "");
	assert_string_equal(take(1, SIZE_MAX), "");
	assert_false(session_is_idle(&session));
	take(8, SIZE_MAX);
	assert_int_equal(lines_of(got), 2);
	assert_ptr_equal(strstr(got, "{\"id\":\"o\",\"ok\":true,\"items\":[{\"outlet\":\"o0\",\"articles\":110,"), got);
	assert_non_null(strstr(got, "],\"next\":\"o2\"}\n{\"id\":\"after\""));
	feed("{\"op\":\"outlets\",\"limit\":1}\n");
	assert_int_equal(lines_of(take(1, SIZE_MAX)), 1); /* nothing has changed: no need to count again */
}

static void outlets_are_counted_without_what_has_left(void **state)
{
	load();
	put_outlets(0, 20);
	commit_error = -EIO;
	feed("{\"op\":\"put\",\"article\":{\"id\":\"n\",\"outlet\":\"none\",\"text\":\"" WORDS "\"}}\n");
	feed("{\"id\":1,\"op\":\"outlets\"}\n");
	take(8, SIZE_MAX);
	commit_error = 0;
	assert_non_null(strstr(got, "{\"id\":1,\"ok\":true"));
	assert_int_equal(nd_index_count(service.index), 20);
	feed("{\"id\":2,\"op\":\"outlets\",\"outlet\":\"none\"}\n");
	take(4, SIZE_MAX);
	assert_string_equal(got, "{\"id\":2,\"ok\":true,\"items\":[],\"next\":null}\n");
}

static void leads_are_looked_for_in_steps_and_one_that_has_left_is_not_told(void **state)
{
	const char *at;

	load();
	settings.queue_max = 1000;
	put_many(0, 300);
	take(2, SIZE_MAX);
	commit_error = -EIO;
	put_many(300, 600);
	feed("{\"id\":\"l\",\"op\":\"leads\"}\n");
	take(8, SIZE_MAX); /* members are known, and then the commit has failed */
	commit_error = 0;
	assert_int_equal(nd_index_count(service.index), 300);
	assert_int_equal(lines_of(got), 301);
	at = strstr(got, "{\"id\":\"l\",\"ok\":true,\"items\":[{\"id\":\"m0\",");
	assert_non_null(at);
	assert_non_null(strstr(at, "\"id\":\"m299\""));
	assert_null(strstr(at, "\"id\":\"m300\""));
	assert_non_null(strstr(at, "],\"next\":null}\n"));
	assert_true(session_is_idle(&session));
}

static void one_that_goes_in_the_middle_of_a_page_leaves_nothing(void **state)
{
	const char *const requests[] = { "{\"op\":\"outlets\"}\n", "{\"op\":\"leads\"}\n" };
	struct session other;

	load();
	put_outlets(0, 1100);
	for (unsigned turns = 0; turns < 4; turns++) {
		for (unsigned i = 0; i < 2; i++) {
			session_init(&other, &service, 7, ROLE_READ, stir, NULL);
			session_feed(&other, requests[i], strlen(requests[i]));
			take(turns, SIZE_MAX);
			session_done(&other);
		}
	}
	assert_null(service.lists[LIST_BUSY]);
}

static void after_the_end_of_input_all_is_answered_and_then_it_is_over(void **state)
{
	load();
	put("a");
	feed("{\"op\":\"health\"}");
	session_eof(&session);
	assert_false(session_is_over(&session));
	assert_int_equal(lines_of(take(2, SIZE_MAX)), 2);
	assert_true(session_is_over(&session));
}

static void behind_a_subscription_nothing_is_answered(void **state)
{
	load();
	feed("{\"op\":\"subscribe\"}\n{\"op\":\"hello\"}\nGET /healthz HTTP/1.1\n\n");
	assert_string_equal(take(2, SIZE_MAX), "{\"id\":null,\"ok\":true}\n");
	assert_true(session_is_idle(&session));
	assert_false(session_is_over(&session));
}

static void one_that_goes_leaves_nothing_waiting(void **state)
{
	load();
	put("a");
	put("b");
	session_done(&session);
	service_turn(&service);
	assert_int_equal(service.waiting, 0);
	assert_true(service_is_idle(&service));
	session_init(&session, &service, 7, ROLE_READ, stir, NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(replies_come_in_order_and_stir),
		TEST(a_put_is_answered_when_it_is_committed_and_holds_back_what_follows),
		TEST(articles_are_judged_again_before_the_next_one_is_put),
		TEST(one_that_sends_much_lets_others_have_their_turn),
		TEST(while_loading_put_is_busy_and_health_is_not),
		TEST(a_role_that_does_not_do_is_denied),
		TEST(input_is_not_wanted_while_the_queue_is_full),
		TEST(input_is_not_wanted_while_a_few_large_requests_wait),
		TEST(requests_past_the_bytes_of_all_are_busy),
		TEST(articles_that_wait_for_the_disk_count_as_well),
		TEST(input_is_not_wanted_while_the_output_is_full),
		TEST(a_long_story_is_told_in_pieces_and_what_follows_waits),
		TEST(a_commit_that_fails_is_told_to_all_that_wait_for_it),
		TEST(a_story_ends_where_its_members_have_left),
		TEST(outlets_are_counted_in_steps_and_what_follows_waits),
		TEST(outlets_are_counted_without_what_has_left),
		TEST(leads_are_looked_for_in_steps_and_one_that_has_left_is_not_told),
		TEST(one_that_goes_in_the_middle_of_a_page_leaves_nothing),
		TEST(after_the_end_of_input_all_is_answered_and_then_it_is_over),
		TEST(behind_a_subscription_nothing_is_answered),
		TEST(one_that_goes_leaves_nothing_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
