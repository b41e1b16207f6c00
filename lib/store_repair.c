/*
 * The public repair of a store: what can be read of the damaged one (store/salvage.h) is written to a new one,
 * DIR/repair, which takes its place when it is whole.
 *
 * A lost record is an article without names and content at first, so that those of its story find their leader; then
 * it is taken out like any other, and what rested on it is judged again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/dir.h"
#include "base/draft.h"
#include "index/index.h"
#include "index/inspect.h"
#include "index/pack.h"
#include "newsdup_store.h"
#include "store/format.h"
#include "store/salvage.h"
#include "store/text.h"

#define NEW_DIR "repair"
#define KEPT_NAME STORE_FILE ".damaged"
#define KEPT_NAMES 1000
#define PATH_BYTES 4096
#define BATCH_BYTES ((size_t)16 << 20)
#define AGAIN_STEPS 256u

struct repair {
	const struct nd_store_care *care;
	struct nd_store_repaired *ret;
	char path[PATH_BYTES]; /* of the new store */
	int dir, lock;
	struct salvage *from;
	struct store *to;
	struct index *index;
	struct inspection records;
	uint8_t *again;  /* a bit for each that is to be judged again */
	struct buf blank; /* what stands for a lost one */
	struct buf one;   /* the record at hand */
	unsigned dictionaries; /* of texts, that are there again */
	struct buf batch;
	struct store_item *items;
	size_t n_items, cap_items;
};

static void tell_lost(const struct repair *r, const struct store_item *damaged)
{
	const struct nd_store_fault f = {
		.page = ND_NOWHERE,
		.seq = damaged->seq,
		.id = damaged->at ? record_packed_id(damaged->at, damaged->bytes) : (struct nd_str){ NULL, 0 },
		.what = "the record is lost",
	};

	if (r->care->tell)
		r->care->tell(r->care->arg, &f);
}

static void progress(const struct repair *r, uint64_t done)
{
	if (r->care->progress && !(done % 1024))
		r->care->progress(r->care->arg, done, 2 * r->ret->records);
}

/* --- what there is --- */

/* The record, in r->one; of one that is lost what there is of it, packed. Errors: -ENOENT (it is lost), -ENOMEM. */
static int get(struct repair *r, uint64_t seq, struct store_item *ret)
{
	struct store_item packed;
	int err = salvage_get(r->from, seq, &packed);

	*ret = packed;
	if (err)
		return err;
	buf_clear(&r->one);
	err = record_unpack(packed.at, packed.bytes, &r->one);
	if (err == -ENOMEM)
		return err;
	if (err)
		return -ENOENT;
	ret->at = r->one.at;
	ret->bytes = r->one.len;
	if (!inspect_record(ret))
		return 0;
	*ret = packed;
	return -ENOENT;
}

/* Which are lost, and what the others say of each other. */
static int survey(struct repair *r)
{
	int err = 0;

	r->ret->records = salvage_count(r->from);
	r->ret->more_lost = salvage_maybe_more(r->from);
	r->ret->more_texts_lost = salvage_maybe_more_texts(r->from);
	r->ret->strays = salvage_strays(r->from);
	r->ret->doubts = salvage_doubts(r->from);
	for (uint64_t i = 0; i < r->ret->records && !err; i++) {
		struct store_item item;

		progress(r, i);
		err = get(r, i, &item);
		if (err == -ENOENT) {
			tell_lost(r, &item);
			r->ret->lost++;
		} else if (err) {
			break;
		}
		r->ret->articles += !err && ((const struct record *)item.at)->gone == RECORD_THERE;
		err = inspection_note(&r->records, i, err ? NULL : item.at);
	}
	return !err && r->ret->lost == r->ret->records ? -ENODATA : err;
}

/* --- the new store --- */

static int write_batch(struct repair *r)
{
	int err;
	size_t at = 0;

	for (size_t i = 0; i < r->n_items; i++) {
		r->items[i].at = r->batch.at + at;
		at += (r->items[i].bytes + 7) & ~(size_t)7;
		if (r->items[i].text)
			r->items[i].text = (const struct text_head *)(const void *)(r->batch.at + at);
		if (r->items[i].text)
			at += (sizeof(struct text_head) + r->items[i].text->packed + 7) & ~(size_t)7;
	}
	err = store_write(r->to, r->items, r->n_items);
	r->n_items = 0;
	buf_clear(&r->batch);
	return err;
}

/* Up to a multiple of 8 bytes. */
static int add_padded(struct repair *r, const void *at, size_t n)
{
	static const char zeros[8];
	int err = buf_add(&r->batch, at, n);

	return err ? err : buf_add(&r->batch, zeros, -n & 7);
}

static int add(struct repair *r, const struct store_item *item)
{
	int err = array_reserve(&r->items, &r->cap_items, r->n_items + 1, sizeof(*r->items));

	if (!err)
		err = add_padded(r, item->at, item->bytes);
	if (!err && item->text)
		err = add_padded(r, item->text, sizeof(*item->text) + item->text->packed);
	if (err)
		return err;
	r->items[r->n_items++] = *item;
	return r->batch.len >= BATCH_BYTES ? write_batch(r) : 0;
}

/* An article of no text that is there, in a story of its own. */
static int add_blank(struct repair *r, uint64_t seq)
{
	struct store_item item = { .seq = seq };
	struct record *blank;

	blank = (struct record *)(void *)r->blank.at;
	blank->story = blank->lead_story = (uint32_t)seq; /* so that those that followed its lead find another */
	item.at = blank;
	item.bytes = r->blank.len;
	return add(r, &item);
}

static int make_blank(struct repair *r)
{
	struct record *blank;
	int err = record_blank(&r->blank);

	if (err)
		return err;
	blank = (struct record *)(void *)r->blank.at;
	blank->id_key = 0;
	blank->judged = true;
	blank->verdict = ND_TOO_SHORT;
	blank->earlier = blank->earlier_url = blank->earlier_title = blank->earlier_headline = ND_NONE;
	return 0;
}

/* A record whose leader was found in an older version is alone until it is judged again. */
static void make_alone(struct repair *r, struct record *copy, uint64_t seq)
{
	copy->story = (uint32_t)seq;
	r->records.stories[seq] = (uint32_t)seq;
	r->again[seq / 8] |= (uint8_t)(1 << seq % 8);
}

static void tell_text(const struct repair *r, uint64_t seq, const struct store_item *item)
{
	const struct nd_store_fault f = { .page = ND_NOWHERE, .seq = seq, .id = record_string(item->at, RECORD_ID), .what = "its text is lost" };

	if (r->care->tell)
		r->care->tell(r->care->arg, &f);
}

static bool has_dictionary(const struct repair *r, const struct text_head *text)
{
	return text->dictionary <= r->dictionaries;
}

/* A record and its text. */
static int copy_one(struct repair *r, uint64_t seq)
{
	struct store_item item;
	int err = get(r, seq, &item), of_text;

	if (err)
		return err;
	if (!inspection_fits(&r->records, (uint32_t)seq))
		make_alone(r, (struct record *)(void *)r->one.at, seq);
	of_text = salvage_text(r->from, seq, &item.text);
	if (of_text == -ENOMEM)
		return of_text;
	if (of_text == -EBADMSG || (!of_text && !has_dictionary(r, item.text))) {
		r->ret->texts_lost++;
		item.text = NULL;
		tell_text(r, seq, &item);
	}
	return add(r, &item);
}

/* Texts are packed with dictionaries: those first, by their numbers. One that is lost cannot be replaced, and where it is
 * missing none that came later can be added. */
static int copy_dictionaries(struct repair *r)
{
	int err = 0;

	for (unsigned i = 1; i <= salvage_dictionaries(r->from) && !err; i++) {
		struct store_item item;

		err = salvage_dictionary(r->from, i, &item);
		if (!err)
			err = store_add_dictionary(r->to, item.at, item.bytes);
		r->dictionaries += !err;
	}
	return err == -ENOENT ? 0 : err;
}

static int copy_all(struct repair *r)
{
	int err = make_blank(r);

	if (err)
		return err;
	r->again = calloc(1, r->ret->records / 8 + 1);
	if (!r->again)
		return -ENOMEM;
	for (uint64_t i = 0; i < r->ret->records && !err; i++) {
		progress(r, r->ret->records + i);
		if (r->records.stories[i] == ND_NONE)
			err = add_blank(r, i);
		else
			err = copy_one(r, i);
	}
	return err ? err : write_batch(r);
}

/* --- what rested on what is lost --- */

static int write_pending(struct repair *r)
{
	struct store_item item;
	int err = 0;

	while (!err && index_pending(r->index, 0, &item, 1)) {
		err = store_write(r->to, &item, 1);
		if (!err)
			index_committed(r->index, 1);
	}
	return err;
}

/* The newest first: who leads a story hands it over. */
static int remove_lost(struct repair *r)
{
	int err = 0;

	for (uint64_t i = r->ret->records; i-- && !err;)
		if (r->records.stories[i] == ND_NONE)
			err = index_remove(r->index, (nd_seq)i);
	return err;
}

static bool wants_judging(const struct repair *r, uint32_t seq)
{
	return r->again[seq / 8] >> seq % 8 & 1 ||
	       (index_record(r->index, seq)->retired && !index_state(r->index, seq).superseded);
}

/* Those that a lost version of their id had replaced count again, too. */
static int judge_again(struct repair *r)
{
	int err = 0, state = 1;

	for (uint32_t i = 0; i < index_count(r->index) && !err; i++)
		if (r->records.stories[i] != ND_NONE && !index_state(r->index, i).gone && wants_judging(r, i))
			err = index_ask_again(r->index, i);
	while (!err && state > 0)
		state = index_again(r->index, AGAIN_STEPS);
	return err ? err : state;
}

static int settle(struct repair *r)
{
	bool loaded = false;
	int err = index_open(r->to, NULL, &r->index);

	if (!err)
		err = index_load(r->index, SIZE_MAX, &loaded);
	if (!err)
		err = remove_lost(r);
	if (!err)
		err = judge_again(r);
	if (!err)
		err = write_pending(r);
	index_free(r->index);
	r->index = NULL;
	return err ? err : store_flush(r->to);
}

/* --- its place --- */

/* At every moment one of the two has the store's name. The table of readers is that of the old one. */
static int publish(struct repair *r)
{
	int err = dir_take_after(r->dir, NEW_DIR "/" STORE_FILE, r->dir, STORE_FILE);

	if (err)
		return err;
	err = -EEXIST;
	for (unsigned i = 0; i < KEPT_NAMES && err == -EEXIST; i++) {
		snprintf(r->ret->kept, sizeof(r->ret->kept), i ? KEPT_NAME ".%u" : KEPT_NAME, i);
		err = linkat(r->dir, STORE_FILE, r->dir, r->ret->kept, 0) ? -errno : 0;
	}
	if (err)
		return err == -EEXIST ? -EMLINK : err; /* there are too many of them */
	unlinkat(r->dir, STORE_FILE STORE_READERS, 0);
	return dir_publish(r->dir, NEW_DIR "/" STORE_FILE, STORE_FILE);
}

static int build(struct repair *r)
{
	struct store_options o = { .profile = nd_profile(), .codec = &record_codec, .no_sync = true };
	int err = draft_begin(r->path, "");

	if (!err)
		err = store_open(r->path, &o, &r->to);
	if (!err)
		err = copy_dictionaries(r);
	if (!err)
		err = copy_all(r);
	if (!err)
		err = settle(r);
	store_close(r->to);
	return err;
}

static int run(struct repair *r, const char *dir)
{
	int err = dir_open(dir, false, &r->dir);

	if (!err && (size_t)snprintf(r->path, sizeof(r->path), "%s/" NEW_DIR, dir) >= sizeof(r->path))
		err = -ENAMETOOLONG;
	if (!err && faccessat(r->dir, STORE_FILE, F_OK, 0))
		err = -errno;
	if (!err)
		err = dir_lock(r->dir, STORE_LOCK, &r->lock);
	if (!err)
		err = salvage_open(dir, nd_profile(), &r->from);
	if (!err)
		err = survey(r);
	if (!err)
		err = build(r);
	if (!err)
		err = publish(r);
	if (r->lock >= 0)
		draft_sweep(r->path);
	return err;
}

int nd_store_repair(const char *dir, const struct nd_store_care *care, struct nd_store_repaired *ret)
{
	struct nd_store_repaired done = { .records = 0 };
	struct repair r = { .care = care, .ret = &done, .dir = -1, .lock = -1 };
	int err;

	buf_init(&r.blank, UINT32_MAX);
	buf_init(&r.one, UINT32_MAX);
	buf_init(&r.batch, (size_t)1 << 40);
	err = run(&r, dir);
	if (!err)
		*ret = done;
	salvage_free(r.from);
	inspection_done(&r.records);
	buf_done(&r.blank);
	buf_done(&r.one);
	buf_done(&r.batch);
	free(r.items);
	free(r.again);
	if (r.lock >= 0)
		close(r.lock);
	if (r.dir >= 0)
		close(r.dir);
	return err;
}
