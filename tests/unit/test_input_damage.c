/* daemon/input: every line that can be had from damaged files; one problem for each thing that is wrong. */
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
#include <unistd.h>

#include <cmocka.h>
#include <zstd.h>

#include "tests/unit/input_files.h"

typedef bool decoder(const struct buf *b, struct buf *content);

static void check_against(const struct buf *b, decoder *decode, struct buf *content)
{
	const struct input_options o = { 1 + random_below(2000), 300 };
	bool whole;

	buf_clear(content);
	whole = decode(b, content);
	check_lines(save("damaged", b->at, b->len), content->at, content->len, &o,
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
		add_bytes(&content, i % 500 ? "line\n" : "other\n", i % 500 ? 5 : 6);
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
			check_lines(save("dense", cut.at, cut.len), rest.at, rest.len,
			      &(struct input_options){ 1000 + 10 * i, 1000 }, "truncated");
			failing_stdin(&cut);
			check_lines("-", rest.at, rest.len,
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
	add_bytes(&b, tail, n);
	last_reason[0] = '\0';
	check_lines(save("tail", b.at, b.len), "a\nb\n", 4, &SMALL, reason ? "truncated" : NULL);
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
	check_lines(save("padded", b.at, b.len), "a\nbc\nd", 6, &SMALL, NULL);
	buf_done(&b);
}

static void test_a_window_that_is_too_large_is_told(void **state)
{
	/* magic, a window of 2^28 bytes, one last raw block of two bytes */
	static const char frame[] = "\x28\xB5\x2F\xFD\0\x90\x11\0\0x\n";

	(void)state;
	check_lines(save("window", frame, sizeof(frame) - 1), "", 0, &SMALL, "unreadable");
	assert_string_equal(last_reason, "the zstd frame needs a window over 128 MiB");
}

static void test_empty_files_are_no_problem(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX / 2);
	check_lines(save("empty", "", 0), "", 0, &SMALL, NULL);
	check_lines("/dev/null", "", 0, &SMALL, NULL);
	add_gzip(&b, "", 0);
	check_lines(save("empty", b.at, b.len), "", 0, &SMALL, NULL);
	buf_clear(&b);
	add_zstd(&b, "", 0, 1);
	check_lines(save("empty", b.at, b.len), "", 0, &SMALL, NULL);
	buf_clear(&b);
	add_skippable(&b);
	check_lines(save("empty", b.at, b.len), "", 0, &SMALL, NULL);
	buf_done(&b);
}

static void test_what_cannot_be_read_stands_between_what_can(void **state)
{
	const char *files[] = { save_text("1", "a\nb"), path_of("missing"), path_of("."), save_text("4", "c\n"),
				path_of("gone") };
	char *want, *got = transcript(files, 5, &SMALL);
	size_t size;
	FILE *to = open_memstream(&want, &size);

	(void)state;
	expect_content(to, 0, "a\nb", 3, 1000, NULL);
	tell_problem(to, 1, "unreadable", 0, 0);
	tell_problem(to, 2, "unreadable", 0, 0);
	expect_content(to, 3, "c\n", 2, 1000, NULL);
	tell_problem(to, 4, "unreadable", 0, 0);
	fclose(to);
	assert_string_equal(got, want);
	assert_string_equal(last_reason, strerror(ENOENT));
	free(got);
	free(want);
	assert_int_equal(chdir(path_of(".")), 0);
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
			add_bytes(&cut, b.at, b.len);
		else
			assert_false((way < 3 ? gunzip : unzstd)(&b, &cut));
		failing_stdin(&b);
		check_lines("-", cut.at, cut.len, &SMALL, "unreadable");
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, note_fds, check_fds)

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests(tests, input_dir_up, input_dir_down);
}
