#include "daemon/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/input_format.h"

/* The first that recognises a file's beginning reads it. */
static const struct format *const formats[] = { &format_gzip, &format_zstd, &format_plain };

#define FORMAT_MAGIC 4u /* bytes that tell the format */

struct input {
	const char *const *files;
	unsigned n, file; /* file: the one open, or the next */
	struct input_options options;
	uint64_t total, done; /* bytes of all files; of those closed */

	bool open;
	struct raw raw;
	const struct format *format;
	void *state;
	uint64_t line, offset; /* of the next line to be handed out */
	bool start;            /* a byte order mark may come */
	bool skipping;         /* the rest of a line that was too long */
	char *carry;           /* an unfinished line */
	size_t carry_len, carry_cap;
};

/* --- raw bytes --- */

static long read_some(int fd, void *to, size_t room)
{
	ssize_t n;

	do
		n = read(fd, to, room);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : (long)n;
}

long raw_read(struct raw *r, void *to, size_t room)
{
	size_t ahead = r->head_len - r->head_at;
	long n;

	if (ahead) {
		if (ahead > room)
			ahead = room;
		memcpy(to, r->head + r->head_at, ahead);
		r->head_at += ahead;
		return (long)ahead;
	}
	n = read_some(r->fd, to, room);
	if (n > 0)
		r->read += (uint64_t)n;
	return n;
}

int raw_fill(struct raw *r)
{
	long n;

	if (r->head_at < r->head_len)
		return 1;
	n = read_some(r->fd, r->head, sizeof(r->head));
	if (n <= 0)
		return (int)n;
	r->head_at = 0;
	r->head_len = (size_t)n;
	r->read += (uint64_t)n;
	return 1;
}

/* Reads until the format can be told, or the file ends. */
static int raw_peek(struct raw *r)
{
	while (r->head_len < FORMAT_MAGIC) {
		long n = read_some(r->fd, r->head + r->head_len, sizeof(r->head) - r->head_len);

		if (n <= 0)
			return (int)n;
		r->head_len += (size_t)n;
		r->read += (uint64_t)n;
	}
	return 0;
}

/* --- files --- */

static bool is_stdin(const char *name)
{
	return !strcmp(name, "-");
}

static uint64_t size_of_all(const char *const *files, unsigned n)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < n; i++) {
		struct stat st;

		if (is_stdin(files[i]) ? fstat(STDIN_FILENO, &st) : stat(files[i], &st))
			continue;
		if (!S_ISREG(st.st_mode))
			return 0;
		sum += (uint64_t)st.st_size;
	}
	return sum;
}

int input_new(const char *const *files, unsigned n, const struct input_options *o, struct input **ret)
{
	struct input *in = calloc(1, sizeof(*in));

	if (!in)
		return -ENOMEM;
	in->files = files;
	in->n = n;
	in->options = o ? *o : (struct input_options){ (size_t)1 << 20, (size_t)16 << 20 };
	in->total = size_of_all(files, n);
	*ret = in;
	return 0;
}

static void close_file(struct input *in)
{
	if (!in->open)
		return;
	in->format->close(in->state);
	if (in->raw.fd != STDIN_FILENO)
		close(in->raw.fd);
	in->done += in->raw.read;
	in->open = false;
	in->skipping = false;
	in->carry_len = 0;
	in->file++;
}

void input_free(struct input *in)
{
	if (!in)
		return;
	close_file(in);
	free(in->carry);
	free(in);
}

void batch_done(struct batch *b)
{
	free(b->at);
	memset(b, 0, sizeof(*b));
}

const char *input_name(const struct input *in, unsigned file)
{
	return is_stdin(in->files[file]) ? "(standard input)" : in->files[file];
}

void input_progress(const struct input *in, uint64_t *done, uint64_t *total)
{
	*done = in->done + (in->open ? in->raw.read : 0);
	*total = in->total;
}

static int open_raw(struct input *in)
{
	const char *name = in->files[in->file];
	struct stat st;
	int fd = is_stdin(name) ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	in->raw.fd = fd;
	in->raw.head_at = in->raw.head_len = 0;
	in->raw.read = 0;
	err = !fstat(fd, &st) && S_ISDIR(st.st_mode) ? -EISDIR : raw_peek(&in->raw);
	if (err && fd != STDIN_FILENO)
		close(fd);
	if (!err)
		posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return err;
}

static int open_file(struct input *in)
{
	size_t i = 0;
	int err = open_raw(in);

	if (err)
		return err;
	while (!formats[i]->recognises(in->raw.head, in->raw.head_len))
		i++;
	in->format = formats[i];
	err = in->format->open(&in->raw, &in->state);
	if (err) {
		if (in->raw.fd != STDIN_FILENO)
			close(in->raw.fd);
		return err;
	}
	in->open = true;
	in->line = 1;
	in->offset = 0;
	in->start = true;
	return 0;
}

/* --- batches --- */

static int batch_reserve(struct batch *b, size_t n)
{
	char *at;

	if (n + INPUT_PADDING + 1 < b->cap)
		return 0;
	at = realloc(b->at, n + n / 2 + INPUT_PADDING + 2);
	if (!at)
		return -ENOMEM;
	b->at = at;
	b->cap = n + n / 2 + INPUT_PADDING + 2;
	return 0;
}

static void set_problem(struct batch *b, const char *code, uint64_t line, uint64_t offset, const char *reason)
{
	b->problem.code = code;
	b->problem.line = line;
	b->problem.offset = offset;
	snprintf(b->problem.reason, sizeof(b->problem.reason), "%s", reason);
}

static uint64_t count_lines(const char *at, size_t len)
{
	const char *end = at + len;
	uint64_t n = 0;

	while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
		at++;
		n++;
	}
	return n;
}

/* Puts aside what follows the last newline. */
static int carry_tail(struct input *in, struct batch *b)
{
	const char *last = b->len ? memrchr(b->at, '\n', b->len) : NULL;
	size_t whole = last ? (size_t)(last - b->at) + 1 : 0, tail = b->len - whole;

	if (tail > in->carry_cap) {
		char *at = realloc(in->carry, tail + tail / 2);

		if (!at)
			return -ENOMEM;
		in->carry = at;
		in->carry_cap = tail + tail / 2;
	}
	if (tail)
		memcpy(in->carry, b->at + whole, tail);
	in->carry_len = tail;
	b->len = whole;
	return 0;
}

/* Drops what belongs to a line that was too long; the rest moves to the front. */
static void skip_line(struct input *in, struct batch *b)
{
	const char *newline = memchr(b->at, '\n', b->len);
	size_t n = newline ? (size_t)(newline - b->at) + 1 : b->len;

	memmove(b->at, b->at + n, b->len - n);
	b->len -= n;
	in->offset += n;
	if (!newline)
		return;
	in->line++;
	in->skipping = false;
}

/* Drops a byte order mark at the start of a file. */
static void skip_mark(struct input *in, struct batch *b)
{
	static const char mark[] = { '\xEF', '\xBB', '\xBF' };

	if (b->len < sizeof(mark))
		return;
	in->start = false;
	if (memcmp(b->at, mark, sizeof(mark)))
		return;
	b->len -= sizeof(mark);
	memmove(b->at, b->at + sizeof(mark), b->len);
	in->offset = sizeof(mark);
}

/* The lines of a batch are complete: what follows starts behind them. */
static void hand_out(struct input *in, struct batch *b)
{
	b->first_line = in->line;
	b->offset = in->offset;
	in->line += count_lines(b->at, b->len);
	in->offset += b->len;
}

static int end_of_file(struct input *in, struct batch *b, long result, const char *reason)
{
	int err;

	if (result == 0 && b->len && b->at[b->len - 1] != '\n')
		b->at[b->len++] = '\n'; /* fill has left room */
	err = carry_tail(in, b);
	if (err)
		return err;
	hand_out(in, b);
	if (result == -EBADMSG)
		set_problem(b, "truncated", in->line, in->offset, reason);
	else if (result < 0)
		set_problem(b, "unreadable", in->line, in->offset, strerror((int)-result));
	close_file(in);
	return 0;
}

/* A line is over the limit: what stands before it goes out, it is skipped. */
static int drop_long_line(struct input *in, struct batch *b)
{
	char reason[100];
	size_t dropped;
	int err = carry_tail(in, b);

	if (err)
		return err;
	hand_out(in, b);
	dropped = in->carry_len;
	in->carry_len = 0;
	in->skipping = true;
	snprintf(reason, sizeof(reason), "the line is longer than %zu bytes", in->options.line_max);
	set_problem(b, "too_large", in->line, in->offset, reason);
	in->offset += dropped;
	return 0;
}

/* Bytes of the unfinished line at the end of a batch. */
static size_t tail_len(const struct batch *b)
{
	const char *last = b->len ? memrchr(b->at, '\n', b->len) : NULL;

	return last ? (size_t)(b->at + b->len - last) - 1 : b->len;
}

/* Reads until the batch is full of whole lines, the file ends, or a line is too long. */
static int fill(struct input *in, struct batch *b)
{
	size_t want = in->options.batch_bytes;
	const char *reason = "";

	for (;;) {
		size_t tail = tail_len(b);
		long n;
		int err;

		if (tail > in->options.line_max)
			return drop_long_line(in, b);
		if (b->len >= want && tail < b->len) {
			err = carry_tail(in, b);
			if (!err)
				hand_out(in, b);
			return err;
		}
		err = batch_reserve(b, b->len + want);
		if (err)
			return err;
		n = in->format->read(in->state, &in->raw, b->at + b->len, b->cap - INPUT_PADDING - 1 - b->len, &reason);
		if (n == -ENOMEM)
			return -ENOMEM;
		if (n <= 0)
			return end_of_file(in, b, n, reason);
		b->len += (size_t)n;
		if (in->start)
			skip_mark(in, b);
		if (in->skipping)
			skip_line(in, b);
	}
}

int input_next(struct input *in, struct batch *b)
{
	int err;

	do {
		if (!in->open && in->file == in->n)
			return 0;
		b->len = 0;
		b->problem.code = NULL;
		b->file = in->file;
		err = in->open ? 0 : open_file(in);
		if (err == -ENOMEM)
			return err;
		if (err) {
			set_problem(b, "unreadable", 0, 0, strerror(-err));
			in->file++;
			return 1;
		}
		err = batch_reserve(b, in->carry_len + in->options.batch_bytes);
		if (err)
			return err;
		if (in->carry_len)
			memcpy(b->at, in->carry, in->carry_len);
		b->len = in->carry_len;
		in->carry_len = 0;
		err = fill(in, b);
		if (err)
			return err;
	} while (!b->len && !b->problem.code);
	memset(b->at + b->len, 0, INPUT_PADDING);
	return 1;
}
