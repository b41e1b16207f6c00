/*
 * Inside of input: the bytes of a file as they are, and the formats that make content of them.
 */
#ifndef ND_DAEMON_INPUT_FORMAT_H
#define ND_DAEMON_INPUT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/input.h"

/*
 * An open file and what has been read ahead of it. Reading ahead is what lets the beginning be
 * looked at without seeking, and what feeds a decoder.
 *
 *     ahead:  | gone |  at .. end: not taken yet  | room |
 */
struct raw {
	int fd;
	bool owned; /* close it */
	bool ended; /* stays so: a terminal would begin anew behind its end */
	int error;  /* what ended it; 0: its end */
	size_t at, end;
	uint64_t read; /* bytes taken from the file */
	uint8_t ahead[128u << 10];
};

/* The file of that name ("-": standard input). Errors: those of open(2). */
int raw_open(struct raw *r, const char *name);
void raw_close(struct raw *r);

/* Bytes of the file that are still to come; 0 when that cannot be known. *known tells which. */
uint64_t raw_size(const char *name, bool *known);

/* Up to `room` bytes straight into `to`; 0 at the end, or the negative errno of read(2). */
long raw_read(struct raw *r, void *to, size_t room);

/*
 * Reads ahead until `want` bytes (at most 64) can be looked at, or the file ends. The number of
 * bytes at hand, or the negative errno of read(2).
 */
long raw_fill(struct raw *r, size_t want);

static inline const uint8_t *raw_peek(const struct raw *r)
{
	return r->ahead + r->at;
}

#define FORMAT_MAGIC 4u /* bytes that tell every format */

struct format {
	/* Whether a file that begins so is of this format; n < FORMAT_MAGIC when that is all of it. */
	bool (*recognises)(const uint8_t *head, size_t n);
	/* Errors: -ENOMEM. */
	int (*open)(void **ret);
	/*
	 * Up to `room` (not 0) bytes of content; 0 at the end. Errors: -ENOMEM, those of raw_fill; with
	 * a text in `reason` (INPUT_REASON_MAX, "" before): -EBADMSG for damaged data, -E2BIG for data
	 * that would take too much memory. All content before an error has been given out before it.
	 */
	long (*read)(void *state, struct raw *r, void *to, size_t room, char *reason);
	void (*close)(void *state);
};

extern const struct format format_plain, format_gzip, format_zstd;

#endif
