/* daemon/explained_read: what explained_json writes is read back, and told in the same words. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "daemon/explained.h"
#include "wire/json.h"

static struct nd_str str(const char *s)
{
	return (struct nd_str){ s, strlen(s) };
}

static struct nd_explanation example(void)
{
	return (struct nd_explanation){
		.a = { .id = str("7"), .id_is_number = true, .outlet = str("One \"1\""), .title = str("제목") },
		.b = { .id = str("b/\n"), .published = str("2031-05-03") },
		.relation = ND_EXCERPT,
		.reason = "because",
		.match = { .similarity = 0.25f, .containment = 0.5f, .contained = 0.75f },
		.shingles_a = 1, .shingles_b = 2, .shared = 3, .rare_a = 4, .rare_b = 5, .rare_shared = 6,
		.rare_containment = 0.125f, .lead = 1, .simhash_distance = 64, .days = -3, .days_known = true,
		.thresholds = { { "rare_shingles", 274, 6, false }, { "size_ratio", 0.5f, 0.25f, true },
				{ "lead", 0, 1, true } },
		.n_thresholds = 3,
	};
}

static void write_json(struct buf *b, const struct nd_explanation *x, const struct explained_archive *archive)
{
	static const char room[JSON_PADDING];
	struct out o;

	buf_init(b, 1 << 20);
	out_init(&o, b);
	explained_json(&o, x, archive, (struct nd_str){ "", 0 });
	assert_int_equal(o.err, 0);
	assert_int_equal(buf_add(b, room, sizeof(room)), 0);
}

static char *told(const struct nd_explanation *x, const struct explained_archive *archive)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	explained_print(to, x, archive, (struct nd_str){ 0 });
	fclose(to);
	return text;
}

static void expect_back(const struct nd_explanation *x, const struct explained_archive *archive)
{
	struct explained e;
	struct walk *w;
	struct buf b;
	char *before, *after;

	write_json(&b, x, archive);
	assert_int_equal(walk_new(1 << 20, 32, &w), 0);
	assert_int_equal(explained_read(w, (const char *)b.at, b.len - JSON_PADDING, &e), 0);
	before = told(x, archive);
	after = told(&e.x, &e.archive);
	assert_string_equal(before, after);
	assert_null(strstr(after, "passages"));
	free(before);
	free(after);
	walk_free(w);
	buf_done(&b);
}

static void test_an_explanation_is_read_back(void **state)
{
	struct nd_explanation x = example();

	expect_back(&x, &(struct explained_archive){ 0 });
	expect_back(&x, &(struct explained_archive){ 9, true, "copy", "partial" });
	expect_back(&x, &(struct explained_archive){ 9, false, "new", NULL });
	x.days_known = false;
	for (unsigned r = 0; r < ND_RELATIONS; r++) {
		x.relation = (enum nd_relation)r;
		expect_back(&x, &(struct explained_archive){ 0 });
	}
}

static void expect_read(const char *json, int want)
{
	struct explained e;
	struct walk *w;
	char line[512] = { 0 };

	strcpy(line, json);
	assert_int_equal(walk_new(1 << 20, 32, &w), 0);
	assert_int_equal(explained_read(w, line, strlen(line), &e), want);
	assert_non_null(e.x.reason);
	for (size_t i = 0; i < e.x.n_thresholds; i++)
		assert_non_null(e.x.thresholds[i].name);
	walk_free(w);
}

static void test_a_reply_of_another_version_does_no_harm(void **state)
{
	expect_read("{}", 0);
	expect_read("{\"verdict\":\"unheard_of\",\"a\":7,\"thresholds\":{\"x\":1},\"why\":null,\"days\":\"many\"}", 0);
	expect_read("{\"thresholds\":[{},{},{},{},{},{},{},{},{},{}],\"lead\":-1e999,\"rare\":{\"a\":-5,\"b\":1e99}}", 0);
	expect_read("{\"verdict\":", -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_explanation_is_read_back),
		cmocka_unit_test(test_a_reply_of_another_version_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
