#include "daemon/input.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/input_format.h"

#define BATCH_BYTES ((size_t)1 << 17)
#define LINE_MAX_BYTES ((size_t)16 << 20)
#define LINE_MAX_MOST (SIZE_MAX / 4) /* sizes can be added and doubled */

/* What is read at once: lines are looked for while the processor's cache still has the bytes. */
#define READ_BYTES ((size_t)128 << 10)

/* The first that recognises a file's beginning reads it, else the last. */
#define FORMATS 3u
static const struct format *const formats[FORMATS] = { &format_gzip, &format_zstd, &format_plain };

/*
 * Content is read straight into the batch. What stands behind the last line that the batch can
 * hold is carried over to the next one:
 *
 *     batch:  | whole lines, handed out | a part of the next -> carry |
 */
struct input {
	const char *const *files;
	unsigned n, file; /* file: the one that is open, or the next */
	size_t batch_bytes, line_max;
	uint64_t done, total; /* bytes of the files that are closed, and of all */
	bool total_known;

	bool open;     /* what follows is of the open file */
	uint64_t size; /* bytes, as far as known */
	const struct format *format;
	void *state;
	uint64_t line, offset; /* of what comes next in the content */
	bool skipping;         /* that is the rest of a line that is too long */
	bool ended;            /* by `result`, 0 or a negative errno with its reason or without */
	long result;
	char reason[INPUT_REASON_MAX];
	char *carry;
	size_t carry_len, carry_cap;
	struct raw raw;
};

/* Lines found in a batch so far. */
struct found {
	size_t end;     /* of the last one, its newline included */
	size_t scanned; /* no other newline stands before */
	uint64_t lines;
};

/* --- batches --- */

void batch_done(struct batch *b)
{
	if (!b)
		return;
	free(b->at);
	memset(b, 0, sizeof(*b));
}

/* Room for n bytes, a newline and the padding; what the batch holds stays. */
static int batch_reserve(struct batch *b, size_t n)
{
	size_t cap = n + 1 + INPUT_PADDING;
	char *at;

	if (cap <= b->cap)
		return 0;
	at = realloc(b->at, cap);
	if (!at)
		return -ENOMEM;
	b->at = at;
	b->cap = cap;
	return 0;
}

/* Makes a batch empty, and one that a long line has made large small again. */
static void batch_begin(struct batch *b, const struct input *in)
{
	if (b->cap / 4 > in->batch_bytes + READ_BYTES)
		batch_done(b);
	b->len = 0;
	b->file = in->file;
	b->problem.code = NULL;
}

/* --- files --- */

int input_new(const char *const *files, unsigned n, const struct input_options *o,
	      struct input **ret)
{
	struct input *in = calloc(1, sizeof(*in));

	if (!in)
		return -ENOMEM;
	in->files = files;
	in->n = n;
	in->batch_bytes = o && o->batch_bytes ? o->batch_bytes : BATCH_BYTES;
	in->line_max = o && o->line_max ? o->line_max : LINE_MAX_BYTES;
	if (in->line_max > LINE_MAX_MOST)
		in->line_max = LINE_MAX_MOST;
	in->total_known = true;
	for (unsigned i = 0; i < n && in->total_known; i++)
		in->total += raw_size(files[i], &in->total_known);
	*ret = in;
	return 0;
}

/* Goes on to the next file; what has not been read of this one is no work any more. */
static void leave_file(struct input *in, uint64_t read)
{
	uint64_t unread = in->size > read ? in->size - read : 0;

	in->done += read;
	in->total -= unread < in->total ? unread : in->total;
	in->file++;
}

static void close_file(struct input *in)
{
	if (!in->open)
		return;
	in->format->close(in->state);
	raw_close(&in->raw);
	in->open = false;
	leave_file(in, in->raw.read);
}

void input_free(struct input *in)
{
	if (!in)
		return;
	close_file(in);
	free(in->carry);
	free(in);
}

const char *input_name(const struct input *in, unsigned file)
{
	return strcmp(in->files[file], "-") ? in->files[file] : "(standard input)";
}

void input_progress(const struct input *in, uint64_t *done, uint64_t *total)
{
	*done = in->done + (in->open ? in->raw.read : 0);
	*total = in->total_known ? in->total : 0;
}

/* Up to `room` bytes of content. Its end and its errors are final: decoders are not asked again. */
static long read_content(struct input *in, char *to, size_t room)
{
	long n;

	if (in->ended)
		return in->result;
	n = in->format->read(in->state, &in->raw, to, room, in->reason);
	if (n > 0)
		return n;
	in->ended = true;
	in->result = n;
	return n;
}

static int carry_reserve(struct input *in, size_t n)
{
	char *at;

	if (n <= in->carry_cap)
		return 0;
	at = realloc(in->carry, n);
	if (!at)
		return -ENOMEM;
	in->carry = at;
	in->carry_cap = n;
	return 0;
}

/* Steps over a byte order mark. Whatever else the content begins with is carried. */
static int begin_content(struct input *in)
{
	static const char mark[] = { '\xEF', '\xBB', '\xBF' };
	long n = 1;
	int err = carry_reserve(in, sizeof(mark));

	if (err)
		return err;
	while (n > 0 && in->carry_len < sizeof(mark)) {
		n = read_content(in, in->carry + in->carry_len, sizeof(mark) - in->carry_len);
		if (n == -ENOMEM)
			return -ENOMEM;
		if (n > 0)
			in->carry_len += (size_t)n;
	}
	if (in->carry_len < sizeof(mark) || memcmp(in->carry, mark, sizeof(mark)) != 0)
		return 0;
	in->carry_len = 0;
	in->offset = sizeof(mark);
	return 0;
}

/* The format of the file that in->raw has open. */
static int open_format(struct input *in)
{
	long n = raw_fill(&in->raw, FORMAT_MAGIC);
	size_t i = 0;

	if (n < 0)
		return (int)n;
	while (i + 1 < FORMATS && !formats[i]->recognises(raw_peek(&in->raw), (size_t)n))
		i++;
	in->format = formats[i];
	return in->format->open(&in->state);
}

static int open_file(struct input *in)
{
	bool known;
	int err = raw_open(&in->raw, in->files[in->file]);

	in->size = raw_size(in->files[in->file], &known);
	if (err)
		return err;
	err = open_format(in);
	if (err) {
		raw_close(&in->raw);
		return err;
	}
	in->open = true;
	in->line = 1;
	in->offset = 0;
	in->skipping = in->ended = false;
	in->reason[0] = '\0';
	in->carry_len = 0;
	return begin_content(in);
}

/* --- from content to batches --- */

/* The batch's lines are complete; what comes next in the content comes behind them. */
static void hand_out(struct input *in, struct batch *b, const struct found *f)
{
	b->first_line = in->line;
	b->offset = in->offset;
	b->len = f->end;
	in->line += f->lines;
	in->offset += f->end;
	memset(b->at + b->len, 0, INPUT_PADDING);
}

/* Puts aside what the batch holds from `at` on. */
static int carry_from(struct input *in, const struct batch *b, size_t at)
{
	int err = carry_reserve(in, b->len - at);

	if (err)
		return err;
	memcpy(in->carry, b->at + at, b->len - at);
	in->carry_len = b->len - at;
	return 0;
}

static int take_carry(struct input *in, struct batch *b)
{
	size_t n = in->carry_len > in->batch_bytes ? in->carry_len : in->batch_bytes;
	int err = batch_reserve(b, n);

	if (err)
		return err;
	if (in->carry_len)
		memcpy(b->at, in->carry, in->carry_len);
	b->len = in->carry_len;
	in->carry_len = 0;
	return 0;
}

/* Sets a problem at the place that the content has come to; the caller fills its reason. */
static void set_problem(const struct input *in, struct batch *b, const char *code)
{
	b->problem.code = code;
	b->problem.line = in->line;
	b->problem.offset = in->offset;
}

/* Whether n bytes without a newline are over the limit; a carriage return at the end counts not. */
static bool too_long(const struct input *in, const char *at, size_t n)
{
	return n > in->line_max && (n - 1 > in->line_max || at[n - 1] != '\r');
}

/* Finds the lines in what has been read. False when the one behind f->end is too long. */
static bool find_lines(const struct input *in, const struct batch *b, struct found *f)
{
	const char *newline;

	while ((newline = memchr(b->at + f->scanned, '\n', b->len - f->scanned))) {
		size_t at = (size_t)(newline - b->at);

		if (too_long(in, b->at + f->end, at - f->end))
			return false;
		f->end = f->scanned = at + 1;
		f->lines++;
	}
	f->scanned = b->len;
	return b->len - f->end <= in->line_max || !too_long(in, b->at + f->end, b->len - f->end);
}

/* Drops the beginning of a batch that belongs to a line that is being skipped. */
static void skip_rest(struct input *in, struct batch *b)
{
	const char *newline = memchr(b->at, '\n', b->len);
	size_t n = newline ? (size_t)(newline - b->at) + 1 : b->len;

	b->len -= n;
	memmove(b->at, b->at + n, b->len);
	in->offset += n;
	in->line += newline != NULL;
	in->skipping = !newline;
}

/* The line behind f->end is too long: it is skipped, and the lines before it go out. */
static int drop_line(struct input *in, struct batch *b, const struct found *f)
{
	const char *newline = memchr(b->at + f->scanned, '\n', b->len - f->scanned);
	size_t next = newline ? (size_t)(newline - b->at) + 1 : b->len;
	int err = carry_from(in, b, next);

	if (err)
		return err;
	hand_out(in, b, f);
	set_problem(in, b, "too_large");
	snprintf(b->problem.reason, sizeof(b->problem.reason), "the line is longer than %zu bytes",
		 in->line_max);
	in->offset += next - f->end;
	in->line += newline != NULL;
	in->skipping = !newline;
	return 0;
}

/* The content ends, well or not: only then its last line needs no newline. */
static void end_file(struct input *in, struct batch *b, struct found *f)
{
	bool whole = in->result == 0;

	if (whole && b->len > f->end) {
		b->at[b->len++] = '\n'; /* batch_reserve has left room, fill has seen the length */
		f->end = b->len;
		f->lines++;
	}
	hand_out(in, b, f);
	if (!whole) {
		bool damaged = in->reason[0] && in->result != -E2BIG;

		set_problem(in, b, damaged ? "truncated" : "unreadable");
		snprintf(b->problem.reason, sizeof(b->problem.reason), "%s",
			 in->reason[0] ? in->reason : strerror((int)-in->result));
	}
	close_file(in);
}

/* Bytes to which a batch is filled: more than its share only as long as it has no whole line. */
static size_t fill_to(const struct input *in, const struct batch *b)
{
	size_t most = in->line_max + 2; /* too long then */

	if (b->len < in->batch_bytes)
		return in->batch_bytes;
	return b->len < most / 2 ? 2 * b->len : most;
}

/* Reads on into the batch; the number of bytes, 0 at the end of content, or an error. */
static long read_on(struct input *in, struct batch *b)
{
	size_t to = fill_to(in, b), room = to - b->len;
	int err = batch_reserve(b, to);
	long n;

	if (err)
		return err;
	n = read_content(in, b->at + b->len, room < READ_BYTES ? room : READ_BYTES);
	if (n > 0)
		b->len += (size_t)n;
	return n;
}

/* Fills a batch, which holds what was carried, up to its size, a problem or the end of the file. */
static int fill(struct input *in, struct batch *b)
{
	struct found f = { 0 };
	long n;

	for (;;) {
		if (in->skipping)
			skip_rest(in, b);
		if (!find_lines(in, b, &f))
			return drop_line(in, b, &f);
		if (f.end && b->len >= in->batch_bytes)
			break;
		n = read_on(in, b);
		if (n == -ENOMEM)
			return -ENOMEM;
		if (n <= 0) {
			end_file(in, b, &f);
			return 0;
		}
	}
	n = carry_from(in, b, f.end);
	if (n == 0)
		hand_out(in, b, &f);
	return (int)n;
}

/* A file of which nothing can be read. */
static int refuse_file(struct input *in, struct batch *b, int err)
{
	const struct found none = { 0 };

	in->line = in->offset = 0;
	set_problem(in, b, "unreadable");
	snprintf(b->problem.reason, sizeof(b->problem.reason), "%s", strerror(-err));
	leave_file(in, 0);
	err = batch_reserve(b, 0);
	if (!err)
		hand_out(in, b, &none);
	return err;
}

/* One batch of the file that is next, perhaps an empty one. */
static int next_batch(struct input *in, struct batch *b)
{
	int err = in->open ? 0 : open_file(in);

	if (err == -ENOMEM)
		return err;
	if (err)
		return refuse_file(in, b, err);
	err = take_carry(in, b);
	return err ? err : fill(in, b);
}

int input_next(struct input *in, struct batch *b)
{
	while (in->open || in->file < in->n) {
		int err;

		batch_begin(b, in);
		err = next_batch(in, b);
		if (err)
			return err;
		if (b->len || b->problem.code)
			return 1;
	}
	return 0;
}
