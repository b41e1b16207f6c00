#include "daemon/remake.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/clean.h"

#define COMMIT_BYTES ((uint64_t)8 << 20)
#define TOLD_MAX 10 /* ids of articles without a text */
#define LOAD_STEP 65536u

int remake_init(struct remake *m, struct nd_store *from, struct nd_store *to, struct nd_rules *rules, struct progress *p)
{
	struct nd_store_stats stats;
	int err;

	*m = (struct remake){ .from = from, .to = to, .progress = p };
	nd_store_stats(from, &stats);
	m->records = stats.articles;
	err = nd_reader_new(from, &m->reader);
	if (!err)
		err = nd_index_open(to, &m->index);
	if (!err)
		err = nd_fingerprinter_new(&m->fingerprinter);
	if (err)
		return err;
	nd_fingerprinter_use(m->fingerprinter, rules);
	return nd_packer_new(to, &m->packer);
}

void remake_done(struct remake *m)
{
	nd_packer_free(m->packer);
	nd_fingerprinter_free(m->fingerprinter);
	nd_index_free(m->index);
	nd_reader_free(m->reader);
	pending_done(&m->pending);
	memset(m, 0, sizeof(*m));
}

/* --- the old store --- */

static int read_old(struct remake *m, uint64_t seq, struct nd_stored *s, struct nd_stored_contents *c)
{
	int err = nd_reader_get(m->reader, seq, s);

	return err ? err : nd_stored_head(s, c);
}

static void tell_missing(int64_t n, const struct nd_stored_contents *c)
{
	if (n == 0)
		fprintf(stderr, "newsdup: no text is kept of these articles:\n");
	if (n >= TOLD_MAX)
		return;
	fprintf(stderr, "  ");
	clean_print(stderr, c->article.id);
	fputc('\n', stderr);
}

int64_t remake_missing(struct remake *m)
{
	int64_t n = 0;

	for (uint64_t seq = 0; seq < m->records; seq++) {
		struct nd_stored_contents c;
		struct nd_stored s;
		struct nd_kept kept;
		int err = read_old(m, seq, &s, &c);

		if (!err && c.kind == ND_STORED_ARTICLE)
			err = nd_reader_text(m->reader, seq, &kept);
		progress_update(m->progress, seq, m->records, seq);
		if (err && (err != -ENOENT || c.kind != ND_STORED_ARTICLE)) {
			m->at = seq;
			return err;
		}
		if (err)
			tell_missing(n++, &c);
	}
	if (n > TOLD_MAX)
		fprintf(stderr, "  and %" PRId64 " more\n", n - TOLD_MAX);
	return n;
}

/* --- what has been made --- */

static bool same(struct nd_str x, struct nd_str y)
{
	return x.len == y.len && (!x.len || !memcmp(x.at, y.at, x.len));
}

/* Whether record `seq` of the new store was made of that one. */
static int is_made_of(struct nd_reader *made, uint64_t seq, const struct nd_stored *s, const struct nd_stored_contents *c)
{
	struct nd_stored_contents now;
	struct nd_stored stored;
	int err = nd_reader_get(made, seq, &stored);

	if (!err)
		err = nd_stored_head(&stored, &now);
	if (err)
		return err;
	return now.kind == c->kind && stored.received == s->received && same(now.article.id, c->article.id) &&
			       same(now.a, c->a) && same(now.b, c->b)
		       ? 0
		       : -ESTALE;
}

static int pass(struct remake *m, struct nd_reader *made, uint64_t n)
{
	int err = 0;

	for (; m->made < n && !err; m->at += !err) {
		struct nd_stored_contents c;
		struct nd_stored s;

		err = m->at < m->records ? read_old(m, m->at, &s, &c) : -ESTALE;
		if (err || c.kind == ND_STORED_GONE)
			continue;
		err = is_made_of(made, m->made, &s, &c);
		m->made += !err;
	}
	return err;
}

int remake_resume(struct remake *m)
{
	struct nd_store_stats stats;
	struct nd_reader *made;
	bool done = false;
	int err = nd_reader_new(m->to, &made);

	if (err)
		return err;
	nd_store_stats(m->to, &stats);
	m->at = 0;
	err = pass(m, made, stats.articles);
	nd_reader_free(made);
	while (!err && !done)
		err = nd_index_load(m->index, LOAD_STEP, &done);
	return err;
}

/* --- what is to be made --- */

static int commit(struct remake *m)
{
	int err = pending_commit(&m->pending, m->index, m->to);

	if (!err)
		nd_store_train(m->to); /* what it cannot make now, the next commit does */
	return err;
}

static int make_article(struct remake *m, const struct nd_stored *s, const struct nd_stored_contents *c)
{
	struct nd_article a = c->article;
	struct nd_fingerprint fp;
	struct nd_packed packed;
	struct nd_kept kept;
	int err = nd_reader_text(m->reader, s->seq, &kept);

	if (err)
		return err;
	a.text = kept.text;
	a.lang = kept.lang;
	err = nd_pack(m->packer, &a, &packed);
	if (!err)
		err = nd_fingerprint(m->fingerprinter, &a, &fp);
	if (err)
		return err;
	nd_fingerprint_continue(&fp, c);
	return nd_index_put_text(m->index, &fp, &packed, s->received, NULL);
}

static int make(struct remake *m)
{
	struct nd_stored_contents c;
	struct nd_stored s;
	int err = read_old(m, m->at, &s, &c);

	if (err || c.kind == ND_STORED_GONE)
		return err;
	if (c.kind == ND_STORED_ARTICLE)
		err = make_article(m, &s, &c);
	else
		err = nd_index_rule(m->index, c.kind == ND_STORED_ALLOW ? ND_ALLOW : ND_DENY, c.a, c.b, s.received);
	m->made += !err;
	return err;
}

int remake_rest(struct remake *m)
{
	const struct nd_change *changes;
	struct nd_index_stats stats;
	int err = 0;

	for (; m->at < m->records && !err; m->at += !err) {
		err = make(m);
		nd_index_changes(m->index, &changes); /* nobody asks for them */
		nd_index_stats(m->index, &stats);
		if (!err && stats.pending_bytes >= COMMIT_BYTES)
			err = commit(m);
		progress_update(m->progress, m->at, m->records, m->made);
	}
	if (!err)
		err = nd_index_again(m->index, SIZE_MAX);
	return err ? err : commit(m);
}
