/*
 * Formats of an input file: what turns its bytes into lines' bytes.
 */
#ifndef ND_DAEMON_INPUT_FORMAT_H
#define ND_DAEMON_INPUT_FORMAT_H

#include "daemon/input.h"

/* The raw bytes of a file, behind a peeked beginning. */
struct raw {
	int fd;
	uint8_t head[65536]; /* read ahead */
	size_t head_at, head_len;
	uint64_t read;       /* bytes taken from the file */
};

/* Up to `room` bytes; 0 at the end, or a negative errno. */
long raw_read(struct raw *r, void *to, size_t room);

/* Makes sure that head holds something, unless the file is at its end: 1, 0 at the end, negative errno. */
int raw_fill(struct raw *r);

struct format {
	const char *name;
	/* whether a file that begins so is of this format */
	bool (*recognises)(const uint8_t *head, size_t n);
	/* Errors: -ENOMEM. */
	int (*open)(struct raw *r, void **ret);
	/*
	 * Up to `room` bytes of content; 0 at the end. Negative errno of reading; -EBADMSG with *reason set
	 * (a constant) when the stream is damaged or ends early.
	 */
	long (*read)(void *state, struct raw *r, void *to, size_t room, const char **reason);
	void (*close)(void *state);
};

extern const struct format format_plain, format_gzip, format_zstd;

#endif
