/* lib/index/skim: what is skimmed of a packed record is what its record says, and what cannot be unpacked is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "index/pack.h"
#include "index/skim.h"
#include "tests/unit/indexing.h"

static struct buf packed, got, heads;
static struct skim skim;
static uint64_t *keys;

static int up(void **state)
{
	buf_init(&packed, 1u << 30);
	buf_init(&got, 1u << 30);
	buf_init(&heads, 1u << 30);
	keys = malloc(sizeof(*keys) << 16);
	return keys ? twins_up(state) : 1;
}

static int down(void **state)
{
	buf_done(&packed);
	buf_done(&got);
	buf_done(&heads);
	skim_done(&skim);
	skim = (struct skim){ 0 };
	free(keys);
	return twins_down(state);
}

static void assert_same_digest(const struct digest *a, const struct digest *b)
{
	assert_memory_equal(a->names, b->names, sizeof(a->names));
	assert_true(a->outlet == b->outlet);
	assert_memory_equal(&a->published, &b->published, sizeof(a->published));
	assert_int_equal(a->n_body, b->n_body);
	assert_int_equal(a->n_lead, b->n_lead);
	assert_int_equal(a->story, b->story);
	assert_int_equal(a->lead_story, b->lead_story);
	assert_int_equal(a->earlier, b->earlier);
	assert_int_equal(a->n_links, b->n_links);
	assert_int_equal(a->shingles, b->shingles);
	assert_int_equal(a->scale, b->scale);
	assert_int_equal(a->has_lead, b->has_lead);
	assert_int_equal(a->gone, b->gone);
	assert_memory_equal(&a->source, &b->source, sizeof(a->source));
	assert_memory_equal(a->keys, b->keys, (a->n_body + a->n_lead) * sizeof(*a->keys));
}

static void assert_same_head(const struct record *head, const struct record *r)
{
	struct record want = *r;

	want.bytes = r->fp_at;
	want.n_matches = skim.digest.n_links || r->earlier != ND_NONE ? r->n_matches : 0;
	want.n_posted = want.n_excerpts = 0;
	assert_memory_equal(head, &want, sizeof(want));
	assert_memory_equal(head + 1, r + 1, r->fp_at - sizeof(*r));
	assert_memory_equal(record_matches(head), record_matches(r), head->n_matches * sizeof(struct nd_match));
}

static void assert_same_rest(const struct record *r)
{
	const struct fingerprint *fp = record_fingerprint(r);
	uint32_t n = 0;

	for (uint32_t i = 0; i < fp->n_keys; i++)
		assert_int_equal(skim_posted(&skim, i), record_posted(r, i));
	for (uint32_t i = 0; i < fp->n_paragraphs; i++)
		if (fp_paragraphs(fp)[i].counted)
			assert_true(skim.lines[n++] == fp_paragraphs(fp)[i].hash);
	assert_int_equal(skim.n_lines, n);
	assert_int_equal(skim.n_matches, r->n_matches);
}

/* `packed` is packed of a record that can be digested, which is unpacked to compare. */
static void assert_skimmed(void)
{
	const struct record *r;
	struct digest want;
	size_t before;

	buf_clear(&got);
	assert_int_equal(record_unpack(packed.at, packed.len, &got), 0);
	if (heads.len > 1u << 20)
		buf_clear(&heads);
	before = heads.len;
	assert_int_equal(record_skim(packed.at, packed.len, &heads, &skim), 0);
	r = (const struct record *)(const void *)got.at;
	digest_draw(&want, r, keys);
	skim.digest.keys = skim.keys;
	assert_same_digest(&skim.digest, &want);
	assert_same_head((const struct record *)(const void *)(heads.at + before), r);
	assert_int_equal(heads.len - before, skim_head_bytes((const struct record *)(const void *)(heads.at + before)));
	assert_same_rest(r);
}

static void pack(const void *at, size_t bytes)
{
	buf_clear(&packed);
	assert_int_equal(record_pack(at, bytes, &packed), 0);
}

/* New ones, and those that were judged again: with matches, excerpts, what is set aside, some keys posted. */
static void what_is_skimmed_of_an_archive_is_what_its_records_say(void **state)
{
	static struct nd_stored items[64];
	static struct made m;
	size_t lines = 0, bits = 0, n;

	(void)state;
	made_seed = 21;
	for (unsigned i = 0; i < 1500; i++) {
		struct nd_fingerprint fp = print(random_piece(&m, i));

		assert_int_equal(nd_index_put(ix, &fp, (int64_t)i, NULL), 0);
		assert_int_equal(nd_index_again(ix, SIZE_MAX), 0);
		n = nd_index_pending(ix, 0, items, 64);
		for (size_t k = 0; k < n; k++) {
			pack(items[k].at, items[k].bytes);
			assert_skimmed();
			lines += skim.n_lines;
			bits += skim.posted != NULL;
		}
		assert_int_equal(nd_store_commit(store, items, n), 0);
		nd_index_committed(ix, n);
	}
	assert_true(lines > 100 && bits > 10);
}

static void rulings_and_records_of_nothing_are_skimmed(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	assert_int_equal(record_blank(&b), 0);
	pack(b.at, b.len);
	assert_skimmed();
	buf_clear(&b);
	assert_int_equal(record_ruling(&b, ND_ALLOW, str("first"), str("second"), 77), 0);
	pack(b.at, b.len);
	assert_skimmed();
	buf_done(&b);
}

/* Of a short lead at any length, and with matches that are links. */
static void any_matches_are_skimmed(void **state)
{
	struct nd_fingerprint fp = print((struct piece){ .id = "a", .outlet = "o", .title = "one two", .text = text_of(0, 90) });
	size_t bytes = ((const struct record *)fp.at)->bytes;
	struct record *r = calloc(1, bytes + 40 * sizeof(struct nd_match));

	(void)state;
	made_seed = 23;
	memcpy(r, fp.at, bytes);
	r->n_excerpts = 0;
	for (unsigned i = 0; i < 200; i++) {
		struct nd_match *m = (struct nd_match *)(uintptr_t)record_matches(r);

		r->n_matches = i % 40;
		for (uint32_t k = 0; k < r->n_matches; k++)
			m[k] = (struct nd_match){ .article = rnd(), .relation = 1, .leads = rnd() % 100 == 0 };
		r->retired = i % 2;
		pack(r, record_size(r));
		assert_skimmed();
	}
	free(r);
}

/* From just the bytes that there are; where a key or a lead lies outside of its list, unpacking may take it. */
static void assert_refused_alike(const uint8_t *at, size_t n, bool alike)
{
	uint8_t *copy = malloc(n + !n);
	size_t before = heads.len;
	int unpacked, skimmed;

	memcpy(copy, at, n);
	buf_clear(&got);
	unpacked = record_unpack(copy, n, &got);
	skimmed = record_skim(copy, n, &heads, &skim);
	if (n && at[0] >= PACKED_FROM && at[0] < FP_VERSION) /* of an earlier version there is a head, and no index */
		assert_true(skimmed == -EPROTO || skimmed == -EBADMSG);
	else
		assert_true(skimmed == unpacked || (!alike && skimmed == -EBADMSG));
	if (skimmed)
		assert_int_equal(heads.len, before);
	else
		assert_int_equal(((const struct record *)(const void *)(heads.at + before))->story,
				 ((const struct record *)(const void *)got.at)->story);
	heads.len = before;
	free(copy);
}

static void what_is_damaged_is_refused_as_it_is_when_it_is_unpacked(void **state)
{
	struct nd_fingerprint fp =
		print((struct piece){ .id = "an id", .url = "http://a.example/b", .title = "one two", .text = text_of(0, 200) });
	uint8_t *at;

	(void)state;
	pack(fp.at, fp.bytes);
	for (size_t n = 0; n < packed.len; n++)
		assert_refused_alike(packed.at, n, true);
	at = malloc(packed.len);
	made_seed = 24;
	for (size_t bit = 0; bit < packed.len * 8; bit++) {
		memcpy(at, packed.at, packed.len);
		at[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_refused_alike(at, packed.len, false);
	}
	for (unsigned i = 0; i < 20000; i++) {
		memcpy(at, packed.at, packed.len);
		for (unsigned k = 0; k < 4; k++)
			at[rnd() % (k % 2 ? packed.len : 200)] = (uint8_t)rnd();
		assert_refused_alike(at, packed.len, false);
	}
	free(at);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_skimmed_of_an_archive_is_what_its_records_say),
		TEST(rulings_and_records_of_nothing_are_skimmed),
		TEST(any_matches_are_skimmed),
		TEST(what_is_damaged_is_refused_as_it_is_when_it_is_unpacked),
	};

	return cmocka_run_group_tests(tests, printer_up, printer_down);
}
