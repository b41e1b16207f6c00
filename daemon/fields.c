#include "daemon/fields.h"

#include <stdlib.h>

void fields_id(struct out *o, const struct nd_article *a)
{
	if (a->id_is_number)
		out_raw(o, a->id);
	else
		out_string(o, a->id);
}

void fields_id_of(struct out *o, struct nd_index *ix, nd_seq seq)
{
	struct nd_article a;

	if (nd_index_id(ix, seq, &a))
		out_null(o);
	else
		fields_id(o, &a);
}

/* The id of an article that may be the report's own. */
static void put_id_near(struct out *o, struct nd_index *ix, const struct nd_report *r, nd_seq seq)
{
	if (seq == r->seq)
		fields_id(o, &r->article);
	else
		fields_id_of(o, ix, seq);
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

/* null when it was not readable */
static void put_published(struct out *o, const struct nd_report *r)
{
	out_key(o, "published");
	if (r->published_ok)
		out_string(o, r->article.published);
	else
		out_null(o);
}

/* Who a member of a story is. */
static void put_member(struct out *o, const struct nd_report *r)
{
	out_key(o, "id");
	fields_id(o, &r->article);
	out_key(o, "outlet");
	out_string(o, r->article.outlet);
	put_published(o, r);
}

static void put_matches(struct out *o, struct nd_index *ix, const struct nd_report *r)
{
	out_key(o, "matches");
	out_begin_array(o);
	for (size_t i = 0; i < r->n_matches; i++) {
		const struct nd_match *m = &r->matches[i];

		out_begin_object(o);
		out_key(o, "id");
		fields_id_of(o, ix, m->article);
		out_key(o, "relation");
		out_word(o, nd_relation_name(m->relation));
		put_similarities(o, m, true);
		out_end_object(o);
	}
	out_end_array(o);
}

static int compare_seqs(const void *x, const void *y)
{
	nd_seq a = *(const nd_seq *)x, b = *(const nd_seq *)y;

	return (a > b) - (a < b);
}

/* Those of an article that is not in the index are what its matches say, but for the version that it would replace. */
static size_t leads_of(const struct nd_index *ix, const struct nd_report *r, nd_seq *ret)
{
	nd_seq replaced = r->seq == ND_NONE ? nd_index_find(ix, r->article.id) : ND_NONE;
	size_t own = r->has_lead, n = own;

	if (r->seq != ND_NONE)
		return nd_index_leads(ix, r->seq, ret, ND_LEADS_MAX);
	ret[0] = r->lead_story;
	for (size_t i = 0; i < r->n_matches; i++) {
		nd_seq lead = nd_index_lead_story(ix, r->matches[i].article);
		size_t k = 0;

		while (k < n && ret[k] != lead)
			k++;
		if (k == n && lead != ND_NONE && r->matches[i].article != replaced &&
		    r->matches[i].leads & ND_LEAD_OF_OTHER)
			ret[n++] = lead;
	}
	qsort(ret + own, n - own, sizeof(*ret), compare_seqs);
	return n;
}

static void put_leads(struct out *o, struct nd_index *ix, const struct nd_report *r)
{
	nd_seq leads[ND_LEADS_MAX];
	size_t n = leads_of(ix, r, leads);

	out_key(o, "lead_story");
	r->has_lead ? put_id_near(o, ix, r, r->lead_story) : out_null(o);
	out_key(o, "leads");
	out_begin_array(o);
	for (size_t i = 0; i < n; i++)
		put_id_near(o, ix, r, leads[i]);
	out_end_array(o);
}

/* Where furniture stands in a line that is none: bytes of the text. */
struct inner {
	uint32_t start, end; /* not written yet; end 0: nothing */
	bool any;
};

static void put_inner(struct out *o, struct inner *x)
{
	if (!x->end)
		return;
	if (!x->any) {
		out_key(o, "furniture_within");
		out_begin_array(o);
	}
	x->any = true;
	out_begin_array(o);
	out_u64(o, x->start);
	out_u64(o, x->end);
	out_end_array(o);
	x->end = 0;
}

void fields_furniture_within(struct out *o, const struct nd_fingerprint *fp, uint32_t n)
{
	struct inner x = { 0 };
	uint32_t line = 0; /* that is furniture as a whole */

	for (uint32_t i = 0; i < n; i++) {
		struct nd_paragraph p = nd_fingerprint_paragraph(fp, i);

		if (!p.piece && p.role == ND_FURNITURE)
			line = p.line;
		if (!p.piece || p.role != ND_FURNITURE || p.line == line) {
			put_inner(o, &x);
			continue;
		}
		x.start = x.end ? x.start : p.start;
		x.end = p.end;
	}
	put_inner(o, &x);
	if (x.any)
		out_end_array(o);
}

/* The lines that are furniture, and what is in others. */
static void put_furniture(struct out *o, const struct nd_report *r)
{
	struct nd_contents c;
	bool within = false;

	out_key(o, "furniture");
	out_begin_array(o);
	if (nd_fingerprint_contents(&r->fingerprint, &c))
		c.n_paragraphs = 0;
	for (uint32_t i = 0; i < c.n_paragraphs; i++) {
		struct nd_paragraph p = nd_fingerprint_paragraph(&r->fingerprint, i);

		if (p.role == ND_FURNITURE && !p.piece)
			out_u64(o, p.line);
		within |= p.role == ND_FURNITURE && p.piece;
	}
	out_end_array(o);
	if (within)
		fields_furniture_within(o, &r->fingerprint, c.n_paragraphs);
}

void fields_article(struct out *o, struct nd_index *ix, const struct nd_report *r)
{
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
	out_string(o, r->agency);
	out_key(o, "byline");
	out_string(o, r->byline);
	out_key(o, "dateline");
	out_string(o, r->dateline);
	put_similarities(o, r->n_matches ? r->matches : NULL, true);
	put_leads(o, ix, r);
	put_matches(o, ix, r);
	put_furniture(o, r);
}

/* --- a story --- */

void fields_story_begin(struct out *o, struct nd_index *ix, const struct nd_report *leader)
{
	out_key(o, "origin");
	fields_id_of(o, ix, leader->origin);
	out_key(o, "syndicated");
	out_bool(o, leader->syndicated);
	out_key(o, "members");
	out_begin_array(o);
}

const struct nd_match *fields_tie(struct nd_index *ix, const struct nd_report *r)
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

/* One whose record cannot be read: that it is there is all that can be said. */
static float put_lost_member(struct out *o)
{
	out_begin_object(o);
	out_key(o, "id");
	out_null(o);
	out_end_object(o);
	return 0;
}

float fields_story_member(struct out *o, struct nd_index *ix, nd_seq seq)
{
	static const struct nd_match itself = { .similarity = 1, .containment = 1, .contained = 1 };
	const struct nd_match *m;
	struct nd_report r;

	if (nd_index_get(ix, seq, &r))
		return put_lost_member(o);
	if (r.superseded)
		return 1;
	m = r.story == seq ? &itself : fields_tie(ix, &r);
	out_begin_object(o);
	put_member(o, &r);
	out_key(o, "relation");
	out_word(o, r.story == seq ? "leader" : m ? nd_relation_name(m->relation) : NULL);
	put_similarities(o, m, false);
	out_end_object(o);
	return m ? m->similarity : 0;
}

void fields_story_end(struct out *o, float weakest)
{
	out_end_array(o);
	out_key(o, "weakest_similarity");
	out_fixed4(o, weakest);
}

/* --- a lead story --- */

void fields_lead_begin(struct out *o, struct nd_index *ix, nd_seq lead)
{
	out_begin_object(o);
	out_key(o, "id");
	fields_id_of(o, ix, lead);
	out_key(o, "members");
	out_begin_array(o);
}

void fields_lead_member(struct out *o, struct nd_index *ix, nd_seq seq)
{
	struct nd_report r;

	if (nd_index_get(ix, seq, &r)) {
		put_lost_member(o);
		return;
	}
	out_begin_object(o);
	put_member(o, &r);
	out_key(o, "story");
	fields_id_of(o, ix, r.story);
	out_end_object(o);
}

void fields_lead_end(struct out *o)
{
	out_end_array(o);
	out_end_object(o);
}
