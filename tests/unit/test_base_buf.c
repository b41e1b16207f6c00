/* lib/base/buf: grows, keeps what it holds, never past its maximum. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static void an_empty_buffer_holds_no_memory(void **state)
{
	struct buf b;

	buf_init(&b, 100);
	assert_null(b.at);
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_add(&b, NULL, 0), 0);
	assert_int_equal(buf_reserve(&b, 0), 0);
	buf_done(&b);
	buf_done(&b);
	buf_done(NULL);
}

static void bytes_come_back_as_they_were_added(void **state)
{
	struct buf b;
	size_t want = 0;

	buf_init(&b, SIZE_MAX);
	for (unsigned n = 0; n < 700; n++) {
		uint8_t chunk[700];

		memset(chunk, (int)(n % 251), sizeof(chunk));
		assert_int_equal(buf_add(&b, chunk, n), 0);
		want += n;
		assert_int_equal(b.len, want);
	}
	for (unsigned n = 0, at = 0; n < 700; n++)
		for (unsigned i = 0; i < n; i++)
			assert_int_equal(b.at[at++], n % 251);
	buf_done(&b);
	assert_int_equal(b.len, 0);
}

static void a_buffer_fills_to_its_maximum_and_not_a_byte_more(void **state)
{
	struct buf b;

	for (size_t max = 0; max < 300; max++) {
		buf_init(&b, max);
		for (size_t i = 0; i < max; i++)
			assert_int_equal(buf_add(&b, "x", 1), 0);
		assert_int_equal(buf_add(&b, "x", 1), -E2BIG);
		assert_int_equal(b.len, max);
		assert_true(b.cap <= max);
		buf_done(&b);
		assert_int_equal(buf_reserve(&b, max + 1), -E2BIG);
		assert_int_equal(buf_reserve(&b, SIZE_MAX), -E2BIG);
		buf_done(&b);
	}
}

static void a_refused_addition_changes_nothing(void **state)
{
	struct buf b;

	buf_init(&b, 5);
	assert_int_equal(buf_add(&b, "abc", 3), 0);
	assert_int_equal(buf_add(&b, "defg", 4), -E2BIG);
	assert_int_equal(buf_add(&b, "defg", SIZE_MAX), -E2BIG);
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.at, "abc", 3);
	assert_int_equal(buf_add(&b, "de", 2), 0);
	assert_memory_equal(b.at, "abcde", 5);
	buf_done(&b);
}

static void a_size_without_memory_is_an_error_and_not_the_end(void **state)
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	assert_int_equal(buf_add(&b, "abc", 3), 0);
	assert_int_equal(buf_reserve(&b, SIZE_MAX / 4), -ENOMEM);
	assert_memory_equal(b.at, "abc", 3);
	buf_done(&b);
#else
	skip();
#endif
}

static void a_cleared_buffer_is_filled_from_the_front(void **state)
{
	struct buf b;

	buf_init(&b, 64);
	assert_int_equal(buf_add(&b, "old", 3), 0);
	buf_clear(&b);
	assert_int_equal(buf_reserve(&b, 2), 0);
	buf_put(&b, 'n');
	buf_put(&b, 'w');
	assert_int_equal(b.len, 2);
	assert_memory_equal(b.at, "nw", 2);
	buf_done(&b);
}

static void formatted_text_of_any_length_fits(void **state)
{
	char want[2000];
	struct buf b;

	buf_init(&b, 1 << 22);
	for (int n = 500; n < 530; n++) {
		memset(want, 'y', sizeof(want));
		want[n] = 0;
		buf_clear(&b);
		assert_int_equal(buf_addf(&b, "<%s:%d>", want, n), 0);
		assert_int_equal(b.len, (size_t)n + 6);
		assert_memory_equal(b.at + 1, want, (size_t)n);
		assert_int_equal(b.at[b.len - 1], '>');
	}
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_buffer_holds_no_memory),
		cmocka_unit_test(bytes_come_back_as_they_were_added),
		cmocka_unit_test(a_buffer_fills_to_its_maximum_and_not_a_byte_more),
		cmocka_unit_test(a_refused_addition_changes_nothing),
		cmocka_unit_test(a_size_without_memory_is_an_error_and_not_the_end),
		cmocka_unit_test(a_cleared_buffer_is_filled_from_the_front),
		cmocka_unit_test(formatted_text_of_any_length_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
