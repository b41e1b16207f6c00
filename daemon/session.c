#include "daemon/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/call.h"
#include "daemon/clock.h"
#include "daemon/log.h"

#define RUN_SLICE 32u       /* requests run before others have their turn: less than a ms */
#define QUICK_BYTES ((size_t)8 << 10) /* of a request that the loop may read itself: some 20 us */
#define QUEUE_BYTES_MIN ((size_t)1 << 20) /* of one connection's requests, however short its lines must be */
#define HTTP_LINE_MAX 8192u /* of a header; only whether it is empty matters */

static void subscriber_stir(void *arg)
{
	struct session *s = arg;

	s->stir(s->arg);
}

void session_init(struct session *s, struct service *sv, uid_t uid, enum role role, session_stir *stir, void *arg)
{
	memset(s, 0, sizeof(*s));
	s->service = sv;
	s->uid = uid;
	s->role = role;
	s->stir = stir;
	s->arg = arg;
	s->last = &s->first;
	s->subscriber.out = &s->out;
	s->subscriber.stir = subscriber_stir;
	s->subscriber.arg = s;
	lines_init(&s->in);
	outbox_init(&s->out);
}

static void leave(struct session *s, enum service_list list)
{
	struct session_link *l = &s->links[list];

	if (!l->at)
		return;
	*l->at = l->next;
	if (l->next)
		l->next->links[list].at = l->at;
	l->at = NULL;
}

static void enter(struct session *s, enum service_list list)
{
	struct session **first = &s->service->lists[list];
	struct session_link *l = &s->links[list];

	if (l->at)
		return;
	*l = (struct session_link){ .next = *first, .at = first };
	if (l->next)
		l->next->links[list].at = &l->next;
	*first = s;
}

static bool is_in(const struct session *s, enum service_list list)
{
	return s->links[list].at != NULL;
}

/* A line of so many bytes was added to a task, or has left with it. */
static void count_bytes(struct session *s, size_t more, size_t less)
{
	s->waiting_bytes += more - less;
	s->service->waiting_bytes += more - less;
}

/* n requests of the session wait no longer. */
static void wait_less(struct session *s, size_t n)
{
	s->waiting -= n;
	s->service->waiting -= n;
}

/* The first task leaves; one that is still with a thread is given back when it returns. */
static void drop_first(struct session *s)
{
	struct task *t = s->first;

	count_bytes(s, 0, t->text.len);
	s->first = t->follower;
	if (!s->first)
		s->last = &s->first;
	t->session = NULL;
	if (t->done)
		tasks_put(s->service->tasks, t);
}

static void end_telling(struct session *s)
{
	if (s->telling)
		s->telling->free(s->telling);
	s->telling = NULL;
}

void session_done(struct session *s)
{
	end_telling(s);
	wait_less(s, s->waiting);
	while (s->first)
		drop_first(s);
	leave(s, LIST_HOLDING);
	leave(s, LIST_BUSY);
	events_unsubscribe(&s->service->events, &s->subscriber);
	lines_done(&s->in);
	outbox_done(&s->out);
}

static void break_off(struct session *s, int err)
{
	if (!s->broken)
		log_error("a connection is given up: %s", strerror(-err));
	s->broken = true;
}

/* --- requests run --- */

static bool output_full(const struct session *s)
{
	return outbox_waiting(&s->out) >= s->service->settings->output_max;
}

static bool can_run(const struct session *s)
{
	return s->first && s->first->done && !s->telling && !output_full(s) && !s->broken;
}

static void call_run(struct call *c)
{
	const struct ask *a = c->ask;

	if (a->code)
		call_fail(c, a->code, "%.*s", (int)a->reason.len, call_str(c, a->reason).at);
	else if (c->session->role < a->op->role)
		call_fail(c, "denied", "\"%s\" needs the role %s", a->op->name, role_name(a->op->role));
	else if (!c->service->ready && !a->op->early)
		call_fail(c, "busy", "loading: %u of %llu articles", nd_index_count(c->service->index),
			  (unsigned long long)c->service->stored);
	else
		a->op->run(c);
}

static void run_ask(struct session *s, const struct task *t, const struct ask *a)
{
	struct metrics *m = &s->service->metrics;
	struct call c = { .service = s->service, .session = s, .task = t, .ask = a };

	if (s->subscriber.ends) { /* it has changed sides: it only listens now */
		wait_less(s, 1);
		return;
	}
	out_init(&c.out, &s->out.buf);
	c.start = outbox_end(&s->out);
	wait_less(s, 1);
	m->requests[a->op ? ops_number(a->op) : OPS]++;
	call_run(&c);
	if (s->subscriber.ends) /* what came behind it is not answered, HTTP neither */
		s->http.stage = HTTP_NONE;
	if (c.out.err)
		break_off(s, c.out.err);
	if (!c.held)
		metrics_latency(m, clock_ns() - t->arrived);
}

/* The memory that the next one's postings are in is fetched while this one runs. */
static void expect_next(struct session *s, const struct task *t)
{
	const struct ask *next = &t->asks.at[t->ran];

	if (t->ran < t->asks.n && next->record.len) {
		struct nd_fingerprint fp = { t->asks.data.at + next->record.at, next->record.len };

		nd_index_expect(s->service->index, &fp);
	}
}

static void run_first(struct session *s)
{
	struct task *t = s->first;
	const struct ask *a = &t->asks.at[t->ran];

	if (t->ran < t->asks.n) {
		t->ran++;
		expect_next(s, t);
		run_ask(s, t, a);
		return;
	}
	if (t->err)
		break_off(s, t->err);
	wait_less(s, t->n_lines - t->asks.n);
	drop_first(s);
}

static void answer_http(struct session *s)
{
	int err;

	if (s->http.stage != HTTP_READY || s->first || s->telling)
		return;
	err = http_answer(&s->http, s->service, s->role, &s->out.buf);
	if (err)
		break_off(s, err);
	s->last_reply = true;
}

/* --- lines become tasks --- */

struct taking {
	struct task *task; /* being filled */
	uint64_t now;
	uint64_t pending_bytes; /* of articles that wait for the disk */
	bool done; /* a task that was taken has been run already */
};

/* Why a request is not even looked at; NULL: it is. */
static const char *refusal(struct session *s, const struct taking *k, const char **why)
{
	struct service *sv = s->service;

	*why = "too many requests are waiting";
	if (sv->waiting >= sv->settings->queue_global_max)
		return "busy";
	*why = "what waits takes too much memory";
	if (sv->waiting_bytes + k->pending_bytes >= memory_queue_bytes(sv))
		return "busy";
	*why = "this user sends too many requests a second";
	return rates_allow(&sv->rates, s->uid, sv->settings->rate, k->now) ? NULL : "rate_limited";
}

/*
 * Whether a task is so small that the way to a thread and back would take longer. A refusal is, unless its line
 * is so long that looking for the id in it would keep others waiting; so is a session's single request, which need
 * not wait behind what others have sent in bulk, but only one each time that the loop wakes: of many clients'
 * requests the rest goes to the threads.
 */
static bool is_quick(struct session *s, const struct task *t)
{
	if (t->refuse)
		return t->text.len <= 2 * TASK_BYTES;
	if (!s->service->at_leisure || s->waiting > 1 || t->text.len > QUICK_BYTES)
		return false;
	s->service->at_leisure = false;
	return true;
}

/* Returns whether it is done already. */
static bool submit(struct session *s, struct task *t)
{
	if (!t)
		return false;
	*s->last = t;
	s->last = &t->follower;
	t->done = is_quick(s, t);
	if (t->done)
		tasks_run(s->service->tasks, t);
	else
		tasks_submit(s->service->tasks, t);
	return t->done;
}

static struct task *begin_task(struct session *s, uint64_t now)
{
	struct task *t = tasks_get(s->service->tasks);

	if (!t)
		return NULL;
	t->session = s;
	t->received = clock_ms();
	t->arrived = now;
	return t;
}

/* A line that is no request of the protocol. */
static bool is_other(struct session *s, const struct line *l)
{
	if (s->subscriber.ends)
		return true;
	if (s->http.stage != HTTP_NONE || (l->at && http_begins(l->at, l->len))) {
		http_line(&s->http, l->at, l->at && l->len < HTTP_LINE_MAX ? l->len : HTTP_LINE_MAX);
		return true;
	}
	for (size_t i = 0; l->at && i < l->len; i++)
		if (!strchr(" \t\r", l->at[i]) || !l->at[i])
			return false;
	return l->at != NULL;
}

/* As many requests wait as may: of large ones a few, for memory is held for each. */
static bool queue_full(const struct session *s)
{
	const struct settings *set = s->service->settings;
	size_t bytes = set->line_max > QUEUE_BYTES_MIN ? set->line_max : QUEUE_BYTES_MIN;

	return s->waiting >= set->queue_max || s->waiting_bytes >= bytes;
}

static bool next_line(struct session *s, struct line *ret)
{
	size_t max = s->service->settings->line_max;

	s->blocked = queue_full(s) || output_full(s);
	if (s->blocked || s->broken)
		return false;
	if (lines_next(&s->in, max, ret))
		return true;
	/* Half a line is a request when its client ends it so, not when we stop. */
	return s->eof && !s->service->stopping && lines_rest(&s->in, max, ret);
}

static void take_line(struct session *s, struct taking *k, const struct line *l)
{
	const char *why, *refuse = refusal(s, k, &why);
	size_t before;
	int err;

	if (k->task && (task_full(k->task) || k->task->refuse != refuse)) {
		k->done |= submit(s, k->task);
		k->task = NULL;
	}
	if (!k->task)
		k->task = begin_task(s, k->now);
	before = k->task ? k->task->text.len : 0;
	err = k->task ? task_add(k->task, l->at, l->len) : -ENOMEM;
	if (err) {
		break_off(s, err);
		return;
	}
	k->task->refuse = refuse;
	k->task->why = why;
	count_bytes(s, k->task->text.len, before);
	s->waiting++;
	s->service->waiting++;
}

static uint64_t pending_bytes(const struct nd_index *ix)
{
	struct nd_index_stats stats;

	nd_index_stats(ix, &stats);
	return stats.pending_bytes;
}

/* Returns whether something can be run at once. */
static bool take_lines(struct session *s)
{
	struct taking k = { .now = clock_ns(), .pending_bytes = pending_bytes(s->service->index) };
	struct line l;

	while (next_line(s, &l))
		if (!is_other(s, &l))
			take_line(s, &k, &l);
	if (s->eof && !s->blocked)
		http_end(&s->http);
	k.done |= submit(s, k.task);
	return k.done;
}

/* What changes the index comes after all that follows from what changed it before. */
static bool must_wait(const struct session *s)
{
	const struct task *t = s->first;
	const struct op *op = t->ran < t->asks.n ? t->asks.at[t->ran].op : NULL;

	return op && op->role >= ROLE_WRITE && service_judges_again(s->service);
}

/* A slice of what can be run; of a session that is busy the next one comes with the next turn. */
static void run_slice(struct session *s)
{
	for (unsigned n = 0; can_run(s) && !is_in(s, LIST_BUSY); n++) {
		if (n == RUN_SLICE || must_wait(s))
			enter(s, LIST_BUSY);
		else
			run_first(s);
	}
}

void session_go(struct session *s)
{
	if (s->running)
		return;
	s->running = true;
	do
		run_slice(s);
	while (take_lines(s) && !is_in(s, LIST_BUSY));
	answer_http(s);
	s->running = false;
	s->stir(s->arg);
}

void session_feed(struct session *s, const void *at, size_t n)
{
	int err;

	if (s->last_reply || s->broken || s->eof)
		return;
	err = lines_add(&s->in, at, n);
	if (err)
		break_off(s, err);
	session_go(s);
}

void session_eof(struct session *s)
{
	s->eof = true;
	session_go(s);
}

/* --- replies leave --- */

struct nd_str session_output(const struct session *s)
{
	return outbox_ready(&s->out);
}

void session_sent(struct session *s, size_t n)
{
	bool was_full = output_full(s);

	outbox_take(&s->out, n);
	events_taken(&s->subscriber);
	if (was_full && !output_full(s) && s->telling)
		enter(s, LIST_BUSY);
	if (s->blocked || was_full)
		session_go(s);
}

bool session_wants_input(const struct session *s)
{
	return !s->eof && !s->blocked && !s->last_reply && !s->broken;
}

bool session_is_idle(const struct session *s)
{
	return !s->first && !s->telling && !outbox_waiting(&s->out) &&
	       (s->http.stage == HTTP_NONE || s->http.stage == HTTP_ANSWERED);
}

bool session_is_over(const struct session *s)
{
	bool listens = s->subscriber.ends != NULL;

	return s->broken || ((s->last_reply || (s->eof && !listens)) && session_is_idle(s) && !s->blocked);
}

/* --- what waits for the disk --- */

void session_hold(struct session *s, uint64_t start, size_t id_len, uint64_t ticket, uint64_t arrived)
{
	int err = outbox_hold(&s->out, start, id_len, ticket, arrived);

	if (err)
		break_off(s, err);
	else
		enter(s, LIST_HOLDING);
}

void session_committed(struct session *s, uint64_t ticket)
{
	const struct held *h = outbox_held(&s->out);
	uint64_t now = clock_ns();

	if (!h || h->ticket > ticket)
		return;
	for (; h && h->ticket <= ticket; h = outbox_held(&s->out)) {
		metrics_latency(&s->service->metrics, now - h->arrived);
		outbox_release(&s->out);
	}
	if (!h)
		leave(s, LIST_HOLDING);
	s->stir(s->arg);
}

void session_failed(struct session *s, int err)
{
	const char *code = err == -ENOSPC ? "store_full" : "store_error";
	char text[128];
	int failed;

	for (size_t i = s->out.held_from; i < s->out.n_held; i++)
		metrics_reject(&s->service->metrics, code);
	snprintf(text, sizeof(text), "the change is not stored: %s", service_write_why(err));
	failed = outbox_fail(&s->out, code, (struct nd_str){ text, strlen(text) });
	if (failed)
		break_off(s, failed);
	leave(s, LIST_HOLDING);
	s->stir(s->arg);
}

/* --- a long reply is told in pieces --- */

static void tell_piece(struct session *s)
{
	struct telling *t = s->telling;
	struct out o;
	bool goes_on;

	out_init(&o, &s->out.buf);
	o.comma = t->comma;
	goes_on = t->step(t, s->service, &o);
	t->comma = o.comma;
	if (o.err)
		break_off(s, o.err);
	if (!goes_on || o.err)
		end_telling(s);
	else if (!output_full(s))
		enter(s, LIST_BUSY); /* else session_sent does */
}

void session_tell(struct session *s, struct telling *t)
{
	s->telling = t;
	tell_piece(s);
}

void session_continue(struct session *s)
{
	leave(s, LIST_BUSY);
	if (s->telling)
		tell_piece(s);
	session_go(s);
}
