/*
 * One setting: a row of the table of settings, and how its value is read from text and told as text.
 */
#ifndef ND_DAEMON_SETTING_H
#define ND_DAEMON_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* The field of each type is named behind it. All fields may be zeroed: that is a field to be read into. */
enum setting_type {
	SETTING_PATH,       /* char *, owned */
	SETTING_MODE,       /* uint64_t: permission bits, written in octal */
	SETTING_DURATION,   /* uint64_t, ms */
	SETTING_DAYS,       /* the same: whole days */
	SETTING_SIZE,       /* uint64_t, bytes */
	SETTING_LIMIT,      /* the same; or 0: none */
	SETTING_COUNT,      /* uint64_t */
	SETTING_YESNO,      /* bool */
	SETTING_WORD,       /* uint64_t: its place in the list of words */
	SETTING_PRINCIPALS, /* struct principals */
	SETTING_GROUP,      /* struct principals: one group at most, written without the @ */
	SETTING_TYPES
};

struct setting {
	const char *name; /* as in a file; in a flag with - for _ */
	enum setting_type type;
	size_t offset;       /* of its field in struct settings */
	const char *initial; /* the default, as text */
	uint64_t min, max;   /* of the field's value; of a path: bytes, and 0 is no limit */
	const char *const *words; /* SETTING_WORD: ends with NULL */
	bool reloadable;          /* a change of the file takes effect at a reload */
	const char *help;         /* a sentence without a full stop */
};

struct principal {
	bool group; /* id is a gid */
	uint32_t id;
};

/* Who may do something. The text is as it was written; names were looked up when it was read. */
struct principals {
	char *text;
	struct principal *at;
	size_t n;
	bool everyone;
};

#define SETTING_PRINCIPALS_MAX 64u

/*
 * Reads a value into a zeroed field. Errors: -EINVAL, and what would have been right is appended to why
 * ("wants a size from 1k to 1g, not '3'"); -ENOMEM.
 */
int setting_read(const struct setting *row, const char *text, void *field, struct buf *why);

/* Gives back what the field holds and zeroes it. */
void setting_done(const struct setting *row, void *field);

/* Bytes of the field. */
size_t setting_size(const struct setting *row);

bool setting_same(const struct setting *row, const void *a, const void *b);

/* Appends the value as setting_read takes it: the largest unit that fits. */
void setting_print(const struct setting *row, const void *field, struct buf *to);

/* Appends what values are right: "a size from 1k to 1g". */
void setting_print_range(const struct setting *row, struct buf *to);

/* What manuals call the value: "SIZE". */
const char *setting_value_name(const struct setting *row);

#endif
