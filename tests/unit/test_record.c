/* lib/index/record: what goes in comes out, from flat data that may lie anywhere on 8 bytes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "index/record.h"

#define STR(s) { s, sizeof(s) - 1 }

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

static const struct fingerprint *print_of(const char *title, const char *text)
{
	const struct fingerprint *ret;

	assert_int_equal(fingerprint_text(printer, title, strlen(title), text, strlen(text), &ret), 0);
	return ret;
}

static void assert_str(struct nd_str got, struct nd_str want)
{
	assert_int_equal(got.at != NULL, want.at != NULL);
	assert_int_equal(got.len, want.len);
	if (want.at) {
		assert_memory_equal(got.at, want.at, want.len);
		assert_int_equal(got.at[got.len], 0);
	}
}

static void assert_holds(const struct record *r, const struct nd_article *a, const struct fingerprint *fp)
{
	assert_int_equal((uintptr_t)r % 8, 0);
	assert_int_equal(r->bytes % 8, 0);
	assert_int_equal(r->fp_at % 8, 0);
	assert_int_equal(r->version, FP_VERSION);
	assert_int_equal(r->id_is_number, a->id_is_number);
	assert_str(record_string(r, RECORD_ID), a->id);
	assert_str(record_string(r, RECORD_URL), a->url);
	assert_str(record_string(r, RECORD_OUTLET), a->outlet);
	assert_str(record_string(r, RECORD_PUBLISHED), a->published);
	assert_str(record_string(r, RECORD_TITLE), a->title);
	assert_memory_equal(record_fingerprint(r), fp, fp->bytes);
	assert_int_equal(r->n_matches, 0);
}

/* Each string absent, empty, or of some length: all 3^5 ways, one record behind the other. */
static void every_mixture_of_strings_comes_back(void **state)
{
	static const struct nd_str kinds[] = { { NULL, 0 }, { "", 0 }, STR("http://x.example/\xEA\xB0\x80") };
	const struct fingerprint *fp = print_of("a title", "the text of an article, and some more of it\nlast line");
	struct nd_article articles[243];
	size_t places[243];
	struct buf b;

	buf_init(&b, SIZE_MAX);
	for (int i = 0; i < 243; i++) {
		struct nd_article *a = &articles[i];

		*a = (struct nd_article){
			.id = kinds[i % 3],
			.url = kinds[i / 3 % 3],
			.outlet = kinds[i / 9 % 3],
			.published = kinds[i / 27 % 3],
			.title = kinds[i / 81 % 3],
			.id_is_number = i % 2,
		};
		if (!a->id.at)
			a->id = (struct nd_str)STR("42");
		places[i] = b.len;
		assert_int_equal(record_build(&b, a, (struct nd_str){ 0 }, NULL, fp), 0);
		assert_int_equal(b.len % 8, 0);
	}
	for (int i = 0; i < 243; i++)
		assert_holds((const struct record *)(b.at + places[i]), &articles[i], fp);
	buf_done(&b);
}

static struct record head_of(struct nd_article a, const char *title, const char *text)
{
	struct record ret;
	struct buf b;

	buf_init(&b, SIZE_MAX);
	assert_int_equal(record_build(&b, &a, (struct nd_str){ 0 }, NULL, print_of(title, text)), 0);
	memcpy(&ret, b.at, sizeof(ret));
	buf_done(&b);
	return ret;
}

static void names_have_keys_only_with_an_outlet(void **state)
{
	struct nd_article a = { .id = STR("1"), .url = STR("http://a.example/1"), .outlet = STR("A") };
	struct record whole = head_of(a, "Title", "text"), r;

	assert_true(whole.id_key && whole.url_key && whole.title_key);
	r = head_of(a, "", "text");
	assert_int_equal(r.title_key, 0);
	assert_int_equal(r.url_key, whole.url_key);
	r = head_of(a, "TITLE", "other text");
	assert_int_equal(r.title_key, whole.title_key); /* the folded title counts */
	r = head_of(a, " \n ", "text");
	assert_int_equal(r.title_key, 0);
	a.outlet = (struct nd_str)STR("B");
	r = head_of(a, "Title", "text");
	assert_true(r.url_key && r.url_key != whole.url_key);
	assert_true(r.title_key && r.title_key != whole.title_key);
	assert_int_equal(r.id_key, whole.id_key);
	a.outlet = (struct nd_str)STR("");
	r = head_of(a, "Title", "text");
	assert_true(!r.url_key && !r.title_key);
	a.outlet = (struct nd_str){ 0 };
	r = head_of(a, "Title", "text");
	assert_true(!r.url_key && !r.title_key);
	a.outlet = (struct nd_str)STR("A");
	a.url = (struct nd_str)STR("");
	r = head_of(a, "Title", "text");
	assert_true(!r.url_key && r.title_key == whole.title_key);
}

static void the_time_of_publication_is_read(void **state)
{
	struct nd_article a = { .id = STR("1"), .published = STR("2023-11-01T09:29:00+09:00") };
	struct record r = head_of(a, "", "text");

	assert_int_equal(r.published.kind, WHEN_INSTANT);
	assert_int_equal(r.published.second, 1698798540);
	a.published = (struct nd_str)STR("2023-11-31");
	r = head_of(a, "", "text");
	assert_int_equal(r.published.kind, WHEN_UNKNOWN);
	a.published = (struct nd_str){ 0 };
	r = head_of(a, "", "text");
	assert_int_equal(r.published.kind, WHEN_UNKNOWN);
}

static void a_record_that_does_not_fit_leaves_the_buffer_as_it_was(void **state)
{
	const struct nd_article a = { .id = STR("1"), .title = STR("a title") };
	const struct fingerprint *fp = print_of("", "some words for the text");
	struct buf whole;

	buf_init(&whole, SIZE_MAX);
	assert_int_equal(record_build(&whole, &a, (struct nd_str){ 0 }, NULL, fp), 0);
	for (size_t max = 8; max < whole.len + 8; max++) {
		struct buf b;

		buf_init(&b, max);
		assert_int_equal(buf_add(&b, "12345678", 8), 0);
		assert_int_equal(record_build(&b, &a, (struct nd_str){ 0 }, NULL, fp), -E2BIG);
		assert_int_equal(b.len, 8);
		assert_memory_equal(b.at, "12345678", 8);
		buf_done(&b);
	}
	buf_done(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_mixture_of_strings_comes_back),
		cmocka_unit_test(names_have_keys_only_with_an_outlet),
		cmocka_unit_test(the_time_of_publication_is_read),
		cmocka_unit_test(a_record_that_does_not_fit_leaves_the_buffer_as_it_was),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
