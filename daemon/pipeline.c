#include "daemon/pipeline.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define JOBS_A_THREAD 4u

/*
 * Jobs go round in a ring. Its three counters only grow, and job i stands at i % n_jobs:
 *
 *     handed on <= i < taken: being fingerprinted, or done[i]
 *     taken <= i < filled: waits for a thread
 */
struct pipeline {
	struct input *in;
	struct job *jobs;
	bool *done;
	unsigned n_jobs;
	uint64_t handed, taken, filled;
	bool end;  /* of the input */
	bool stop; /* threads leave */
	pthread_mutex_t lock;
	pthread_cond_t work, news; /* something to take; something is done */
	pthread_t *threads;
	struct worker **workers; /* [0] is the calling thread's */
	unsigned n_workers, n_threads;
	unsigned next_worker;
};

/* Takes the next job and runs it, with the lock held before and after. */
static void run_next(struct pipeline *p, struct worker *w)
{
	unsigned at = (unsigned)(p->taken++ % p->n_jobs);

	pthread_mutex_unlock(&p->lock);
	worker_run(w, &p->jobs[at]);
	pthread_mutex_lock(&p->lock);
	p->done[at] = true;
	pthread_cond_signal(&p->news);
}

static void *thread_main(void *arg)
{
	struct pipeline *p = arg;
	struct worker *w;

	pthread_mutex_lock(&p->lock);
	w = p->workers[++p->next_worker];
	while (!p->stop) {
		if (p->taken < p->filled)
			run_next(p, w);
		else
			pthread_cond_wait(&p->work, &p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Reads one batch into the ring, with the lock held before and after. */
static int fill_next(struct pipeline *p)
{
	unsigned at = (unsigned)(p->filled % p->n_jobs);
	int ret;

	pthread_mutex_unlock(&p->lock);
	ret = input_next(p->in, &p->jobs[at].batch);
	pthread_mutex_lock(&p->lock);
	if (ret < 0)
		return ret;
	if (ret == 0) {
		p->end = true;
		return 0;
	}
	p->done[at] = false;
	p->filled++;
	pthread_cond_signal(&p->work);
	return 0;
}

/* Hands the oldest job on; it is done. Lock held before and after. */
static int hand_on(struct pipeline *p, pipeline_sink *sink, void *arg)
{
	const struct job *j = &p->jobs[p->handed % p->n_jobs];
	int err;

	pthread_mutex_unlock(&p->lock);
	err = j->err ? j->err : sink(arg, j);
	pthread_mutex_lock(&p->lock);
	p->handed++;
	return err;
}

/* One step of the calling thread: what keeps the others busy first, then what empties the ring. */
static int step(struct pipeline *p, pipeline_sink *sink, void *arg)
{
	bool room = p->filled - p->handed < p->n_jobs && !p->end;
	bool head = p->handed < p->taken && p->done[p->handed % p->n_jobs];

	if (room && p->filled - p->taken < p->n_threads)
		return fill_next(p);
	if (head)
		return hand_on(p, sink, arg);
	if (p->taken < p->filled)
		run_next(p, p->workers[0]);
	else if (room)
		return fill_next(p);
	else
		pthread_cond_wait(&p->news, &p->lock);
	return 0;
}

static int loop(struct pipeline *p, pipeline_sink *sink, void *arg)
{
	int err = 0;

	pthread_mutex_lock(&p->lock);
	while (!err && !(p->end && p->handed == p->filled))
		err = step(p, sink, arg);
	p->stop = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	return err;
}

static int start(struct pipeline *p, unsigned threads, const struct work_options *work)
{
	int err;

	p->n_jobs = threads * JOBS_A_THREAD;
	p->jobs = calloc(p->n_jobs, sizeof(*p->jobs));
	p->done = calloc(p->n_jobs, sizeof(*p->done));
	p->workers = calloc(threads, sizeof(struct worker *));
	p->threads = calloc(threads, sizeof(*p->threads));
	if (!p->jobs || !p->done || !p->workers || !p->threads)
		return -ENOMEM;
	for (unsigned i = 0; i < p->n_jobs; i++)
		job_init(&p->jobs[i]);
	for (; p->n_workers < threads; p->n_workers++) {
		err = worker_new(&p->workers[p->n_workers]);
		if (err)
			return err;
		err = worker_use(p->workers[p->n_workers], work);
		if (err) {
			worker_free(p->workers[p->n_workers]);
			return err;
		}
	}
	for (; p->n_threads + 1 < threads; p->n_threads++) {
		err = pthread_create(&p->threads[p->n_threads], NULL, thread_main, p);
		if (err)
			return -err;
	}
	return 0;
}

static void finish(struct pipeline *p)
{
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->n_threads; i++)
		pthread_join(p->threads[i], NULL);
	for (unsigned i = 0; i < p->n_workers; i++)
		worker_free(p->workers[i]);
	for (unsigned i = 0; p->jobs && i < p->n_jobs; i++)
		job_done(&p->jobs[i]);
	free(p->jobs);
	free(p->done);
	free(p->workers);
	free(p->threads);
}

int pipeline_run(struct input *in, unsigned threads, const struct work_options *work, pipeline_sink *sink, void *arg)
{
	struct pipeline p = {
		.in = in,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.work = PTHREAD_COND_INITIALIZER,
		.news = PTHREAD_COND_INITIALIZER,
	};
	int err = start(&p, threads, work);

	if (!err)
		err = loop(&p, sink, arg);
	finish(&p);
	return err;
}
