#include "daemon/server.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/command.h"
#include "daemon/log.h"

#define BACKLOG 1024
#define STOP_MS 10000u /* for clients to take their last replies */
#define WARN_MS 1000u
#define TICK_MAX_MS 1000u
#define TICK_MIN_MS 20u
#define OWN_FILES 20u /* that are open with no connection */

/* --- what has changed --- */

void server_remember(struct server *sv, struct conn *c)
{
	c->previous = NULL;
	c->next = sv->conns;
	if (c->next)
		c->next->previous = c;
	sv->conns = c;
	sv->service.connections++;
}

void server_forget(struct server *sv, struct conn *c)
{
	if (c->next)
		c->next->previous = c->previous;
	if (c->previous)
		c->previous->next = c->next;
	else
		sv->conns = c->next;
	sv->service.connections--;
}

static void close_handle(uv_handle_t *h, void *arg)
{
	(void)arg;
	if (!uv_is_closing(h))
		uv_close(h, NULL);
}

/* The threads end first: they wake a handle that must be open. */
static void close_all(struct server *sv)
{
	if (sv->closed)
		return;
	sv->closed = true;
	while (sv->conns)
		conn_close(sv->conns, NULL);
	sv->dirty = NULL;
	service_close(&sv->service);
	uv_walk(&sv->loop, close_handle, NULL);
}

static void on_idle(uv_idle_t *h);

static void refresh_dirty(struct server *sv)
{
	struct conn *c;

	while ((c = sv->dirty) != NULL) {
		sv->dirty = c->next_dirty;
		c->dirty = false;
		conn_refresh(c);
	}
}

/* Those who listen to events go last: they hear of what was in flight. What that changes is looked after at once:
 * one that is closed must be in no list when its callback comes. */
static void dismiss_subscribers(struct server *sv)
{
	struct conn *next;

	for (struct conn *c = sv->conns; c; c = next) {
		next = c->next;
		c->session.last_reply = true;
		conn_refresh(c);
	}
	refresh_dirty(sv);
}

static bool is_loading(const struct server *sv)
{
	return !sv->service.ready && !sv->stopping;
}

void server_refresh(struct server *sv)
{
	refresh_dirty(sv);
	if (sv->closed)
		return;
	if (sv->stopping && service_is_idle(&sv->service) &&
	    sv->service.connections == sv->service.events.n_subscribers)
		dismiss_subscribers(sv);
	service_commit(&sv->service);
	if (service_is_busy(&sv->service) || (is_loading(sv) && !sv->service.load_waits))
		uv_idle_start(&sv->idle, on_idle);
	else
		uv_idle_stop(&sv->idle);
	if (sv->stopping && !sv->conns && service_is_idle(&sv->service))
		close_all(sv);
}

/* --- stopping --- */

static void give_up(struct server *sv, int err)
{
	sv->fault = err;
	close_all(sv);
}

static void stop(struct server *sv)
{
	struct conn *next;

	log_info("stopping: %zu connections, %zu requests wait", sv->service.connections, sv->service.waiting);
	notify_stopping(&sv->notify, "answering what is in flight");
	sv->stopping = uv_now(&sv->loop) + 1;
	sv->service.stopping = true;
	listener_remove(&sv->place);
	close_handle((uv_handle_t *)&sv->listener, NULL);
	for (struct conn *c = sv->conns; c; c = next) {
		next = c->next;
		session_eof(&c->session);
	}
	server_refresh(sv);
}

/* --- loading --- */

static void load(struct server *sv)
{
	int more = service_load(&sv->service);

	if (more < 0) {
		log_error("cannot load article %u of '%s': %s", nd_index_count(sv->service.index), sv->settings.store,
			  service_load_why(more));
		give_up(sv, more);
	} else if (!more) {
		log_info("ready: %u articles after %.2f s", nd_index_count(sv->service.index),
			 (double)(clock_ns() - sv->service.started) * 1e-9);
		notify_ready(&sv->notify, "ready");
	}
}

static void on_idle(uv_idle_t *h)
{
	struct server *sv = h->data;

	service_turn(&sv->service);
	if (is_loading(sv))
		load(sv);
	if (!sv->closed)
		server_refresh(sv);
}

/* --- callbacks --- */

static void on_wake(uv_async_t *h)
{
	struct server *sv = h->data;

	if (sv->closed)
		return;
	service_turn(&sv->service);
	server_refresh(sv);
}

static void on_prepare(uv_prepare_t *h)
{
	struct server *sv = h->data;

	sv->service.at_leisure = true;
}

static void wake(void *arg)
{
	struct server *sv = arg;

	uv_async_send(&sv->wake);
}

static void warn_of_accept(struct server *sv, int err)
{
	uint64_t now = uv_now(&sv->loop);

	if (now - sv->warned < WARN_MS)
		return;
	sv->warned = now;
	log_warning("cannot accept a connection: %s", uv_strerror(err));
}

/* libuv does not listen on while a connection that it has told of is not taken: without memory for it, the next
 * tick tries again. */
static void accept_one(struct server *sv)
{
	int err = conn_accept(sv);

	sv->unaccepted = err == UV_ENOMEM;
	if (err)
		warn_of_accept(sv, err);
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct server *sv = listener->data;

	if (status)
		warn_of_accept(sv, status);
	else
		accept_one(sv);
	server_refresh(sv);
}

static void on_tick(uv_timer_t *h)
{
	struct server *sv = h->data;
	uint64_t now = uv_now(&sv->loop);
	struct conn *next;

	if (sv->unaccepted && !sv->stopping)
		accept_one(sv);
	service_tick(&sv->service);
	if (is_loading(sv))
		notify_status(&sv->notify, "loading: %u of %llu articles", nd_index_count(sv->service.index),
			      (unsigned long long)sv->service.stored);
	for (struct conn *c = sv->conns; c; c = next) {
		next = c->next;
		if (sv->stopping && now - sv->stopping > STOP_MS)
			conn_close(c, "it does not read its last replies, dropped");
		else
			conn_check_time(c, now);
	}
	server_refresh(sv);
}

/* The manager hears from us only while the loop turns, and the store does or a restart would not help. */
static void on_watchdog(uv_timer_t *h)
{
	struct server *sv = h->data;
	uint64_t age = commit_age(sv->service.commit, clock_ns()) / 1000000u;

	if (!service_is_stuck(&sv->service) && age < sv->notify.watchdog_ms)
		notify_watchdog(&sv->notify);
}

static void set_tick(struct server *sv)
{
	const struct settings *s = &sv->settings;
	uint64_t shortest = s->write_timeout;

	if (s->idle_timeout && s->idle_timeout < shortest)
		shortest = s->idle_timeout;
	shortest /= 4;
	if (shortest > TICK_MAX_MS)
		shortest = TICK_MAX_MS;
	if (shortest < TICK_MIN_MS)
		shortest = TICK_MIN_MS;
	uv_timer_start(&sv->tick, on_tick, shortest, shortest);
}

/* --- signals --- */

/* What may change while running has been taken over. */
static void apply_settings(struct server *sv)
{
	struct conn *next;

	log_set_level((enum log_level)sv->settings.log_level);
	set_tick(sv);
	for (struct conn *c = sv->conns; c; c = next) {
		next = c->next;
		c->session.role = access_role(&sv->settings, &c->peer, geteuid());
		if (c->session.subscriber.ends && c->session.role < ROLE_READ)
			conn_close(c, "it may not listen to events any more, dropped");
	}
	server_refresh(sv);
}

static void reload(struct server *sv)
{
	struct settings next;
	struct buf say;
	int err;

	if (sv->service.ready) /* else the manager waits to hear that it is */
		notify_reloading(&sv->notify);
	buf_init(&say, 1 << 20);
	err = flags_load(sv->flags, &next, &say);
	if (err) {
		log_lines(LOG_LEVEL_ERROR, &say);
		log_error("the configuration is not read again (%s): the old one stays", strerror(-err));
	} else {
		settings_reload(&sv->settings, &next, &say);
		log_lines(LOG_LEVEL_WARNING, &say);
		log_info("configuration read again");
		err = service_read_rules(&sv->service);
		if (err)
			log_error("the rules of before stay in force");
		apply_settings(sv);
	}
	buf_done(&say);
	if (sv->service.ready)
		notify_ready(&sv->notify, err ? "ready; the new configuration is wrong" : "ready");
}

static void on_signal(uv_signal_t *h, int number)
{
	struct server *sv = h->data;

	if (number == SIGHUP) {
		if (!sv->stopping)
			reload(sv);
	} else if (!sv->stopping) {
		stop(sv);
	} else {
		log_warning("stopped at once");
		_exit(EXIT_IO);
	}
}

/* --- starting --- */

static unsigned threads_of(const struct settings *s)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (s->threads)
		return (unsigned)s->threads;
	return cores > 2 ? (unsigned)(cores - 1) : 1;
}

/* Allows as many open files as may be; errors: -EMFILE when these are too few to serve anybody. */
static int raise_descriptors(const struct settings *s)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l))
		return 0;
	if (l.rlim_cur != l.rlim_max) {
		l.rlim_cur = l.rlim_max;
		setrlimit(RLIMIT_NOFILE, &l);
	}
	if (l.rlim_max <= OWN_FILES) {
		log_error("only %llu files may be open at once (ulimit -n); newsdupd needs %u and one a connection",
			  (unsigned long long)l.rlim_max, OWN_FILES);
		return -EMFILE;
	}
	if (l.rlim_max - OWN_FILES < s->connections_max)
		log_warning("connections_max is %llu, but only %llu files may be open at once (ulimit -n)",
			    (unsigned long long)s->connections_max, (unsigned long long)l.rlim_max);
	return 0;
}

static int complain(const char *what, const char *which, int err)
{
	log_error("cannot %s '%s': %s", what, which, strerror(-err));
	return err;
}

static int complain_store(const char *which, int err)
{
	log_error("cannot open store '%s': %s", which, service_store_why(err));
	return err;
}

static int open_service(struct server *sv)
{
	const char *failed;
	int err = service_open(&sv->service, &sv->settings, threads_of(&sv->settings), wake, sv, &failed);

	return err && failed ? complain_store(failed, err) : err;
}

static int find_place(struct server *sv)
{
	int err = notify_listen_fd(&sv->place.fd);

	if (err)
		return complain("use", "the socket that was handed over", err);
	if (sv->place.fd >= 0)
		return 0;
	err = listener_open(&sv->place, &sv->settings);
	return err ? complain("listen at", sv->settings.socket, err) : 0;
}

static int listen_there(struct server *sv)
{
	int err = uv_pipe_open(&sv->listener, sv->place.fd);

	if (err) {
		close(sv->place.fd);
		return complain("use", "the socket", err);
	}
	err = uv_listen((uv_stream_t *)&sv->listener, BACKLOG, on_connection);
	return err ? complain("listen at", sv->settings.socket, err) : 0;
}

static int init_handles(struct server *sv)
{
	int err = uv_async_init(&sv->loop, &sv->wake, on_wake);

	if (err)
		return complain("start", "the loop", err);
	uv_pipe_init(&sv->loop, &sv->listener, 0);
	uv_prepare_init(&sv->loop, &sv->prepare);
	uv_idle_init(&sv->loop, &sv->idle);
	uv_timer_init(&sv->loop, &sv->tick);
	uv_timer_init(&sv->loop, &sv->watchdog);
	for (unsigned i = 0; i < 3; i++) {
		uv_signal_init(&sv->loop, &sv->signals[i]);
		sv->signals[i].data = sv;
	}
	sv->listener.data = sv->prepare.data = sv->idle.data = sv->tick.data = sv->watchdog.data = sv->wake.data = sv;
	return 0;
}

static void begin(struct server *sv)
{
	static const int numbers[3] = { SIGTERM, SIGINT, SIGHUP };

	for (unsigned i = 0; i < 3; i++)
		uv_signal_start(&sv->signals[i], on_signal, numbers[i]);
	uv_prepare_start(&sv->prepare, on_prepare);
	set_tick(sv);
	if (sv->notify.watchdog_ms)
		uv_timer_start(&sv->watchdog, on_watchdog, 0, (sv->notify.watchdog_ms + 1) / 2);
	uv_idle_start(&sv->idle, on_idle);
	log_info("listening at '%s', store '%s'", sv->place.path ? sv->place.path : "the socket handed over",
		 sv->settings.store);
}

static int start(struct server *sv)
{
	int err = init_handles(sv);

	if (err)
		return err;
	err = open_service(sv);
	if (!err)
		err = find_place(sv);
	if (!err)
		err = listen_there(sv);
	if (!err)
		begin(sv);
	return err;
}

static void run_loop(struct server *sv)
{
	int err = start(sv);

	if (err)
		give_up(sv, err);
	uv_run(&sv->loop, UV_RUN_DEFAULT);
	listener_remove(&sv->place);
	if (uv_loop_close(&sv->loop)) {
		log_error("a handle was left open");
		sv->fault = sv->fault ? sv->fault : -EBUSY;
	}
}

int server_run(struct server *sv, const struct flags *flags, struct settings *settings)
{
	int err;

	memset(sv, 0, sizeof(*sv));
	sv->flags = flags;
	sv->settings = *settings;
	sv->place.fd = -1;
	err = notify_init(&sv->notify);
	if (err)
		log_warning("the service manager cannot be told: %s", strerror(-err));
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sv->fault = raise_descriptors(&sv->settings);
	if (!sv->fault) {
		err = uv_loop_init(&sv->loop);
		if (err)
			sv->fault = complain("start", "the loop", err);
		else
			run_loop(sv);
	}
	notify_done(&sv->notify);
	settings_done(&sv->settings);
	if (!sv->fault)
		log_info("stopped");
	return sv->fault ? EXIT_IO : EXIT_DONE;
}
