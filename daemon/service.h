/*
 * All that sessions share: the index and its store, the threads, what is counted. The loop's thread alone
 * touches it; there is no socket in it.
 */
#ifndef ND_DAEMON_SERVICE_H
#define ND_DAEMON_SERVICE_H

#include "daemon/commit.h"
#include "daemon/events.h"
#include "daemon/expiry.h"
#include "daemon/flowing.h"
#include "daemon/loader.h"
#include "daemon/memory.h"
#include "daemon/metrics.h"
#include "daemon/rates.h"
#include "daemon/readers.h"
#include "daemon/settings.h"
#include "daemon/space.h"
#include "daemon/tasks.h"

struct session;

/* Lists of sessions, each in it at most once. */
enum service_list {
	LIST_HOLDING, /* replies wait for a commit */
	LIST_BUSY,    /* in the middle of a long reply, or of many requests */
	SERVICE_LISTS
};

struct service {
	const struct settings *settings; /* borrowed; may change between two calls */
	struct nd_store *store;
	struct nd_index *index;
	struct nd_fingerprinter *fingerprinter; /* for explanations */
	struct tasks *tasks;
	struct commit *commit;
	struct loader *loader; /* NULL: all is loaded */
	struct events events;
	struct flowing flowing;
	struct expiry expiry;
	struct memory memory;
	struct space space;
	struct metrics metrics;
	struct rates rates;
	struct readers readers;
	struct session *lists[SERVICE_LISTS];
	uint64_t started;        /* ns */
	uint64_t stored;         /* articles that were there at start */
	uint64_t rules;          /* nd_rules_hash of those in force */
	size_t waiting;          /* requests that have come and have not run */
	size_t waiting_bytes;    /* of their tasks' lines */
	size_t connections;
	int again_fault;         /* why articles cannot be judged again; 0 */
	size_t removing;         /* clearings in the middle of a batch: nothing is judged again so long */
	uint64_t undone;         /* how often what was not committed has left the index; why, the last time */
	int undone_by;
	bool read_only;          /* it stands for no daemon, but looks into a store */
	bool ready;              /* the index is loaded */
	bool load_waits;         /* for a thread; service_turn is due when it goes on */
	bool at_leisure;         /* the loop may read a request itself: set before each wait, taken by the first */
	bool stopping;
};

typedef void service_wake(void *arg); /* on any thread: service_turn is due */

/*
 * Opens the store of the settings. threads 0: everything happens on the calling thread, a commit within
 * service_turn. Errors: those of nd_store_open (*failed says what failed then), tasks_new, commit_new;
 * *failed NULL: those of service_read_rules.
 */
int service_open(struct service *sv, const struct settings *settings, unsigned threads, service_wake *wake, void *arg,
		 const char **failed);
void service_close(struct service *sv);

/* The same over a store that is only read, while another process may write: what is put cannot be committed.
 * Everything happens on the calling thread. */
int service_open_to_read(struct service *sv, const struct settings *settings, const char **failed);

/* What an error of the store, or of service_load, means, in words. */
const char *service_store_why(int err);
const char *service_load_why(int err);

/* Reads the rules of the settings; what is wrong is logged, and those in force stay. Errors: as nd_rules_new. */
int service_read_rules(struct service *sv);

/* Loads some of what is stored. Returns 1 when there is more, 0 at the end; errors: nd_index_load's, -EDQUOT (past
 * memory_max). */
int service_load(struct service *sv);

/* Takes what threads have finished, runs it, commits. Returns whether another turn is wanted at once. */
bool service_turn(struct service *sv);

/* Another turn is wanted at once. */
bool service_is_busy(const struct service *sv);

/* Now and then, each second or more often: what is due by the clock. */
void service_tick(struct service *sv);

/* Articles are to be judged again: each turn does some, and what is to be put waits so long. */
bool service_judges_again(const struct service *sv);

/* Begins a commit, when it is time for one. */
void service_commit(struct service *sv);

/* Nothing is in flight. */
bool service_is_idle(const struct service *sv);

/* Why the store does not do; NULL: it does. */
const char *service_fault(const struct service *sv);

/* Logs it when it is another than it was. */
void service_note_fault(const struct service *sv, const char *before);

/* What it means that a commit failed, in words. */
const char *service_write_why(int err);

/* The store does not do, and a daemon that starts anew may: not when it is full, nor when its file is gone, as who reads
 * is served so long. */
bool service_is_stuck(const struct service *sv);

#endif
