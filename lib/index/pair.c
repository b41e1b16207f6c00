#include "index/pair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "index/frame.h"
#include "index/opening.h"
#include "index/within.h"
#include "sketch/simhash.h"

static uint32_t head_len(const struct fingerprint *fp)
{
	return fp->n_head < COMPARE_HEAD_MAX ? fp->n_head : COMPARE_HEAD_MAX;
}

/* --- a library of one article: its postings are all that measuring reads --- */

static int small_fill(struct library *l, const struct fingerprint *fp)
{
	uint8_t places[COMPARE_HEAD_MAX];
	uint32_t n_lead = digest_lead_places(fp, digest_lead_len(fp), places);
	int err = 0;

	for (uint32_t i = 0; i < fp->n_keys && !err; i++)
		err = postings_add(&l->bodies, fp_key(fp, i), 0);
	for (uint32_t i = 0; i < n_lead && !err; i++)
		err = postings_add(&l->leads, digest_lead_key(fp, places[i]), 0);
	return err;
}

static void small_free(struct library *l)
{
	if (!l)
		return;
	postings_done(&l->bodies);
	postings_done(&l->leads);
	free(l);
}

static int small_new(const struct fingerprint *fp, struct library **ret)
{
	struct library *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return -ENOMEM;
	postings_init(&l->bodies);
	postings_init(&l->leads);
	err = small_fill(l, fp);
	if (err)
		small_free(l);
	else
		*ret = l;
	return err;
}

/* --- measuring --- */

/* In how many stories each key stands. Errors: -ENOMEM. */
static int counts_of(const struct library *l, const struct fingerprint *fp, uint32_t **ret)
{
	uint32_t *counts = malloc((fp->n_keys + (size_t)1) * sizeof(*counts));

	if (!counts)
		return -ENOMEM;
	for (uint32_t i = 0; i < fp->n_keys; i++) {
		struct posting p;

		postings_get(&l->bodies, fp_key(fp, i), &p);
		counts[i] = p.count;
	}
	*ret = counts;
	return 0;
}

/* What each short shingle of a head says: as much as the next one that is a key, as an arrival has it. */
static void weights_of(const struct library *l, const struct fingerprint *fp, float *ret)
{
	uint8_t places[COMPARE_HEAD_MAX];
	uint32_t n = head_len(fp), from = 0, n_keys = digest_lead_places(fp, n, places);
	float weight = 1;

	for (uint32_t i = 0; i < n_keys; i++) {
		struct posting p;

		postings_get(&l->leads, digest_lead_key(fp, places[i]), &p);
		weight = judge_lead_weight(p.count);
		while (from <= places[i])
			ret[from++] = weight;
	}
	while (from < n)
		ret[from++] = weight;
}

static int measure_bodies(const struct library *l, struct compare *c, const struct fingerprint *a,
			  const struct fingerprint *b, struct evidence *ret)
{
	uint32_t *mine = NULL, *theirs = NULL;
	int err = counts_of(l, a, &mine);

	if (!err)
		err = counts_of(l, b, &theirs);
	if (!err)
		err = compare_load_body(c, a, mine);
	if (!err) {
		compare_count(c, b, ret);
		ret->rare_b = compare_rare(b, theirs);
	}
	if (!err && judge_needs_within(ret)) {
		struct within w = within_measure(c, b, ret);

		ret->within = w.theirs > w.mine ? w.theirs : w.mine;
	}
	free(mine);
	free(theirs);
	return err;
}

static int measure(const struct library *l, const struct fingerprint *a, const struct fingerprint *b,
		   struct evidence *ret)
{
	float weights[COMPARE_HEAD_MAX];
	struct compare c;
	int err;

	compare_init(&c);
	weights_of(l, a, weights);
	compare_load_head(&c, a, weights);
	ret->lead = compare_leads(&c, b);
	ret->lead_alone = judge_may_share_lead(ret->lead, a->n_lead) ? compare_leads_alone(&c, b) : 0;
	ret->lead_unshared = judge_may_share_lead(ret->lead, a->n_lead) ? opening_unshared(&c, b) : 0;
	ret->same_text = a->n_units && a->body_hash == b->body_hash && a->n_units == b->n_units;
	err = measure_bodies(l, &c, a, b, ret);
	compare_done(&c);
	return err;
}

static bool known(const struct record *a, const struct record *b)
{
	return a->published.kind != WHEN_UNKNOWN && b->published.kind != WHEN_UNKNOWN;
}

int pair_measure(const struct library *l, const struct record *later, const struct record *earlier,
		 struct pair *ret)
{
	const struct fingerprint *a, *b;
	struct library *small = NULL;
	struct pair p = { 0 };
	int err = 0;

	if (later->version != FP_VERSION || earlier->version != FP_VERSION)
		return -EPROTO;
	a = record_fingerprint(later);
	b = record_fingerprint(earlier);
	if (!l)
		err = small_new(b, &small);
	if (!err)
		err = measure(l ? l : small, a, b, &p.evidence);
	small_free(small);
	if (err)
		return err;
	frame_measure(later, earlier, &p.evidence);
	p.evidence.days = when_days_apart(&later->published, &earlier->published);
	p.days_known = known(later, earlier);
	p.simhash_distance = simhash_distance(fp_simhash(a), fp_simhash(b));
	p.circumstances = (struct circumstances){
		.n_lead = a->n_lead,
		.same_id = later->id_key == earlier->id_key,
		.same_url = later->url_key && later->url_key == earlier->url_key,
		.same_title = later->title_key && later->title_key == earlier->title_key,
		.same_day = when_same_day(&later->published, &earlier->published),
	};
	*ret = p;
	return 0;
}
