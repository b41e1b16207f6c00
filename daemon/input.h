/*
 * Input of bulk mode: a list of files as one stream of batches of whole lines. Plain, gzip or zstd, told
 * apart by their first bytes; pipes too.
 */
#ifndef ND_DAEMON_INPUT_H
#define ND_DAEMON_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Readable bytes behind the last line of a batch. */
#define INPUT_PADDING 64

/* What went wrong in a file, and where in its lines (line from 1, offset from 0, decompressed). */
struct input_problem {
	const char *code; /* unreadable, truncated, too_large; NULL: nothing */
	uint64_t line, offset;
	char reason[200];
};

/* Lines of one file, each ended by a newline (a carriage return before it is the reader's affair). */
struct batch {
	char *at;
	size_t len, cap;
	unsigned file;        /* place in the list of files */
	uint64_t first_line;  /* from 1 */
	uint64_t offset;      /* of at[0] in the file, decompressed */
	struct input_problem problem; /* it happened behind these lines */
};

struct input_options {
	size_t batch_bytes; /* a batch is about so large; larger when one line is */
	size_t line_max;    /* a longer line is skipped: too_large */
};

struct input;

/* files must live as long as the input; o NULL: 1 MiB, 16 MiB. Errors: -ENOMEM. */
int input_new(const char *const *files, unsigned n, const struct input_options *o, struct input **ret);
void input_free(struct input *in);

/*
 * Fills a batch, whose buffer is used again. Returns 1 (len may be 0 when there is only a problem to tell),
 * 0 at the end of all input, -ENOMEM. A problem never ends the input: the next file, or the next line,
 * follows.
 */
int input_next(struct input *in, struct batch *b);

/* Takes a zeroed batch too. */
void batch_done(struct batch *b);

/* How to call a file in messages. */
const char *input_name(const struct input *in, unsigned file);

/* Bytes read so far, as they stand in the files, and in all; total is 0 when a file's size is unknown. */
void input_progress(const struct input *in, uint64_t *done, uint64_t *total);

#endif
