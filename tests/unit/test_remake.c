/* daemon/remake: a store of another profile is refused, and made anew from its texts it is what it would have been. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/remake.h"
#include "daemon/service.h"
#include "index/pack.h"
#include "store/store.h"
#include "store/text.h"
#include "tests/unit/indexing.h"

#define ARTICLES 300u

static char folder[] = "/tmp/test_remake.XXXXXX";
static char old_path[64], new_path[64];

static int up(void **state)
{
	if (!mkdtemp(folder))
		return -1;
	snprintf(old_path, sizeof(old_path), "%s/old", folder);
	snprintf(new_path, sizeof(new_path), "%s/new", folder);
	return printer_up(state);
}

static int down(void **state)
{
	static const char *const files[] = { "store.mdb", "store.mdb-lock", "lock" };
	char path[128];

	for (unsigned i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), "%s/%s", i % 2 ? old_path : new_path, files[i / 2]);
		unlink(path);
	}
	rmdir(old_path);
	rmdir(new_path);
	rmdir(folder);
	return printer_down(state);
}

/* What is in a store, with its text, goes to one of another profile. */
static void copy_all(struct nd_store *from, struct store *to)
{
	struct nd_reader *reader;
	struct nd_packer *packer;
	struct nd_stored s;

	assert_int_equal(nd_reader_new(from, &reader), 0);
	assert_int_equal(nd_packer_new(from, &packer), 0);
	for (uint64_t seq = 0; !nd_reader_get(reader, seq, &s); seq++) {
		struct store_item item = { .seq = seq, .received = s.received, .at = s.at, .bytes = s.bytes };
		struct nd_article a = { 0 };
		struct nd_packed packed;
		struct nd_kept kept;

		if (!nd_reader_text(reader, seq, &kept)) {
			a.text = kept.text;
			assert_int_equal(nd_pack(packer, &a, &packed), 0);
			item.text = packed.at;
		}
		assert_int_equal(store_write(to, &item, 1), 0);
	}
	nd_packer_free(packer);
	nd_reader_free(reader);
}

static void commit_all(void)
{
	struct nd_stored batch[64];
	size_t n;

	assert_int_equal(nd_index_again(ix, SIZE_MAX), 0);
	while ((n = nd_index_pending(ix, 0, batch, 64)) > 0) {
		assert_int_equal(nd_store_commit(store, batch, n), 0);
		nd_index_committed(ix, n);
	}
}

static void make_old(void)
{
	static struct made m;
	const struct store_options o = { .profile = nd_profile() ^ 1, .codec = &record_codec, .max_bytes = 256u << 20 };
	struct nd_packer *packer;
	struct store *old;

	made_seed = 23;
	assert_int_equal(nd_packer_new(store, &packer), 0);
	for (unsigned i = 0; i < ARTICLES; i++) {
		struct piece p = random_piece(&m, i);
		struct nd_article a = article_of(&p);
		struct nd_fingerprint fp = print(p);
		struct nd_packed packed;

		assert_int_equal(nd_pack(packer, &a, &packed), 0);
		assert_int_equal(nd_index_put_text(ix, &fp, &packed, 1700000000000 + i, NULL), 0);
		assert_int_equal(nd_index_add(whole, &fp, NULL), 0);
	}
	commit_all();
	nd_packer_free(packer);
	assert_int_equal(store_open(old_path, &o, &old), 0);
	copy_all(store, old);
	store_close(old);
}

static void a_store_of_another_profile_is_made_anew(void **state)
{
	const struct nd_store_options any = { .any_profile = true, .max_bytes = 256u << 20 };
	const struct nd_store_options mine = { .max_bytes = 256u << 20 };
	struct nd_store *old, *new;
	struct progress progress = { 0 };
	struct remake m;

	make_old();
	assert_int_equal(nd_store_open(old_path, &mine, &old), -ESTALE);
	assert_non_null(strstr(service_store_why(-ESTALE), "newsdup reindex"));
	assert_int_equal(nd_store_open(old_path, &any, &old), 0);
	assert_int_equal(nd_store_open(new_path, &mine, &new), 0);
	assert_int_equal(remake_init(&m, old, new, NULL, &progress), 0);
	assert_int_equal(remake_missing(&m), 0);
	assert_int_equal(remake_resume(&m), 0);
	assert_int_equal(remake_rest(&m), 0);
	assert_int_equal(m.made, ARTICLES);
	remake_done(&m);
	/* nothing is left to be done */
	assert_int_equal(remake_init(&m, old, new, NULL, &progress), 0);
	assert_int_equal(remake_resume(&m), 0);
	assert_int_equal(m.made, ARTICLES);
	assert_int_equal(remake_rest(&m), 0);
	remake_done(&m);
	nd_index_free(ix);
	assert_int_equal(nd_index_open(new, &ix), 0);
	load(50);
	assert_same_index(ix, whole);
	assert_int_equal(nd_index_received(ix, 7), 1700000000007);
	index_down(state);
	nd_store_close(new);
	nd_store_close(old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_store_of_another_profile_is_made_anew, twins_up, twins_down),
	};

	return cmocka_run_group_tests(tests, up, down);
}
