#include "daemon/result.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/fields.h"
#include "daemon/flows_json.h"

/* In the order in which they become whole; the last is written all the while. */
static const char *const names[RESULT_FILES + 1] = { "articles.jsonl", "keep.txt",     "drop.txt",     "stories.jsonl",
						     "leads.jsonl",    "outlets.json", "summary.json", "rejects.jsonl" };

/* Where a file system has no locks, two runs are the user's own fault. */
static int take_dir(int dir)
{
	if (flock(dir, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? -EBUSY : 0;
	for (size_t f = 0; f <= RESULT_FILES; f++)
		outfile_sweep(dir, names[f]);
	return 0;
}

int result_open(struct result *r, const char *path)
{
	int err;

	memset(r, 0, sizeof(*r));
	r->path = path;
	r->failed = "the results";
	r->dir = -1;
	if (mkdir(path, 0777) && errno != EEXIST)
		return -errno;
	r->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dir < 0)
		return -errno;
	err = take_dir(r->dir);
	if (err)
		return err;
	r->failed = names[RESULT_FILES];
	return outfile_open(&r->rejects, r->dir, names[RESULT_FILES]);
}

bool result_replaces(const struct result *r, const char *path)
{
	struct stat input, output;

	if (stat(path, &input))
		return false;
	for (size_t f = 0; f <= RESULT_FILES; f++)
		if (!fstatat(r->dir, names[f], &output, AT_SYMLINK_NOFOLLOW) && input.st_dev == output.st_dev &&
		    input.st_ino == output.st_ino)
			return true;
	return false;
}

void result_done(struct result *r)
{
	outfile_done(&r->rejects);
	for (int f = 0; f < RESULT_FILES; f++)
		outfile_done(&r->files[f]);
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

/* --- the files --- */

static void put_article(struct out *o, struct nd_index *ix, const struct nd_report *r)
{
	out_begin_object(o);
	out_key(o, "id");
	fields_id(o, &r->article);
	fields_article(o, ix, r);
	out_end_object(o);
	out_line(o);
}

static void put_story(struct out *o, struct nd_index *ix, const struct nd_report *leader)
{
	float weakest = 1;

	out_begin_object(o);
	out_key(o, "id");
	fields_id(o, &leader->article);
	fields_story_begin(o, ix, leader);
	for (nd_seq m = leader->seq; m != ND_NONE; m = nd_index_next_member(ix, m)) {
		float similarity = fields_story_member(o, ix, m);

		if (similarity < weakest)
			weakest = similarity;
	}
	fields_story_end(o, weakest);
	out_end_object(o);
	out_line(o);
}

static int write_stories(struct outfile *f, struct nd_index *ix, const struct arrivals *a)
{
	int err = 0;

	for (nd_seq i = 0; i < nd_index_count(ix) && !err; i++) {
		struct nd_report r;

		if (nd_index_story(ix, i) != i || nd_index_next_member(ix, i) == ND_NONE ||
		    !arrivals_has_story(a, ix, i))
			continue;
		nd_index_get(ix, i, &r);
		put_story(&f->out, ix, &r);
		err = outfile_flush(f);
	}
	return err;
}

/* The articles that take part in each lead story: those of story i stand at members[starts[i]] and on. */
struct lead_lists {
	uint32_t *starts;
	nd_seq *members;
};

static int count_leads(const struct nd_index *ix, struct lead_lists *l)
{
	nd_seq n = nd_index_count(ix), leads[ND_LEADS_MAX];
	uint32_t sum = 0;

	for (nd_seq i = 0; i < n; i++)
		for (size_t k = nd_index_leads(ix, i, leads, ND_LEADS_MAX); k--;)
			l->starts[leads[k]]++;
	for (nd_seq i = 0; i <= n; i++) {
		sum += l->starts[i];
		l->starts[i] = sum;
	}
	l->members = malloc((sum + 1) * sizeof(*l->members));
	return l->members ? 0 : -ENOMEM;
}

/* From the last article on, each goes in front of those that are there. */
static void fill_leads(const struct nd_index *ix, struct lead_lists *l)
{
	nd_seq leads[ND_LEADS_MAX];

	for (nd_seq i = nd_index_count(ix); i--;)
		for (size_t k = nd_index_leads(ix, i, leads, ND_LEADS_MAX); k--;)
			l->members[--l->starts[leads[k]]] = i;
}

static void put_lead_story(struct out *o, struct nd_index *ix, const struct lead_lists *l, nd_seq lead)
{
	fields_lead_begin(o, ix, lead);
	for (uint32_t i = l->starts[lead]; i < l->starts[lead + 1]; i++)
		fields_lead_member(o, ix, l->members[i]);
	fields_lead_end(o);
	out_line(o);
}

static bool has_lead_story(const struct arrivals *a, const struct lead_lists *l, nd_seq lead)
{
	uint32_t i = l->starts[lead];

	while (i < l->starts[lead + 1] && !arrivals_has(a, l->members[i]))
		i++;
	return i < l->starts[lead + 1];
}

static int write_leads(struct outfile *f, struct nd_index *ix, const struct arrivals *a)
{
	nd_seq n = nd_index_count(ix);
	struct lead_lists l = { .starts = calloc((size_t)n + 1, sizeof(*l.starts)) };
	int err = l.starts ? count_leads(ix, &l) : -ENOMEM;

	if (!err)
		fill_leads(ix, &l);
	for (nd_seq i = 0; i < n && !err; i++) {
		if (l.starts[i + 1] - l.starts[i] < 2 || !has_lead_story(a, &l, i))
			continue;
		put_lead_story(&f->out, ix, &l, i);
		err = outfile_flush(f);
	}
	free(l.starts);
	free(l.members);
	return err;
}

static int put_outlets(struct outfile *f, const struct flows *flows)
{
	int err = 0;

	for (size_t i = 0; i < flows_count(flows) && !err; i++) {
		out_begin_object(&f->out);
		err = flows_json_outlet(&f->out, flows, flows_outlet(flows, i));
		out_end_object(&f->out);
		if (!err)
			err = outfile_flush(f);
	}
	return err;
}

static int put_pairs(struct outfile *f, const struct flows *flows)
{
	struct flow_pairs pairs;
	int err = flows_pairs(flows, NULL, &pairs);

	if (err)
		return err;
	flow_pairs_step(&pairs, SIZE_MAX);
	for (size_t i = 0; i < flow_pairs_count(&pairs) && !err; i++) {
		flows_json_pair(&f->out, flows, flow_pairs_at(&pairs, i));
		err = outfile_flush(f);
	}
	flow_pairs_done(&pairs);
	return err;
}

static int put_flows(struct outfile *f, const struct flows *flows)
{
	int err;

	out_begin_object(&f->out);
	out_key(&f->out, "outlets");
	out_begin_array(&f->out);
	err = put_outlets(f, flows);
	out_end_array(&f->out);
	out_key(&f->out, "pairs");
	out_begin_array(&f->out);
	if (!err)
		err = put_pairs(f, flows);
	out_end_array(&f->out);
	out_end_object(&f->out);
	out_line(&f->out);
	return err;
}

static bool has_article(const void *arrivals, nd_seq article)
{
	return arrivals_has(arrivals, article);
}

static int write_outlets(struct outfile *f, struct nd_index *ix, const struct arrivals *a)
{
	struct flows *flows;
	int err = flows_new(&flows);

	if (err)
		return err;
	if (a->before)
		flows_only(flows, has_article, a);
	do
		err = flows_step(flows, ix);
	while (err > 0);
	if (!err)
		err = put_flows(f, flows);
	flows_release(flows);
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

static void put_dropped(struct outfile *f, struct nd_str id, struct nd_str kept, enum nd_relation relation)
{
	put_field(f, id);
	put_text(f, "\t");
	put_field(f, kept);
	put_text(f, "\t");
	put_text(f, nd_relation_name(relation));
	put_text(f, "\n");
}

static void put_reason(struct outfile *f, struct nd_index *ix, const struct keep *k, const struct nd_report *r)
{
	const struct nd_match *why = keep_reason(k, ix, r);
	struct nd_article kept;

	nd_index_id(ix, why->article, &kept);
	put_dropped(f, r->article.id, kept.id, why->relation);
}

void result_dropped(struct result *r, const struct nd_report *article)
{
	put_dropped(&r->files[RESULT_DROPPED], article->article.id, article->article.id, ND_REVISION);
}

/* By containment, then id. */
static bool is_before(struct nd_index *ix, const struct nd_match *m, struct nd_str id)
{
	struct nd_article a;
	int order;

	if (m->containment < 1 || nd_index_id(ix, m->article, &a))
		return false;
	order = memcmp(a.id.at, id.at, a.id.len < id.len ? a.id.len : id.len);
	return order ? order < 0 : a.id.len < id.len;
}

void result_repeat(struct result_repeat *to, struct nd_index *ix, const struct nd_report *article)
{
	size_t n = article->n_matches < ND_MATCHES_MAX ? article->n_matches : ND_MATCHES_MAX - 1, at = 0;

	while (at < n && is_before(ix, &article->matches[at], article->article.id))
		at++;
	for (size_t i = 0; i < n; i++)
		to->matches[i + (i >= at)] = article->matches[i];
	to->matches[at] = (struct nd_match){ article->seq, ND_REVISION, 0, 1, 1, 1 };
	to->report = *article;
	to->report.verdict = ND_REVISION;
	to->report.matches = to->matches;
	to->report.n_matches = n + 1;
}

int result_line(struct result *r, struct nd_index *ix, const struct nd_report *article)
{
	put_article(&r->files[RESULT_ARTICLES].out, ix, article);
	return outfile_flush(&r->files[RESULT_ARTICLES]);
}

int result_article(struct result *r, struct nd_index *ix, const struct keep *k, const struct nd_report *article)
{
	struct outfile *f = r->files;
	int err = result_line(r, ix, article);

	if (k->state[article->seq] == KEEP_KEPT)
		put_kept(&f[RESULT_KEPT], article);
	else if (k->state[article->seq] == KEEP_DROPPED)
		put_reason(&f[RESULT_DROPPED], ix, k, article);
	if (!err)
		err = outfile_flush(&f[RESULT_KEPT]);
	return err ? err : outfile_flush(&f[RESULT_DROPPED]);
}

static void write_summary(struct outfile *f, const struct summary *s)
{
	out_begin_object(&f->out);
	summary_json(s, &f->out);
	out_end_object(&f->out);
	out_line(&f->out);
}

int result_begin(struct result *r)
{
	int err = 0;

	for (int f = 0; f < RESULT_FILES && !err; f++) {
		r->failed = names[f];
		err = outfile_open(&r->files[f], r->dir, names[f]);
	}
	if (!err)
		r->failed = "the results";
	return err;
}

/* The same for every file, rejects.jsonl last. */
static int every_file(struct result *r, int (*what)(struct outfile *f))
{
	int err = 0;

	for (int f = 0; f < RESULT_FILES && !err; f++) {
		r->failed = r->files[f].name;
		err = what(&r->files[f]);
	}
	if (err)
		return err;
	r->failed = "rejects.jsonl";
	return what(&r->rejects);
}

/* All are on the disk before the first one has its name: a full disk leaves no mixture of old and new results. */
static int commit(struct result *r)
{
	int err = every_file(r, outfile_sync);

	if (!err)
		err = every_file(r, outfile_publish);
	if (!err && fsync(r->dir))
		err = -errno;
	return err;
}

int result_end(struct result *r, struct nd_index *ix, const struct arrivals *a, const struct summary *s)
{
	int err = write_stories(&r->files[RESULT_STORIES], ix, a);

	if (!err)
		err = write_leads(&r->files[RESULT_LEADS], ix, a);
	if (!err)
		err = write_outlets(&r->files[RESULT_OUTLETS], ix, a);
	if (!err)
		write_summary(&r->files[RESULT_SUMMARY], s);
	return err ? err : commit(r);
}
