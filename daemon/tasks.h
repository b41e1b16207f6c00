/*
 * Lines to requests, on threads. Several lines of one session travel as one task, to spare locks and
 * wake-ups; tasks come back in any order, and the session puts them in its own.
 *
 *     loop     tasks_get, task_add ..., tasks_submit     tasks_finished -> each -> tasks_put
 *     worker                             task_run ----> wake()
 */
#ifndef ND_DAEMON_TASKS_H
#define ND_DAEMON_TASKS_H

#include "daemon/ask.h"

#define TASK_LINES 32u
#define TASK_BYTES ((size_t)128 << 10) /* a task is full at this; one line may be longer */

struct session;

struct task_line {
	size_t at, len;
	bool too_large; /* nothing is known of it but that */
};

struct task {
	struct task *next;       /* in the queue or list that it is in */
	struct task *follower;   /* the session's next one */
	struct session *session; /* NULL: it has gone */
	struct buf text;
	struct task_line lines[TASK_LINES];
	size_t n_lines;
	const char *refuse; /* code: all of its lines are refused */
	const char *why;
	int64_t received;   /* ms */
	uint64_t arrived;   /* ns */

	struct asks asks; /* what became of the lines */
	int err;          /* -ENOMEM: some are missing */
	bool done;        /* the session may run it */
	size_t ran;       /* of asks */
};

bool task_full(const struct task *t);

/* line NULL: one that was too large. Errors: -ENOMEM. */
int task_add(struct task *t, const char *line, size_t len);

struct tasks;
typedef void tasks_wake(void *arg); /* on any thread: something has finished */

/* threads 0: tasks_submit does the work itself. Errors: as asker_new; -EAGAIN without threads. */
int tasks_new(unsigned threads, const struct ask_limits *limits, tasks_wake *wake, void *arg, struct tasks **ret);

/* Ends the threads; what waits is dropped. */
void tasks_free(struct tasks *t);

/* Rules for the articles of tasks that threads take from now on; it holds on to them. The loop's thread. */
void tasks_use(struct tasks *t, struct nd_rules *rules);

/* An empty one; NULL without memory. It is given back after use. */
struct task *tasks_get(struct tasks *t);
void tasks_put(struct tasks *t, struct task *task);

void tasks_submit(struct tasks *t, struct task *task);

/* Does it here and now, on the calling thread. */
void tasks_run(struct tasks *t, struct task *task);

/* All that have finished since, linked by next; NULL: none. */
struct task *tasks_finished(struct tasks *t);

#endif
