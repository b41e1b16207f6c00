/* lib/store/frame: a record proves what it is, and any changed bit shows. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/frame.h"
#include "store_items.h"

static void *framed(const struct store_item *item)
{
	void *at = malloc(frame_size(item->bytes));

	memset(at, 0xaa, frame_size(item->bytes));
	frame_write(at, item);
	return at;
}

static void a_frame_gives_back_what_was_put_in(void **state)
{
	for (size_t bytes = 0; bytes < 300; bytes++) {
		struct store_item item = make_item(bytes * 7, bytes), got;
		void *at = framed(&item);

		assert_int_equal(frame_read(at, frame_size(bytes), item.seq, &got), 0);
		assert_int_equal(frame_verify(at, item.seq), 0);
		assert_int_equal(frame_verify(at, item.seq + 1), -EBADMSG);
		assert_int_equal(got.seq, item.seq);
		assert_int_equal(got.bytes, bytes);
		assert_true(item_fits(&got));
		free(at);
		free((void *)item.at);
	}
}

static void a_payload_of_nothing_needs_no_memory(void **state)
{
	struct store_item item = { .seq = 3 }, got;
	void *at = framed(&item);

	assert_int_equal(frame_read(at, frame_size(0), 3, &got), 0);
	assert_int_equal(frame_verify(at, 3), 0);
	assert_int_equal(got.bytes, 0);
	free(at);
}

static void equal_records_have_equal_frames(void **state)
{
	struct store_item item = make_item(5, 13);
	void *a = framed(&item), *b = framed(&item);

	assert_memory_equal(a, b, frame_size(13));
	free(a);
	free(b);
	free((void *)item.at);
}

/* In the head and the payload. */
static void every_flipped_bit_shows(void **state)
{
	struct store_item item = make_item(9, 27), got;
	size_t bytes = frame_size(27);
	uint8_t *at = framed(&item);

	for (size_t bit = 0; bit < bytes * 8; bit++) {
		int err;

		at[bit / 8] ^= (uint8_t)(1u << bit % 8);
		err = frame_read(at, bytes, 9, &got);
		if (!err)
			err = frame_verify(at, 9);
		assert_true(err == -EBADMSG || err == -EPROTO);
		at[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_int_equal(frame_verify(at, 9), 0);
	free(at);
	free((void *)item.at);
}

static void a_frame_of_another_length_or_version_is_refused(void **state)
{
	struct store_item item = make_item(9, 27), got = { .seq = 42 };
	size_t bytes = frame_size(27);
	struct frame *f = framed(&item);

	for (size_t n = 0; n < bytes; n++)
		assert_int_equal(frame_read(f, n, 9, &got), -EBADMSG);
	assert_int_equal(frame_read(f, bytes + 8, 9, &got), -EBADMSG);
	f->bytes = UINT32_MAX;
	assert_int_equal(frame_read(f, bytes, 9, &got), -EBADMSG);
	f->version++;
	assert_int_equal(frame_read(f, bytes, 9, &got), -EPROTO);
	assert_int_equal(got.seq, 42);
	free(f);
	free((void *)item.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_gives_back_what_was_put_in),
		cmocka_unit_test(a_payload_of_nothing_needs_no_memory),
		cmocka_unit_test(equal_records_have_equal_frames),
		cmocka_unit_test(every_flipped_bit_shows),
		cmocka_unit_test(a_frame_of_another_length_or_version_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
