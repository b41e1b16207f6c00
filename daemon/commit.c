#include "daemon/commit.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "daemon/clock.h"
#include "daemon/log.h"

enum stage { IDLE, WANTED, ENDED };

struct commit {
	pthread_mutex_t lock;
	pthread_cond_t work;
	enum stage stage; /* under lock; the batch is the writer's while it is WANTED */
	bool stop;        /* under lock */
	int err;          /* the batch's, once it has ENDED */
	uint64_t took;

	struct nd_store *store;
	struct nd_index *index;
	commit_wake *wake;
	void *arg;
	struct nd_stored *batch;
	size_t n, cap;
	bool on_its_way;
	uint64_t started;
	uint64_t issued, done; /* tickets */
	int fault;
	struct commit_stats stats;
	uint64_t flushed_at;          /* ns: when a flush was last asked for */
	bool dirty;                   /* something was committed since */
	bool flush, probe;            /* under lock: it is wanted */
	_Atomic uint64_t flushes;
	bool threaded;
	pthread_t thread;
};

/* Nobody waits for it but the next batch, once in the store's life. */
static void train(struct commit *c)
{
	int made = nd_store_train(c->store);

	if (made > 0)
		log_info("texts are packed with a dictionary of this store's own from now on");
	else if (made < 0)
		log_warning("no dictionary for texts can be made now: %s", strerror(-made));
}

static void write_batch(struct commit *c)
{
	uint64_t start = clock_ns();
	int err = nd_store_commit(c->store, c->batch, c->n);

	pthread_mutex_lock(&c->lock);
	c->err = err;
	c->took = clock_ns() - start;
	c->stage = ENDED;
	pthread_mutex_unlock(&c->lock);
	c->wake(c->arg);
	train(c);
}

/* What could not be flushed is flushed by the next one, as far as the disk still has it. */
static void flush(struct commit *c)
{
	int err = nd_store_flush(c->store);

	if (err)
		log_error("cannot flush the store to the disk: %s", strerror(-err));
	else
		c->flushes++;
}

struct work {
	bool batch, flush, probe;
};

/* Returns whether there is anything to do. */
static bool wait_for_work(struct commit *c, struct work *ret)
{
	pthread_mutex_lock(&c->lock);
	while (c->stage != WANTED && !c->flush && !c->probe && !c->stop)
		pthread_cond_wait(&c->work, &c->lock);
	*ret = (struct work){ c->stage == WANTED, c->flush, c->probe };
	c->flush = c->probe = false;
	pthread_mutex_unlock(&c->lock);
	return ret->batch || ret->flush || ret->probe;
}

/*
 * Of this thread alone (setpriority(2)): who is asked meanwhile goes first. With two processors and a crawler beside it the
 * loop would wait for its turn, some milliseconds, whenever the two share one (measured during a delete of 10,000: 99 % of
 * checks in 0.9 ms instead of 2.8).
 */
#define NICENESS 10

static void *thread_main(void *arg)
{
	struct commit *c = arg;
	struct work work;

	setpriority(PRIO_PROCESS, 0, NICENESS);
	while (wait_for_work(c, &work)) {
		if (work.batch)
			write_batch(c);
		if (work.flush)
			flush(c);
		if (work.probe)
			nd_store_probe(c->store);
	}
	return NULL;
}

int commit_new(struct nd_store *store, struct nd_index *ix, bool threaded, commit_wake *wake, void *arg,
	       struct commit **ret)
{
	struct commit *c = calloc(1, sizeof(*c));
	int err = 0;

	if (!c)
		return -ENOMEM;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->work, NULL);
	c->store = store;
	c->index = ix;
	c->wake = wake;
	c->arg = arg;
	if (threaded)
		err = -pthread_create(&c->thread, NULL, thread_main, c);
	c->threaded = threaded && !err;
	if (err)
		commit_free(c);
	else
		*ret = c;
	return err;
}

static void stop_thread(struct commit *c)
{
	pthread_mutex_lock(&c->lock);
	c->stop = true;
	pthread_cond_signal(&c->work);
	pthread_mutex_unlock(&c->lock);
	pthread_join(c->thread, NULL);
}

void commit_free(struct commit *c)
{
	if (!c)
		return;
	if (c->threaded)
		stop_thread(c);
	pthread_cond_destroy(&c->work);
	pthread_mutex_destroy(&c->lock);
	free(c->batch);
	free(c);
}

static uint64_t pending(const struct commit *c)
{
	struct nd_index_stats stats;

	nd_index_stats(c->index, &stats);
	return stats.pending;
}

uint64_t commit_ticket(struct commit *c)
{
	c->issued = c->done + pending(c);
	return c->issued;
}

uint64_t commit_done(const struct commit *c)
{
	return c->done;
}

uint64_t commit_waiting(const struct commit *c)
{
	return c->issued - c->done;
}

bool commit_is_idle(const struct commit *c)
{
	return c->issued == c->done;
}

/* All of what is pending, for an article must not be parted from what follows from it. */
static int batch_reserve(struct commit *c)
{
	size_t n = (size_t)pending(c);
	struct nd_stored *at;

	if (n <= c->cap)
		return 0;
	n += n / 2;
	at = reallocarray(c->batch, n, sizeof(*at));
	if (!at)
		return -ENOMEM;
	c->batch = at;
	c->cap = n;
	return 0;
}

bool commit_start(struct commit *c)
{
	if (c->on_its_way || commit_is_idle(c) || batch_reserve(c))
		return false;
	c->n = nd_index_pending(c->index, 0, c->batch, c->cap);
	if (!c->n)
		return false;
	c->on_its_way = true;
	c->started = clock_ns();
	pthread_mutex_lock(&c->lock);
	c->stage = WANTED;
	pthread_cond_signal(&c->work);
	pthread_mutex_unlock(&c->lock);
	if (!c->threaded)
		write_batch(c);
	return true;
}

static void note(struct commit *c)
{
	c->stats.ns += c->took;
	if (c->err) {
		c->stats.failures++;
		return;
	}
	c->stats.commits++;
	c->stats.records += c->n;
	if (c->n > c->stats.largest)
		c->stats.largest = c->n;
}

bool commit_abandon(struct commit *c)
{
	if (c->on_its_way)
		return false;
	nd_index_rollback(c->index);
	c->issued = c->done;
	return true;
}

int commit_collect(struct commit *c)
{
	bool ended;

	pthread_mutex_lock(&c->lock);
	ended = c->stage == ENDED;
	if (ended)
		c->stage = IDLE;
	pthread_mutex_unlock(&c->lock);
	if (!ended)
		return 0;
	c->on_its_way = false;
	c->fault = c->err;
	note(c);
	if (c->err) {
		commit_abandon(c);
		return c->err;
	}
	nd_index_committed(c->index, c->n);
	c->done += c->n;
	c->dirty = true;
	return 1;
}

static void ask(struct commit *c, bool *what)
{
	pthread_mutex_lock(&c->lock);
	*what = true;
	pthread_cond_signal(&c->work);
	pthread_mutex_unlock(&c->lock);
}

void commit_tick(struct commit *c, uint64_t now, uint64_t every)
{
	if (!every || !c->dirty || now - c->flushed_at < every)
		return;
	c->dirty = false;
	c->flushed_at = now;
	if (!c->threaded) {
		flush(c);
		return;
	}
	ask(c, &c->flush);
}

void commit_probe(struct commit *c)
{
	if (c->threaded)
		ask(c, &c->probe);
	else
		nd_store_probe(c->store);
}

int commit_fault(const struct commit *c)
{
	return c->fault;
}

uint64_t commit_age(const struct commit *c, uint64_t now)
{
	return c->on_its_way ? now - c->started : 0;
}

struct commit_stats commit_stats(const struct commit *c)
{
	struct commit_stats ret = c->stats;

	ret.flushes = c->flushes;
	return ret;
}
