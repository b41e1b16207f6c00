/*
 * One batch of lines to fingerprints and rejections: what runs on threads.
 */
#ifndef ND_DAEMON_WORK_H
#define ND_DAEMON_WORK_H

#include "base/buf.h"
#include "daemon/input.h"
#include "newsdup.h"

/* A line that became no article. */
struct reject {
	uint64_t line, offset; /* in the file: from 1, from 0 */
	const char *code;
	char reason[200];
};

/* A batch on its way: its lines, then what became of them. */
struct job {
	struct batch batch;
	struct buf records; /* fingerprints, one behind the other */
	size_t *sizes;      /* bytes of each */
	struct buf texts;   /* those that are kept, packed, likewise */
	size_t *text_sizes; /* of each record; NULL: none are kept */
	size_t n_records, cap_records, cap_texts;
	struct reject *rejects;
	size_t n_rejects, cap_rejects;
	uint64_t bytes;     /* of the lines */
	int err;            /* -ENOMEM and the like: the run cannot go on */
};

void job_init(struct job *j);
void job_done(struct job *j);

struct worker;

/* One worker a thread. Errors: -ENOMEM, -ENOTSUP without ICU's data. */
int worker_new(struct worker **ret);
void worker_free(struct worker *w);

/* What workers of a run have in common. */
struct work_options {
	struct nd_rules *rules;      /* NULL: those that are built in */
	bool simhash;                /* of each paragraph */
	const struct nd_store *keep; /* texts are packed for this store; NULL: none are */
};

/* Errors: as nd_packer_new. */
int worker_use(struct worker *w, const struct work_options *o);

/* Fills all of the job from its batch; j->err tells. */
void worker_run(struct worker *w, struct job *j);

#endif
