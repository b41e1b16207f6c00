/*
 * newsdup reindex: a store of this version's fingerprints from the texts that a store has kept.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/command.h"
#include "daemon/data.h"
#include "daemon/guard.h"
#include "daemon/options.h"
#include "daemon/remake.h"
#include "daemon/service.h"
#include "daemon/successor.h"
#include "daemon/window.h"

#define SPREAD UINT64_C(0x9e3779b97f4a7c15) /* 2^64 over the golden ratio: other days are another number, far off */

struct reindexing {
	const char *dir;
	struct nd_store *old;
	struct successor successor;
	struct nd_rules *rules;
	uint32_t window; /* days; 0: any */
	struct remake remake;
	struct progress progress;
	bool begun; /* what is made is of use to the next run */
};

static int complain(struct reindexing *x, const char *verb, const char *why)
{
	progress_end(&x->progress);
	fprintf(stderr, "newsdup: cannot %s store '%s': %s\n", verb, x->dir, why);
	return EXIT_IO;
}

static int complain_new(struct reindexing *x, int err)
{
	progress_end(&x->progress);
	fprintf(stderr, "newsdup: cannot make a store in '%s': %s\n", x->successor.path ? x->successor.path : x->dir,
		successor_why(err));
	return EXIT_IO;
}

static int complain_record(struct reindexing *x, int err)
{
	progress_end(&x->progress);
	fprintf(stderr, "newsdup: cannot reindex record %" PRIu64 " of '%s': %s\n", x->remake.at, x->dir,
		err == -ENOSPC ? "there is no room for more; run again, it goes on where it was" : service_load_why(err));
	return EXIT_IO;
}

static int begin(struct reindexing *x)
{
	int err = remake_init(&x->remake, x->old, x->successor.made, x->rules, &x->progress);

	if (!err)
		nd_index_set_window(x->remake.index, x->window);
	return err;
}

/* What is made by other rules, or in another window, is another store. */
static uint64_t stamp(const struct reindexing *x)
{
	return nd_rules_hash(x->rules) + x->window * SPREAD;
}

/* What is there of an earlier run that was not made of this store is made anew. */
static int resume(struct reindexing *x)
{
	int err = remake_resume(&x->remake);

	if (err != -ESTALE && err != -EBADMSG && err != -EPROTO)
		return err;
	remake_done(&x->remake);
	err = successor_restart(&x->successor);
	if (!err)
		err = begin(x);
	return err ? err : remake_resume(&x->remake);
}

static int run(struct reindexing *x)
{
	const struct nd_store_options o = { .any_profile = true }, look = { .any_profile = true, .read_only = true };
	uint64_t made, old;
	int64_t missing;
	int err;

	guard_store(x->dir);
	err = nd_store_open(x->dir, &look, &x->old); /* it is not to be made here */
	if (!err) {
		nd_store_close(x->old);
		x->old = NULL;
		err = nd_store_open(x->dir, &o, &x->old);
	}
	if (err)
		return complain(x, "open", service_store_why(err));
	err = successor_open(&x->successor, x->dir, true, stamp(x));
	if (!err)
		err = begin(x);
	if (err)
		return complain_new(x, err);
	missing = remake_missing(&x->remake);
	if (missing)
		return missing < 0 ? complain_record(x, (int)missing)
				   : complain(x, "reindex", "without their texts, nothing is changed");
	x->begun = true;
	err = resume(x);
	if (!err)
		err = remake_rest(&x->remake);
	if (err)
		return complain_record(x, err);
	made = x->remake.made;
	old = x->remake.records;
	remake_done(&x->remake);
	err = successor_take_over(&x->successor);
	if (err)
		return complain(x, "put a new one in the place of", strerror(-err));
	progress_end(&x->progress);
	printf("%" PRIu64 " of %" PRIu64 " records made anew%s\n", made, old,
	       made < old ? ", the others were of what is gone" : "");
	return fflush(stdout) ? EXIT_IO : EXIT_DONE;
}

static int reindex_run(const char *dir, const char *data, uint32_t window, bool quiet)
{
	struct reindexing x = { .dir = dir, .window = window };
	int code = data_open(data, &x.rules);

	if (code)
		return code;
	progress_start(&x.progress, quiet);
	code = run(&x);
	progress_end(&x.progress);
	remake_done(&x.remake);
	successor_close(&x.successor, code != EXIT_DONE && x.begun);
	nd_store_close(x.old);
	nd_rules_free(x.rules);
	return code;
}

int cmd_reindex(int argc, char **argv)
{
	const char *store = NULL, *data = NULL, *window = NULL, *why;
	uint32_t days;
	bool quiet = false;
	const struct option_row rows[] = {
		{ "store", OPTION_TEXT, "DIR", "the store; no daemon may have it open", 0, 0, &store },
		{ "quiet", OPTION_FLAG, NULL, "no progress on the terminal", 0, 0, &quiet },
		WINDOW_ROW(window),
		DATA_ROW(data),
		{ 0 },
	};
	const struct usage usage = {
		"newsdup reindex --store DIR [OPTION]...",
		"Makes a store anew from the texts that it has kept, for this version of newsdup or for other rules. The old one\n"
		"stays until the new one is whole; a run that was killed goes on where it was.",
		rows,
	};
	int ret;

	if (!options_begin(&usage, &argc, argv, &ret))
		return ret;
	why = window_read(window, &days);
	if (store && argc == 1 && !why)
		return reindex_run(store, data, days, quiet);
	options_complain(&usage, why ? why : store ? "nothing but options is wanted" : "--store is missing");
	return EXIT_USAGE;
}
