/*
 * The library's public face: what newsdup.h promises, by the layers below.
 */
#include "newsdup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "explain.h"
#include "index/arrival.h"
#include "sketch/fingerprint.h"
#include "index_face.h"
#include "rules_face.h"
#include "store_face.h"
#include "text/charset.h"
#include "text/icu_version.h"

static const char *const relation_names[ND_RELATIONS] = {
	[ND_NEW] = "new",         [ND_IDENTICAL] = "identical", [ND_COPY] = "copy",
	[ND_EXCERPT] = "excerpt", [ND_DIGEST] = "digest",       [ND_REVISION] = "revision",
	[ND_SAME_LEAD] = "same_lead", [ND_PARTIAL] = "partial", [ND_TEMPLATE] = "template",
	[ND_TOO_SHORT] = "too_short",
};

const char *nd_relation_name(enum nd_relation relation)
{
	return relation < ND_RELATIONS ? relation_names[relation] : NULL;
}

struct nd_fingerprinter {
	struct fingerprinter *core;
	struct nd_rules *rules;      /* NULL: those that are built in */
	struct explainer *explainer; /* NULL: nothing explained yet */
	struct buf record, decoded;
	char default_id[17];
	char outlet[OUTLET_MAX], host[OUTLET_MAX];
};

int nd_fingerprinter_new(struct nd_fingerprinter **ret)
{
	struct nd_fingerprinter *f = calloc(1, sizeof(*f));
	int err;

	if (!f)
		return -ENOMEM;
	err = fingerprinter_new(&f->core);
	if (err) {
		free(f);
		return err;
	}
	buf_init(&f->record, UINT32_MAX);
	buf_init(&f->decoded, ND_TEXT_MAX);
	*ret = f;
	return 0;
}

void nd_fingerprinter_free(struct nd_fingerprinter *f)
{
	if (!f)
		return;
	fingerprinter_free(f->core);
	nd_rules_free(f->rules);
	explainer_free(f->explainer);
	buf_done(&f->record);
	buf_done(&f->decoded);
	free(f);
}

void nd_fingerprinter_use(struct nd_fingerprinter *f, struct nd_rules *r)
{
	if (r == f->rules)
		return;
	nd_rules_free(f->rules);
	f->rules = r ? nd_rules_keep(r) : NULL;
	fingerprinter_use(f->core, r ? r->core : NULL);
}

void nd_fingerprinter_simhash(struct nd_fingerprinter *f, bool on)
{
	fingerprinter_simhash(f->core, on);
}

/* What stands for the id of an article that has none. */
static struct nd_str default_id(struct nd_fingerprinter *f, const struct nd_article *a)
{
	static const char hex[] = "0123456789abcdef";
	uint64_t hash;

	if (a->url.at && a->url.len)
		return a->url;
	hash = hash_bytes(a->text.at, a->text.len);
	for (int i = 0; i < 16; i++)
		f->default_id[i] = hex[hash >> (60 - 4 * i) & 15];
	return (struct nd_str){ f->default_id, 16 };
}

int nd_fingerprint(struct nd_fingerprinter *f, const struct nd_article *article, struct nd_fingerprint *ret)
{
	struct nd_article a = *article;
	struct record_draft draft;
	struct fp_credits c;
	struct nd_str host = { f->host, 0 };
	int err;

	if (!a.id.at || !a.id.len)
		a.id = default_id(f, article);
	if ((!a.outlet.at || !a.outlet.len) && a.url.at)
		a.outlet = (struct nd_str){ f->outlet, outlet_of_url(a.url, f->outlet) };
	if (!a.outlet.len)
		a.outlet.at = NULL;
	if (a.id.len > ND_ID_MAX)
		return -E2BIG;
	err = fingerprint_read(f->core, a.title.at, a.title.len, a.text.at, a.text.len, a.is_utf8);
	if (err)
		return err;
	buf_clear(&f->record);
	c = fingerprinter_credits(f->core, a.text.at);
	if (a.url.at)
		host.len = host_of_url(a.url, f->host);
	err = record_begin(&draft, &f->record, &a, host, &c);
	if (!err)
		err = fingerprint_put(f->core, &f->record);
	if (!err)
		err = record_end(&draft, &f->record);
	if (!err)
		*ret = (struct nd_fingerprint){ f->record.at, f->record.len };
	return err;
}

/* Every number that a fingerprint depends on. FP_VERSION stands for the code, hand-made tables included. */
uint64_t nd_profile(void)
{
	char icu[ICU_VERSION_TEXT], text[320];
	int len;

	icu_version(icu);
	len = snprintf(text, sizeof(text),
		       "newsdup %u icu %s scale %u keys %u shingle %u short %u lead %u head %u syllable %u word %u "
		       "rules %016llx",
		       FP_VERSION, icu, FP_SCALE, FP_KEYS_MIN, FP_SHINGLE_WEIGHT, FP_SHORT_WEIGHT, FP_LEAD_WEIGHT,
		       FP_HEAD_WEIGHT, UNIT_SYLLABLE, UNIT_WORD, (unsigned long long)rules_face_builtin());
	return hash_bytes(text, (size_t)len);
}

int nd_fingerprint_contents(const struct nd_fingerprint *fp, struct nd_contents *ret)
{
	const struct record *r = fp->at;
	const struct fingerprint *core;

	if (fp->bytes < sizeof(*r) || r->version != FP_VERSION || r->bytes > fp->bytes)
		return -EPROTO;
	core = record_fingerprint(r);
	*ret = (struct nd_contents){
		.article = record_article(r),
		.body_hash = core->body_hash,
		.n_shingles = core->n_shingles,
		.scale = core->scale,
		.n_keys = core->n_keys,
		.n_paragraphs = core->n_paragraphs,
	};
	return 0;
}

uint64_t nd_fingerprint_simhash(const struct nd_fingerprint *fp)
{
	return fp_simhash(record_fingerprint(fp->at));
}

uint64_t nd_fingerprint_key(const struct nd_fingerprint *fp, uint32_t i)
{
	return fp_key(record_fingerprint(fp->at), i);
}

struct nd_paragraph nd_fingerprint_paragraph(const struct nd_fingerprint *fp, uint32_t i)
{
	const struct fingerprint *core = record_fingerprint(fp->at);
	const struct fp_paragraph *p = &fp_paragraphs(core)[i];

	return (struct nd_paragraph){
		.hash = p->hash,
		.simhash = fp_paragraph_simhash(core, i),
		.line = p->line,
		.start = p->start,
		.end = p->end,
		.role = fp_role(p),
		.piece = fp_is_piece(core, i),
	};
}

static const char *const role_names[ND_ROLES] = {
	[ND_TITLE] = "title",     [ND_LEAD] = "lead",       [ND_BODY] = "body",     [ND_FURNITURE] = "furniture",
	[ND_REPEAT] = "repeat",   [ND_SUBHEAD] = "subhead", [ND_CREDIT] = "credit", [ND_CAPTION] = "caption",
	[ND_RELATED] = "related",
};

_Static_assert((int)ND_TITLE == (int)PART_TITLE && (int)ND_LEAD == (int)PART_LEAD && (int)ND_BODY == (int)PART_BODY &&
	       (int)ND_FURNITURE == (int)PART_FURNITURE && (int)ND_REPEAT == (int)PART_REPEAT &&
	       (int)ND_SUBHEAD == (int)PART_SUBHEAD && (int)ND_CREDIT == (int)PART_CREDIT &&
	       (int)ND_CAPTION == (int)PART_CAPTION && (int)ND_RELATED == (int)PART_RELATED,
	       "roles are handed out as they are");

const char *nd_role_name(uint32_t role)
{
	return role < ND_ROLES ? role_names[role] : NULL;
}

int nd_decode(struct nd_fingerprinter *f, struct nd_str raw, struct nd_str charset, struct nd_str *ret)
{
	int err;

	buf_clear(&f->decoded);
	err = charset_decode(raw, charset, &f->decoded);
	if (!err)
		*ret = (struct nd_str){ f->decoded.len ? (const char *)f->decoded.at : "", f->decoded.len };
	return err;
}

/* s NULL: alone. dir NULL: without a working file. */
static int index_face(struct nd_store *s, const char *dir, struct nd_index **ret)
{
	struct nd_index *ix = calloc(1, sizeof(*ix));
	int err;

	if (!ix)
		return -ENOMEM;
	err = s ? index_open(s->core, dir, &ix->core) : index_new(dir, &ix->core);
	if (err) {
		free(ix);
		return err;
	}
	*ret = ix;
	return 0;
}

int nd_index_new(const char *dir, struct nd_index **ret)
{
	return index_face(NULL, dir ? dir : "/var/tmp", ret);
}

int nd_index_open(struct nd_store *s, struct nd_index **ret)
{
	return index_face(s, NULL, ret);
}

int nd_index_open_beside(struct nd_store *s, const char *dir, struct nd_index **ret)
{
	return index_face(s, dir ? dir : "/var/tmp", ret);
}

int nd_index_load(struct nd_index *ix, size_t max, bool *ret_done)
{
	return index_load(ix->core, max, ret_done);
}

bool nd_index_is_loaded(const struct nd_index *ix)
{
	return index_is_loaded(ix->core);
}

void nd_index_free(struct nd_index *ix)
{
	if (!ix)
		return;
	index_free(ix->core);
	buf_done(&ix->texts[0]);
	buf_done(&ix->texts[1]);
	free(ix);
}

/* Those that have not been taken out, nor replaced by another version of their id; but the version that this one
 * replaces stays. */
static void report_matches(struct nd_index *ix, const struct record *r, struct nd_report *ret)
{
	const struct library *l = index_library(ix->core);
	struct nd_match *kept = ix->matches[ix->next];
	size_t n = 0;

	for (size_t i = 0; i < ret->n_matches; i++) {
		nd_seq article = ret->matches[i].article;
		const struct entry *e = &l->entries[article];

		if (!e->gone && (!e->superseded || article == library_earlier(l, r, NAME_ID)))
			kept[n++] = ret->matches[i];
	}
	if (n == ret->n_matches)
		return;
	ix->next = (ix->next + 1) % REPORTS_KEPT;
	ret->matches = kept;
	ret->n_matches = n;
}

static void report(struct nd_index *ix, nd_seq seq, const struct record *r, struct nd_report *ret)
{
	struct index_state state = index_state(ix->core, seq);

	*ret = (struct nd_report){
		.article = record_article(r),
		.agency = record_string(r, RECORD_AGENCY),
		.byline = record_string(r, RECORD_BYLINE),
		.dateline = record_string(r, RECORD_DATELINE),
		.seq = seq,
		.verdict = r->verdict,
		.story = state.story,
		.origin = state.origin,
		.lead_story = state.lead_story,
		.has_lead = state.lead_story != ND_NONE,
		.syndicated = state.syndicated,
		.superseded = state.superseded,
		.revision = r->revision + 1u,
		.published_ok = r->published.kind != WHEN_UNKNOWN,
		.matches = record_matches(r),
		.n_matches = r->n_matches,
		.fingerprint = { r, r->bytes },
	};
	report_matches(ix, r, ret);
}

int nd_index_add(struct nd_index *ix, const struct nd_fingerprint *fp, struct nd_report *ret)
{
	return nd_index_put(ix, fp, 0, ret);
}

int nd_index_put(struct nd_index *ix, const struct nd_fingerprint *fp, int64_t received, struct nd_report *ret)
{
	return nd_index_put_text(ix, fp, NULL, received, ret);
}

int nd_index_put_text(struct nd_index *ix, const struct nd_fingerprint *fp, const struct nd_packed *text,
		      int64_t received, struct nd_report *ret)
{
	nd_seq seq;
	int err = index_add(ix->core, fp->at, text ? text->at : NULL, received, &seq);

	if (!err && ret)
		report(ix, seq, index_record(ix->core, seq), ret);
	return err;
}

int nd_index_check(struct nd_index *ix, const struct nd_fingerprint *fp, struct nd_report *ret)
{
	const struct record *r = fp->at;
	struct index_judged j;
	int err = index_check(ix->core, r, &j);

	if (err)
		return err;
	*ret = (struct nd_report){
		.article = record_article(r),
		.agency = record_string(r, RECORD_AGENCY),
		.byline = record_string(r, RECORD_BYLINE),
		.dateline = record_string(r, RECORD_DATELINE),
		.seq = ND_NONE,
		.verdict = j.verdict,
		.story = j.state.story,
		.origin = j.state.origin,
		.lead_story = j.state.lead_story,
		.has_lead = j.has_lead,
		.syndicated = j.state.syndicated,
		.published_ok = r->published.kind != WHEN_UNKNOWN,
		.matches = j.matches,
		.n_matches = j.n_matches,
		.fingerprint = { j.record, j.record->bytes },
	};
	return 0;
}

void nd_index_set_window(struct nd_index *ix, uint32_t days)
{
	index_set_window(ix->core, days);
}

int nd_index_ask_again(struct nd_index *ix, nd_seq article)
{
	return index_ask_again(ix->core, article);
}

int nd_index_furniture(struct nd_index *ix, uint32_t *cursor, struct nd_str outlet, struct nd_furniture *ret)
{
	int there = index_furniture(ix->core, cursor, outlet, ret);

	if (there > 0 && ret->where == ND_OF_HOST)
		ret->of = (struct nd_str){ ix->host, host_of_url(ret->of, ix->host) };
	return there;
}

int nd_index_again(struct nd_index *ix, size_t max)
{
	return index_again(ix->core, max);
}

static bool is_there(const struct nd_index *ix, nd_seq seq)
{
	return seq < index_count(ix->core) && !index_library(ix->core)->entries[seq].gone;
}

int nd_index_rule(struct nd_index *ix, enum nd_ruling kind, struct nd_str a, struct nd_str b, int64_t received)
{
	if (!a.len || !b.len || a.len > ND_ID_MAX || b.len > ND_ID_MAX ||
	    (a.len == b.len && !memcmp(a.at, b.at, a.len)))
		return -EINVAL;
	return index_rule(ix->core, kind, a, b, received);
}

bool nd_index_is_same(struct nd_index *ix, nd_seq seq, const struct nd_fingerprint *fp)
{
	const struct record *r = fp->at;

	return is_there(ix, seq) && r->version == FP_VERSION && index_is_same(ix->core, seq, r);
}

nd_seq nd_index_same(struct nd_index *ix, const struct nd_fingerprint *fp)
{
	const struct record *r = fp->at;

	return r->version == FP_VERSION ? index_same(ix->core, r) : ND_NONE;
}

int nd_index_remove(struct nd_index *ix, nd_seq seq)
{
	return index_remove(ix->core, seq);
}

size_t nd_index_changes(struct nd_index *ix, const struct nd_change **ret)
{
	return index_changes(ix->core, ret);
}

size_t nd_index_pending(const struct nd_index *ix, size_t from, struct nd_stored *ret, size_t max)
{
	struct store_item item;
	size_t n = 0;

	while (n < max && index_pending(ix->core, from + n, &item, 1))
		ret[n++] = (struct nd_stored){
			.seq = item.seq,
			.received = item.received,
			.at = item.at,
			.bytes = item.bytes,
			.text = item.text,
			.drop_text = item.drop_text,
		};
	return n;
}

void nd_index_committed(struct nd_index *ix, size_t n)
{
	index_committed(ix->core, n);
}

void nd_index_rollback(struct nd_index *ix)
{
	index_rollback(ix->core);
}

int nd_index_refresh(struct nd_index *ix)
{
	return index_refresh(ix->core);
}

int nd_index_let_go(struct nd_index *ix)
{
	return index_let_go(ix->core);
}

nd_seq nd_index_find(const struct nd_index *ix, struct nd_str id)
{
	return index_find(ix->core, id);
}

nd_seq nd_index_earlier(struct nd_index *ix, nd_seq seq)
{
	return seq < index_count(ix->core)
		       ? library_earlier(index_library(ix->core), index_record(ix->core, seq), NAME_ID)
		       : ND_NONE;
}

nd_seq nd_index_alike(struct nd_index *ix, nd_seq seq)
{
	return seq < index_count(ix->core) ? library_alike(index_library(ix->core), index_record(ix->core, seq)) : ND_NONE;
}

int64_t nd_index_received(struct nd_index *ix, nd_seq seq)
{
	return seq < index_count(ix->core) ? index_received(ix->core, seq) : 0;
}

void nd_index_expect(const struct nd_index *ix, const struct nd_fingerprint *fp)
{
	index_expect(ix->core, fp->at);
}

int nd_index_get(struct nd_index *ix, nd_seq seq, struct nd_report *ret)
{
	const struct record *r;
	int err;

	if (!is_there(ix, seq))
		return -ENOENT;
	index_expect_record(ix->core, seq);
	r = index_record(ix->core, seq);
	err = index_fault(ix->core);
	if (!err)
		report(ix, seq, r, ret);
	return err;
}

int nd_index_id(struct nd_index *ix, nd_seq seq, struct nd_article *ret)
{
	const struct record *r;
	int err;

	if (!is_there(ix, seq))
		return -ENOENT;
	r = index_record(ix->core, seq);
	err = index_fault(ix->core);
	if (!err)
		*ret = (struct nd_article){ .id = record_string(r, RECORD_ID), .id_is_number = r->id_is_number };
	return err;
}

nd_seq nd_index_count(const struct nd_index *ix)
{
	return index_count(ix->core);
}

nd_seq nd_index_story(const struct nd_index *ix, nd_seq seq)
{
	return index_state(ix->core, seq).story;
}

nd_seq nd_index_lead_story(const struct nd_index *ix, nd_seq seq)
{
	return index_lead_story(ix->core, seq);
}

size_t nd_index_leads(const struct nd_index *ix, nd_seq seq, nd_seq *ret, size_t max)
{
	return index_leads(ix->core, seq, ret, max);
}

nd_seq nd_index_next_member(const struct nd_index *ix, nd_seq seq)
{
	return seq < index_count(ix->core) ? index_state(ix->core, seq).next_member : ND_NONE;
}

void nd_index_stats(const struct nd_index *ix, struct nd_index_stats *ret)
{
	index_stats(ix->core, ret);
}

size_t nd_index_growth(const struct nd_index *ix, size_t keys)
{
	return index_growth(ix->core, keys);
}

static int explainer_of(struct nd_fingerprinter *f)
{
	return f->explainer ? 0 : explainer_new(&f->explainer);
}

int nd_explain(struct nd_fingerprinter *f, const struct nd_article *a, const struct nd_article *b,
	       struct nd_explanation *ret)
{
	const struct record *first;
	struct nd_fingerprint fp;
	int err = explainer_of(f);

	if (!err)
		err = nd_fingerprint(f, a, &fp);
	if (!err)
		err = explainer_keep(f->explainer, &fp, &first);
	if (!err)
		err = nd_fingerprint(f, b, &fp);
	return err ? err : explainer_run(f->explainer, NULL, first, fp.at, a->text, b->text, ret);
}

int nd_index_explain(struct nd_index *ix, struct nd_fingerprinter *f, nd_seq a, nd_seq b, struct nd_str text_a,
		     struct nd_str text_b, struct nd_explanation *ret)
{
	const struct record *first, *second;
	int err;

	if (!is_there(ix, a) || !is_there(ix, b))
		return -ENOENT;
	first = index_record(ix->core, a);
	second = index_record(ix->core, b);
	err = index_fault(ix->core);
	if (!err)
		err = explainer_of(f);
	if (!err)
		err = explainer_run(f->explainer, index_library(ix->core), first, second, text_a, text_b, ret);
	if (!err)
		ret->match.article = a;
	return err;
}
