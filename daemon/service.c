#include "daemon/service.h"

#include <errno.h>
#include <string.h>

#include "daemon/clock.h"
#include "daemon/session.h"

#define COMMIT_MIN 64u /* articles that are worth a commit while more are about to be put */

static int open_store(struct service *sv)
{
	struct nd_store_options o = {
		.max_bytes = sv->settings->store_max,
		.no_sync = !sv->settings->sync,
	};
	struct nd_store_stats stats;
	int err = nd_store_open(sv->settings->store, &o, &sv->store);

	if (err)
		return err;
	nd_store_stats(sv->store, &stats);
	sv->stored = stats.articles;
	return nd_index_open(sv->store, &sv->index);
}

static int start_threads(struct service *sv, unsigned threads, service_wake *wake, void *arg)
{
	struct ask_limits limits = {
		.text = sv->settings->text_max,
		.depth = (unsigned)sv->settings->depth_max,
	};
	struct loader_options loading = {
		.articles = sv->stored,
		.threaded = threads > 0,
		.wake = wake,
		.arg = arg,
	};
	int err = nd_fingerprinter_new(&sv->fingerprinter);

	if (!err)
		err = tasks_new(threads, &limits, wake, arg, &sv->tasks);
	if (!err)
		err = commit_new(sv->store, sv->index, threads > 0, wake, arg, &sv->commit);
	return err ? err : loader_new(sv->store, sv->index, &loading, &sv->loader);
}

int service_open(struct service *sv, const struct settings *settings, unsigned threads, service_wake *wake, void *arg,
		 const char **failed)
{
	int err;

	memset(sv, 0, sizeof(*sv));
	sv->settings = settings;
	sv->started = clock_ns();
	events_init(&sv->events);
	*failed = settings->store;
	err = open_store(sv);
	if (!err) {
		*failed = "threads";
		err = start_threads(sv, threads, wake, arg);
	}
	if (err)
		service_close(sv);
	return err;
}

void service_close(struct service *sv)
{
	loader_free(sv->loader);
	tasks_free(sv->tasks);
	commit_free(sv->commit);
	nd_index_free(sv->index);
	nd_store_close(sv->store);
	nd_fingerprinter_free(sv->fingerprinter);
	events_done(&sv->events);
	memset(sv, 0, sizeof(*sv));
}

int service_load(struct service *sv)
{
	int state = loader_step(sv->loader);

	if (state < 0)
		return state;
	sv->load_waits = state == LOADER_WAITS;
	if (state != LOADER_DONE)
		return 1;
	loader_free(sv->loader); /* its slices hold on to old pages of the store */
	sv->loader = NULL;
	sv->ready = true;
	return 0;
}

static void take_finished(struct service *sv)
{
	struct task *next, *t = tasks_finished(sv->tasks);

	for (; t; t = next) {
		next = t->next;
		t->done = true;
		if (t->session)
			session_go(t->session);
		else
			tasks_put(sv->tasks, t);
	}
}

static void tell_committed(struct service *sv)
{
	uint64_t ticket = commit_done(sv->commit);
	struct session *next;

	events_publish(&sv->events, ticket);
	for (struct session *s = sv->holding; s; s = next) {
		next = s->next_holding;
		session_committed(s, ticket);
	}
}

static void tell_failed(struct service *sv, int err)
{
	events_rollback(&sv->events);
	while (sv->holding)
		session_failed(sv->holding, err);
}

static void take_commit(struct service *sv)
{
	int ended = commit_collect(sv->commit);

	if (ended > 0)
		tell_committed(sv);
	else if (ended < 0)
		tell_failed(sv, ended);
}

/* A slice for each of those that are there now. */
static void continue_busy(struct service *sv)
{
	struct session *list = sv->busy, *s;

	sv->busy = NULL;
	if (list)
		list->busy = &list;
	while ((s = list) != NULL)
		session_continue(s);
}

void service_commit(struct service *sv)
{
	if (!sv->busy || commit_waiting(sv->commit) >= COMMIT_MIN)
		commit_start(sv->commit);
}

bool service_turn(struct service *sv)
{
	sv->load_waits = false;
	continue_busy(sv);
	take_finished(sv);
	take_commit(sv);
	service_commit(sv);
	return sv->busy != NULL;
}

bool service_is_idle(const struct service *sv)
{
	return !sv->waiting && !sv->holding && !sv->busy && commit_is_idle(sv->commit);
}

const char *service_fault(const struct service *sv)
{
	int err = commit_fault(sv->commit);

	return err == -ENOSPC ? "the store is full" : err ? strerror(-err) : NULL;
}
