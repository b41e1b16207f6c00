/*
 * Where the articles of a bulk run go, and what they are judged against:
 *
 *     nothing    a working file: the archive is judged by itself
 *     a store    the run adds to it, in large transactions
 *     against    a working file beside a store, which is only read, as it was when the run began; when somebody writes
 *                to it meanwhile, it is copied to the working file, so that it need not be held
 *
 * As in the daemon, an id that comes again with the same text changes nothing. A run over a store that was killed is
 * taken up again: as long as the input repeats what that run has stored, it has been stored.
 */
#ifndef ND_DAEMON_INTAKE_H
#define ND_DAEMON_INTAKE_H

#include "daemon/arrivals.h"
#include "daemon/fresh.h"
#include "daemon/pending.h"
#include "daemon/progress.h"

struct intake_options {
	const char *store, *against; /* NULL: not that */
	const char *tmp;             /* where a working file lies; NULL: /var/tmp */
	uint32_t window;             /* days; 0: no limit */
	bool keep_text;              /* in the store that is added to */
};

struct intake {
	const char *dir; /* of the store; NULL: there is none */
	bool adds;       /* to the store */
	bool keep_text;
	struct fresh fresh;
	struct nd_store *store;
	struct nd_index *index;
	struct arrivals arrivals;
	nd_seq replay, end; /* what the killed run has stored and this one has not met yet; empty: none */
	struct pending pending;
	bool store_failed; /* an error is about the store */
	uint64_t commit;   /* of a store that is only read: the newest when it was opened */
	double looked;     /* when its newest was last asked for */
	bool gone;         /* it is not held any more, or cannot be let go of */
};

/* What goes wrong is told on standard error; a zeroed intake may be closed. Errors: as nd_store_open,
 * nd_index_load, nd_index_new. */
int intake_open(struct intake *in, const struct intake_options *o, struct progress *p);

/* failed: a store that the run has made, and that nothing is in, goes. */
void intake_close(struct intake *in, bool failed);

/* The store that texts are to be packed for; NULL: none are kept. */
const struct nd_store *intake_keeps(const struct intake *in);

/* The next article of the input, and its text, NULL when none is kept. Errors: as nd_index_put_text, mark_write. */
int intake_add(struct intake *in, const struct nd_fingerprint *fp, const struct nd_packed *text, int64_t received);

/* Now and then: commits when enough has come together, or looks who writes. Errors: as nd_store_commit. */
int intake_flush(struct intake *in);

/* All has come: what follows from it is done, and all is in the store. */
int intake_end(struct intake *in);

/* The run has come to its end: the next one is another. Errors: as mark_remove. */
int intake_finish(struct intake *in);

#endif
