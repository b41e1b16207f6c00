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

static const struct nd_passage passages[] = { { 0, 9, 4, 13 }, { 10, 13, 20, 23 } };
static const struct nd_str text = { "The ferry \"l\"", 13 };

/* with: the text of a is known, and so are passages. */
static void write_json(struct buf *b, const struct nd_explanation *x, const struct explained_archive *archive, bool with)
{
	static const char room[JSON_PADDING];
	struct out o;

	buf_init(b, 1 << 20);
	out_init(&o, b);
	explained_json(&o, x, archive, with ? text : (struct nd_str){ NULL, 0 });
	assert_int_equal(o.err, 0);
	assert_int_equal(buf_add(b, room, sizeof(room)), 0);
}

static char *told(const struct nd_explanation *x, const struct explained_archive *archive, const struct nd_str *words)
{
	char *page = NULL;
	size_t len;
	FILE *to = open_memstream(&page, &len);

	explained_print(to, x, archive, words);
	fclose(to);
	return page;
}

static void expect_back_with(const struct nd_explanation *x, const struct explained_archive *archive, bool with)
{
	struct nd_str *words = with ? explained_words(x, text) : NULL;
	struct explained e;
	struct walk *w;
	struct buf b;
	char *before, *after;

	write_json(&b, x, archive, with);
	assert_int_equal(walk_new(1 << 20, 32, &w), 0);
	assert_int_equal(explained_read(w, (const char *)b.at, b.len - JSON_PADDING, &e), 0);
	before = told(x, archive, words);
	after = told(&e.x, &e.archive, e.words);
	assert_string_equal(before, after);
	assert_true(!strstr(after, "passages in both: not known") == with);
	assert_true(!strstr(after, "A 10-13, B 20-23\n    \"l\"\n") == !(with && x->n_passages));
	explained_done(&e);
	free(words);
	free(before);
	free(after);
	walk_free(w);
	buf_done(&b);
}

static void expect_back(const struct nd_explanation *x, const struct explained_archive *archive)
{
	struct nd_explanation y = *x;

	expect_back_with(&y, archive, false);
	expect_back_with(&y, archive, true);
	y.passages = passages;
	y.n_passages = 2;
	expect_back_with(&y, archive, true);
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
	explained_done(&e);
	walk_free(w);
}

static void test_a_reply_of_another_version_does_no_harm(void **state)
{
	expect_read("{}", 0);
	expect_read("{\"verdict\":\"unheard_of\",\"a\":7,\"thresholds\":{\"x\":1},\"why\":null,\"days\":\"many\"}", 0);
	expect_read("{\"thresholds\":[{},{},{},{},{},{},{},{},{},{}],\"lead\":-1e999,\"rare\":{\"a\":-5,\"b\":1e99}}", 0);
	expect_read("{\"verdict\":", -EBADMSG);
	expect_read("{\"passages\":[1,{},{\"a\":[9,3,7],\"b\":{},\"text\":8},{\"a\":[1e30],\"text\":null}]}", 0);
	expect_read("{\"passages\":{\"a\":[]}}", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_explanation_is_read_back),
		cmocka_unit_test(test_a_reply_of_another_version_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
