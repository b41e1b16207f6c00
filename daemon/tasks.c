#include "daemon/tasks.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "wire/article.h"

#define SPARE_MAX 64u
#define SPARE_BYTES ((size_t)1 << 20) /* of text that a spare task keeps */

struct queue {
	struct task *first, **last;
};

struct thread {
	pthread_t id;
	struct tasks *tasks;
	struct asker *asker;
};

struct tasks {
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct queue waiting, finished; /* under lock */
	unsigned idle;                  /* threads that wait; under lock */
	bool stop;                      /* under lock */
	struct nd_rules *rules;         /* changed by the loop under lock; NULL: those built in */
	tasks_wake *wake;
	void *arg;
	struct asker *asker; /* the loop's own */
	struct task *spare;  /* the loop's */
	unsigned n_spare;
	unsigned n_threads;
	struct thread threads[];
};

static void queue_init(struct queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

static void queue_add(struct queue *q, struct task *t)
{
	t->next = NULL;
	*q->last = t;
	q->last = &t->next;
}

static struct task *queue_take(struct queue *q)
{
	struct task *ret = q->first;

	if (ret)
		q->first = ret->next;
	if (!q->first)
		q->last = &q->first;
	return ret;
}

/* --- one task --- */

bool task_full(const struct task *t)
{
	return t->n_lines == TASK_LINES || t->text.len >= TASK_BYTES;
}

int task_add(struct task *t, const char *line, size_t len)
{
	struct task_line l = { .at = t->text.len, .len = len, .too_large = !line };
	int err = line ? buf_reserve(&t->text, len + WIRE_PADDING) : 0;

	if (err)
		return err;
	if (line)
		buf_add(&t->text, line, len);
	t->lines[t->n_lines++] = l;
	return 0;
}

static int read_line(struct asker *k, struct task *t, const struct task_line *l)
{
	const char *at;

	if (l->too_large)
		return asker_refuse(k, NULL, 0, "too_large", "the line is too long", &t->asks);
	at = (const char *)t->text.at + l->at;
	if (t->refuse)
		return asker_refuse(k, at, l->len, t->refuse, t->why, &t->asks);
	return asker_read(k, at, l->len, t->received, &t->asks);
}

static void task_run(struct task *t, struct asker *k)
{
	if (t->text.at) /* what the parser may read beyond the last line is the same for all */
		memset(t->text.at + t->text.len, 0, WIRE_PADDING);
	for (size_t i = 0; i < t->n_lines && !t->err; i++)
		t->err = read_line(k, t, &t->lines[i]);
}

static void task_free(struct task *t)
{
	buf_done(&t->text);
	asks_done(&t->asks);
	free(t);
}

struct task *tasks_get(struct tasks *t)
{
	struct task *ret = t->spare;

	if (ret) {
		t->spare = ret->next;
		t->n_spare--;
		return ret;
	}
	ret = calloc(1, sizeof(*ret));
	if (ret) {
		buf_init(&ret->text, SIZE_MAX / 2);
		asks_init(&ret->asks);
	}
	return ret;
}

void tasks_put(struct tasks *t, struct task *task)
{
	struct buf text = task->text;
	struct asks asks = task->asks;

	if (t->n_spare == SPARE_MAX || text.cap > SPARE_BYTES) {
		task_free(task);
		return;
	}
	asks_clear(&asks);
	buf_clear(&text);
	memset(task, 0, sizeof(*task));
	task->text = text;
	task->asks = asks;
	task->next = t->spare;
	t->spare = task;
	t->n_spare++;
}

/* --- threads --- */

static void finish(struct tasks *t, struct task *task)
{
	bool first;

	pthread_mutex_lock(&t->lock);
	first = !t->finished.first;
	queue_add(&t->finished, task);
	pthread_mutex_unlock(&t->lock);
	if (first)
		t->wake(t->arg);
}

static struct task *wait_for_work(struct tasks *t, struct asker *k)
{
	struct task *ret;

	pthread_mutex_lock(&t->lock);
	t->idle++;
	while (!t->waiting.first && !t->stop)
		pthread_cond_wait(&t->work, &t->lock);
	t->idle--;
	ret = t->stop ? NULL : queue_take(&t->waiting);
	asker_use(k, t->rules);
	pthread_mutex_unlock(&t->lock);
	return ret;
}

static void *thread_main(void *arg)
{
	struct thread *self = arg;
	struct task *task;

	while ((task = wait_for_work(self->tasks, self->asker)) != NULL) {
		task_run(task, self->asker);
		finish(self->tasks, task);
	}
	return NULL;
}

static int start(struct tasks *t, const struct ask_limits *limits)
{
	struct thread *next = &t->threads[t->n_threads];
	int err = asker_new(limits, &next->asker);

	next->tasks = t;
	if (!err)
		err = -pthread_create(&next->id, NULL, thread_main, next);
	if (err)
		asker_free(next->asker);
	else
		t->n_threads++;
	return err;
}

int tasks_new(unsigned threads, const struct ask_limits *limits, tasks_wake *wake, void *arg, struct tasks **ret)
{
	struct tasks *t = calloc(1, sizeof(*t) + threads * sizeof(struct thread));
	int err;

	if (!t)
		return -ENOMEM;
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->work, NULL);
	queue_init(&t->waiting);
	queue_init(&t->finished);
	t->wake = wake;
	t->arg = arg;
	err = asker_new(limits, &t->asker);
	for (unsigned i = 0; i < threads && !err; i++)
		err = start(t, limits);
	if (err)
		tasks_free(t);
	else
		*ret = t;
	return err;
}

static void drop_all(struct queue *q)
{
	struct task *task;

	while ((task = queue_take(q)) != NULL)
		task_free(task);
}

static void stop_threads(struct tasks *t)
{
	pthread_mutex_lock(&t->lock);
	t->stop = true;
	pthread_cond_broadcast(&t->work);
	pthread_mutex_unlock(&t->lock);
	for (unsigned i = 0; i < t->n_threads; i++) {
		pthread_join(t->threads[i].id, NULL);
		asker_free(t->threads[i].asker);
	}
}

void tasks_free(struct tasks *t)
{
	struct task *spare;

	if (!t)
		return;
	stop_threads(t);
	drop_all(&t->waiting);
	drop_all(&t->finished);
	while ((spare = t->spare) != NULL) {
		t->spare = spare->next;
		task_free(spare);
	}
	asker_free(t->asker);
	nd_rules_free(t->rules);
	pthread_cond_destroy(&t->work);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

void tasks_use(struct tasks *t, struct nd_rules *rules)
{
	struct nd_rules *before = t->rules;

	pthread_mutex_lock(&t->lock);
	t->rules = nd_rules_keep(rules);
	pthread_mutex_unlock(&t->lock);
	asker_use(t->asker, rules);
	nd_rules_free(before);
}

void tasks_run(struct tasks *t, struct task *task)
{
	task_run(task, t->asker);
}

void tasks_submit(struct tasks *t, struct task *task)
{
	bool wanted;

	if (!t->n_threads) {
		task_run(task, t->asker);
		finish(t, task);
		return;
	}
	pthread_mutex_lock(&t->lock);
	queue_add(&t->waiting, task);
	wanted = t->idle > 0;
	pthread_mutex_unlock(&t->lock);
	if (wanted)
		pthread_cond_signal(&t->work);
}

struct task *tasks_finished(struct tasks *t)
{
	struct task *ret;

	pthread_mutex_lock(&t->lock);
	ret = t->finished.first;
	queue_init(&t->finished);
	pthread_mutex_unlock(&t->lock);
	return ret;
}
