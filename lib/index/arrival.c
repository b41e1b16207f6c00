#include "index/arrival.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "index/frame.h"
#include "index/lookup.h"
#include "index/opening.h"
#include "index/within.h"

#define AHEAD 16u       /* keys of a text compared that are fetched while earlier ones are read */
#define LEADS_MAX 4u   /* candidates compared for their lead alone */

void arrival_init(struct arrival *a)
{
	memset(a, 0, sizeof(*a));
	candidates_init(&a->bodies);
	candidates_init(&a->leads);
	compare_init(&a->compare);
	around_init(&a->around);
}

void arrival_done(struct arrival *a)
{
	if (!a)
		return;
	candidates_done(&a->bodies);
	candidates_done(&a->leads);
	compare_done(&a->compare);
	around_done(&a->around);
	free(a->keys);
	free(a->counts);
	free(a->slots);
	free(a->other_counts);
	free(a->posted);
	memset(a, 0, sizeof(*a));
}

/* --- compare and judge --- */

static void load_head(struct arrival *a)
{
	if (!a->head_loaded)
		compare_load_head(&a->compare, a->fp, a->lead_weights);
	a->head_loaded = true;
}

static int load(struct arrival *a)
{
	int err;

	load_head(a);
	if (a->body_loaded)
		return 0;
	err = compare_load_body(&a->compare, a->fp, a->counts);
	a->body_loaded = !err;
	return err;
}

static void prefetch_keys(const struct library *l, const struct fingerprint *fp, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to && i < fp->n_keys; i++)
		table_prefetch(&l->bodies.table, fp_key(fp, i));
}

static int rare_of_other(struct arrival *a, const struct library *l, const struct fingerprint *fp, uint32_t *ret)
{
	int err = lookup_reserve(&a->other_counts, &a->cap_other, fp->n_keys, sizeof(*a->other_counts));

	if (err)
		return err;
	prefetch_keys(l, fp, 0, AHEAD);
	for (uint32_t i = 0; i < fp->n_keys; i++) {
		struct posting p;

		prefetch_keys(l, fp, i + AHEAD, i + AHEAD + 1);
		postings_get(&l->bodies, fp_key(fp, i), &p);
		posting_before(&p, a->before);
		a->other_counts[i] = p.count;
	}
	*ret = compare_rare(fp, a->other_counts);
	return 0;
}

/* Looks for the lead of either text in the body of the other. */
static void measure_within(const struct arrival *a, const struct fingerprint *b, struct evidence *e, uint16_t *ret_leads)
{
	struct within w;

	e->within = 0;
	*ret_leads = 0;
	if (!judge_needs_within(e))
		return;
	w = within_measure(&a->compare, b, e);
	e->within = w.theirs > w.mine ? w.theirs : w.mine;
	*ret_leads = (uint16_t)((judge_lead_within(w.theirs) ? ND_LEAD_OF_OTHER : 0) |
				(judge_lead_within(w.mine) ? ND_LEAD_IN_OTHER : 0));
}

static int measure(struct arrival *a, const struct library *l, uint32_t article, struct evidence *ret)
{
	const struct record *other = library_record(l, article);
	const struct fingerprint *fp = record_fingerprint(other);
	int err = load(a);

	if (err)
		return err;
	a->verified++;
	compare_count(&a->compare, fp, ret);
	ret->lead = compare_leads(&a->compare, fp);
	ret->lead_alone = judge_may_share_lead(ret->lead, a->fp->n_lead) ? compare_leads_alone(&a->compare, fp) : 0;
	ret->lead_unshared = judge_may_share_lead(ret->lead, a->fp->n_lead) ? opening_unshared(&a->compare, fp) : 0;
	ret->same_text = fp->n_units && a->fp->body_hash == fp->body_hash && a->fp->n_units == fp->n_units;
	ret->days = when_days_apart(&a->record->published, &other->published);
	frame_measure(a->record, other, ret);
	ret->rare_b = compare_full(fp);
	return judge_needs_rare_b(ret) ? rare_of_other(a, l, fp, &ret->rare_b) : 0;
}

/* What a is to the article, beyond what their texts say: another version of it. */
static enum nd_relation revised(const struct arrival *a, const struct library *l, uint32_t article,
				enum nd_relation relation, const struct evidence *e)
{
	if (article == a->same_id)
		return ND_REVISION;
	if (relation == ND_IDENTICAL)
		return relation;
	if (article == a->same_url || (article == a->same_title && relation != ND_NEW && relation != ND_TEMPLATE))
		return ND_REVISION;
	if (relation == ND_TEMPLATE && article == a->same_title && judge_corrects(e) &&
	    when_same_day(&a->record->published, &library_record(l, article)->published))
		return ND_REVISION;
	return relation;
}

static void match_add(struct arrival *a, uint32_t article, enum nd_relation relation, uint16_t leads,
		      const struct evidence *e)
{
	uint32_t all = e->a + e->b - e->shared;

	if (a->n_matches == ND_MATCHES_MAX)
		return;
	a->evidence[a->n_matches] = *e;
	a->matches[a->n_matches++] = (struct nd_match){
		.article = article,
		.relation = (uint16_t)relation,
		.leads = leads,
		.similarity = e->same_text ? 1 : all ? (float)e->shared / (float)all : 0,
		.containment = e->same_text ? 1 : e->a ? (float)e->shared / (float)e->a : 0,
		.contained = e->same_text ? 1 : e->b ? (float)e->shared / (float)e->b : 0,
	};
}

/* Whatever their texts say. */
static bool may_be_match(const struct arrival *a, const struct library *l, uint32_t article)
{
	const struct record *other;

	if (article == a->same_id || article == a->ally)
		return true;
	if (l->entries[article].superseded)
		return false;
	if (!l->rulings.n && !l->window)
		return true;
	other = library_record(l, article);
	if (l->window && when_days_apart(&a->record->published, &other->published) > l->window)
		return false;
	return !rulings_deny(&l->rulings, a->record->id_key, other->id_key);
}

static int verify(struct arrival *a, const struct library *l, uint32_t article)
{
	enum nd_relation relation;
	struct evidence e;
	uint16_t leads;
	int err;

	if (!may_be_match(a, l, article))
		return 0;
	for (size_t i = 0; i < a->n_matches; i++)
		if (a->matches[i].article == article)
			return 0;
	err = measure(a, l, article, &e);
	if (err)
		return err;
	measure_within(a, record_fingerprint(library_record(l, article)), &e, &leads);
	relation = judge(&e);
	if (article == a->ally && !judge_joins(&e, relation))
		relation = ND_COPY;
	if (relation == ND_NEW && judge_same_lead(&e, ND_NEW, a->fp->n_lead))
		relation = ND_SAME_LEAD;
	relation = revised(a, l, article, relation, &e);
	if (relation == ND_NEW && leads)
		relation = ND_SAME_LEAD;
	if (relation != ND_NEW)
		match_add(a, article, relation, leads, &e);
	return 0;
}

/* The article that a table names for a key; ND_NONE. */
static uint32_t named(const struct table *t, uint64_t key)
{
	const uint32_t *slot = key ? table_find(t, key) : NULL;

	return slot ? table_value(slot) - 1 : ND_NONE;
}

/* Those that have its names. */
static void find_named(struct arrival *a, const struct library *l)
{
	const struct record *r = a->record;

	a->same_id = named(&l->ids, r->id_key);
	a->same_url = named(&l->names, r->url_key);
	a->same_title = named(&l->names, r->title_key);
	a->headline = named(&l->names, record_fingerprint(r)->title_hash);
	if (a->same_id != ND_NONE && library_record(l, a->same_id)->id_key != r->id_key)
		a->same_id = ND_NONE;
	if (a->same_url != ND_NONE && library_record(l, a->same_url)->url_key != r->url_key)
		a->same_url = ND_NONE;
	if (a->same_title != ND_NONE && library_record(l, a->same_title)->title_key != r->title_key)
		a->same_title = ND_NONE;
	if (a->same_id != ND_NONE && a->revision < library_record(l, a->same_id)->revision + 1u)
		a->revision = library_record(l, a->same_id)->revision + 1u;
}

/* A version whose earlier ones are not kept any more: its fingerprint tells what it was. */
static bool is_known_revision(const struct arrival *a)
{
	return !a->given->judged && a->given->verdict == ND_REVISION && a->revision && a->same_id == ND_NONE;
}

/* Articles that share a name or the whole text, whatever their keys. By now a name may be a later article's. */
static int verify_named(struct arrival *a, const struct library *l)
{
	uint32_t text = named(&l->texts, a->fp->body_hash);
	int err = 0;

	if (a->before == l->n)
		find_named(a, l);
	a->ally = l->rulings.n ? ruling_ally(l, a->record, a->before) : ND_NONE;
	if (a->ally != ND_NONE)
		err = verify(a, l, a->ally);
	if (text >= a->before)
		text = ND_NONE;
	if (!err && text != ND_NONE && record_fingerprint(library_record(l, text))->body_hash == a->fp->body_hash)
		err = verify(a, l, text);
	if (!err && a->same_id != ND_NONE)
		err = verify(a, l, a->same_id);
	if (!err && a->same_url != ND_NONE)
		err = verify(a, l, a->same_url);
	if (!err && a->same_title != ND_NONE)
		err = verify(a, l, a->same_title);
	return err;
}

struct group_arg {
	const struct arrival *a;
	const struct library *l;
};

static bool story_worth(const void *arg, uint32_t article, uint32_t score, uint32_t *ret)
{
	const struct group_arg *g = arg;
	const struct entry *e = &g->l->entries[article];
	uint32_t mine = g->a->n_rare * g->a->fp->scale, scale = g->a->fp->scale;

	*ret = e->story;
	return judge_worth_comparing((float)score / CANDIDATES_KEY, mine < e->shingles ? mine : e->shingles,
				     scale > e->scale ? scale : e->scale);
}

static bool lead_worth(const void *arg, uint32_t article, uint32_t score, uint32_t *ret)
{
	const struct group_arg *g = arg;

	*ret = library_lead(g->l, article);
	return judge_lead_worth_comparing((float)score / CANDIDATES_KEY, g->a->fp->n_lead / DIGEST_LEAD_SCALE);
}

/* Candidates by their lead alone: most share a phrase, which their leads tell soonest. */
static int verify_leads(struct arrival *a, const struct library *l)
{
	const struct group_arg arg = { a, l };
	int err = candidates_rank(&a->leads, lead_worth, &arg);

	for (size_t i = 0; i < a->leads.n_top && i < LEADS_MAX && !err; i++) {
		uint32_t article = a->leads.top[i].article;

		load_head(a);
		if (judge_may_share_lead(compare_leads(&a->compare, record_fingerprint(library_record(l, article))),
				    a->fp->n_lead))
			err = verify(a, l, article);
	}
	return err;
}

/* The beginnings of what comparing will read; the rest follows by itself. */
static void prefetch_record(const struct library *l, uint32_t article)
{
	const char *at = (const char *)library_record(l, article);

	for (size_t i = 0; i < 16; i++)
		__builtin_prefetch(at + 64 * i);
	__asm__ volatile(""); /* as in table_prefetch */
}

/* A candidate by its keys, if it may share more than these. */
static int verify_anchored(struct arrival *a, const struct library *l, uint32_t article)
{
	if (!a->keys_loaded)
		compare_load_keys(&a->compare, a->fp);
	a->keys_loaded = true;
	return compare_anchored(&a->compare, record_fingerprint(library_record(l, article))) ? verify(a, l, article) : 0;
}

static int verify_candidates(struct arrival *a, const struct library *l)
{
	const struct group_arg arg = { a, l };
	const struct candidates *c = &a->bodies;
	int err = verify_named(a, l);

	if (!err)
		err = candidates_rank(&a->bodies, story_worth, &arg);
	for (size_t i = 0; i < c->n_top && !err; i++)
		prefetch_record(l, c->top[i].article);
	for (size_t i = 0; i < c->n_top && !err; i++) {
		err = verify_anchored(a, l, c->top[i].article);
		if (!err && c->top[i].article != c->top[i].story)
			err = verify_anchored(a, l, c->top[i].story);
	}
	return err ? err : verify_leads(a, l);
}

/* --- order the matches --- */

static int compare_ids(const struct library *l, uint32_t x, uint32_t y)
{
	struct nd_str a = record_string(library_record(l, x), RECORD_ID);
	struct nd_str b = record_string(library_record(l, y), RECORD_ID);
	int ret = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);

	if (ret)
		return ret;
	return a.len != b.len ? (a.len < b.len ? -1 : 1) : (x > y) - (x < y);
}

static bool better(const struct library *l, const struct nd_match *x, const struct nd_match *y)
{
	if (x->containment != y->containment)
		return x->containment > y->containment;
	return compare_ids(l, x->article, y->article) < 0;
}

static void sort_matches(struct arrival *a, const struct library *l)
{
	for (size_t i = 1; i < a->n_matches; i++)
		for (size_t k = i; k && better(l, &a->matches[k], &a->matches[k - 1]); k--) {
			struct nd_match m = a->matches[k];
			struct evidence e = a->evidence[k];

			a->matches[k] = a->matches[k - 1];
			a->evidence[k] = a->evidence[k - 1];
			a->matches[k - 1] = m;
			a->evidence[k - 1] = e;
		}
}

/* --- choose --- */

/* Whether members of its story that are like an article follow it there, though it does not lead. */
static bool is_deputy(const struct library *l, uint32_t article)
{
	return l->rulings.n && library_record(l, article)->allowed;
}

/* What the texts are to each other; a correction of a form is a copy. */
static enum nd_relation told(const struct arrival *a, size_t match)
{
	enum nd_relation ret = judge(&a->evidence[match]);
	bool revision = a->matches[match].relation == ND_REVISION && a->matches[match].article == a->same_title;

	return ret == ND_TEMPLATE && revision && judge_corrects(&a->evidence[match]) ? ND_COPY : ret;
}

/* Whether a match brings the article into the match's story: a likeness to its leader does, and so does
 * the very text of any member; a likeness to another member would chain. */
static bool leads_to_story(const struct arrival *a, const struct library *l, size_t match)
{
	uint32_t article = a->matches[match].article, story = l->entries[article].story;
	const struct evidence *e = &a->evidence[match];

	return (e->same_text || story == article || is_deputy(l, article)) && article != a->same_id &&
	       judge_joins(e, told(a, match)) && !(l->rulings.n && ruling_closes(l, a->record, a->before, story));
}

static void choose_story(struct arrival *a, const struct library *l)
{
	a->story = ND_NONE;
	a->adds_nothing = a->apart = false;
	if (a->ally != ND_NONE)
		a->story = l->entries[a->ally].story;
	for (size_t i = 0; i < a->n_matches && a->story == ND_NONE; i++)
		if (leads_to_story(a, l, i))
			a->story = l->entries[a->matches[i].article].story;
	for (size_t i = 0; i < a->n_matches; i++) {
		if (l->entries[a->matches[i].article].story != a->story)
			continue;
		a->adds_nothing |= judge_adds_nothing(&a->evidence[i]);
		a->apart |= judge_may_be_frame(&a->evidence[i]);
	}
	a->adds_nothing &= !a->apart;
}

/* The best of the matches that the article may join, when it joins a story. */
static enum nd_relation joined_relation(const struct arrival *a, const struct library *l)
{
	for (size_t i = 0; i < a->n_matches; i++)
		if (l->entries[a->matches[i].article].story == a->story &&
		    (a->matches[i].article == a->ally || judge_joins(&a->evidence[i], told(a, i))))
			return a->matches[i].relation;
	return ND_NEW;
}

/* How alike the leads are. In a copy whose lead is not where it was sought, one of them stands in the body. In what
 * is no copy, one that stands in the head behind the other's lead is a lead of its own. */
static float lead_likeness(const struct arrival *a, size_t match)
{
	const struct evidence *e = &a->evidence[match];

	if (judge_is_like(e) && a->matches[match].leads && e->within > e->lead)
		return e->within;
	return judge_lead_elsewhere(e) ? 0 : e->lead;
}

/* Whether leads that are so alike are one. */
static bool agree(const struct arrival *a, size_t match, float like)
{
	struct evidence e = a->evidence[match];

	e.lead = like;
	return judge_same_lead(&e, a->matches[match].relation, a->fp->n_lead);
}

/* The best of all, but that one text has the other's lead somewhere says least. */
static enum nd_relation best_relation(const struct arrival *a)
{
	for (size_t i = 0; i < a->n_matches; i++)
		if (a->matches[i].relation != ND_SAME_LEAD || agree(a, i, lead_likeness(a, i)))
			return a->matches[i].relation;
	return ND_SAME_LEAD;
}

static void choose_verdict(struct arrival *a, const struct library *l)
{
	if (a->n_matches)
		a->verdict = a->story == ND_NONE ? best_relation(a) : joined_relation(a, l);
	if (!a->n_matches)
		a->verdict = judge_too_short(a->fp->n_shingles) ? ND_TOO_SHORT : ND_NEW;
	for (size_t i = 0; i < a->n_matches; i++)
		if (a->matches[i].relation == ND_REVISION)
			a->verdict = ND_REVISION;
	if (is_known_revision(a))
		a->verdict = ND_REVISION;
}

static void choose_lead(struct arrival *a, const struct library *l)
{
	float best = 0;

	a->lead_story = ND_NONE;
	for (size_t i = 0; i < a->n_matches; i++) {
		uint32_t lead = library_lead(l, a->matches[i].article);
		float like = lead_likeness(a, i);

		if (lead == ND_NONE || like <= best || !agree(a, i, like))
			continue;
		best = like;
		a->lead_story = lead;
	}
}

static int judge_record(struct arrival *a, const struct library *l, const struct record *r)
{
	int err;

	a->given = a->record = r;
	err = around_look(&a->around, l, &a->record);
	if (err)
		return err;
	a->fp = record_fingerprint(a->record);
	a->n_matches = 0;
	a->head_loaded = a->keys_loaded = a->body_loaded = false;
	candidates_clear(&a->bodies);
	candidates_clear(&a->leads);
	err = lookup_body(a, l);
	if (!err)
		err = lookup_lead(a, l);
	if (!err)
		err = verify_candidates(a, l);
	if (err)
		return err;
	sort_matches(a, l);
	choose_story(a, l);
	choose_verdict(a, l);
	choose_lead(a, l);
	return 0;
}

int arrival_judge(struct arrival *a, const struct library *l, const struct record *r)
{
	a->before = l->n;
	a->retired = false;
	a->revision = r->judged ? 0 : r->revision;
	return judge_record(a, l, r);
}

/* Of a version that another one has replaced, only what it was stays. */
static void retire(struct arrival *a)
{
	a->story = a->lead_story = a->ally = ND_NONE;
	a->adds_nothing = a->apart = a->digest.has_lead = false;
	a->verdict = a->given->verdict;
	for (size_t i = 0; i < a->n_matches; i++)
		a->matches[i].leads = 0;
}

/* What had its names then, its record tells. */
int arrival_judge_again(struct arrival *a, const struct library *l, const struct record *r, uint32_t seq)
{
	int err;

	a->before = seq;
	a->retired = l->entries[seq].superseded;
	a->revision = r->revision;
	a->same_id = library_earlier(l, r, NAME_ID);
	a->same_url = library_earlier(l, r, NAME_URL);
	a->same_title = library_earlier(l, r, NAME_TITLE);
	a->headline = library_earlier(l, r, NAME_HEADLINE);
	err = judge_record(a, l, r);
	if (!err && a->retired)
		retire(a);
	return err;
}

int arrival_reserve_posted(struct arrival *a)
{
	return lookup_reserve(&a->posted, &a->cap_posted, (a->digest.n_body + (size_t)7) / 8, 1);
}
