#include "daemon/service.h"

#include <errno.h>
#include <string.h>

#include "daemon/clock.h"
#include "daemon/guard.h"
#include "daemon/log.h"
#include "daemon/session.h"

#define COMMIT_MIN 64u /* articles that are worth a commit while more are about to be put */
#define DAY_MS 86400000u
#define AGAIN_SLICE 16u /* articles judged again in a turn, */
#define AGAIN_NS 300000u /* and how long it may take before others have theirs */

/* ns between two flushes; 0: each commit is flushed, or none ever is. */
static uint64_t flush_every(const struct settings *s)
{
	return s->sync && s->durability == DURABILITY_INTERVAL ? s->flush_interval * 1000000u : 0;
}

static bool in_memory(const struct settings *s)
{
	return !strncmp(s->store, "mem:", 4);
}

static int open_store(struct service *sv)
{
	struct nd_store_options o = {
		.max_bytes = sv->settings->store_max,
		.no_sync = !sv->settings->sync || sv->settings->durability == DURABILITY_INTERVAL,
		.read_only = sv->read_only,
	};
	struct nd_store_stats stats;
	int err;

	if (!in_memory(sv->settings))
		guard_store(sv->settings->store);
	err = nd_store_open(sv->settings->store, &o, &sv->store);
	if (err)
		return err;
	nd_store_stats(sv->store, &stats);
	sv->stored = stats.articles;
	err = nd_index_open(sv->store, &sv->index);
	if (!err)
		nd_index_set_window(sv->index, (uint32_t)(sv->settings->window / DAY_MS));
	return err;
}

static int start_threads(struct service *sv, unsigned threads, service_wake *wake, void *arg)
{
	struct ask_limits limits = {
		.text = sv->settings->text_max,
		.depth = (unsigned)sv->settings->depth_max,
		.keep = sv->settings->keep_text && !sv->read_only && !in_memory(sv->settings) ? sv->store : NULL,
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

int service_read_rules(struct service *sv)
{
	const char *dir = strcmp(sv->settings->data_dir, "none") ? sv->settings->data_dir : NULL;
	struct nd_rules_fault fault = { "rules", 0, "" };
	struct nd_rules *rules;
	int err = nd_rules_new(dir, &rules, &fault);

	if (err && fault.line)
		log_error("%s:%u: %s", fault.file, fault.line, fault.reason);
	else if (err)
		log_error("%s: %s", fault.file, err == -EINVAL ? fault.reason : strerror(-err));
	if (err)
		return err;
	tasks_use(sv->tasks, rules);
	sv->rules = nd_rules_hash(rules);
	nd_rules_free(rules);
	return 0;
}

static int open_all(struct service *sv, unsigned threads, service_wake *wake, void *arg, const char **failed)
{
	int err = open_store(sv);

	if (!err) {
		*failed = "threads";
		err = start_threads(sv, threads, wake, arg);
	}
	if (!err) {
		*failed = NULL; /* it has been told */
		err = service_read_rules(sv);
	}
	if (err)
		service_close(sv);
	return err;
}

static void begin(struct service *sv, const struct settings *settings)
{
	memset(sv, 0, sizeof(*sv));
	sv->settings = settings;
	sv->started = clock_ns();
	events_init(&sv->events);
}

int service_open(struct service *sv, const struct settings *settings, unsigned threads, service_wake *wake, void *arg,
		 const char **failed)
{
	begin(sv, settings);
	*failed = settings->store;
	return open_all(sv, threads, wake, arg, failed);
}

static void wake_nobody(void *arg)
{
	(void)arg;
}

int service_open_to_read(struct service *sv, const struct settings *settings, const char **failed)
{
	begin(sv, settings);
	sv->read_only = true;
	*failed = settings->store;
	return open_all(sv, 0, wake_nobody, NULL, failed);
}

const char *service_store_why(int err)
{
	return err == -EPROTO    ? "it is of another version of newsdup"
	       : err == -ESTALE  ? "its articles were fingerprinted by another version; `newsdup reindex` makes it anew of its texts"
	       : err == -EBADMSG ? "it is damaged, or no store of newsdup; `newsdup check-store` tells more"
	       : err == -EBUSY   ? "another process has it open"
				 : strerror(-err);
}

const char *service_load_why(int err)
{
	return err == -EBADMSG  ? "its record is damaged; `newsdup check-store` tells more"
	       : err == -EDQUOT ? "memory_max is too little for the store"
				: strerror(-err);
}

void service_close(struct service *sv)
{
	expiry_stop(&sv->expiry, sv);
	loader_free(sv->loader);
	tasks_free(sv->tasks);
	commit_free(sv->commit);
	nd_index_free(sv->index);
	if (sv->store && flush_every(sv->settings))
		nd_store_flush(sv->store);
	nd_store_close(sv->store);
	nd_fingerprinter_free(sv->fingerprinter);
	events_done(&sv->events);
	flowing_done(&sv->flowing);
	memset(sv, 0, sizeof(*sv));
}

int service_load(struct service *sv)
{
	int state = loader_step(sv->loader);

	if (state < 0)
		return state;
	if (loader_is_between(sv->loader) && !memory_holds(sv)) { /* only then it can be told what it needs */
		memory_tell_need(sv);
		return -EDQUOT;
	}
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

	expiry_committed(&sv->expiry);
	events_publish(&sv->events, ticket);
	for (struct session *s = sv->lists[LIST_HOLDING]; s; s = next) {
		next = s->links[LIST_HOLDING].next;
		session_committed(s, ticket);
	}
}

static void tell_failed(struct service *sv, int err)
{
	sv->undone++;
	sv->undone_by = err;
	events_rollback(&sv->events);
	flowing_change(&sv->flowing);
	expiry_failed(&sv->expiry, sv, err);
	while (sv->lists[LIST_HOLDING])
		session_failed(sv->lists[LIST_HOLDING], err);
}

bool service_judges_again(const struct service *sv)
{
	return sv->ready && nd_index_again(sv->index, 0);
}

static void note_changes(struct service *sv)
{
	uint64_t ticket = commit_ticket(sv->commit);
	const struct nd_change *changes;
	size_t n = nd_index_changes(sv->index, &changes);

	if (n)
		flowing_change(&sv->flowing);
	for (size_t i = 0; i < n; i++)
		events_note_change(&sv->events, sv->index, &changes[i], ticket);
}

/* When what follows from an article cannot be done, the article has not come: as if its commit had failed. */
static void give_up_again(struct service *sv)
{
	if (!commit_abandon(sv->commit))
		return; /* with the next turn, when the batch at hand has ended */
	log_error("articles cannot be judged again: %s; what was put is refused", strerror(-sv->again_fault));
	tell_failed(sv, sv->again_fault);
	sv->again_fault = 0;
}

/* As nd_index_again. */
static int judge_slice(struct service *sv)
{
	uint64_t until = clock_ns() + AGAIN_NS;
	int state = 1;

	for (unsigned n = 0; state > 0 && n < AGAIN_SLICE && (!n || clock_ns() < until); n++)
		state = nd_index_again(sv->index, 1);
	return state;
}

static void judge_again(struct service *sv)
{
	int state;

	if (sv->removing || !service_judges_again(sv))
		return;
	state = sv->again_fault ? sv->again_fault : judge_slice(sv);
	note_changes(sv);
	if (state < 0) {
		sv->again_fault = state;
		give_up_again(sv);
	}
}

/* Once for each change, not for each batch. */
void service_note_fault(const struct service *sv, const char *before)
{
	const char *now = service_fault(sv);

	if (now && (!before || strcmp(now, before)))
		log_error("cannot write to the store: %s; what is put is refused", now);
	else if (before && !now)
		log_info("the store can be written to again");
}

static void take_commit(struct service *sv)
{
	const char *before = service_fault(sv);
	int ended = commit_collect(sv->commit);

	if (ended) {
		space_committed(sv, ended < 0 ? ended : 0);
		if (ended == -EIDRM)
			sv->readers.fault = ended; /* until the next look */
		service_note_fault(sv, before);
	}
	if (ended > 0)
		tell_committed(sv);
	else if (ended < 0)
		tell_failed(sv, ended);
}

/* A slice for each of those that are there now. */
static void continue_busy(struct service *sv)
{
	struct session *list = sv->lists[LIST_BUSY], *s;

	sv->lists[LIST_BUSY] = NULL;
	if (list)
		list->links[LIST_BUSY].at = &list;
	while ((s = list) != NULL)
		session_continue(s);
}

void service_commit(struct service *sv)
{
	size_t enough = space_removable(sv, COMMIT_MIN);

	if ((!sv->lists[LIST_BUSY] || commit_waiting(sv->commit) >= enough) && commit_start(sv->commit))
		expiry_sent(&sv->expiry);
}

bool service_turn(struct service *sv)
{
	sv->load_waits = false;
	judge_again(sv);
	flowing_turn(&sv->flowing);
	continue_busy(sv);
	expiry_turn(&sv->expiry, sv);
	take_finished(sv);
	take_commit(sv);
	service_commit(sv);
	return service_is_busy(sv);
}

bool service_is_busy(const struct service *sv)
{
	return sv->lists[LIST_BUSY] || sv->expiry.runs || service_judges_again(sv);
}

/* That its file is gone is told before anybody puts anything. */
static void look_at_store(struct service *sv)
{
	const char *before = service_fault(sv);

	readers_tick(&sv->readers, sv->store, clock_ns());
	service_note_fault(sv, before);
}

void service_tick(struct service *sv)
{
	expiry_tick(&sv->expiry, sv, clock_ns(), clock_ms());
	look_at_store(sv);
	space_tick(sv);
	commit_tick(sv->commit, clock_ns(), flush_every(sv->settings));
}

bool service_is_idle(const struct service *sv)
{
	return !sv->waiting && !sv->lists[LIST_HOLDING] && !sv->lists[LIST_BUSY] && !service_judges_again(sv) &&
	       commit_is_idle(sv->commit);
}

/* That it is full, or gone, is looked for each second: others may make room meanwhile. */
const char *service_fault(const struct service *sv)
{
	int err = service_is_stuck(sv)               ? commit_fault(sv->commit)
		  : sv->readers.fault == -EIDRM ? -EIDRM
		  : sv->space.full              ? -ENOSPC
						: 0;

	return err ? service_write_why(err) : NULL;
}

const char *service_write_why(int err)
{
	return err == -ENOSPC  ? "the store is full"
	       : err == -EIDRM ? "store.mdb was removed, or another file has its name"
			       : strerror(-err);
}

bool service_is_stuck(const struct service *sv)
{
	int err = commit_fault(sv->commit);

	return err && err != -ENOSPC && err != -EIDRM;
}
