#include "daemon/result.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int result_open(struct result *r, const char *path)
{
	int err;

	memset(r, 0, sizeof(*r));
	r->path = path;
	r->failed = "";
	r->dir = -1;
	if (mkdir(path, 0777) && errno != EEXIST)
		return -errno;
	r->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dir < 0)
		return -errno;
	r->failed = "rejects.jsonl";
	err = outfile_open(&r->rejects, r->dir, "rejects.jsonl");
	return err;
}

void result_done(struct result *r)
{
	outfile_done(&r->rejects);
	if (r->dir >= 0)
		close(r->dir);
	r->dir = -1;
}

int result_reject(struct result *r, const char *file, const struct reject *reject)
{
	struct out *o = &r->rejects.out;

	out_begin_object(o);
	out_key(o, "file");
	out_string(o, (struct nd_str){ file, strlen(file) });
	out_key(o, "line");
	out_u64(o, reject->line);
	out_key(o, "offset");
	out_u64(o, reject->offset);
	out_key(o, "code");
	out_word(o, reject->code);
	out_key(o, "reason");
	out_string(o, (struct nd_str){ reject->reason, strlen(reject->reason) });
	out_end_object(o);
	out_line(o);
	r->failed = "rejects.jsonl";
	return outfile_flush(&r->rejects);
}

/* --- one article --- */

static void put_id(struct out *o, const struct nd_article *a)
{
	if (a->id_is_number)
		out_raw(o, a->id);
	else
		out_string(o, a->id);
}

static void put_id_of(struct out *o, struct nd_index *ix, nd_seq seq)
{
	struct nd_report r;

	if (nd_index_get(ix, seq, &r))
		out_null(o);
	else
		put_id(o, &r.article);
}

/* The id of an article that may be the report's own. */
static void put_id_near(struct out *o, struct nd_index *ix, const struct nd_report *r, nd_seq seq)
{
	if (seq == r->seq)
		put_id(o, &r->article);
	else
		put_id_of(o, ix, seq);
}

static void put_similarities(struct out *o, const struct nd_match *m, bool contained)
{
	out_key(o, "similarity");
	m ? out_fixed4(o, m->similarity) : out_null(o);
	out_key(o, "containment");
	m ? out_fixed4(o, m->containment) : out_null(o);
	if (!contained)
		return;
	out_key(o, "contained");
	m ? out_fixed4(o, m->contained) : out_null(o);
}

static void put_published(struct out *o, const struct nd_report *r)
{
	out_key(o, "published");
	if (r->published_ok)
		out_string(o, r->article.published);
	else
		out_null(o);
}

static void put_matches(struct out *o, struct nd_index *ix, const struct nd_report *r)
{
	out_key(o, "matches");
	out_begin_array(o);
	for (size_t i = 0; i < r->n_matches; i++) {
		const struct nd_match *m = &r->matches[i];

		out_begin_object(o);
		out_key(o, "id");
		put_id_of(o, ix, m->article);
		out_key(o, "relation");
		out_word(o, nd_relation_name(m->relation));
		put_similarities(o, m, true);
		out_end_object(o);
	}
	out_end_array(o);
}

static void put_leads(struct out *o, struct nd_index *ix, const struct nd_report *r)
{
	out_key(o, "lead_story");
	put_id_near(o, ix, r, r->lead_story);
	out_key(o, "leads");
	out_begin_array(o);
	if (r->lead_story != ND_NONE)
		put_id_near(o, ix, r, r->lead_story);
	out_end_array(o);
}

void result_article(struct out *o, struct nd_index *ix, const struct nd_report *r)
{
	out_begin_object(o);
	out_key(o, "id");
	put_id(o, &r->article);
	out_key(o, "outlet");
	out_string(o, r->article.outlet);
	put_published(o, r);
	out_key(o, "verdict");
	out_word(o, nd_relation_name(r->verdict));
	out_key(o, "story");
	put_id_near(o, ix, r, r->story);
	out_key(o, "origin");
	put_id_near(o, ix, r, r->origin);
	out_key(o, "syndicated");
	out_bool(o, r->syndicated);
	out_key(o, "agency");
	out_null(o);
	out_key(o, "byline");
	out_null(o);
	out_key(o, "dateline");
	out_null(o);
	put_similarities(o, r->n_matches ? r->matches : NULL, true);
	put_leads(o, ix, r);
	put_matches(o, ix, r);
	out_key(o, "furniture");
	out_begin_array(o);
	out_end_array(o);
	out_end_object(o);
}

/* --- the files --- */

/* The match that ties a member to its story: with the leader, else the best with another member. */
static const struct nd_match *tie(struct nd_index *ix, const struct nd_report *r)
{
	const struct nd_match *ret = NULL;

	for (size_t i = 0; i < r->n_matches; i++) {
		if (r->matches[i].article == r->story)
			return &r->matches[i];
		if (!ret && nd_index_story(ix, r->matches[i].article) == r->story)
			ret = &r->matches[i];
	}
	return ret;
}

static float put_member(struct out *o, struct nd_index *ix, nd_seq seq)
{
	static const struct nd_match itself = { .similarity = 1, .containment = 1, .contained = 1 };
	const struct nd_match *m;
	struct nd_report r;

	nd_index_get(ix, seq, &r);
	m = r.story == seq ? &itself : tie(ix, &r);
	out_begin_object(o);
	out_key(o, "id");
	put_id(o, &r.article);
	out_key(o, "outlet");
	out_string(o, r.article.outlet);
	put_published(o, &r);
	out_key(o, "relation");
	out_word(o, r.story == seq ? "leader" : m ? nd_relation_name(m->relation) : NULL);
	put_similarities(o, m, false);
	out_end_object(o);
	return m ? m->similarity : 0;
}

static void put_story(struct out *o, struct nd_index *ix, const struct nd_report *leader)
{
	float weakest = 1;

	out_begin_object(o);
	out_key(o, "id");
	put_id(o, &leader->article);
	out_key(o, "origin");
	put_id_of(o, ix, leader->origin);
	out_key(o, "syndicated");
	out_bool(o, leader->syndicated);
	out_key(o, "members");
	out_begin_array(o);
	for (nd_seq m = leader->seq; m != ND_NONE; m = nd_index_next_member(ix, m)) {
		float similarity = put_member(o, ix, m);

		if (similarity < weakest)
			weakest = similarity;
	}
	out_end_array(o);
	out_key(o, "weakest_similarity");
	out_fixed4(o, weakest);
	out_end_object(o);
	out_line(o);
}

static int write_stories(struct outfile *f, struct nd_index *ix)
{
	int err = 0;

	for (nd_seq i = 0; i < nd_index_count(ix) && !err; i++) {
		struct nd_report r;

		if (nd_index_story(ix, i) != i || nd_index_next_member(ix, i) == ND_NONE)
			continue;
		nd_index_get(ix, i, &r);
		put_story(&f->out, ix, &r);
		err = outfile_flush(f);
	}
	return err;
}

static void put_lead_story(struct out *o, struct nd_index *ix, const nd_seq *next, nd_seq first)
{
	out_begin_object(o);
	out_key(o, "id");
	put_id_of(o, ix, first);
	out_key(o, "members");
	out_begin_array(o);
	for (nd_seq m = first; m != ND_NONE; m = next[m]) {
		struct nd_report r;

		nd_index_get(ix, m, &r);
		out_begin_object(o);
		out_key(o, "id");
		put_id(o, &r.article);
		out_key(o, "outlet");
		out_string(o, r.article.outlet);
		put_published(o, &r);
		out_key(o, "story");
		put_id_of(o, ix, r.story);
		out_end_object(o);
	}
	out_end_array(o);
	out_end_object(o);
	out_line(o);
}

/* Lists of the articles of each lead story: next[i] follows i. */
static void link_leads(struct nd_index *ix, nd_seq *next, nd_seq *last)
{
	for (nd_seq i = 0; i < nd_index_count(ix); i++) {
		nd_seq lead = nd_index_lead_story(ix, i);

		next[i] = ND_NONE;
		last[i] = i;
		if (lead == ND_NONE || lead == i)
			continue;
		next[last[lead]] = i;
		last[lead] = i;
	}
}

static int write_leads(struct outfile *f, struct nd_index *ix)
{
	nd_seq n = nd_index_count(ix);
	nd_seq *next = malloc((n + 1) * sizeof(*next)), *last = malloc((n + 1) * sizeof(*last));
	int err = next && last ? 0 : -ENOMEM;

	if (!err)
		link_leads(ix, next, last);
	for (nd_seq i = 0; i < n && !err; i++) {
		if (nd_index_lead_story(ix, i) != i || next[i] == ND_NONE)
			continue;
		put_lead_story(&f->out, ix, next, i);
		err = outfile_flush(f);
	}
	free(next);
	free(last);
	return err;
}

/* An id as a field of a line: control characters and backslashes as \t \n \r \xHH \\. */
static void put_field(struct outfile *f, struct nd_str id)
{
	for (size_t i = 0; i < id.len && !f->out.err; i++) {
		unsigned char c = (unsigned char)id.at[i];
		const char *name = c == '\t' ? "\\t" : c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\\' ? "\\\\" : NULL;

		if (name)
			f->out.err = buf_add(&f->buf, name, 2);
		else if (c < ' ' || c == 0x7F)
			f->out.err = buf_addf(&f->buf, "\\x%02x", c);
		else
			f->out.err = buf_add(&f->buf, &c, 1);
	}
}

static void put_text(struct outfile *f, const char *text)
{
	if (!f->out.err)
		f->out.err = buf_add(&f->buf, text, strlen(text));
}

static void put_kept(struct outfile *f, const struct nd_report *r)
{
	put_field(f, r->article.id);
	put_text(f, "\n");
}

static void put_dropped(struct outfile *f, struct nd_index *ix, const struct keep *k, const struct nd_report *r)
{
	const struct nd_match *why = keep_reason(k, ix, r);
	struct nd_report kept;

	nd_index_get(ix, why->article, &kept);
	put_field(f, r->article.id);
	put_text(f, "\t");
	put_field(f, kept.article.id);
	put_text(f, "\t");
	put_text(f, nd_relation_name(why->relation));
	put_text(f, "\n");
}

/* articles.jsonl, keep.txt and drop.txt in one pass over the records. */
static int write_articles(struct outfile *articles, struct outfile *kept, struct outfile *dropped,
			  struct nd_index *ix, const struct keep *k)
{
	int err = 0;

	for (nd_seq i = 0; i < nd_index_count(ix) && !err; i++) {
		struct nd_report r;

		nd_index_get(ix, i, &r);
		result_article(&articles->out, ix, &r);
		out_line(&articles->out);
		if (k->state[i] == KEEP_KEPT)
			put_kept(kept, &r);
		else if (k->state[i] == KEEP_DROPPED)
			put_dropped(dropped, ix, k, &r);
		err = outfile_flush(articles);
		if (!err)
			err = outfile_flush(kept);
		if (!err)
			err = outfile_flush(dropped);
	}
	return err;
}

static void write_summary(struct outfile *f, const struct summary *s)
{
	out_begin_object(&f->out);
	summary_json(s, &f->out);
	out_end_object(&f->out);
	out_line(&f->out);
}

enum content { ARTICLES, KEPT, DROPPED, STORIES, LEADS, SUMMARY, CONTENTS };

static const char *const names[CONTENTS] = { "articles.jsonl", "keep.txt",    "drop.txt",
					     "stories.jsonl",  "leads.jsonl", "summary.json" };

static int write_all(struct outfile *files, struct nd_index *ix, const struct keep *k, const struct summary *s)
{
	int err = write_articles(&files[ARTICLES], &files[KEPT], &files[DROPPED], ix, k);

	if (!err)
		err = write_stories(&files[STORIES], ix);
	if (!err)
		err = write_leads(&files[LEADS], ix);
	if (!err)
		write_summary(&files[SUMMARY], s);
	return err;
}

int result_write(struct result *r, struct nd_index *ix, const struct keep *k, const struct summary *s)
{
	struct outfile files[CONTENTS] = { 0 };
	int err = 0;

	for (int c = 0; c < CONTENTS && !err; c++) {
		r->failed = names[c];
		err = outfile_open(&files[c], r->dir, names[c]);
	}
	if (!err) {
		r->failed = "the results";
		err = write_all(files, ix, k, s);
	}
	for (int c = 0; c < CONTENTS && !err; c++) {
		r->failed = names[c];
		err = outfile_commit(&files[c]);
	}
	for (int c = 0; c < CONTENTS; c++)
		outfile_done(&files[c]);
	if (err)
		return err;
	r->failed = "rejects.jsonl";
	err = outfile_commit(&r->rejects);
	if (!err && fsync(r->dir))
		err = -errno;
	return err;
}
