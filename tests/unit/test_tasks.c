/* daemon/tasks: lines to requests on threads; all that goes in comes out, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <semaphore.h>

#include "daemon/ops.h"
#include "daemon/tasks.h"

static const struct ask_limits limits = { .text = 1 << 20, .depth = 32 };
static struct tasks *tasks;
static sem_t woken;

static void wake(void *arg)
{
	sem_post(&woken);
}

static void start(unsigned threads)
{
	assert_int_equal(sem_init(&woken, 0, 0), 0);
	assert_int_equal(tasks_new(threads, &limits, wake, NULL, &tasks), 0);
}

static int gone(void **state)
{
	tasks_free(tasks);
	tasks = NULL;
	sem_destroy(&woken);
	return 0;
}

static struct task *task_of(const char *line)
{
	struct task *t = tasks_get(tasks);

	assert_non_null(t);
	assert_int_equal(task_add(t, line, line ? strlen(line) : 0), 0);
	return t;
}

static const char *code_of(const struct task *t, size_t i)
{
	assert_true(i < t->asks.n);
	return t->asks.at[i].code ? t->asks.at[i].code : "";
}

static struct nd_str id_of(const struct task *t, size_t i)
{
	return asks_str(&t->asks, t->asks.at[i].id);
}

static void a_task_is_full_by_lines_or_by_bytes(void **state)
{
	char *large = calloc(1, TASK_BYTES);
	struct task *t;

	start(0);
	t = tasks_get(tasks);
	for (unsigned i = 0; i < TASK_LINES; i++) {
		assert_false(task_full(t));
		assert_int_equal(task_add(t, "{}", 2), 0);
	}
	assert_true(task_full(t));
	tasks_put(tasks, t);
	t = tasks_get(tasks);
	assert_int_equal(t->n_lines, 0);
	assert_int_equal(task_add(t, large, TASK_BYTES), 0);
	assert_true(task_full(t));
	tasks_put(tasks, t);
	free(large);
}

static void every_line_becomes_an_ask_in_order_good_or_not(void **state)
{
	struct task *t;

	start(0);
	t = task_of("{\"id\":1,\"op\":\"health\"}");
	assert_int_equal(task_add(t, "{no json", 8), 0);
	assert_int_equal(task_add(t, NULL, 0), 0);
	assert_int_equal(task_add(t, "{\"id\":4,\"op\":\"get\",\"key\":\"k\"}", 29), 0);
	tasks_run(tasks, t);
	assert_int_equal(t->err, 0);
	assert_int_equal(t->asks.n, 4);
	assert_string_equal(code_of(t, 0), "");
	assert_ptr_equal(t->asks.at[0].op, ops_find((struct nd_str){ "health", 6 }));
	assert_string_equal(code_of(t, 1), "bad_json");
	assert_string_equal(code_of(t, 2), "too_large");
	assert_memory_equal(asks_str(&t->asks, t->asks.at[3].key).at, "k", 1);
	tasks_put(tasks, t);
}

static void a_refused_task_keeps_the_ids_of_its_lines(void **state)
{
	struct task *t;

	start(0);
	t = task_of("{\"id\":\"x\",\"op\":\"health\"}");
	t->refuse = "busy";
	t->why = "too many";
	tasks_run(tasks, t);
	assert_string_equal(code_of(t, 0), "busy");
	assert_memory_equal(id_of(t, 0).at, "\"x\"", 3);
	tasks_put(tasks, t);
}

static void without_threads_submit_does_the_work(void **state)
{
	struct task *t;

	start(0);
	t = task_of("{\"op\":\"health\"}");
	tasks_submit(tasks, t);
	assert_int_equal(sem_trywait(&woken), 0);
	assert_ptr_equal(tasks_finished(tasks), t);
	assert_null(tasks_finished(tasks));
	assert_int_equal(t->asks.n, 1);
	tasks_put(tasks, t);
}

static void what_threads_are_given_comes_back_once_each(void **state)
{
	enum { N = 500 };
	bool seen[N] = { false };
	char line[64];
	unsigned n = 0;

	start(3);
	for (unsigned i = 0; i < N; i++) {
		snprintf(line, sizeof(line), "{\"id\":%u,\"op\":\"health\"}", i);
		tasks_submit(tasks, task_of(line));
	}
	while (n < N) {
		struct task *t, *next;

		sem_wait(&woken);
		for (t = tasks_finished(tasks); t; t = next, n++) {
			unsigned i = (unsigned)atoi(id_of(t, 0).at);

			next = t->next;
			assert_true(i < N && !seen[i]);
			seen[i] = true;
			tasks_put(tasks, t);
		}
	}
	assert_null(tasks_finished(tasks));
}

static void what_waits_at_the_end_is_dropped(void **state)
{
	start(2);
	for (unsigned i = 0; i < 100; i++)
		tasks_submit(tasks, task_of("{\"op\":\"put\",\"article\":{\"text\":\"some words that nobody will wait for\"}}"));
}

#define TEST(f) cmocka_unit_test_teardown(f, gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_task_is_full_by_lines_or_by_bytes),
		TEST(every_line_becomes_an_ask_in_order_good_or_not),
		TEST(a_refused_task_keeps_the_ids_of_its_lines),
		TEST(without_threads_submit_does_the_work),
		TEST(what_threads_are_given_comes_back_once_each),
		TEST(what_waits_at_the_end_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
