#include "index/compare.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define HEAD_MAX COMPARE_HEAD_MAX
#define HEAD_SLOTS 512u

void compare_init(struct compare *c)
{
	memset(c, 0, sizeof(*c));
}

void compare_done(struct compare *c)
{
	if (!c)
		return;
	free(c->slots);
	free(c->weights);
	compare_init(c);
}

static int bytes_reserve(uint8_t **at, size_t *cap, size_t n)
{
	if (n <= *cap)
		return 0;
	free(*at);
	*cap = n + n / 2;
	*at = malloc(*cap);
	if (!*at) {
		*cap = 0;
		return -ENOMEM;
	}
	return 0;
}

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

	while (k < fp->n_keys && w->coarse && fp_shingles(fp)[fp_keys(fp)[k].place] > UINT32_MAX / FP_SCALE)
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

static inline uint8_t span_weight(const struct fingerprint *fp, uint32_t span)
{
	return span < fp->n_spans && fp_spans(fp)[span].quoted ? (uint8_t)judge_quote_weight() : COMPARE_WEIGHT;
}

/* The weight of shingle i, which must not go back. */
static inline uint8_t weight_of(struct weighing *w, uint32_t i)
{
	while (i >= w->end)
		w->end = fp_span_end(w->fp, ++w->span);
	return span_weight(w->fp, w->span);
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

/* What all shingles weigh if they are rare. */
static uint32_t weight_full(const struct fingerprint *fp)
{
	return COMPARE_WEIGHT * fp->n_shingles - (COMPARE_WEIGHT - judge_quote_weight()) * fp->n_quoted;
}

/* Every shingle has the rarity of the key nearest to it; without a key all are rare. */
static uint32_t weigh(const struct fingerprint *fp, const uint32_t *counts, uint8_t *ret)
{
	const struct fp_key *keys = fp_keys(fp);
	struct weighing w = weighing_start(fp);
	uint32_t sum = weight_full(fp);

	if (fp->scale < FP_SCALE)
		return weigh_short(fp, counts, ret);
	for (uint32_t i = 0; ret && i < fp->n_spans; i++) {
		uint32_t from = fp_spans(fp)[i].place;

		memset(ret + from, span_weight(fp, i), fp_span_end(fp, i) - from);
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

static uint32_t rounded(uint32_t quarters)
{
	return (quarters + COMPARE_WEIGHT / 2) / COMPARE_WEIGHT;
}

uint32_t compare_full(const struct fingerprint *fp)
{
	return rounded(weight_full(fp));
}

uint32_t compare_rare(const struct fingerprint *fp, const uint32_t *counts)
{
	return rounded(weigh(fp, counts, NULL));
}

static int slots_reserve(struct compare *c, uint32_t n)
{
	size_t cap = 64;

	c->shift = 26;
	for (; cap < 3 * (size_t)n; c->shift--)
		cap *= 2;
	if (cap > c->cap_slots) {
		free(c->slots);
		c->slots = malloc(cap * sizeof(*c->slots));
		c->cap_slots = c->slots ? cap : 0;
		if (!c->slots)
			return -ENOMEM;
	}
	memset(c->slots, 0, cap * sizeof(*c->slots));
	c->mask = (uint32_t)(cap - 1);
	return 0;
}

void compare_load_head(struct compare *c, const struct fingerprint *fp, const float *weights)
{
	uint32_t n = fp->n_head < HEAD_MAX ? fp->n_head : HEAD_MAX;
	const uint32_t *head = fp_head(fp);

	c->fp = fp;
	c->lead_weights = weights;
	c->lead_weight = 0;
	memset(c->head_slots, 0, sizeof(c->head_slots));
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = head[i] % HEAD_SLOTS;

		c->lead_weight += i < fp->n_lead ? weights[i] : 0;
		while (c->head_slots[at] && head[c->head_slots[at] - 1] != head[i])
			at = (at + 1) % HEAD_SLOTS;
		if (!c->head_slots[at])
			c->head_slots[at] = (uint16_t)(i + 1);
	}
}

void compare_load_keys(struct compare *c, const struct fingerprint *fp)
{
	const struct fp_key *keys = fp_keys(fp);

	c->fp = fp;
	if (fp->n_keys > COMPARE_KEYS_MAX)
		return;
	memset(c->key_slots, 0, sizeof(c->key_slots));
	for (uint32_t k = 0; k < fp->n_keys; k++) {
		uint32_t at = keys[k].low % COMPARE_KEY_SLOTS;

		while (c->key_slots[at])
			at = (at + 1) % COMPARE_KEY_SLOTS;
		c->key_slots[at] = (uint8_t)(k + 1);
	}
}

/* The place of a key in the text loaded; its number of shingles when it is not there. */
static uint32_t find_key(const struct compare *c, uint32_t high, uint32_t low)
{
	const struct fp_key *keys = fp_keys(c->fp);
	uint32_t at = low % COMPARE_KEY_SLOTS, k;

	for (; (k = c->key_slots[at]) != 0; at = (at + 1) % COMPARE_KEY_SLOTS)
		if (keys[k - 1].low == low && fp_shingles(c->fp)[keys[k - 1].place] == high)
			return keys[k - 1].place;
	return c->fp->n_shingles;
}

bool compare_anchored(const struct compare *c, const struct fingerprint *b)
{
	const uint32_t *mine = fp_shingles(c->fp), *theirs = fp_shingles(b);
	const struct fp_key *keys = fp_keys(b);

	if (c->fp->n_keys > COMPARE_KEYS_MAX || b->n_keys > COMPARE_KEYS_MAX)
		return true;
	for (uint32_t k = 0; k < b->n_keys; k++) {
		uint32_t place = keys[k].place, at = find_key(c, theirs[place], keys[k].low);

		if (at == c->fp->n_shingles)
			continue;
		if (at && place && mine[at - 1] == theirs[place - 1])
			return true;
		if (at + 1 < c->fp->n_shingles && place + 1 < b->n_shingles && mine[at + 1] == theirs[place + 1])
			return true;
	}
	return false;
}

static inline uint32_t slot_of(const struct compare *c, uint32_t shingle)
{
	return shingle * 0x9E3779B1u >> c->shift;
}

int compare_load_body(struct compare *c, const struct fingerprint *fp, const uint32_t *counts)
{
	const uint32_t *shingles = fp_shingles(fp);
	int err = slots_reserve(c, fp->n_shingles);

	if (!err)
		err = bytes_reserve(&c->weights, &c->cap_weights, fp->n_shingles + 1);
	if (err)
		return err;
	c->fp = fp;
	c->rare = weigh(fp, counts, c->weights);
	c->all_full = c->rare == COMPARE_WEIGHT * fp->n_shingles;
	c->weights[fp->n_shingles] = 0;
	for (uint32_t i = 0; i < fp->n_shingles; i++) {
		uint32_t at = slot_of(c, shingles[i]);

		while (c->slots[at])
			at = (at + 1) & c->mask;
		c->slots[at] = i + 1;
	}
	return 0;
}

/* The place of a shingle in the text loaded; its number of shingles when it is not there. */
static inline __attribute__((always_inline)) uint32_t find(const struct compare *c, const uint32_t *mine, uint32_t want)
{
	uint32_t at = slot_of(c, want), place;

	while ((place = c->slots[at]) != 0 && mine[place - 1] != want)
		at = (at + 1) & c->mask;
	return place ? place - 1 : c->fp->n_shingles;
}

/* How many of the first n of two lists are the same, up to the first that is not. */
static uint32_t same_run(const uint32_t *x, const uint32_t *y, uint32_t n)
{
	uint32_t i = 0;

	for (; i + 2 <= n; i += 2) {
		uint64_t a, b;

		memcpy(&a, x + i, sizeof(a));
		memcpy(&b, y + i, sizeof(b));
		if (a != b)
			break;
	}
	return i + (i < n && x[i] == y[i]);
}

/* What the rare ones of n shingles from `place` on weigh, each at most `max`. */
static uint32_t weight_in(const struct compare *c, uint32_t place, uint32_t n, uint32_t max)
{
	uint32_t ret = 0;

	if (c->all_full)
		return max * n;
	for (uint32_t i = 0; i < n; i++)
		ret += c->weights[place + i] < max ? c->weights[place + i] : max;
	return ret;
}

/*
 * Shingles [i, m) of b, each of which weighs at most `max` there. A copy goes on where it went on before: most
 * shingles are found in long runs, and few are looked up.
 */
static void count_span(const struct compare *c, const uint32_t *theirs, uint32_t i, uint32_t m, uint32_t max,
		       uint32_t *shared, uint32_t *rare)
{
	const uint32_t *mine = fp_shingles(c->fp);
	uint32_t n = c->fp->n_shingles;

	for (; i < m; i++) {
		uint32_t place = find(c, mine, theirs[i]), run;

		if (place == n)
			continue;
		run = 1 + same_run(mine + place + 1, theirs + i + 1, n - place < m - i ? n - place - 1 : m - i - 1);
		*shared += run;
		*rare += weight_in(c, place, run, max);
		i += run - 1;
	}
}

static bool among(const uint32_t *at, uint32_t n, uint32_t want)
{
	for (uint32_t i = 0; i < n; i++)
		if (at[i] == want)
			return true;
	return false;
}

static uint32_t names_shared(const struct fingerprint *a, const struct fingerprint *b)
{
	uint32_t ret = 0;

	for (uint32_t i = 0; i < a->n_names; i++)
		ret += among(fp_names(b), b->n_names, fp_names(a)[i]);
	return ret;
}

static uint32_t numbers_shared(const struct fingerprint *a, const struct fingerprint *b)
{
	uint32_t ret = 0;

	for (uint32_t i = 0; i < a->n_numbers; i++)
		ret += among(fp_numbers(b), b->n_numbers, fp_numbers(a)[i]);
	return ret;
}

/* Spans follow each other: where the weight does not change, they are one walk. */
void compare_count(const struct compare *c, const struct fingerprint *b, struct evidence *ret)
{
	uint32_t shared = 0, rare = 0, from = 0;

	for (uint32_t i = 0; from < b->n_shingles; i++) {
		uint8_t weight = span_weight(b, i);

		while (i + 1 < b->n_spans && span_weight(b, i + 1) == weight)
			i++;
		count_span(c, fp_shingles(b), from, fp_span_end(b, i), weight, &shared, &rare);
		from = fp_span_end(b, i);
	}
	ret->a = c->fp->n_shingles;
	ret->b = b->n_shingles;
	ret->shared = shared;
	ret->rare_a = rounded(c->rare);
	ret->rare_shared = rounded(rare);
	ret->numbers_a = c->fp->n_numbers;
	ret->numbers_b = b->n_numbers;
	ret->numbers_shared = numbers_shared(c->fp, b);
	ret->names_a = c->fp->n_names;
	ret->names_b = b->n_names;
	ret->names_shared = names_shared(c->fp, b);
}

uint32_t compare_range(const struct compare *c, const struct fingerprint *b, uint32_t from, uint32_t to)
{
	const uint32_t *mine = fp_shingles(c->fp), *theirs = fp_shingles(b);
	uint32_t ret = 0;

	for (uint32_t i = from; i < to; i++)
		ret += c->weights[find(c, mine, theirs[i])];
	return rounded(ret);
}

/* b is in no table: to look through it for a few is cheaper than to look all of it up. */
uint32_t compare_own_range(const struct compare *c, const struct fingerprint *b, uint32_t from, uint32_t to)
{
	const uint32_t *mine = fp_shingles(c->fp);
	const wchar_t *theirs = (const wchar_t *)fp_shingles(b);
	uint32_t ret = 0;

	_Static_assert(sizeof(*theirs) == sizeof(*mine), "wmemchr looks for 32 bits");
	for (uint32_t i = from; i < to; i++)
		if (c->weights[i] && wmemchr(theirs, (wchar_t)mine[i], b->n_shingles))
			ret += c->weights[i];
	return rounded(ret);
}

static inline __attribute__((always_inline)) uint32_t head_find(const struct compare *c, uint32_t shingle)
{
	const uint32_t *head = fp_head(c->fp);
	uint32_t at = shingle % HEAD_SLOTS;

	while (c->head_slots[at] && head[c->head_slots[at] - 1] != shingle)
		at = (at + 1) % HEAD_SLOTS;
	return c->head_slots[at];
}

float compare_leads(const struct compare *c, const struct fingerprint *b)
{
	uint32_t n = b->n_head < HEAD_MAX ? b->n_head : HEAD_MAX;
	float mine_found = 0, theirs_found = 0, theirs_all = 0, ab, ba;
	const uint32_t *theirs = fp_head(b);
	uint8_t seen[HEAD_MAX + 1] = { 0 };

	if (!c->fp->n_lead || !b->n_lead)
		return 0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t place = head_find(c, theirs[i]);
		float weight = place ? c->lead_weights[place - 1] : 1;

		if (i < b->n_lead)
			theirs_all += weight;
		if (!place)
			continue;
		if (i < b->n_lead)
			theirs_found += weight;
		if (place <= c->fp->n_lead && !seen[place])
			mine_found += weight;
		seen[place] = 1;
	}
	ab = c->lead_weight > 0 ? mine_found / c->lead_weight : 0;
	ba = theirs_all > 0 ? theirs_found / theirs_all : 0;
	return ab > ba ? ab : ba;
}

float compare_leads_alone(const struct compare *c, const struct fingerprint *b)
{
	uint32_t n = b->n_lead < HEAD_MAX ? b->n_lead : HEAD_MAX;
	float found = 0, all = 0, least;
	const uint32_t *theirs = fp_head(b);

	for (uint32_t i = 0; i < n; i++) {
		uint32_t place = head_find(c, theirs[i]);
		float weight = place ? c->lead_weights[place - 1] : 1;

		all += weight;
		found += place && place <= c->fp->n_lead ? weight : 0;
	}
	least = all < c->lead_weight ? all : c->lead_weight;
	return least > 0 ? found / least : 0;
}
