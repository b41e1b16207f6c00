/*
 * Files for the tests of the input, in every format, and the model: what lines and problems each must give.
 */
#ifndef ND_TESTS_INPUT_FILES_H
#define ND_TESTS_INPUT_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/buf.h"
#include "daemon/input.h"

/* A directory for a group of tests. */
int input_dir_up(void **state);
int input_dir_down(void **state);

/* Around a test: what it opens it closes. */
int note_fds(void **state);
int check_fds(void **state);

/* --- files --- */

/* A name in the directory; the eighth call from here overwrites it. The others write a file of that name. */
char *path_of(const char *name);
const char *save(const char *name, const void *at, size_t n);
const char *save_text(const char *name, const char *text);

/* Makes fd standard input, or (-1) gives the old one back. */
void swap_stdin(int fd);

/* A pipe (of these flags, as O_NONBLOCK) as standard input, into which a child writes `step` bytes at a time. */
pid_t feed_stdin(const struct buf *b, size_t step, int flags);
void end_stdin(pid_t child);

/* --- formats --- */

void add_bytes(struct buf *b, const void *at, size_t n);
void add_zeros(struct buf *b, size_t n);
void add_gzip(struct buf *b, const void *at, size_t n);

/* A frame with a checksum, and blocks of about `block` bytes. */
void add_zstd(struct buf *b, const void *at, size_t n, size_t block);
void add_skippable(struct buf *b);

/* Every way to store the same content, from 0 on: in one piece, in pieces, with what belongs to no piece. 0: no such way. */
unsigned encode(struct buf *b, unsigned way, const struct buf *content);

/* What can be had of a cut or damaged file, a byte at a time. True when it is whole. */
bool gunzip(const struct buf *b, struct buf *content);
bool unzstd(const struct buf *b, struct buf *content);

/* Lines of up to `longest` bytes: words, blanks, both line ends, all bytes now and then. */
void add_lines(struct buf *b, size_t bytes, unsigned longest);
unsigned random_below(unsigned n);

/* --- what is expected, what comes --- */

/* A line of a batch as a consumer takes it, without its end (\n or \r\n). Zeroed to begin with. */
struct line {
	const char *at;
	size_t len;
	uint64_t number, offset;
	size_t next; /* where the next one begins in the batch */
};

/* The next line that holds more than blanks; false at the batch's end. */
bool next_line(const struct batch *b, struct line *l);

/* The reason of the last problem in a transcript. */
extern char last_reason[INPUT_REASON_MAX];

/* All of the files: lines by number, offset, length and hash; problems by code, number and offset. To be freed. */
char *transcript(const char *const *files, unsigned n, const struct input_options *o);

#define SMALL ((struct input_options){ 64, 1000 })

/* The model: the transcript of a content. `code` NULL: it is whole; else that problem ends it. */
void expect_content(FILE *to, unsigned file, const void *content, size_t len, size_t line_max, const char *code);
void tell_problem(FILE *to, unsigned file, const char *code, uint64_t number, uint64_t offset);

/* One file gives what the model makes of its content. */
void check_lines(const char *file, const void *content, size_t len, const struct input_options *o, const char *code);

/* The same of a text in batches of every size below 40. */
void check_text(const char *text, size_t len);

#endif
