/*
 * Input of bulk mode: a list of files, read as one stream of batches of whole lines.
 *
 * A file is plain, gzip (members, zero padding) or zstd (frames), told by its first bytes and never
 * by its name; "-" is standard input. Nothing seeks: pipes will do. What goes wrong in a file is
 * told in its place between the lines, and never keeps the other files from being read.
 *
 * Lines and bytes are counted in the content, that is, decompressed; every byte counts, those of a
 * byte order mark, of blank lines and of lines that were skipped too.
 */
#ifndef ND_DAEMON_INPUT_H
#define ND_DAEMON_INPUT_H

#include <stddef.h>
#include <stdint.h>

/* Readable bytes behind the last line of a batch: zeros. */
#define INPUT_PADDING 64

#define INPUT_REASON_MAX 200

/*
 * Codes, each a constant:
 *   unreadable  cannot be opened or read (line 0: not a byte was); the rest of the file is skipped
 *   truncated   compressed data ends early or is damaged, or something else follows it: all whole
 *               lines before have been handed out, the rest of the file is skipped
 *   too_large   a line is over the limit: it is skipped, the next one follows
 */
struct input_problem {
	const char *code;      /* NULL: nothing is wrong */
	uint64_t line, offset; /* of the line that is missing: from 1, from 0 */
	char reason[INPUT_REASON_MAX];
};

/*
 * Lines of one file. Zeroed is a batch without a buffer. The buffer belongs to the batch and may be
 * written to; it has nothing to do with the input that filled it.
 */
struct batch {
	char *at;            /* whole lines, each ended by \n, the last one of a file too */
	size_t len, cap;     /* bytes; len may be 0 when there is only a problem */
	unsigned file;       /* place in the list of files */
	uint64_t first_line; /* number of the first line, from 1 */
	uint64_t offset;     /* of at[0] in the file's content */
	struct input_problem problem; /* it stands behind these lines */
};

/* Takes NULL and a zeroed batch too. */
void batch_done(struct batch *b);

/* 0 stands for the default. */
struct input_options {
	size_t batch_bytes; /* of a batch, at most, unless one line is longer; 1 MiB */
	size_t line_max;    /* bytes of a line without its end; 16 MiB */
};

struct input;

/* The list and its names are borrowed while the input lives; o may be NULL. Errors: -ENOMEM. */
int input_new(const char *const *files, unsigned n, const struct input_options *o,
	      struct input **ret);
void input_free(struct input *in);

/*
 * Fills a batch, whose buffer is used again. The caller may hold many. One thread at a time.
 * Returns 1, 0 at the end of all input, or -ENOMEM, after which only input_free may follow.
 */
int input_next(struct input *in, struct batch *b);

/* How to call a file in messages. */
const char *input_name(const struct input *in, unsigned file);

/*
 * Bytes read and bytes in all, as they stand in the files; total is 0 when the size of one is not
 * known beforehand. What is skipped leaves the total. Same thread as input_next.
 */
void input_progress(const struct input *in, uint64_t *done, uint64_t *total);

#endif
