/*
 * An explanation as a line of JSON.
 */
#include "daemon/explained.h"
#include "daemon/printer.h"

struct explained_archive explained_arrival(struct nd_index *ix, nd_seq a, nd_seq b)
{
	struct explained_archive ret = { .articles = nd_index_count(ix), .b_is_later = b > a };
	nd_seq earlier = b > a ? a : b;
	struct nd_report r;

	nd_index_get(ix, b > a ? b : a, &r);
	ret.verdict = nd_relation_name(r.verdict);
	for (size_t i = 0; i < r.n_matches; i++)
		if (r.matches[i].article == earlier)
			ret.relation = nd_relation_name(r.matches[i].relation);
	return ret;
}

static void put_article(struct out *o, const char *key, const struct nd_article *a)
{
	out_key(o, key);
	out_begin_object(o);
	out_key(o, "id");
	printer_id(o, a);
	out_key(o, "outlet");
	out_string(o, a->outlet);
	out_key(o, "published");
	out_string(o, a->published);
	out_key(o, "title");
	out_string(o, a->title);
	out_end_object(o);
}

static void put_share(struct out *o, const char *key, float value)
{
	out_key(o, key);
	out_fixed4(o, value);
}

static void put_count(struct out *o, const char *key, uint64_t value)
{
	out_key(o, key);
	out_u64(o, value);
}

static void put_counts(struct out *o, const char *key, uint32_t a, uint32_t b, uint32_t shared)
{
	out_key(o, key);
	out_begin_object(o);
	put_count(o, "a", a);
	put_count(o, "b", b);
	put_count(o, "shared", shared);
	out_end_object(o);
}

static void put_figures(struct out *o, const struct nd_explanation *x)
{
	put_share(o, "similarity", x->match.similarity);
	put_share(o, "containment", x->match.containment);
	put_share(o, "contained", x->match.contained);
	put_share(o, "rare_containment", x->rare_containment);
	put_counts(o, "shingles", x->shingles_a, x->shingles_b, x->shared);
	put_counts(o, "rare", x->rare_a, x->rare_b, x->rare_shared);
	put_share(o, "lead", x->lead);
	put_count(o, "simhash_distance", x->simhash_distance);
	out_key(o, "days");
	x->days_known ? out_i64(o, x->days) : out_null(o);
}

static void put_measure(struct out *o, const char *key, const struct nd_threshold *t, float value)
{
	if (t->share)
		put_share(o, key, value);
	else
		put_count(o, key, (uint64_t)value);
}

static void put_thresholds(struct out *o, const struct nd_explanation *x)
{
	out_key(o, "thresholds");
	out_begin_array(o);
	for (size_t i = 0; i < x->n_thresholds; i++) {
		const struct nd_threshold *t = &x->thresholds[i];

		out_begin_object(o);
		out_key(o, "name");
		out_word(o, t->name);
		put_measure(o, "value", t, t->value);
		put_measure(o, "threshold", t, t->threshold);
		out_key(o, "met");
		out_bool(o, t->value >= t->threshold);
		out_end_object(o);
	}
	out_end_array(o);
}

static void put_archive(struct out *o, const struct explained_archive *a)
{
	out_key(o, "archive");
	if (!a->verdict) {
		out_null(o);
		return;
	}
	out_begin_object(o);
	put_count(o, "articles", a->articles);
	out_key(o, "later");
	out_word(o, a->b_is_later ? "b" : "a");
	out_key(o, "verdict");
	out_word(o, a->verdict);
	out_key(o, "relation");
	out_word(o, a->relation);
	out_end_object(o);
}

static void put_range(struct out *o, const char *key, uint32_t start, uint32_t end)
{
	out_key(o, key);
	out_begin_array(o);
	out_u64(o, start);
	out_u64(o, end);
	out_end_array(o);
}

static void put_passages(struct out *o, const struct nd_explanation *x, struct nd_str text)
{
	out_key(o, "passages");
	if (!text.at) {
		out_null(o);
		return;
	}
	out_begin_array(o);
	for (size_t i = 0; i < x->n_passages; i++) {
		const struct nd_passage *p = &x->passages[i];

		out_begin_object(o);
		put_range(o, "a", p->a, p->a_end);
		put_range(o, "b", p->b, p->b_end);
		out_key(o, "text");
		out_string(o, (struct nd_str){ text.at + p->a, p->a_end - p->a });
		out_end_object(o);
	}
	out_end_array(o);
}

void explained_fields(struct out *o, const struct nd_explanation *x, const struct explained_archive *archive,
		      struct nd_str text)
{
	put_article(o, "a", &x->a);
	put_article(o, "b", &x->b);
	out_key(o, "verdict");
	out_word(o, nd_relation_name(x->relation));
	out_key(o, "why");
	out_word(o, x->reason);
	put_figures(o, x);
	put_thresholds(o, x);
	put_archive(o, archive);
	put_passages(o, x, text);
}

void explained_json(struct out *o, const struct nd_explanation *x, const struct explained_archive *archive,
		    struct nd_str text)
{
	out_begin_object(o);
	explained_fields(o, x, archive, text);
	out_end_object(o);
}
