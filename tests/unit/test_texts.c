/* lib/texts_face: what an article said is kept beside its record, and goes with it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "indexing.h"

static struct nd_packer *packer;

static int up(void **state)
{
	int err = twins_up(state);

	return err ? err : nd_packer_new(store, &packer);
}

static int down(void **state)
{
	nd_packer_free(packer);
	nd_packer_free(NULL);
	return twins_down(state);
}

static nd_seq put(const char *id, const char *text, const char *lang)
{
	struct nd_article a = { .id = str(id), .text = str(text), .lang = lang ? str(lang) : (struct nd_str){ 0 } };
	struct nd_fingerprint fp;
	struct nd_packed packed;
	struct nd_report r;

	assert_int_equal(nd_fingerprint(printer, &a, &fp), 0);
	assert_int_equal(nd_pack(packer, &a, &packed), 0);
	assert_int_equal(nd_index_put_text(ix, &fp, &packed, 1, &r), 0);
	return r.seq;
}

static void commit(void)
{
	static struct nd_stored batch[100];
	size_t n;

	while (nd_index_again(ix, 100) > 0)
		;
	n = nd_index_pending(ix, 0, batch, 100);
	assert_int_equal(nd_store_commit(store, batch, n), 0);
	nd_index_committed(ix, n);
}

static void assert_kept(nd_seq seq, const char *text, const char *lang)
{
	struct nd_kept k;

	assert_int_equal(nd_index_text(ix, seq, &k), 0);
	assert_int_equal(k.text.len, strlen(text));
	assert_memory_equal(k.text.at, text, strlen(text));
	assert_int_equal(k.lang.len, lang ? strlen(lang) : 0);
	if (lang)
		assert_memory_equal(k.lang.at, lang, strlen(lang));
	else
		assert_null(k.lang.at);
}

static int text_error(nd_seq seq)
{
	struct nd_kept k;

	return nd_index_text(ix, seq, &k);
}

static void a_text_is_there_before_its_commit_and_after(void **state)
{
	nd_seq a = put("a", text_of(0, 300), "ko"), b = put("b", "", NULL), c = put("c", "The ferry.\nIt left.", "");

	for (int i = 0; i < 2; i++) {
		assert_kept(a, text_of(0, 300), "ko");
		assert_kept(b, "", NULL);
		assert_kept(c, "The ferry.\nIt left.", NULL);
		commit();
	}
	assert_int_equal(text_error(3), -ENOENT);
	assert_int_equal(text_error(ND_NONE), -ENOENT);
}

static void two_texts_are_told_at_once(void **state)
{
	nd_seq a = put("a", text_of(0, 300), NULL), b = put("b", text_of(900, 1100), NULL);
	struct nd_kept x, y;

	commit();
	assert_int_equal(nd_index_text(ix, a, &x), 0);
	assert_int_equal(nd_index_text(ix, b, &y), 0);
	assert_memory_equal(x.text.at, text_of(0, 300), x.text.len);
	assert_memory_equal(y.text.at, text_of(900, 1100), y.text.len);
}

static void without_a_text_nothing_is_kept(void **state)
{
	struct nd_report r = add((struct piece){ .id = "a", .text = text_of(0, 100) });

	assert_int_equal(text_error(r.seq), -ENOENT);
	commit();
	assert_int_equal(text_error(r.seq), -ENOENT);
}

static void an_article_that_is_taken_out_takes_its_text_with_it(void **state)
{
	nd_seq a = put("a", text_of(0, 300), NULL), b = put("b", text_of(0, 290), NULL);

	commit();
	assert_int_equal(nd_index_remove(ix, a), 0);
	assert_int_equal(text_error(a), -ENOENT);
	commit();
	assert_int_equal(text_error(a), -ENOENT);
	assert_kept(b, text_of(0, 290), NULL);
	a = put("c", text_of(500, 600), NULL);
	assert_int_equal(nd_index_remove(ix, a), 0); /* before it was ever committed */
	commit();
	assert_int_equal(text_error(a), -ENOENT);
}

static void every_version_has_its_own(void **state)
{
	nd_seq one = put("a", text_of(0, 300), "en"), two = put("a", text_of(0, 310), "fr");

	commit();
	assert_kept(one, text_of(0, 300), "en");
	assert_kept(two, text_of(0, 310), "fr");
}

static void what_leaves_again_leaves_no_text(void **state)
{
	nd_seq a = put("a", text_of(0, 300), "en");

	nd_index_rollback(ix);
	assert_int_equal(text_error(a), -ENOENT);
	assert_int_equal(put("b", text_of(700, 900), "fr"), a);
	assert_kept(a, text_of(700, 900), "fr");
	commit();
	assert_kept(a, text_of(700, 900), "fr");
}

static void a_record_that_is_judged_again_keeps_its_text(void **state)
{
	nd_seq a = put("a", text_of(0, 300), NULL), b = put("b", text_of(0, 290), NULL);

	commit();
	assert_int_equal(nd_index_ask_again(ix, b), 0);
	commit();
	assert_kept(a, text_of(0, 300), NULL);
	assert_kept(b, text_of(0, 290), NULL);
}

static void what_waits_counts_as_pending(void **state)
{
	struct nd_index_stats before, after;

	nd_index_stats(ix, &before);
	put("a", text_of(0, 300), NULL);
	nd_index_stats(ix, &after);
	assert_true(after.pending_bytes > before.pending_bytes + 1000);
	commit();
	nd_index_stats(ix, &after);
	assert_int_equal(after.pending_bytes, 0);
}

static void limits_of_a_text(void **state)
{
	char *text = malloc(ND_TEXT_MAX + 1u), lang[256];
	struct nd_article a = { .id = str("a"), .text = { text, ND_TEXT_MAX + 1u } };
	struct nd_packed packed;

	memset(text, 'x', ND_TEXT_MAX + 1u);
	memset(lang, 'l', sizeof(lang));
	assert_int_equal(nd_pack(packer, &a, &packed), -E2BIG);
	a.text.len--;
	a.lang = (struct nd_str){ lang, 255 };
	assert_int_equal(nd_pack(packer, &a, &packed), 0);
	a.lang.len = 256; /* no language: it is not kept */
	assert_int_equal(nd_pack(packer, &a, &packed), 0);
	free(text);
}

static void an_index_without_a_store_keeps_none(void **state)
{
	struct nd_article a = { .id = str("a"), .text = str("The ferry left.") };
	struct nd_fingerprint fp;
	struct nd_packed packed;
	struct nd_report r;
	struct nd_kept k;

	assert_int_equal(nd_fingerprint(printer, &a, &fp), 0);
	assert_int_equal(nd_pack(packer, &a, &packed), 0);
	assert_int_equal(nd_index_put_text(whole, &fp, &packed, 1, &r), 0);
	assert_int_equal(nd_index_text(whole, r.seq, &k), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_text_is_there_before_its_commit_and_after, up, down),
		cmocka_unit_test_setup_teardown(two_texts_are_told_at_once, up, down),
		cmocka_unit_test_setup_teardown(without_a_text_nothing_is_kept, up, down),
		cmocka_unit_test_setup_teardown(an_article_that_is_taken_out_takes_its_text_with_it, up, down),
		cmocka_unit_test_setup_teardown(every_version_has_its_own, up, down),
		cmocka_unit_test_setup_teardown(what_leaves_again_leaves_no_text, up, down),
		cmocka_unit_test_setup_teardown(a_record_that_is_judged_again_keeps_its_text, up, down),
		cmocka_unit_test_setup_teardown(what_waits_counts_as_pending, up, down),
		cmocka_unit_test_setup_teardown(limits_of_a_text, up, down),
		cmocka_unit_test_setup_teardown(an_index_without_a_store_keeps_none, up, down),
	};

	return cmocka_run_group_tests(tests, printer_up, printer_down);
}
