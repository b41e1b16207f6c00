/* daemon/input: the same lines out of every format, equal to a model that looks at each byte; every
 * line that can be had from damaged files; one problem for each thing that is wrong. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>
#include <zstd.h>

#include "base/buf.h"
#include "daemon/input.h"

/* --- memory that runs out: the n-th allocation from now on fails (not under sanitizers) --- */

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if !defined(__has_feature)
#define CAN_FAIL 1
#elif !__has_feature(address_sanitizer)
#define CAN_FAIL 1
#endif
#endif

#ifdef CAN_FAIL
static long fail_at = -1;

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *at, size_t n);

static int fails(void)
{
	return fail_at >= 0 && fail_at-- == 0;
}

void *malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *at, size_t n)
{
	return fails() ? NULL : __libc_realloc(at, n);
}
#endif

/* --- files --- */

static char dir[] = "/tmp/test_input.XXXXXX";
static int lowest_fd; /* free before a test, so free behind it */

static char *path(const char *name)
{
	static char paths[8][64];
	static unsigned next;
	char *ret = paths[next++ % 8];

	snprintf(ret, sizeof(paths[0]), "%s/%s", dir, name);
	return ret;
}

static const char *save(const char *name, const void *at, size_t n)
{
	const char *ret = path(name);
	int fd = open(ret, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, at, n), n);
	close(fd);
	return ret;
}

static const char *save_text(const char *name, const char *text)
{
	return save(name, text, strlen(text));
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static int note_fds(void **state)
{
	(void)state;
	lowest_fd = dup(0);
	return close(lowest_fd);
}

static int check_fds(void **state)
{
	int fd = dup(0);

	(void)state;
	close(fd);
	return fd != lowest_fd;
}

/* Makes fd standard input, or gives the old one back. */
static void swap_stdin(int fd)
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
static pid_t feed_stdin(const struct buf *b, size_t step, int flags)
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

static void end_stdin(pid_t child)
{
	int status;

	swap_stdin(-1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* --- formats --- */

static void add(struct buf *b, const void *at, size_t n)
{
	assert_int_equal(buf_add(b, at, n), 0);
}

static void add_zeros(struct buf *b, size_t n)
{
	for (; n; n--)
		add(b, "", 1);
}

static void add_gzip(struct buf *b, const void *at, size_t n)
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
static void add_zstd(struct buf *b, const void *at, size_t n, size_t block)
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

static void add_skippable(struct buf *b)
{
	add(b, "\x5A\x2A\x4D\x18\x05\0\0\0line\n", 13);
}

/* What can be had of a cut or damaged file, a byte at a time. True when it is whole. */
static bool gunzip(const struct buf *b, struct buf *content)
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
			add(content, to, sizeof(to) - z.avail_out);
		} while (ret == Z_OK && z.avail_out == 0);
		if (ret != Z_OK && ret != Z_STREAM_END && ret != Z_BUF_ERROR)
			break;
	}
	inflateEnd(&z);
	return ret == Z_STREAM_END;
}

static bool unzstd(const struct buf *b, struct buf *content)
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
				add(content, to, out.pos);
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

static void tell_problem(FILE *to, unsigned file, const char *code, uint64_t number,
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

/* A line of a batch as a consumer takes it, without its end (\n or \r\n). Zeroed to begin with. */
struct line {
	const char *at;
	size_t len;
	uint64_t number, offset;
	size_t next; /* where the next one begins in the batch */
};

/* The next line that holds more than blanks; false at the batch's end. */
static bool next_line(const struct batch *b, struct line *l)
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
static void expect(FILE *to, unsigned file, const void *content, size_t len, size_t line_max,
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

static char last_reason[INPUT_REASON_MAX];

/* All of the files; no batch is looked at before the end. The caller frees. */
static char *transcript(const char *const *files, unsigned n, const struct input_options *o)
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

#define SMALL ((struct input_options){ 64, 1000 })

/* One file gives what the model makes of its content. */
static void check(const char *file, const void *content, size_t len, const struct input_options *o,
		  const char *code)
{
	size_t size;
	char *want, *got = transcript(&file, 1, o);
	FILE *to = open_memstream(&want, &size);

	expect(to, 0, content, len, o->line_max, code);
	fclose(to);
	assert_string_equal(got, want);
	free(got);
	free(want);
}

static void check_text(const char *text, size_t len)
{
	for (size_t batch = 1; batch < 40; batch++)
		check(save("text", text, len), text, len, &(struct input_options){ batch, 1000 },
		      NULL);
}

static uint64_t seed = 1;

static unsigned random_below(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

/* Lines of up to `longest` bytes: words, blanks, both line ends, all bytes now and then. */
static void add_lines(struct buf *b, size_t bytes, unsigned longest)
{
	while (b->len < bytes) {
		unsigned n = random_below(4) ? random_below(longest) : random_below(4);
		unsigned range = random_below(8) ? 6 : 256;

		for (; n; n--) {
			char byte = (char)(range == 6 ? " abcd\t"[random_below(6)]
						      : (int)random_below(range));

			add(b, &byte, 1);
		}
		if (random_below(3) == 0)
			add(b, "\r", 1);
		add(b, "\n", 1);
	}
}

/* --- tests --- */

/* Every way to store the same content: in one piece, in pieces, with what belongs to no piece. */
static unsigned encode(struct buf *b, unsigned way, const struct buf *content)
{
	size_t half = content->len / 2, rest = content->len - half;

	buf_clear(b);
	switch (way) {
	case 0:
		add(b, content->at, content->len);
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

static void test_every_format_gives_the_same_lines(void **state)
{
	static const size_t batches[] = { 1, 100, 4096, 1 << 20 };
	struct buf content, b;

	(void)state;
	buf_init(&content, SIZE_MAX / 2);
	buf_init(&b, SIZE_MAX / 2);
	add_lines(&content, 400000, 900);
	for (unsigned way = 0; encode(&b, way, &content); way++) {
		for (size_t i = 0; i < 4; i++) {
			struct input_options o = { batches[i], 4000 };
			pid_t child;

			check(save("same", b.at, b.len), content.at, content.len, &o, NULL);
			child = feed_stdin(&b, 700 * (i + 1), 0);
			check("-", content.at, content.len, &o, NULL);
			end_stdin(child);
		}
	}
	buf_done(&content);
	buf_done(&b);
}

static void test_standard_input_may_trickle_and_be_non_blocking(void **state)
{
	struct buf content, b;

	(void)state;
	buf_init(&content, SIZE_MAX / 2);
	buf_init(&b, SIZE_MAX / 2);
	add(&content, "\xEF\xBB\xBF", 3);
	add_lines(&content, 2000, 50);
	for (unsigned way = 0; encode(&b, way, &content); way++) {
		pid_t child = feed_stdin(&b, 1, O_NONBLOCK);

		check("-", content.at, content.len, &SMALL, NULL);
		end_stdin(child);
	}
	buf_done(&content);
	buf_done(&b);
}

static void test_a_byte_order_mark_is_no_part_of_the_first_line(void **state)
{
	static const char *const texts[] = {
		"\xEF\xBB\xBF", "\xEF\xBB\xBF\n",    "\xEF\xBB\xBF{}\n{}",         "\xEF\xBB",
		"\xEF\xBBx\n",  "\n\xEF\xBB\xBFx\n", "\xEF\xBB\xBF\xEF\xBB\xBFx\n"
	};
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		check_text(texts[i], strlen(texts[i]));
		buf_clear(&b);
		add_gzip(&b, texts[i], strlen(texts[i]));
		check(save("mark", b.at, b.len), texts[i], strlen(texts[i]), &SMALL, NULL);
	}
	buf_done(&b);
}

static void test_line_ends_and_blank_lines(void **state)
{
	(void)state;
#define TEXT(t) check_text(t, sizeof(t) - 1)
	TEXT("");
	TEXT("\n");
	TEXT("\n\n\r\n \t\r\n\r");
	TEXT("a");
	TEXT("a\r");
	TEXT("a\r\nb\nc\rd\r\r\n");
	TEXT("a\n\nb\n   \n\r\n c \nlast");
	TEXT("nul\0in it\n\0\n\0");
#undef TEXT
}

static void test_lines_are_what_stands_in_the_file(void **state)
{
	const char *file = save_text("plain", "\xEF\xBB\xBF{\"a\": 1}\r\n\n{\"b\": 2}");
	struct batch b = { 0 };
	struct line l = { 0 };
	struct input *in;

	(void)state;
	assert_int_equal(input_new(&file, 1, NULL, &in), 0);
	assert_string_equal(input_name(in, 0), file);
	assert_int_equal(input_next(in, &b), 1);
	assert_null(b.problem.code);
	assert_true(next_line(&b, &l));
	assert_int_equal(l.number, 1);
	assert_int_equal(l.offset, 3);
	assert_int_equal(l.len, 8);
	assert_memory_equal(l.at, "{\"a\": 1}", 8);
	assert_true(next_line(&b, &l));
	assert_int_equal(l.number, 3);
	assert_int_equal(l.offset, 14);
	assert_memory_equal(l.at, "{\"b\": 2}\n", 9);
	assert_false(next_line(&b, &l));
	assert_int_equal(input_next(in, &b), 0);
	input_free(in);
	batch_done(&b);
}

static void test_batch_borders_fall_anywhere(void **state)
{
	struct buf content;

	(void)state;
	buf_init(&content, SIZE_MAX / 2);
	for (unsigned i = 0; i < 300; i++) {
		struct input_options o = { 1 + random_below(300), 1 + random_below(60) };

		buf_clear(&content);
		add_lines(&content, random_below(3000), 1 + random_below(100));
		content.len -= content.len && random_below(2); /* the last newline */
		check(save("borders", content.at, content.len), content.at, content.len, &o, NULL);
	}
	buf_done(&content);
}

static void test_a_line_over_the_limit_is_skipped(void **state)
{
	static const char *const ends[] = {
		"\n", "\r\n", "", "\r", "\nnext\n", "\r\nnext", "\n\n\n"
	};
	char text[100];

	(void)state;
	for (size_t batch = 1; batch < 40; batch++)
		for (int n = 7; n <= 14; n++)
			for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
				int len = snprintf(text, sizeof(text), "one\n%.*s%s", n,
						   "0123456789abcdef", ends[i]);

				check(save("long", text, (size_t)len), text, (size_t)len,
				      &(struct input_options){ batch, 10 }, NULL);
			}
}

static void test_a_long_line_takes_no_memory(void **state)
{
	const struct input_options o = { 1000, 1000 };
	const char *file;
	struct batch b = { 0 };
	struct input *in;
	struct buf content;

	(void)state;
	buf_init(&content, SIZE_MAX / 2);
	assert_int_equal(buf_reserve(&content, 8 << 20), 0);
	memset(content.at, 'x', 8 << 20);
	content.len = 8 << 20;
	add(&content, "\nnext\n", 6);
	file = save("huge", content.at, content.len);
	check(file, content.at, content.len, &o, NULL);
	assert_string_equal(last_reason, "the line is longer than 1000 bytes");
	assert_int_equal(input_new(&file, 1, &o, &in), 0);
	while (input_next(in, &b) == 1)
		assert_true(b.cap < 2000);
	input_free(in);
	batch_done(&b);
	buf_done(&content);
}

static void test_a_batch_gets_small_again(void **state)
{
	const struct input_options o = { 1000, 4 << 20 };
	struct batch b = { 0 };
	struct buf content;
	struct input *in;
	const char *file;

	(void)state;
	buf_init(&content, SIZE_MAX / 2);
	assert_int_equal(buf_reserve(&content, 4 << 20), 0);
	memset(content.at, 'x', 4 << 20);
	content.len = 4 << 20; /* exactly the limit */
	add(&content, "\nnext\n", 6);
	file = save("huge", content.at, content.len);
	assert_int_equal(input_new(&file, 1, &o, &in), 0);
	assert_int_equal(input_next(in, &b), 1);
	assert_true(b.cap > 4 << 20 && b.len > 4 << 20);
	while (input_next(in, &b) == 1)
		;
	assert_true(b.cap < 1 << 20);
	input_free(in);
	batch_done(&b);
	buf_done(&content);
}

/* --- damage --- */

typedef bool decoder(const struct buf *b, struct buf *content);

static void check_against(const struct buf *b, decoder *decode, struct buf *content)
{
	const struct input_options o = { 1 + random_below(2000), 300 };
	bool whole;

	buf_clear(content);
	whole = decode(b, content);
	check(save("damaged", b->at, b->len), content->at, content->len, &o,
	      whole ? NULL : "truncated");
}

/* Cuts at every byte from `first` on, then wrongs every byte that is no magic. */
static void damage(struct buf *b, decoder *decode, size_t first)
{
	struct buf content;
	size_t len = b->len;

	buf_init(&content, SIZE_MAX / 2);
	for (b->len = first; b->len < len; b->len++)
		check_against(b, decode, &content);
	for (size_t i = 4; i < len; i++) {
		uint8_t right = b->at[i];

		b->at[i] ^= (uint8_t)(1u << random_below(8));
		check_against(b, decode, &content);
		b->at[i] = right;
	}
	buf_done(&content);
}

static void test_a_damaged_gzip_file_gives_all_lines_before_the_damage(void **state)
{
	struct buf content, b;

	(void)state;
	buf_init(&content, SIZE_MAX / 2);
	buf_init(&b, SIZE_MAX / 2);
	add_lines(&content, 3000, 100);
	add_gzip(&b, content.at, content.len);
	add_gzip(&b, content.at, 500);
	damage(&b, gunzip, 1);
	buf_done(&content);
	buf_done(&b);
}

static void test_a_damaged_zstd_file_gives_all_lines_before_the_damage(void **state)
{
	struct buf content, b;

	(void)state;
	buf_init(&content, SIZE_MAX / 2);
	buf_init(&b, SIZE_MAX / 2);
	add_lines(&content, 3000, 100);
	add_zstd(&b, content.at, content.len, 200);
	add_skippable(&b);
	add_zstd(&b, content.at, 500, 1000);
	damage(&b, unzstd, 2);
	buf_done(&content);
	buf_done(&b);
}

/* Standard input that holds b and then fails: the peer has closed without reading what it got. */
static void failing_stdin(const struct buf *b)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(write(ends[0], "x", 1), 1);
	assert_int_equal(write(ends[1], b->at, b->len), b->len);
	close(ends[1]);
	swap_stdin(ends[0]);
}

/* Few bytes that stand for many: the decoder holds content when the file ends, or fails. */
static void test_content_inside_the_decoder_is_not_lost(void **state)
{
	struct buf content, b;

	(void)state;
	buf_init(&content, SIZE_MAX / 2);
	buf_init(&b, SIZE_MAX / 2);
	for (unsigned i = 0; i < 100000; i++)
		add(&content, i % 500 ? "line\n" : "other\n", i % 500 ? 5 : 6);
	for (unsigned way = 0; way < 2; way++) {
		buf_clear(&b);
		if (way)
			add_zstd(&b, content.at, content.len, 1 << 20);
		else
			add_gzip(&b, content.at, content.len);
		for (unsigned i = 0; i < 20; i++) {
			struct buf cut = { b.at, b.len - 1 - i * b.len / 25, b.len, b.len };
			struct buf rest;

			buf_init(&rest, SIZE_MAX / 2);
			assert_false((way ? unzstd : gunzip)(&cut, &rest));
			check(save("dense", cut.at, cut.len), rest.at, rest.len,
			      &(struct input_options){ 1000 + 10 * i, 1000 }, "truncated");
			failing_stdin(&cut);
			check("-", rest.at, rest.len,
			      &(struct input_options){ 1000 + 10 * i, 1000 }, "unreadable");
			swap_stdin(-1);
			buf_done(&rest);
		}
	}
	buf_done(&content);
	buf_done(&b);
}

/* Stream, then `tail`, gives "a" and "b" and the reason, or nothing wrong when it is NULL. */
static void check_tail(bool zstd, const void *tail, size_t n, const char *reason)
{
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	if (zstd)
		add_zstd(&b, "a\nb\n", 4, 100);
	else
		add_gzip(&b, "a\nb\n", 4);
	add(&b, tail, n);
	last_reason[0] = '\0';
	check(save("tail", b.at, b.len), "a\nb\n", 4, &SMALL, reason ? "truncated" : NULL);
	assert_string_equal(last_reason, reason ? reason : "");
	buf_done(&b);
}

static void test_what_follows_a_compressed_stream(void **state)
{
	static const char zeros[300000];
	static const char gzip_garbage[] = "trailing garbage behind the gzip stream";
	static const char zstd_garbage[] = "trailing garbage behind the zstd stream";

	(void)state;
	check_tail(false, zeros, 1, NULL);
	check_tail(false, zeros, sizeof(zeros), NULL);
	check_tail(false, "\n", 1, gzip_garbage);
	check_tail(false, "\0\0\0garbage", 10, gzip_garbage);
	check_tail(false, "\x1F\x8C\b", 3, gzip_garbage);
	check_tail(false, "\x1F", 1, "the gzip stream ends early");
	check_tail(false, "\x1F\x8B\b", 3, "the gzip stream ends early");
	check_tail(false, "\x1F\x8B\x07\0", 4,
		   "the gzip stream is damaged: unknown compression method");
	check_tail(true, "\n", 1, zstd_garbage);
	check_tail(true, "\x28", 1, zstd_garbage);
	check_tail(true, "more lines\n", 11, zstd_garbage);
	check_tail(true, zeros, 512, zstd_garbage);
	check_tail(true, "\x28\xB5\x2F", 3, "the zstd stream ends early");
}

static void test_padding_may_stand_between_gzip_members(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX / 2);
	add_gzip(&b, "a\nb", 3);
	add_zeros(&b, 700);
	add_gzip(&b, "c\nd", 3);
	check(save("padded", b.at, b.len), "a\nbc\nd", 6, &SMALL, NULL);
	buf_done(&b);
}

static void test_a_window_that_is_too_large_is_told(void **state)
{
	/* magic, a window of 2^28 bytes, one last raw block of two bytes */
	static const char frame[] = "\x28\xB5\x2F\xFD\0\x90\x11\0\0x\n";

	(void)state;
	check(save("window", frame, sizeof(frame) - 1), "", 0, &SMALL, "unreadable");
	assert_string_equal(last_reason, "the zstd frame needs a window over 128 MiB");
}

static void test_empty_files_are_no_problem(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX / 2);
	check(save("empty", "", 0), "", 0, &SMALL, NULL);
	check("/dev/null", "", 0, &SMALL, NULL);
	add_gzip(&b, "", 0);
	check(save("empty", b.at, b.len), "", 0, &SMALL, NULL);
	buf_clear(&b);
	add_zstd(&b, "", 0, 1);
	check(save("empty", b.at, b.len), "", 0, &SMALL, NULL);
	buf_clear(&b);
	add_skippable(&b);
	check(save("empty", b.at, b.len), "", 0, &SMALL, NULL);
	buf_done(&b);
}

static void test_what_cannot_be_read_stands_between_what_can(void **state)
{
	const char *files[] = { save_text("1", "a\nb"), path("missing"), dir, save_text("4", "c\n"),
				path("gone") };
	char *want, *got = transcript(files, 5, &SMALL);
	size_t size;
	FILE *to = open_memstream(&want, &size);

	(void)state;
	expect(to, 0, "a\nb", 3, 1000, NULL);
	tell_problem(to, 1, "unreadable", 0, 0);
	tell_problem(to, 2, "unreadable", 0, 0);
	expect(to, 3, "c\n", 2, 1000, NULL);
	tell_problem(to, 4, "unreadable", 0, 0);
	fclose(to);
	assert_string_equal(got, want);
	assert_string_equal(last_reason, strerror(ENOENT));
	free(got);
	free(want);
	assert_int_equal(chdir(dir), 0);
	free(transcript((const char *const[]){ "." }, 1, &SMALL));
	assert_string_equal(last_reason, strerror(EISDIR));
}

static void test_a_read_error_ends_the_file_behind_its_whole_lines(void **state)
{
	struct buf content, b, cut;

	(void)state;
	buf_init(&content, SIZE_MAX / 2);
	buf_init(&b, SIZE_MAX / 2);
	add_lines(&content, 5000, 100);
	for (unsigned way = 0; encode(&b, way, &content); way++) {
		b.len = b.len / 3;
		buf_init(&cut, SIZE_MAX / 2);
		if (way == 0)
			add(&cut, b.at, b.len);
		else
			assert_false((way < 3 ? gunzip : unzstd)(&b, &cut));
		failing_stdin(&b);
		check("-", cut.at, cut.len, &SMALL, "unreadable");
		swap_stdin(-1);
		assert_string_equal(last_reason, strerror(ECONNRESET));
		buf_done(&cut);
	}
	buf_done(&content);
	buf_done(&b);
}

static void test_a_closed_standard_input_harms_no_other_file(void **state)
{
	const char *files[] = { "-", save_text("good", "a\n"), "-" };
	int saved = dup(0);
	char *got;

	(void)state;
	close(0); /* the good file gets its number */
	got = transcript(files, 3, &SMALL);
	assert_int_equal(fcntl(0, F_GETFD), -1);
	dup2(saved, 0);
	close(saved);
	assert_non_null(strstr(got, "0: unreadable 0 at 0\n1: 1 at 0: 1 bytes"));
	assert_non_null(strstr(got, "2: unreadable 0 at 0\n"));
	assert_string_equal(last_reason, strerror(EBADF));
	free(got);
}

/* --- progress, memory --- */

static void test_progress_reaches_its_total(void **state)
{
	const char *files[4] = { save_text("1", "a\nb"), path("missing"), NULL,
				 save_text("4", "c\n") };
	uint64_t done, total;
	struct batch b = { 0 };
	struct input *in;
	struct buf z;

	(void)state;
	buf_init(&z, SIZE_MAX / 2);
	add_gzip(&z, "x\n", 2);
	add(&z, "garbage", 7);
	while (z.len < 1000000)
		add(&z, "more and more of it", 19);
	files[2] = save("3", z.at, z.len);
	assert_int_equal(input_new(files, 4, NULL, &in), 0);
	input_progress(in, &done, &total);
	assert_int_equal(done, 0);
	assert_int_equal(total, 3 + z.len + 2);
	while (input_next(in, &b) == 1)
		;
	input_progress(in, &done, &total);
	assert_int_equal(done, total);
	assert_true(done < z.len); /* what was skipped is in neither */
	input_free(in);
	batch_done(&b);
	buf_done(&z);
}

static void test_progress_has_no_total_with_a_pipe(void **state)
{
	const char *files[] = { save_text("1", "a\nb"), "-" };
	struct buf text = { (uint8_t *)"c\n", 2, 2, 2 };
	uint64_t done, total;
	struct batch b = { 0 };
	struct input *in;
	pid_t child = feed_stdin(&text, 2, 0);

	(void)state;
	assert_int_equal(input_new(files, 2, NULL, &in), 0);
	while (input_next(in, &b) == 1)
		;
	input_progress(in, &done, &total);
	assert_int_equal(done, 5);
	assert_int_equal(total, 0);
	input_free(in);
	batch_done(&b);
	end_stdin(child);
}

static void test_progress_of_a_file_that_was_read_from_before(void **state)
{
	const char *file = "-";
	uint64_t done, total;
	struct batch b = { 0 };
	struct input *in;
	int fd = open(save_text("1", "gone\nhere\n"), O_RDONLY);

	(void)state;
	assert_int_equal(lseek(fd, 5, SEEK_SET), 5);
	swap_stdin(fd);
	assert_int_equal(input_new(&file, 1, NULL, &in), 0);
	assert_string_equal(input_name(in, 0), "(standard input)");
	assert_int_equal(input_next(in, &b), 1);
	assert_int_equal(b.len, 5);
	assert_int_equal(b.offset, 0);
	assert_memory_equal(b.at, "here\n", 5);
	assert_int_equal(input_next(in, &b), 0);
	input_progress(in, &done, &total);
	assert_int_equal(done, 5);
	assert_int_equal(total, 5);
	input_free(in);
	batch_done(&b);
	swap_stdin(-1);
}

static void test_no_memory_is_an_error_and_leaves_nothing_open(void **state)
{
#ifdef CAN_FAIL
	const struct input_options o = { 100, 3000 };
	const char *files[5];
	struct buf content, b;
	long n = 0;
	int ret;

	(void)state;
	buf_init(&content, SIZE_MAX / 2);
	buf_init(&b, SIZE_MAX / 2);
	add_lines(&content, 10000, 2500);
	for (unsigned way = 0; encode(&b, way, &content); way++)
		files[way] = save((const char *[]){ "a", "b", "c", "d", "e" }[way], b.at, b.len);
	do {
		struct batch batch = { 0 };
		struct input *in = NULL;

		fail_at = n++;
		ret = input_new(files, 5, &o, &in);
		while (ret == 0 && (ret = input_next(in, &batch)) == 1)
			ret = 0;
		if (fail_at < 0)
			assert_int_equal(ret, -ENOMEM);
		ret = fail_at < 0;
		fail_at = -1;
		input_free(in);
		batch_done(&batch);
	} while (ret);
	buf_done(&content);
	buf_done(&b);
	if (n == 1)
		skip(); /* a tool has put its own allocator in */
#else
	(void)state;
	skip();
#endif
}

static void test_done_takes_nothing(void **state)
{
	struct batch b = { 0 };

	(void)state;
	input_free(NULL);
	batch_done(NULL);
	batch_done(&b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, note_fds, check_fds)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_format_gives_the_same_lines),
		TEST(test_standard_input_may_trickle_and_be_non_blocking),
		TEST(test_a_byte_order_mark_is_no_part_of_the_first_line),
		TEST(test_line_ends_and_blank_lines),
		TEST(test_lines_are_what_stands_in_the_file),
		TEST(test_batch_borders_fall_anywhere),
		TEST(test_a_line_over_the_limit_is_skipped),
		TEST(test_a_long_line_takes_no_memory),
		TEST(test_a_batch_gets_small_again),
		TEST(test_a_damaged_gzip_file_gives_all_lines_before_the_damage),
		TEST(test_a_damaged_zstd_file_gives_all_lines_before_the_damage),
		TEST(test_content_inside_the_decoder_is_not_lost),
		TEST(test_what_follows_a_compressed_stream),
		TEST(test_padding_may_stand_between_gzip_members),
		TEST(test_a_window_that_is_too_large_is_told),
		TEST(test_empty_files_are_no_problem),
		TEST(test_what_cannot_be_read_stands_between_what_can),
		TEST(test_a_read_error_ends_the_file_behind_its_whole_lines),
		TEST(test_a_closed_standard_input_harms_no_other_file),
		TEST(test_progress_reaches_its_total),
		TEST(test_progress_has_no_total_with_a_pipe),
		TEST(test_progress_of_a_file_that_was_read_from_before),
		TEST(test_no_memory_is_an_error_and_leaves_nothing_open),
		TEST(test_done_takes_nothing),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
