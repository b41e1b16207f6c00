#include "index/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "index/candidates.h"
#include "index/compare.h"
#include "index/entry.h"
#include "index/judge.h"
#include "index/postings.h"
#include "store/spool.h"

/* What is known of the article at hand. */
struct arrival {
	const struct record *record;
	const struct fingerprint *fp;
	uint64_t *keys;
	uint32_t *counts; /* stories with each key */
	size_t cap;
	uint32_t n_rare;  /* keys */
	struct nd_match matches[ND_MATCHES_MAX];
	struct evidence evidence[ND_MATCHES_MAX];
	size_t n_matches;
	uint32_t story;         /* to join; ND_NONE: starts its own */
	bool adds_nothing;      /* to that story's frequencies */
	uint32_t lead_story;
	enum nd_relation verdict;
};

struct index {
	struct spool *spool;
	struct entry *entries;
	uint32_t n, cap;
	uint64_t n_stories;
	struct postings bodies, leads;
	struct table ids, texts; /* hash of the id, of the body -> article + 1 */
	struct table names;      /* outlet and url, outlet and title -> article + 1 */
	struct candidates candidates;
	struct compare compare;
	struct arrival now;
	uint64_t *other_keys;    /* of a text compared */
	uint32_t *other_counts;
	size_t cap_other;
	uint64_t verified;
};

int index_new(const char *dir, struct index **ret)
{
	struct index *ix = calloc(1, sizeof(*ix));
	int err;

	if (!ix)
		return -ENOMEM;
	err = spool_new(dir, &ix->spool);
	if (err) {
		free(ix);
		return err;
	}
	postings_init(&ix->bodies);
	postings_init(&ix->leads);
	table_init(&ix->ids);
	table_init(&ix->texts);
	table_init(&ix->names);
	candidates_init(&ix->candidates);
	compare_init(&ix->compare);
	*ret = ix;
	return 0;
}

void index_free(struct index *ix)
{
	if (!ix)
		return;
	spool_free(ix->spool);
	free(ix->entries);
	postings_done(&ix->bodies);
	postings_done(&ix->leads);
	table_done(&ix->ids);
	table_done(&ix->texts);
	table_done(&ix->names);
	candidates_done(&ix->candidates);
	compare_done(&ix->compare);
	free(ix->now.keys);
	free(ix->now.counts);
	free(ix->other_keys);
	free(ix->other_counts);
	free(ix);
}

nd_seq index_count(const struct index *ix)
{
	return ix->n;
}

const struct record *index_record(const struct index *ix, nd_seq seq)
{
	return spool_at(ix->spool, ix->entries[seq].record);
}

struct index_state index_state(const struct index *ix, nd_seq seq)
{
	const struct entry *e = &ix->entries[seq], *leader = &ix->entries[e->story];

	return (struct index_state){
		.story = e->story,
		.origin = leader->origin,
		.lead_story = e->lead_story,
		.next_member = e->next,
		.syndicated = leader->syndicated,
	};
}

void index_stats(const struct index *ix, struct nd_index_stats *ret)
{
	*ret = (struct nd_index_stats){
		.articles = ix->n,
		.stories = ix->n_stories,
		.keys = ix->bodies.table.used,
		.stop_keys = ix->bodies.stop_keys,
		.index_bytes = postings_bytes(&ix->bodies) + postings_bytes(&ix->leads) + ix->ids.bytes +
			       ix->texts.bytes + ix->names.bytes + ix->cap * sizeof(*ix->entries),
		.spool_bytes = spool_bytes(ix->spool),
		.candidates = ix->candidates.seen,
		.verified = ix->verified,
	};
}

static int pair_reserve(uint64_t **keys, uint32_t **counts, size_t *cap, size_t n)
{
	if (n <= *cap)
		return 0;
	free(*keys);
	free(*counts);
	*cap = n + n / 2;
	*keys = malloc(*cap * sizeof(**keys));
	*counts = malloc(*cap * sizeof(**counts));
	if (*keys && *counts)
		return 0;
	free(*keys);
	free(*counts);
	*keys = NULL;
	*counts = NULL;
	*cap = 0;
	return -ENOMEM;
}

/* --- step 1: look up the keys --- */

#define AHEAD 12u /* keys whose lines are fetched while earlier ones are read */

static int look_up(struct index *ix)
{
	struct arrival *now = &ix->now;
	uint32_t n = now->fp->n_keys;
	int err = pair_reserve(&now->keys, &now->counts, &now->cap, n);

	if (err)
		return err;
	compare_keys(now->fp, now->keys);
	now->n_rare = 0;
	for (uint32_t i = 0; i < n && i < AHEAD; i++)
		table_prefetch(&ix->bodies.table, now->keys[i]);
	for (uint32_t i = 0; i < n && !err; i++) {
		struct posting p;

		if (i + AHEAD < n)
			table_prefetch(&ix->bodies.table, now->keys[i + AHEAD]);
		postings_get(&ix->bodies, now->keys[i], &p);
		now->counts[i] = p.count;
		if (p.count > judge_rare_max())
			continue;
		now->n_rare++;
		if (p.count)
			err = candidates_hit(&ix->candidates, &p);
	}
	return err;
}

/* --- step 2: compare and judge --- */

/* Rare shingles of another text, by what the index says of its keys now. */
static int rare_of(struct index *ix, const struct fingerprint *fp, uint32_t *ret)
{
	int err = pair_reserve(&ix->other_keys, &ix->other_counts, &ix->cap_other, fp->n_keys);

	if (err)
		return err;
	compare_keys(fp, ix->other_keys);
	for (uint32_t i = 0; i < fp->n_keys && i < AHEAD; i++)
		table_prefetch(&ix->bodies.table, ix->other_keys[i]);
	for (uint32_t i = 0; i < fp->n_keys; i++) {
		struct posting p;

		if (i + AHEAD < fp->n_keys)
			table_prefetch(&ix->bodies.table, ix->other_keys[i + AHEAD]);
		postings_get(&ix->bodies, ix->other_keys[i], &p);
		ix->other_counts[i] = p.count;
	}
	return compare_rare(&ix->compare, fp, ix->other_counts, ret);
}

static int measure(struct index *ix, uint32_t article, struct evidence *ret)
{
	const struct record *other = index_record(ix, article);
	const struct fingerprint *fp = record_fingerprint(other);

	ix->verified++;
	compare_count(&ix->compare, fp, ret);
	ret->lead = compare_leads(&ix->compare, fp);
	ret->same_text = ix->now.fp->body_hash == fp->body_hash;
	ret->days = when_days_apart(&ix->now.record->published, &other->published);
	return rare_of(ix, fp, &ret->rare_b);
}

static void match_add(struct arrival *now, uint32_t article, enum nd_relation relation, const struct evidence *e)
{
	uint32_t all = e->a + e->b - e->shared;

	if (now->n_matches == ND_MATCHES_MAX)
		return;
	now->evidence[now->n_matches] = *e;
	now->matches[now->n_matches++] = (struct nd_match){
		.article = article,
		.relation = relation,
		.similarity = all ? (float)e->shared / (float)all : 0,
		.containment = e->a ? (float)e->shared / (float)e->a : 0,
		.contained = e->b ? (float)e->shared / (float)e->b : 0,
	};
}

static int verify(struct index *ix, uint32_t article)
{
	struct evidence e;
	enum nd_relation relation;
	int err;

	for (size_t i = 0; i < ix->now.n_matches; i++)
		if (ix->now.matches[i].article == article)
			return 0;
	err = measure(ix, article, &e);
	if (err)
		return err;
	relation = judge(&e);
	if (relation == ND_NEW && judge_same_lead(e.lead, ix->now.fp->n_lead))
		relation = ND_SAME_LEAD;
	if (relation != ND_NEW)
		match_add(&ix->now, article, relation, &e);
	return 0;
}

static int verify_candidates(struct index *ix)
{
	struct candidates *c = &ix->candidates;
	int err = candidates_rank(c, ix->entries, ix->now.n_rare, ix->now.fp->scale == 1);

	if (!err && c->n_top)
		err = compare_load(&ix->compare, ix->now.fp, ix->now.counts);
	for (size_t i = 0; i < c->n_top && !err; i++) {
		err = verify(ix, c->top[i].article);
		if (!err && c->top[i].article != c->top[i].story)
			err = verify(ix, c->top[i].story);
	}
	return err;
}

/* --- step 3: choose the story --- */

static bool better(const struct nd_match *x, const struct nd_match *y)
{
	if (x->containment != y->containment)
		return x->containment > y->containment;
	return x->article < y->article;
}

static void sort_matches(struct arrival *now)
{
	for (size_t i = 1; i < now->n_matches; i++)
		for (size_t k = i; k && better(&now->matches[k], &now->matches[k - 1]); k--) {
			struct nd_match m = now->matches[k];
			struct evidence e = now->evidence[k];

			now->matches[k] = now->matches[k - 1];
			now->evidence[k] = now->evidence[k - 1];
			now->matches[k - 1] = m;
			now->evidence[k - 1] = e;
		}
}

static void choose_story(struct index *ix)
{
	struct arrival *now = &ix->now;

	now->story = ND_NONE;
	now->adds_nothing = false;
	now->verdict = now->n_matches ? now->matches[0].relation : ND_NEW;
	if (!now->n_matches && judge_too_short(now->fp->n_shingles))
		now->verdict = ND_TOO_SHORT;
	for (size_t i = 0; i < now->n_matches; i++) {
		uint32_t story = ix->entries[now->matches[i].article].story;

		if (now->story == ND_NONE && judge_joins(&now->evidence[i], now->matches[i].relation)) {
			now->story = story;
			now->verdict = now->matches[i].relation;
		}
		if (now->story == story && judge_adds_nothing(&now->evidence[i]))
			now->adds_nothing = true;
	}
}

/* --- step 4: post --- */

static bool has_story(const struct index *ix, const struct posting *p, uint32_t story)
{
	for (uint32_t i = 0; i < p->kept; i++)
		if (ix->entries[p->articles[i]].story == story)
			return true;
	return false;
}

static int post(struct index *ix, uint32_t seq)
{
	struct arrival *now = &ix->now;
	int err = 0;

	for (uint32_t i = 0; i < now->fp->n_keys && !err; i++) {
		struct posting p;

		if (now->adds_nothing && now->counts[i]) {
			postings_get(&ix->bodies, now->keys[i], &p);
			if (has_story(ix, &p, now->story))
				continue;
		}
		err = postings_add(&ix->bodies, now->keys[i], seq);
	}
	return err;
}

/* --- step 5: enter --- */

static int entries_reserve(struct index *ix)
{
	uint32_t cap = ix->cap ? ix->cap + ix->cap / 4 : 1024;
	struct entry *at;

	if (ix->n < ix->cap)
		return 0;
	at = realloc(ix->entries, cap * sizeof(*at));
	if (!at)
		return -ENOMEM;
	ix->entries = at;
	ix->cap = cap;
	return 0;
}

static bool other_outlet(const struct record *a, const struct record *b)
{
	struct nd_str x = record_string(a, RECORD_OUTLET), y = record_string(b, RECORD_OUTLET);

	return x.at && y.at && (x.len != y.len || memcmp(x.at, y.at, x.len));
}

static void story_join(struct index *ix, uint32_t seq, uint32_t story)
{
	struct entry *leader = &ix->entries[story];
	const struct record *r = index_record(ix, seq);

	ix->n_stories += leader->last == story;
	ix->entries[leader->last].next = seq;
	leader->last = seq;
	if (when_before(&r->published, &index_record(ix, leader->origin)->published))
		leader->origin = seq;
	leader->syndicated |= other_outlet(r, index_record(ix, story));
}

static uint16_t sampled(const struct fingerprint *fp)
{
	uint32_t n = fp->scale == 1 ? fp->n_shingles / FP_SCALE : fp->n_keys;

	return n < UINT16_MAX ? (uint16_t)n : UINT16_MAX;
}

static int enter(struct index *ix, nd_seq *ret)
{
	const struct arrival *now = &ix->now;
	size_t tail = now->n_matches * sizeof(struct nd_match);
	uint32_t seq = ix->n;
	struct record *r;
	uint64_t place;
	void *at;
	int err = entries_reserve(ix);

	if (!err)
		err = spool_append(ix->spool, now->record->bytes + tail, &at, &place);
	if (err)
		return err;
	memcpy(at, now->record, now->record->bytes);
	memcpy((char *)at + now->record->bytes, now->matches, tail);
	r = at;
	r->n_matches = (uint32_t)now->n_matches;
	r->verdict = now->verdict;
	ix->entries[seq] = (struct entry){
		.record = place,
		.story = now->story == ND_NONE ? seq : now->story,
		.lead_story = now->lead_story == ND_NONE && now->fp->n_lead ? seq : now->lead_story,
		.next = ND_NONE,
		.last = seq,
		.origin = seq,
		.sampled = sampled(now->fp),
		.short_text = now->fp->scale == 1,
	};
	ix->n++;
	if (now->story != ND_NONE)
		story_join(ix, seq, now->story);
	*ret = seq;
	return post(ix, seq);
}

static void choose_lead(struct index *ix)
{
	struct arrival *now = &ix->now;

	now->lead_story = ND_NONE;
	for (size_t i = 0; i < now->n_matches && now->lead_story == ND_NONE; i++)
		if (judge_same_lead(now->evidence[i].lead, now->fp->n_lead))
			now->lead_story = ix->entries[now->matches[i].article].lead_story;
}

int index_add(struct index *ix, const struct record *r, nd_seq *ret)
{
	int err;

	if (r->version != FP_VERSION)
		return -EPROTO;
	ix->now.record = r;
	ix->now.fp = record_fingerprint(r);
	ix->now.n_matches = 0;
	candidates_clear(&ix->candidates);
	err = look_up(ix);
	if (!err)
		err = verify_candidates(ix);
	if (err)
		return err;
	sort_matches(&ix->now);
	choose_story(ix);
	choose_lead(ix);
	return enter(ix, ret);
}
