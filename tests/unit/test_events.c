/* daemon/events: told once their article is stored, to whom asked for them, and never more than fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/events.h"
#include "tests/unit/made.h"

static struct events events;
static struct nd_index *ix;
static struct nd_fingerprinter *f;
static uint64_t ticket;

struct listener {
	struct subscriber s;
	struct outbox out;
	unsigned stirred;
};

static struct listener one, two;

static void stir(void *arg)
{
	((struct listener *)arg)->stirred++;
}

static void subscribe(struct listener *l, uint32_t wanted, size_t max)
{
	outbox_init(&l->out);
	l->stirred = 0;
	l->s = (struct subscriber){ .out = &l->out, .stir = stir, .arg = l };
	assert_int_equal(events_subscribe(&events, &l->s, wanted, max), 0);
}

static int fresh(void **state)
{
	events_init(&events);
	ticket = 0;
	assert_int_equal(nd_index_new("/tmp", &ix), 0);
	assert_int_equal(nd_fingerprinter_new(&f), 0);
	return 0;
}

static int gone(void **state)
{
	events_unsubscribe(&events, &one.s);
	events_unsubscribe(&events, &two.s);
	outbox_done(&one.out);
	outbox_done(&two.out);
	events_done(&events);
	nd_index_free(ix);
	nd_fingerprinter_free(f);
	return 0;
}

/* An article with the words from `from` on; its event waits for the next ticket. */
static void put(const char *id, uint32_t from, const char *published)
{
	struct nd_article a = { .id = str(id), .text = str(text_of(from, from + 80)), .published = str(published) };
	struct nd_fingerprint fp;
	struct nd_report r;

	assert_int_equal(nd_fingerprint(f, &a, &fp), 0);
	assert_int_equal(nd_index_add(ix, &fp, &r), 0);
	events_note(&events, ix, &r, ++ticket);
}

/* Of what waits for l: how often `what` stands in it. */
static unsigned count(const struct listener *l, const char *what)
{
	struct nd_str out = outbox_ready(&l->out);
	unsigned n = 0;

	for (const char *at = out.at; at && (at = memmem(at, (size_t)(out.at + out.len - at), what, strlen(what))); at++)
		n++;
	return n;
}

static void take(struct listener *l)
{
	outbox_take(&l->out, outbox_waiting(&l->out));
	events_taken(&l->s);
}

static void names_have_a_bit_each(void **state)
{
	uint32_t all = events_bit(str("new")) | events_bit(str("copy")) | events_bit(str("origin_changed")) |
		       events_bit(str("moved")) | events_bit(str("changed")) | events_bit(str("growth")) |
		       events_bit(str("memory_full"));

	assert_int_equal(all, EVENTS_ALL);
	assert_int_equal(events_bit(str("ne")), 0);
	assert_int_equal(events_bit(str("news")), 0);
}

static void an_event_is_told_when_its_article_is_stored(void **state)
{
	subscribe(&one, EVENTS_ALL, 10);
	put("a", 0, "2031-01-02");
	put("b", 1000, "2031-01-02");
	events_publish(&events, 0);
	assert_int_equal(outbox_waiting(&one.out), 0);
	events_publish(&events, 1);
	assert_int_equal(count(&one, "{\"event\":\"new\",\"seq\":0,\"key\":\"a\""), 1);
	assert_int_equal(count(&one, "\n"), 1);
	events_publish(&events, 2);
	assert_int_equal(count(&one, "\n"), 2);
	assert_int_equal(one.stirred, 2);
}

static void each_hears_what_it_asked_for(void **state)
{
	subscribe(&one, events_bit(str("origin_changed")), 10);
	subscribe(&two, events_bit(str("copy")) | events_bit(str("changed")), 10);
	put("a", 0, "2031-01-02");
	put("b", 0, "2031-01-01");
	put("a", 1000, "2031-01-02");
	events_publish(&events, ticket);
	assert_int_equal(count(&one, "\n"), 1);
	assert_int_equal(count(&one, "\"origin\":\"b\""), 1);
	assert_int_equal(count(&two, "\n"), 2);
	assert_int_equal(count(&two, "{\"event\":\"changed\",\"seq\":2"), 1);
}

static void what_is_rolled_back_is_never_told(void **state)
{
	subscribe(&one, EVENTS_ALL, 10);
	put("a", 0, "2031-01-02");
	put("b", 1000, "2031-01-02");
	events_publish(&events, 1);
	events_rollback(&events);
	events_publish(&events, 2);
	assert_int_equal(count(&one, "\n"), 1);
}

static void what_was_judged_again_tells_what_it_was(void **state)
{
	struct nd_change c = { 1, 0, 1, ND_NONE, ND_NONE, ND_COPY, ND_NEW };

	put("a", 0, "2031-01-02");
	put("b", 1000, "2031-01-01");
	events_note_change(&events, ix, &c, 3);
	subscribe(&one, EVENTS_ALL, 10);
	events_note_change(&events, ix, &c, 3);
	events_publish(&events, 2);
	assert_int_equal(count(&one, "\n"), 0);
	events_publish(&events, 3);
	assert_int_equal(count(&one, "\n"), 2);
	assert_int_equal(count(&one, "{\"event\":\"changed\",\"seq\":1,\"key\":\"b\",\"verdict\":\"new\",\"story\":\"b\""), 1);
	assert_int_equal(count(&one, "{\"event\":\"moved\",\"seq\":1"), 1);
	assert_int_equal(count(&one, "\"before\":{\"verdict\":\"copy\",\"story\":\"a\"}}\n"), 2);
	take(&one);
	c.story = 0;
	events_note_change(&events, ix, &c, 4);
	c = (struct nd_change){ 0, 0, 0, 0, 1, ND_NEW, ND_NEW };
	events_note_change(&events, ix, &c, 4);
	events_publish(&events, 4);
	assert_int_equal(count(&one, "\n"), 2);
	assert_int_equal(count(&one, "\"moved\""), 0);
	assert_int_equal(count(&one, "{\"event\":\"origin_changed\",\"seq\":0"), 1);
	assert_int_equal(count(&one, "\"before\":{\"verdict\":\"new\",\"story\":\"a\",\"origin\":\"a\"}}\n"), 1);
}

static void a_slow_one_misses_events_and_hears_how_many_once_half_is_taken(void **state)
{
	subscribe(&one, EVENTS_ALL, 4);
	subscribe(&two, EVENTS_ALL, 100);
	for (uint32_t i = 0; i < 7; i++)
		put("x", i * 1000, "2031-01-02");
	events_publish(&events, ticket);
	assert_int_equal(count(&one, "\n"), 4);
	assert_int_equal(count(&two, "\n"), 7);
	assert_int_equal(events.missed, 3);
	take(&one);
	assert_int_equal(count(&one, "{\"event\":\"overrun\",\"seq\":6,\"missed\":3}\n"), 1);
	put("y", 9000, "2031-01-02");
	events_publish(&events, ticket);
	assert_int_equal(count(&one, "\n"), 2); /* the overrun, and events again */
}

static void without_subscribers_nothing_is_kept(void **state)
{
	put("a", 0, "2031-01-02");
	assert_int_equal(events.pending.len, 0);
	subscribe(&one, EVENTS_ALL, 10);
	assert_int_equal(events.n_subscribers, 1);
	events_unsubscribe(&events, &one.s);
	events_unsubscribe(&events, &one.s);
	assert_int_equal(events.n_subscribers, 0);
	put("b", 1000, "2031-01-02");
	assert_int_equal(events.pending.len, 0);
}

static void a_full_memory_is_told_at_once(void **state)
{
	static const char told[] = "{\"event\":\"memory_full\",\"seq\":7,\"bytes\":90,\"max\":100}\n";
	struct nd_str out;

	events_note_full(&events, 7, 90, 100); /* nobody listens */
	subscribe(&one, events_bit(str("memory_full")), 10);
	subscribe(&two, events_bit(str("new")), 10);
	events_note_full(&events, 7, 90, 100);
	events_publish(&events, 0);
	out = outbox_ready(&one.out);
	assert_int_equal(out.len, strlen(told));
	assert_memory_equal(out.at, told, strlen(told));
	assert_int_equal(outbox_waiting(&two.out), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_full_memory_is_told_at_once),
		TEST(names_have_a_bit_each),
		TEST(an_event_is_told_when_its_article_is_stored),
		TEST(each_hears_what_it_asked_for),
		TEST(what_is_rolled_back_is_never_told),
		TEST(what_was_judged_again_tells_what_it_was),
		TEST(a_slow_one_misses_events_and_hears_how_many_once_half_is_taken),
		TEST(without_subscribers_nothing_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
