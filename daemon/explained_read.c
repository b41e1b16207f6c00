/*
 * An explanation from the line of JSON that explained_json.c writes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/explained.h"

static bool is(struct nd_str s, const char *word)
{
	return s.at && s.len == strlen(word) && !memcmp(s.at, word, s.len);
}

/* A string or null into *ret; a number is kept as it stands. */
static int read_text(struct walk_value *v, struct nd_str *ret)
{
	if (v->kind == WALK_STRING)
		return walk_string(v, ret);
	return v->kind == WALK_NUMBER ? walk_raw(v, ret) : 0;
}

static int read_number(struct walk_value *v, double *ret)
{
	char text[32] = { 0 };
	struct nd_str s = { 0 };
	int err = v->kind == WALK_NUMBER ? walk_raw(v, &s) : 0;

	if (!err && s.len && s.len < sizeof(text)) {
		memcpy(text, s.at, s.len);
		*ret = strtod(text, NULL);
	}
	return err;
}

static int read_share(struct walk_value *v, float *ret)
{
	double value = 0;
	int err = read_number(v, &value);

	*ret = (float)value;
	return err;
}

static int read_count(struct walk_value *v, uint32_t *ret)
{
	double value = 0;
	int err = read_number(v, &value);

	*ret = value > 0 && value < UINT32_MAX ? (uint32_t)value : 0;
	return err;
}

/* A relation's number by its name; ND_NEW for a name that this version does not know. */
static int read_relation(struct walk_value *v, enum nd_relation *ret)
{
	struct nd_str name = { 0 };
	int err = read_text(v, &name);

	*ret = ND_NEW;
	for (unsigned r = 0; r < ND_RELATIONS && !err; r++)
		if (is(name, nd_relation_name((enum nd_relation)r)))
			*ret = (enum nd_relation)r;
	return err;
}

static int visit_article(void *user, struct nd_str key, struct walk_value *v)
{
	struct nd_article *a = user;

	if (is(key, "id"))
		return read_text(v, &a->id);
	if (is(key, "outlet"))
		return read_text(v, &a->outlet);
	if (is(key, "published"))
		return read_text(v, &a->published);
	return is(key, "title") ? read_text(v, &a->title) : 0;
}

/* Counts of a, b and both: shingles, or the rare ones of them. */
static int visit_counts(void *user, struct nd_str key, struct walk_value *v)
{
	uint32_t **to = user; /* a, b, shared */

	if (is(key, "a"))
		return read_count(v, to[0]);
	if (is(key, "b"))
		return read_count(v, to[1]);
	return is(key, "shared") ? read_count(v, to[2]) : 0;
}

/* A string as a C string, cut. */
static int read_word(struct walk_value *v, char *to, size_t size)
{
	struct nd_str s = { "", 0 };
	int err = read_text(v, &s);

	snprintf(to, size, "%.*s", err ? 0 : (int)(s.len < size ? s.len : size), s.at);
	return err;
}

/* A measured value or its threshold; a count has no decimals. */
static int read_measure(struct walk_value *v, float *ret, bool *ret_share)
{
	char text[32];
	int err = v->kind == WALK_NUMBER ? read_word(v, text, sizeof(text)) : 0;

	if (err || v->kind != WALK_NUMBER)
		return err;
	*ret = strtof(text, NULL);
	*ret_share |= strchr(text, '.') != NULL;
	return 0;
}

static int visit_threshold(void *user, struct nd_str key, struct walk_value *v)
{
	struct explained *e = user;
	size_t i = e->x.n_thresholds - 1;
	struct nd_threshold *t = &e->x.thresholds[i];

	if (is(key, "name"))
		return read_word(v, e->names[i], sizeof(e->names[i]));
	if (is(key, "value"))
		return read_measure(v, &t->value, &t->share);
	return is(key, "threshold") ? read_measure(v, &t->threshold, &t->share) : 0;
}

static int visit_thresholds(void *user, struct nd_str key, struct walk_value *v)
{
	struct explained *e = user;
	size_t i = e->x.n_thresholds;

	(void)key;
	if (v->kind != WALK_OBJECT || i == ND_THRESHOLDS_MAX)
		return 0;
	e->x.thresholds[i].name = e->names[i];
	e->x.n_thresholds++;
	return walk_each(v, visit_threshold, e);
}

static int visit_archive(void *user, struct nd_str key, struct walk_value *v)
{
	struct explained_archive *a = user;
	enum nd_relation relation;
	struct nd_str later = { 0 };
	int err = 0;

	if (is(key, "articles"))
		return read_count(v, &a->articles);
	if (is(key, "later")) {
		err = read_text(v, &later);
		a->b_is_later = is(later, "b");
	} else if (is(key, "verdict") && v->kind == WALK_STRING) {
		err = read_relation(v, &relation);
		a->verdict = nd_relation_name(relation);
	} else if (is(key, "relation") && v->kind == WALK_STRING) {
		err = read_relation(v, &relation);
		a->relation = nd_relation_name(relation);
	}
	return err;
}

/* A place in the text of an article, two numbers: n of them have been seen. */
struct range {
	uint32_t at[2];
	unsigned n;
};

static int visit_place(void *user, struct nd_str key, struct walk_value *v)
{
	struct range *r = user;

	(void)key;
	return r->n < 2 ? read_count(v, &r->at[r->n++]) : 0;
}

static int read_range(struct walk_value *v, uint32_t *ret_start, uint32_t *ret_end)
{
	struct range r = { .n = 0 };
	int err = v->kind == WALK_ARRAY ? walk_each(v, visit_place, &r) : 0;

	*ret_start = r.at[0];
	*ret_end = r.at[1] > r.at[0] ? r.at[1] : r.at[0];
	return err;
}

static int visit_passage(void *user, struct nd_str key, struct walk_value *v)
{
	struct explained *e = user;
	struct nd_passage *p = &e->passages[e->x.n_passages - 1];

	if (is(key, "a"))
		return read_range(v, &p->a, &p->a_end);
	if (is(key, "b"))
		return read_range(v, &p->b, &p->b_end);
	return is(key, "text") ? read_text(v, &e->words[e->x.n_passages - 1]) : 0;
}

static int reserve_passage(struct explained *e)
{
	size_t cap = e->cap ? 2 * e->cap : 16;
	struct nd_passage *passages;
	struct nd_str *words;

	if (e->x.n_passages < e->cap)
		return 0;
	passages = realloc(e->passages, cap * sizeof(*passages));
	if (passages)
		e->passages = passages;
	words = realloc(e->words, cap * sizeof(*words));
	if (words)
		e->words = words;
	if (!passages || !words)
		return -ENOMEM;
	e->cap = cap;
	return 0;
}

static int visit_passages(void *user, struct nd_str key, struct walk_value *v)
{
	struct explained *e = user;
	int err;

	(void)key;
	if (v->kind != WALK_OBJECT)
		return 0;
	err = reserve_passage(e);
	if (err)
		return err;
	e->passages[e->x.n_passages] = (struct nd_passage){ 0 };
	e->words[e->x.n_passages++] = (struct nd_str){ "", 0 };
	return walk_each(v, visit_passage, e);
}

/* An empty list says that there are none, which is more than not to know. */
static int read_passages(struct explained *e, struct walk_value *v)
{
	int err = v->kind == WALK_ARRAY ? reserve_passage(e) : 0;

	return err || v->kind != WALK_ARRAY ? err : walk_each(v, visit_passages, e);
}

static int visit_structure(struct explained *e, struct nd_str key, struct walk_value *v)
{
	struct nd_explanation *x = &e->x;
	uint32_t *all[] = { &x->shingles_a, &x->shingles_b, &x->shared };
	uint32_t *rare[] = { &x->rare_a, &x->rare_b, &x->rare_shared };

	if (is(key, "a"))
		return walk_each(v, visit_article, &x->a);
	if (is(key, "b"))
		return walk_each(v, visit_article, &x->b);
	if (is(key, "shingles"))
		return walk_each(v, visit_counts, all);
	if (is(key, "rare"))
		return walk_each(v, visit_counts, rare);
	if (is(key, "thresholds"))
		return walk_each(v, visit_thresholds, e);
	if (is(key, "passages"))
		return read_passages(e, v);
	return is(key, "archive") ? walk_each(v, visit_archive, &e->archive) : 0;
}

static int visit_figure(struct nd_explanation *x, struct nd_str key, struct walk_value *v)
{
	const struct {
		const char *name;
		float *to;
	} shares[] = {
		{ "similarity", &x->match.similarity },	{ "containment", &x->match.containment },
		{ "contained", &x->match.contained },	{ "rare_containment", &x->rare_containment },
		{ "lead", &x->lead },
	};
	double days = 0;
	int err;

	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
		if (is(key, shares[i].name))
			return read_share(v, shares[i].to);
	if (is(key, "simhash_distance"))
		return read_count(v, &x->simhash_distance);
	if (!is(key, "days") || v->kind != WALK_NUMBER)
		return 0;
	err = read_number(v, &days);
	x->days = (int64_t)days;
	x->days_known = true;
	return err;
}

static int visit(void *user, struct nd_str key, struct walk_value *v)
{
	struct explained *e = user;

	if (v->kind == WALK_OBJECT || v->kind == WALK_ARRAY)
		return visit_structure(e, key, v);
	if (is(key, "verdict"))
		return read_relation(v, &e->x.relation);
	if (is(key, "why"))
		return read_word(v, e->reason, sizeof(e->reason));
	return visit_figure(&e->x, key, v);
}

int explained_read(struct walk *w, const char *line, size_t len, struct explained *ret)
{
	struct wire_error wrong;
	int err;

	memset(ret, 0, sizeof(*ret));
	ret->x.reason = ret->reason;
	err = walk_line(w, line, len, visit, ret, &wrong);
	ret->x.passages = ret->passages;
	return err;
}

void explained_done(struct explained *e)
{
	free(e->passages);
	free(e->words);
}
