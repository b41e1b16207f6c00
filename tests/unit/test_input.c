/* daemon/input: the same lines out of every format, equal to a model that looks at each byte; progress, memory. */
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
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/failing.h"
#include "tests/unit/input_files.h"

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

			check_lines(save("same", b.at, b.len), content.at, content.len, &o, NULL);
			child = feed_stdin(&b, 700 * (i + 1), 0);
			check_lines("-", content.at, content.len, &o, NULL);
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
	add_bytes(&content, "\xEF\xBB\xBF", 3);
	add_lines(&content, 2000, 50);
	for (unsigned way = 0; encode(&b, way, &content); way++) {
		pid_t child = feed_stdin(&b, 1, O_NONBLOCK);

		check_lines("-", content.at, content.len, &SMALL, NULL);
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
		check_lines(save("mark", b.at, b.len), texts[i], strlen(texts[i]), &SMALL, NULL);
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
		check_lines(save("borders", content.at, content.len), content.at, content.len, &o, NULL);
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

				check_lines(save("long", text, (size_t)len), text, (size_t)len,
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
	add_bytes(&content, "\nnext\n", 6);
	file = save("huge", content.at, content.len);
	check_lines(file, content.at, content.len, &o, NULL);
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
	add_bytes(&content, "\nnext\n", 6);
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

/* --- progress, memory --- */

static void test_progress_reaches_its_total(void **state)
{
	const char *files[4] = { save_text("1", "a\nb"), path_of("missing"), NULL,
				 save_text("4", "c\n") };
	uint64_t done, total;
	struct batch b = { 0 };
	struct input *in;
	struct buf z;

	(void)state;
	buf_init(&z, SIZE_MAX / 2);
	add_gzip(&z, "x\n", 2);
	add_bytes(&z, "garbage", 7);
	while (z.len < 1000000)
		add_bytes(&z, "more and more of it", 19);
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
		TEST(test_progress_reaches_its_total),
		TEST(test_progress_has_no_total_with_a_pipe),
		TEST(test_progress_of_a_file_that_was_read_from_before),
		TEST(test_no_memory_is_an_error_and_leaves_nothing_open),
		TEST(test_done_takes_nothing),
	};

	return cmocka_run_group_tests(tests, input_dir_up, input_dir_down);
}
