/* lib/sketch/fingerprint: texts that are too large, no text, made to cost time, or ending where memory does. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "newsdup.h"
#include "sketch/fingerprint.h"
#include "tests/unit/cost.h"
#include "tests/unit/random.h"

static struct fingerprinter *printer;

static int setup(void **state)
{
	return fingerprinter_new(&printer);
}

static int teardown(void **state)
{
	fingerprinter_free(printer);
	return 0;
}

static void what_is_no_utf_8_is_refused(void **state)
{
	const struct fingerprint *fp = NULL;

	assert_int_equal(fingerprint_text(printer, "", 0, "abc\xFF", 4, &fp), -EILSEQ);
	assert_int_equal(fingerprint_text(printer, "\xC3", 1, "abc", 3, &fp), -EILSEQ);
	assert_int_equal(fingerprint_text(printer, "", 0, "\xED\xA0\x80", 3, &fp), -EILSEQ);
	assert_null(fp);
	assert_int_equal(fingerprint_text(printer, "", 0, "abc", 3, &fp), 0);
}

static void repeated_lines_cost_bounded_time_and_few_keys(void **state)
{
	static const struct {
		const char *line;
		size_t times;
		uint32_t shingles_max;
	} rows[] = {
		{ "a b c d e\n", 100000, 5 },
		{ "a", 8 << 20, 1 },
		{ "a ", 4 << 20, 1 },
		{ "가", (8 << 20) / 3, 1 },
		{ "가나다라마바사 ", (8 << 20) / 22, 7 },
		{ "\n", 8 << 20, 0 },
		{ "the same old story once more and again. ", 200000, 8 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct fingerprint *fp;
		double start = cpu_seconds();
		size_t len;
		char *text = repeated(rows[i].line, rows[i].times, "", &len);

		assert_int_equal(fingerprint_text(printer, "", 0, text, len, &fp), 0);
		assert_true(cpu_seconds() - start < LONG_TIME);
		if (fp->n_shingles > rows[i].shingles_max)
			fail_msg("row %zu: %u shingles", i, fp->n_shingles);
		assert_int_equal(fp->n_keys, fp->n_shingles);
		free(text);
	}
}

static void a_text_of_the_largest_size_without_repetition_is_taken(void **state)
{
	char *text = malloc(ND_TEXT_MAX + 1);
	const struct fingerprint *fp;
	double start = cpu_seconds();
	size_t len = 0;

	assert_non_null(text);
	made_seed = 33;
	while (len + 20 < ND_TEXT_MAX)
		len += (size_t)sprintf(text + len, "%" PRIx32 " ", (uint32_t)rnd());
	memset(text + len, ' ', ND_TEXT_MAX + 1 - len);
	assert_int_equal(fingerprint_text(printer, "", 0, text, ND_TEXT_MAX, &fp), 0);
	assert_true(cpu_seconds() - start < LONG_TIME);
	assert_in_range(fp->n_shingles, 550000, 1u << FP_SHINGLE_BITS); /* of more than 900,000 hashes many begin alike */
	assert_int_equal(fp->scale, FP_SCALE);
	assert_int_equal(fingerprint_text(printer, "", 0, text, ND_TEXT_MAX + 1, &fp), -E2BIG);
	free(text);
}

static void more_lines_than_the_limit_are_refused(void **state)
{
	const struct fingerprint *fp = NULL;
	size_t len;
	char *text = repeated("a line.\n", 1000000, "", &len);

	assert_int_equal(fingerprint_text(printer, "", 0, text, len, &fp), -E2BIG);
	assert_int_equal(fingerprint_text(printer, text, len, "a", 1, &fp), -E2BIG);
	assert_null(fp);
	free(text);
}

/* Texts of every length that end where memory does. */
static void nothing_is_read_behind_the_text(void **state)
{
	enum { SIZE = 1 << 16, LEN = 700 };
	char *map =
		mmap(NULL, 2 * SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	static char text[20000];

	assert_true(map != MAP_FAILED);
	assert_int_equal(mprotect(map + SIZE, SIZE, PROT_NONE), 0);
	made_seed = 34;
	for (int round = 0; round < 4; round++) {
		random_lines(text, 500, 1000);
		for (size_t start = 0; start < LEN; start++) {
			const struct fingerprint *fp;
			size_t n = LEN - start;

			if ((text[start] & 0xC0) == 0x80 || (text[LEN] & 0xC0) == 0x80)
				continue;
			memcpy(map + SIZE - n, text + start, n);
			assert_int_equal(fingerprint_text(printer, "", 0, map + SIZE - n, n, &fp),
					 0);
			assert_int_equal(fingerprint_text(printer, map + SIZE - n, n, "", 0, &fp),
					 0);
		}
	}
	munmap(map, 2 * SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_utf_8_is_refused),
		cmocka_unit_test(repeated_lines_cost_bounded_time_and_few_keys),
		cmocka_unit_test(a_text_of_the_largest_size_without_repetition_is_taken),
		cmocka_unit_test(more_lines_than_the_limit_are_refused),
		cmocka_unit_test(nothing_is_read_behind_the_text),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
