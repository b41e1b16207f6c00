#include "index/weigh.h"

#include <stdbool.h>
#include <string.h>

/* The run of shingles to which key k is the nearest. */
static uint32_t run_start(const struct fp_key *keys, uint32_t k)
{
	return k ? (keys[k - 1].place + keys[k].place + 1) / 2 : 0;
}

static uint32_t run_end(const struct fingerprint *fp, uint32_t k)
{
	return k + 1 < fp->n_keys ? run_start(fp_keys(fp), k + 1) : fp->n_shingles;
}

/* A walk over shingles that tells the nearest key, of all or of the coarse ones: those at the full scale,
 * too, which are all that long texts post. */
struct nearest {
	const struct fingerprint *fp;
	bool coarse;
	uint32_t key, end; /* it is the nearest up to here; key n_keys: there is none */
};

static uint32_t next_key(const struct nearest *w, uint32_t k)
{
	const struct fingerprint *fp = w->fp;

	while (k < fp->n_keys && w->coarse && !fp_is_key_at(fp_shingles(fp)[fp_keys(fp)[k].place], FP_SCALE))
		k++;
	return k;
}

/* Where the key stops being the nearest. */
static uint32_t nearest_end(const struct nearest *w)
{
	const struct fp_key *keys = fp_keys(w->fp);
	uint32_t next = next_key(w, w->key + 1);

	return next < w->fp->n_keys ? (keys[w->key].place + keys[next].place + 1) / 2 : w->fp->n_shingles;
}

static struct nearest nearest_start(const struct fingerprint *fp, bool coarse)
{
	struct nearest w = { fp, coarse, 0, 0 };

	w.key = next_key(&w, 0);
	w.end = w.key < fp->n_keys ? nearest_end(&w) : fp->n_shingles;
	return w;
}

/* Whether the key nearest to shingle i is rare; i must not go back. Without a key it is. */
static bool nearest_is_rare(struct nearest *w, uint32_t i, const uint32_t *counts)
{
	while (i >= w->end) {
		w->key = next_key(w, w->key + 1);
		w->end = nearest_end(w);
	}
	return w->key >= w->fp->n_keys || counts[w->key] <= judge_rare_max();
}

/* A walk over the spans of a text, which tells what its shingles weigh but for their rarity. */
struct weighing {
	const struct fingerprint *fp;
	uint32_t span, end; /* that at hand ends here */
};

static struct weighing weighing_start(const struct fingerprint *fp)
{
	return (struct weighing){ fp, 0, fp->n_spans ? fp_span_end(fp, 0) : fp->n_shingles };
}

/* The weight of shingle i, which must not go back. */
static inline uint8_t weight_of(struct weighing *w, uint32_t i)
{
	while (i >= w->end)
		w->end = fp_span_end(w->fp, ++w->span);
	return weigh_span(w->fp, w->span);
}

/* What shingles [from, to) weigh together; from must not go back. */
static uint32_t weight_between(struct weighing *w, uint32_t from, uint32_t to)
{
	uint32_t ret = 0;

	while (from < to) {
		uint32_t weight = weight_of(w, from), end = w->end < to ? w->end : to;

		ret += weight * (end - from);
		from = end;
	}
	return ret;
}

/*
 * The weights of the shingles of a text whose keys are at a finer scale: a rare one's nearest key must be rare,
 * and so must the nearest coarse one, for the finer ones were never posted by the long texts that have the same
 * line. ret NULL: they are only added up.
 */
static uint32_t weigh_short(const struct fingerprint *fp, const uint32_t *counts, uint8_t *ret)
{
	struct nearest all = nearest_start(fp, false), coarse = nearest_start(fp, true);
	struct weighing w = weighing_start(fp);
	uint32_t sum = 0;

	for (uint32_t i = 0; i < fp->n_shingles; i++) {
		bool rare = nearest_is_rare(&all, i, counts) && nearest_is_rare(&coarse, i, counts);
		uint8_t weight = rare ? weight_of(&w, i) : 0;

		if (ret)
			ret[i] = weight;
		sum += weight;
	}
	return sum;
}

uint32_t weigh_full(const struct fingerprint *fp)
{
	return WEIGH_FULL * fp->n_shingles - (WEIGH_FULL - judge_quote_weight()) * fp->n_quoted;
}

uint32_t weigh_rare(const struct fingerprint *fp, const uint32_t *counts, uint8_t *ret)
{
	const struct fp_key *keys = fp_keys(fp);
	struct weighing w = weighing_start(fp);
	uint32_t sum = weigh_full(fp);

	if (fp->scale < FP_SCALE)
		return weigh_short(fp, counts, ret);
	for (uint32_t i = 0; ret && i < fp->n_spans; i++) {
		uint32_t from = fp_spans(fp)[i].place;

		memset(ret + from, weigh_span(fp, i), fp_span_end(fp, i) - from);
	}
	for (uint32_t k = 0; k < fp->n_keys; k++) {
		uint32_t from = run_start(keys, k), to = run_end(fp, k);

		if (counts[k] <= judge_rare_max())
			continue;
		if (ret)
			memset(ret + from, 0, to - from);
		sum -= weight_between(&w, from, to);
	}
	return sum;
}
