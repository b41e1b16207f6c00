#include "daemon/intake.h"

#include <errno.h>
#include <string.h>

#include "daemon/guard.h"
#include "daemon/mark.h"
#include "daemon/service.h"

#define COMMIT_BYTES ((uint64_t)8 << 20) /* that come together before they are committed */
#define LOAD_STEP 65536u
#define LOOK_S 1.0     /* between two looks at who writes */
#define TMP "/var/tmp" /* the library's own place */

static int complain(const char *verb, const char *dir, const char *why, int err)
{
	fprintf(stderr, "newsdup: cannot %s store '%s': %s\n", verb, dir, why);
	return err;
}

static int complain_tmp(const char *tmp, int err)
{
	fprintf(stderr, "newsdup: cannot put the working file in '%s': %s\n", tmp ? tmp : TMP, strerror(-err));
	return err;
}

/* --- opening --- */

static int load(struct intake *in, struct progress *p)
{
	bool done = false;
	int err = 0;

	while (!done && !err) {
		progress_say(p, "reading the store");
		err = nd_index_load(in->index, LOAD_STEP, &done);
	}
	progress_end(p);
	if (!err)
		return 0;
	fprintf(stderr, "newsdup: cannot load article %u of '%s': %s\n", nd_index_count(in->index), in->dir,
		service_load_why(err));
	return err;
}

/* --- a store that somebody else writes to --- */

static uint64_t newest_commit(const struct intake *in)
{
	struct nd_store_look look = { .newest = 0 };

	return nd_store_look(in->store, &look) ? in->commit : look.newest;
}

/* As long as it is held, no room in it can be used again. Where the working file has no room for it, it is held on to. */
static void look_who_writes(struct intake *in)
{
	int err;

	if (in->gone || progress_clock() - in->looked < LOOK_S)
		return;
	in->looked = progress_clock();
	if (newest_commit(in) == in->commit)
		return;
	in->gone = true;
	err = nd_index_let_go(in->index);
	if (err)
		fprintf(stderr, "newsdup: cannot copy store '%s' to the working file: %s; it cannot use room again before the end\n",
			in->dir, strerror(-err));
}

/* --- opening a store --- */

/* Where a run that was killed began; from now on, this one does. */
static int take_mark(struct intake *in)
{
	nd_seq from, count = nd_index_count(in->index);
	int err = mark_read(in->dir, &from);

	if (err == -EBADMSG)
		return complain("take up", in->dir, "its file " MARK_NAME " is none of newsdup", err);
	if (err)
		return complain("open", in->dir, strerror(-err), err);
	if (from != ND_NONE && from <= count) {
		in->replay = from;
		in->end = count;
		return 0;
	}
	err = mark_write(in->dir, count);
	return err ? complain("write to", in->dir, strerror(-err), err) : 0;
}

static int open_store(struct intake *in, const struct intake_options *o, struct progress *p)
{
	const struct nd_store_options so = { .read_only = !in->adds };
	int err;

	if (in->adds)
		fresh_begin(&in->fresh, in->dir);
	guard_store(in->dir);
	err = nd_store_open(in->dir, &so, &in->store);
	if (err)
		return complain("open", in->dir, service_store_why(err), err);
	err = in->adds ? nd_index_open(in->store, &in->index) : nd_index_open_beside(in->store, o->tmp, &in->index);
	if (err)
		return in->adds || err == -EUSERS ? complain("open", in->dir, strerror(-err), err) : complain_tmp(o->tmp, err);
	if (!in->adds)
		in->commit = newest_commit(in);
	err = load(in, p);
	if (!err && !in->adds)
		look_who_writes(in);
	return err || !in->adds ? err : take_mark(in);
}

int intake_open(struct intake *in, const struct intake_options *o, struct progress *p)
{
	int err;

	memset(in, 0, sizeof(*in));
	in->adds = o->store != NULL;
	in->keep_text = in->adds && o->keep_text;
	in->dir = o->store ? o->store : o->against;
	err = in->dir ? open_store(in, o, p) : nd_index_new(o->tmp, &in->index);
	if (err)
		return in->dir ? err : complain_tmp(o->tmp, err);
	nd_index_set_window(in->index, o->window);
	return arrivals_init(&in->arrivals, nd_index_count(in->index), in->end ? in->replay : nd_index_count(in->index));
}

static bool is_empty(const struct nd_store *s)
{
	struct nd_store_stats stats = { 0 };

	if (s)
		nd_store_stats(s, &stats);
	return !stats.articles;
}

void intake_close(struct intake *in, bool failed)
{
	bool of_no_use = failed && is_empty(in->store);

	arrivals_done(&in->arrivals);
	nd_index_free(in->index);
	nd_store_close(in->store);
	pending_done(&in->pending);
	if (of_no_use)
		fresh_undo(&in->fresh);
	memset(in, 0, sizeof(*in));
}

/* --- what a killed run has stored --- */

/* The article with this id that was the newest when that run had come as far as this one has, when it says the same. */
static nd_seq same_then(const struct intake *in, const struct nd_fingerprint *fp)
{
	struct nd_contents contents;
	nd_seq seq;

	if (nd_fingerprint_contents(fp, &contents))
		return ND_NONE;
	seq = nd_index_find(in->index, contents.article.id);
	while (seq != ND_NONE && seq >= in->replay)
		seq = nd_index_earlier(in->index, seq);
	return seq != ND_NONE && nd_index_is_same(in->index, seq, fp) ? seq : ND_NONE;
}

/* Whether the article is the next of these, or repeats one before; *ret is its number then. */
static int meet(struct intake *in, const struct nd_fingerprint *fp, nd_seq *ret)
{
	struct nd_report r;
	int err = 0;

	*ret = ND_NONE;
	for (; in->replay < in->end; in->replay++) {
		err = nd_index_get(in->index, in->replay, &r);
		if (err != -ENOENT) /* it has been taken out since, or is a ruling */
			break;
	}
	if (in->replay == in->end || err)
		return in->replay == in->end ? 0 : err;
	*ret = nd_index_is_same(in->index, in->replay, fp) ? in->replay++ : same_then(in, fp);
	return 0;
}

/* The input is not that of the killed run: this one begins here. */
static int part(struct intake *in)
{
	int err = mark_write(in->dir, nd_index_count(in->index));

	in->replay = in->end;
	in->store_failed |= err != 0;
	return err;
}

/* --- articles --- */

const struct nd_store *intake_keeps(const struct intake *in)
{
	return in->keep_text ? in->store : NULL;
}

int intake_add(struct intake *in, const struct nd_fingerprint *fp, const struct nd_packed *text, int64_t received)
{
	nd_seq seq = ND_NONE;
	int err = in->replay < in->end ? meet(in, fp, &seq) : 0;

	if (!err && seq == ND_NONE && in->replay < in->end)
		err = part(in);
	if (!err && seq == ND_NONE)
		seq = nd_index_same(in->index, fp);
	if (!err && seq == ND_NONE) {
		seq = nd_index_count(in->index);
		err = nd_index_put_text(in->index, fp, text, received, NULL);
	}
	return err ? err : arrivals_add(&in->arrivals, seq);
}

static int commit(struct intake *in)
{
	int err = pending_commit(&in->pending, in->index, in->store);

	in->store_failed |= err != 0;
	if (!err && in->keep_text)
		nd_store_train(in->store); /* what it cannot make now, the next commit does */
	return err;
}

int intake_flush(struct intake *in)
{
	const struct nd_change *changes;
	struct nd_index_stats stats;

	if (in->dir && !in->adds)
		look_who_writes(in);
	if (!in->adds)
		return 0;
	nd_index_changes(in->index, &changes); /* nobody asks for them */
	nd_index_stats(in->index, &stats);
	return stats.pending_bytes < COMMIT_BYTES ? 0 : commit(in);
}

int intake_end(struct intake *in)
{
	int err = nd_index_again(in->index, SIZE_MAX);

	return err || !in->adds ? err : commit(in);
}

int intake_finish(struct intake *in)
{
	int err = in->adds ? mark_remove(in->dir) : 0;

	in->store_failed |= err != 0;
	return err;
}
