#include "tests/unit/input_files.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>
#include <zstd.h>

/* --- files --- */

static char dir[] = "/tmp/test_input.XXXXXX";
static int lowest_fd; /* free before a test, so free behind it */

char *path_of(const char *name)
{
	static char paths[8][64];
	static unsigned next;
	char *ret = paths[next++ % 8];

	snprintf(ret, sizeof(paths[0]), "%s/%s", dir, name);
	return ret;
}

const char *save(const char *name, const void *at, size_t n)
{
	const char *ret = path_of(name);
	int fd = open(ret, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, at, n), n);
	close(fd);
	return ret;
}

const char *save_text(const char *name, const char *text)
{
	return save(name, text, strlen(text));
}

int input_dir_up(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

int input_dir_down(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

int note_fds(void **state)
{
	(void)state;
	lowest_fd = dup(0);
	return close(lowest_fd);
}

int check_fds(void **state)
{
	int fd = dup(0);

	(void)state;
	close(fd);
	return fd != lowest_fd;
}

/* Makes fd standard input, or gives the old one back. */
void swap_stdin(int fd)
{
	static int saved;

	if (fd < 0) {
		dup2(saved, 0);
		close(saved);
		return;
	}
	saved = dup(0);
	dup2(fd, 0);
	close(fd);
}

/* A pipe as standard input, into which a child writes `step` bytes at a time. */
pid_t feed_stdin(const struct buf *b, size_t step, int flags)
{
	int ends[2];
	pid_t child;

	assert_int_equal(pipe2(ends, flags), 0);
	child = fork();
	if (child == 0) {
		fcntl(ends[1], F_SETFL, 0);
		for (size_t at = 0; at < b->len; at += step)
			if (write(ends[1], b->at + at, b->len - at < step ? b->len - at : step) < 0)
				_exit(1);
		_exit(0);
	}
	close(ends[1]);
	swap_stdin(ends[0]);
	return child;
}

void end_stdin(pid_t child)
{
	int status;

	swap_stdin(-1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* --- formats --- */

void add_bytes(struct buf *b, const void *at, size_t n)
{
	assert_int_equal(buf_add(b, at, n), 0);
}

void add_zeros(struct buf *b, size_t n)
{
	for (; n; n--)
		add_bytes(b, "", 1);
}

void add_gzip(struct buf *b, const void *at, size_t n)
{
	z_stream z = { 0 };

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(buf_reserve(b, deflateBound(&z, n)), 0);
	z.next_in = (Bytef *)at;
	z.avail_in = (uInt)n;
	z.next_out = b->at + b->len;
	z.avail_out = (uInt)(b->cap - b->len);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	b->len += z.total_out;
	deflateEnd(&z);
}

/* A frame with a checksum, and blocks of about `block` bytes. */
void add_zstd(struct buf *b, const void *at, size_t n, size_t block)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();

	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	assert_int_equal(buf_reserve(b, ZSTD_compressBound(n) + 64 + n / block * 64), 0);
	for (size_t done = 0;;) {
		size_t end = n - done < block ? n : done + block, left;
		ZSTD_inBuffer in = { at, end, done };
		ZSTD_outBuffer out = { b->at, b->cap, b->len };

		left = ZSTD_compressStream2(c, &out, &in, end == n ? ZSTD_e_end : ZSTD_e_flush);
		assert_int_equal(left, 0);
		b->len = out.pos;
		done = end;
		if (done == n)
			break;
	}
	ZSTD_freeCCtx(c);
}

void add_skippable(struct buf *b)
{
	add_bytes(b, "\x5A\x2A\x4D\x18\x05\0\0\0line\n", 13);
}

unsigned encode(struct buf *b, unsigned way, const struct buf *content)
{
	size_t half = content->len / 2, rest = content->len - half;

	buf_clear(b);
	switch (way) {
	case 0:
		add_bytes(b, content->at, content->len);
		break;
	case 1:
		add_gzip(b, content->at, content->len);
		break;
	case 2:
		add_gzip(b, content->at, half);
		add_gzip(b, "", 0);
		add_gzip(b, content->at + half, rest);
		add_zeros(b, 1000);
		break;
	case 3:
		add_zstd(b, content->at, content->len, 1 << 20);
		break;
	case 4:
		add_skippable(b);
		add_zstd(b, content->at, half, 1000);
		add_skippable(b);
		add_zstd(b, "", 0, 1);
		add_zstd(b, content->at + half, rest, 300);
		add_skippable(b);
		break;
	default:
		return 0;
	}
	return 1;
}

/* What can be had of a cut or damaged file, a byte at a time. True when it is whole. */
bool gunzip(const struct buf *b, struct buf *content)
{
	z_stream z = { .next_in = b->at };
	uint8_t to[1024];
	int ret = Z_STREAM_END;

	assert_int_equal(inflateInit2(&z, 31), Z_OK);
	for (size_t at = 0; at < b->len; at++) {
		if (ret == Z_STREAM_END && inflateReset(&z) != Z_OK)
			break;
		z.avail_in = 1;
		do {
			z.next_out = to;
			z.avail_out = sizeof(to);
			ret = inflate(&z, Z_NO_FLUSH);
			add_bytes(content, to, sizeof(to) - z.avail_out);
		} while (ret == Z_OK && z.avail_out == 0);
		if (ret != Z_OK && ret != Z_STREAM_END && ret != Z_BUF_ERROR)
			break;
	}
	inflateEnd(&z);
	return ret == Z_STREAM_END;
}

bool unzstd(const struct buf *b, struct buf *content)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	uint8_t to[1024];
	size_t left = 0;

	for (ZSTD_inBuffer in = { b->at, 0, 0 }; in.pos < b->len && !ZSTD_isError(left);) {
		ZSTD_outBuffer out = { to, sizeof(to), 0 };

		in.size = in.pos + 1;
		do {
			out.pos = 0;
			left = ZSTD_decompressStream(z, &out, &in);
			if (!ZSTD_isError(left))
				add_bytes(content, to, out.pos);
		} while (!ZSTD_isError(left) && left && out.pos == sizeof(to));
	}
	ZSTD_freeDStream(z);
	return left == 0;
}

/* --- what is expected, what comes --- */

/* A transcript: lines by number, offset, length and hash; problems by code, number and offset. */
static void tell_line(FILE *to, unsigned file, uint64_t number, uint64_t offset, const void *at,
		      size_t n)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ ((const uint8_t *)at)[i]) * 1099511628211u;
	fprintf(to, "%u: %ju at %ju: %zu bytes %jx\n", file, (uintmax_t)number, (uintmax_t)offset,
		n, (uintmax_t)hash);
}

void tell_problem(FILE *to, unsigned file, const char *code, uint64_t number,
			 uint64_t offset)
{
	fprintf(to, "%u: %s %ju at %ju\n", file, code, (uintmax_t)number, (uintmax_t)offset);
}

static bool blank(const char *at, size_t n)
{
	while (n && strchr(" \t\r", at[n - 1]) && at[n - 1])
		n--;
	return n == 0;
}

/* The next line that holds more than blanks; false at the batch's end. */
bool next_line(const struct batch *b, struct line *l)
{
	do {
		const char *newline;

		if (l->next == b->len)
			return false;
		l->number = l->next ? l->number + 1 : b->first_line;
		l->at = b->at + l->next;
		l->offset = b->offset + l->next;
		newline = memchr(l->at, '\n', b->len - l->next);
		assert_non_null(newline);
		l->len = (size_t)(newline - l->at);
		l->next += l->len + 1;
		if (l->len && l->at[l->len - 1] == '\r')
			l->len--;
	} while (blank(l->at, l->len));
	return true;
}

/* The model. `code` NULL: the content is whole; else that problem ends it. */
void expect_content(FILE *to, unsigned file, const void *content, size_t len, size_t line_max,
		   const char *code)
{
	const char *c = content;
	size_t at = len >= 3 && !memcmp(c, "\xEF\xBB\xBF", 3) ? 3 : 0;
	uint64_t number = 1;

	for (; at < len; number++) {
		size_t end = at, n;

		while (end < len && c[end] != '\n')
			end++;
		n = end - at - (end > at && c[end - 1] == '\r');
		if (n > line_max)
			tell_problem(to, file, "too_large", number, at);
		else if (end == len && code)
			break;
		else if (!blank(c + at, n))
			tell_line(to, file, number, at, c + at, n);
		at = end + (end < len);
		if (end == len && code)
			break;
	}
	if (code)
		tell_problem(to, file, code, number, at);
}

/* Whether a batch keeps its promises by itself. */
static void check_batch(const struct batch *b, const struct input_options *o)
{
	size_t most = o->batch_bytes > o->line_max + 2 ? o->batch_bytes : o->line_max + 2;

	assert_true(b->len || b->problem.code);
	assert_true(b->len <= most + (128 << 10));
	assert_true(b->cap >= b->len + INPUT_PADDING);
	if (b->len)
		assert_int_equal(b->at[b->len - 1], '\n');
	for (int i = 0; i < INPUT_PADDING; i++)
		assert_int_equal(b->at[b->len + (size_t)i], 0);
}

char last_reason[INPUT_REASON_MAX];

/* All of the files; no batch is looked at before the end. The caller frees. */
char *transcript(const char *const *files, unsigned n, const struct input_options *o)
{
	struct batch *batches = NULL;
	struct input *in;
	size_t count = 0, size;
	char *ret;
	FILE *to = open_memstream(&ret, &size);

	assert_int_equal(input_new(files, n, o, &in), 0);
	do {
		batches = realloc(batches, (count + 1) * sizeof(*batches));
		memset(&batches[count], 0, sizeof(*batches));
	} while (input_next(in, &batches[count]) == 1 && ++count);
	assert_int_equal(input_next(in, &batches[count]), 0);
	input_free(in);
	for (size_t i = 0; i <= count; i++) {
		struct batch *b = &batches[i];
		struct line l = { 0 };

		if (i < count)
			check_batch(b, o);
		while (i < count && next_line(b, &l))
			tell_line(to, b->file, l.number, l.offset, l.at, l.len);
		if (i < count && b->problem.code) {
			tell_problem(to, b->file, b->problem.code, b->problem.line,
				     b->problem.offset);
			memcpy(last_reason, b->problem.reason, sizeof(last_reason));
		}
		batch_done(b);
	}
	free(batches);
	fclose(to);
	return ret;
}

/* One file gives what the model makes of its content. */
void check_lines(const char *file, const void *content, size_t len, const struct input_options *o,
		  const char *code)
{
	size_t size;
	char *want, *got = transcript(&file, 1, o);
	FILE *to = open_memstream(&want, &size);

	expect_content(to, 0, content, len, o->line_max, code);
	fclose(to);
	assert_string_equal(got, want);
	free(got);
	free(want);
}

void check_text(const char *text, size_t len)
{
	for (size_t batch = 1; batch < 40; batch++)
		check_lines(save("text", text, len), text, len, &(struct input_options){ batch, 1000 },
		      NULL);
}

static uint64_t seed = 1;

unsigned random_below(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

/* Lines of up to `longest` bytes: words, blanks, both line ends, all bytes now and then. */
void add_lines(struct buf *b, size_t bytes, unsigned longest)
{
	while (b->len < bytes) {
		unsigned n = random_below(4) ? random_below(longest) : random_below(4);
		unsigned range = random_below(8) ? 6 : 256;

		for (; n; n--) {
			char byte = (char)(range == 6 ? " abcd\t"[random_below(6)]
						      : (int)random_below(range));

			add_bytes(b, &byte, 1);
		}
		if (random_below(3) == 0)
			add_bytes(b, "\r", 1);
		add_bytes(b, "\n", 1);
	}
}
