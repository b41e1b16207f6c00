/*
 * The pipeline of bulk mode: batches are read in order, fingerprinted on threads in any order, and handed
 * on in order. The calling thread reads, hands on, and fingerprints whenever it would have to wait.
 */
#ifndef ND_DAEMON_PIPELINE_H
#define ND_DAEMON_PIPELINE_H

#include "daemon/input.h"
#include "daemon/work.h"

/* Gets every job in order, on the calling thread. An error ends the run. */
typedef int pipeline_sink(void *arg, const struct job *job);

/* Runs all of the input through `threads` threads, the calling one among them. Errors: those of the sink, -ENOMEM, -EAGAIN
 * when a thread cannot be started. */
int pipeline_run(struct input *in, unsigned threads, const struct work_options *work,
		 pipeline_sink *sink, void *arg);

#endif
