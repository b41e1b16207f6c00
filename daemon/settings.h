/*
 * The settings of newsdupd. One table makes them known to everything: configuration files, flags, --help,
 * the manual.
 */
#ifndef ND_DAEMON_SETTINGS_H
#define ND_DAEMON_SETTINGS_H

#include "daemon/setting.h"

/* The table's number of rows. */
#define SETTINGS 36

enum durability { DURABILITY_COMMIT, DURABILITY_INTERVAL };

/* Durations are in ms, sizes in bytes. newsdup.conf(5) tells what each means. */
struct settings {
	char *socket;
	uint64_t socket_mode;
	struct principals socket_group; /* n 0: the group is left as it is; else at[0].id */
	char *store;                    /* a directory or "mem:" */
	uint64_t store_max;
	char *data_dir;                 /* a directory or "none" */
	uint64_t memory_max, memory_full; /* 0: no limit; enum memory_policy */
	bool sync, keep_text;
	uint64_t durability;     /* enum durability */
	uint64_t flush_interval;
	uint64_t history;                        /* earlier versions of an id that are kept */
	uint64_t retain, window;                 /* 0: for ever, any time */
	uint64_t alarm_members, alarm_similarity; /* 0: never; the second in percent */
	uint64_t threads; /* 0: one a core less one, at least one */
	uint64_t line_max, text_max, depth_max;
	uint64_t connections_max, subscribers_max;
	uint64_t queue_max, queue_global_max, queue_bytes;
	uint64_t output_max, events_max;
	uint64_t idle_timeout, write_timeout; /* idle_timeout 0: never */
	uint64_t rate, retry;
	struct principals allow_read, allow_write, allow_admin;
	uint64_t log_level; /* enum log_level */

	char *from[SETTINGS]; /* by row: where the value was set, "FILE:LINE" or "--flag"; NULL: the default */
};

/* Row i, below SETTINGS. */
const struct setting *settings_row(unsigned i);

/* The row with this name, - standing for _ as well; NULL: none. */
const struct setting *settings_find(const char *name);

const void *settings_field(const struct settings *s, const struct setting *row);

/* All defaults. Errors: -ENOMEM; settings_done is right then, too. */
int settings_init(struct settings *s);
void settings_done(struct settings *s);

/*
 * Sets one from text. where ("newsdup.conf:3") begins the message, a line appended to say on -EINVAL: the
 * name is unknown, or the value is wrong; the old value stays. Errors: -EINVAL, -ENOMEM.
 */
int settings_set(struct settings *s, const char *name, const char *value, const char *where, struct buf *say);

/*
 * Takes over from next what may change while running; what may not, and differs, is told in a line of say
 * each. next is done with. Returns how many may not.
 */
unsigned settings_reload(struct settings *s, struct settings *next, struct buf *say);

/* "name = value" lines that a file could have, each with where it was set. */
void settings_print(const struct settings *s, struct buf *to);

#endif
