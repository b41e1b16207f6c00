#include "index/compare.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "index/facts.h"

#define HEAD_MAX COMPARE_HEAD_MAX
#define HEAD_SLOTS 512u
#define RUNS_MAX 256u /* that are followed in a pair */
#define EDIT_MAX 8u   /* shingles between two runs: a word or two are others */

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

static uint32_t rounded(uint32_t quarters)
{
	return (quarters + COMPARE_WEIGHT / 2) / COMPARE_WEIGHT;
}

uint32_t compare_full(const struct fingerprint *fp)
{
	return rounded(weigh_full(fp));
}

uint32_t compare_rare(const struct fingerprint *fp, const uint32_t *counts)
{
	return rounded(weigh_rare(fp, counts, NULL));
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

/* --- runs: what stands in both, around the keys that both have --- */

struct run {
	uint32_t mine, theirs; /* places */
	uint32_t n;
};

/* How many before the n-th of two lists are the same, back to the first that is not. */
static uint32_t same_before(const uint32_t *x, const uint32_t *y, uint32_t n)
{
	uint32_t i = 0;

	while (i < n && x[-1 - (ptrdiff_t)i] == y[-1 - (ptrdiff_t)i])
		i++;
	return i;
}

/* How far behind the ends of two runs, side by side, the next ones start; n: no run starts soon. */
static uint32_t next_same(const uint32_t *x, const uint32_t *y, uint32_t n)
{
	uint32_t i = 1;

	while (i < n && i <= EDIT_MAX && x[i] != y[i])
		i++;
	return i <= EDIT_MAX ? i : n;
}

/* The runs that start where x and y are the same and go on behind small edits; returns how many, `max` at most. */
static uint32_t follow(const uint32_t *mine, uint32_t m, const uint32_t *theirs, uint32_t n, struct run from,
		       struct run *ret, uint32_t max)
{
	uint32_t i = 0;

	while (i < max) {
		uint32_t x = from.mine + from.n, y = from.theirs + from.n, left = m - x < n - y ? m - x : n - y, d;

		from.n += same_run(mine + x, theirs + y, left);
		ret[i++] = from;
		x = from.mine + from.n;
		y = from.theirs + from.n;
		left = m - x < n - y ? m - x : n - y;
		d = next_same(mine + x, theirs + y, left);
		if (d >= left)
			break;
		from = (struct run){ x + d, y + d, 1 };
	}
	return i;
}

/* In the order of b, of which no shingle stands in two runs; nor does one of the other text, as each has a shingle once. */
static uint32_t find_runs(const struct compare *c, const struct fingerprint *b, struct run ret[RUNS_MAX])
{
	const uint32_t *mine = fp_shingles(c->fp), *theirs = fp_shingles(b);
	uint32_t m = c->fp->n_shingles, n = 0, end = 0;

	if (c->fp->n_keys > COMPARE_KEYS_MAX || b->n_keys > COMPARE_KEYS_MAX)
		return 0;
	for (uint32_t k = 0; k < b->n_keys && n < RUNS_MAX; k++) {
		uint32_t place = fp_keys(b)[k].place, at, before;

		if (place < end)
			continue;
		at = find_key(c, theirs[place], fp_keys(b)[k].low);
		if (at == m)
			continue;
		before = same_before(mine + at, theirs + place, at < place - end ? at : place - end);
		n += follow(mine, m, theirs, b->n_shingles, (struct run){ at - before, place - before, before + 1 }, ret + n,
			    RUNS_MAX - n);
		end = ret[n - 1].theirs + ret[n - 1].n;
	}
	return n;
}

static void sort_by_mine(struct run *runs, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
		for (uint32_t k = i; k && runs[k].mine < runs[k - 1].mine; k--) {
			struct run r = runs[k];

			runs[k] = runs[k - 1];
			runs[k - 1] = r;
		}
}

/* --- gaps: what stands between the runs, and may be shared all the same --- */

static int slots_reserve(struct compare *c, uint32_t n)
{
	size_t cap = 64;

	while (cap < 3 * (size_t)n)
		cap *= 2;
	if (cap <= c->cap_slots)
		return 0;
	free(c->slots);
	c->slots = malloc(cap * sizeof(*c->slots));
	c->cap_slots = c->slots ? cap : 0;
	return c->slots ? 0 : -ENOMEM;
}

/* An empty table for n shingles, at most those that there is room for. */
static void slots_clear(struct compare *c, uint32_t n)
{
	size_t cap = 64;

	c->shift = 26;
	for (; cap < 3 * (size_t)n; c->shift--)
		cap *= 2;
	memset(c->slots, 0, cap * sizeof(*c->slots));
	c->mask = (uint32_t)(cap - 1);
}

static inline uint32_t slot_of(const struct compare *c, uint32_t shingle)
{
	return shingle * 0x9E3779B1u >> c->shift;
}

static void slots_add(struct compare *c, uint32_t from, uint32_t to)
{
	const uint32_t *mine = fp_shingles(c->fp);

	for (uint32_t i = from; i < to; i++) {
		uint32_t at = slot_of(c, mine[i]);

		while (c->slots[at])
			at = (at + 1) & c->mask;
		c->slots[at] = i + 1;
	}
}

/* Puts the gaps of the text loaded, of n shingles together, into the table. */
static void load_gaps(struct compare *c, struct run *runs, uint32_t n_runs, uint32_t n)
{
	uint32_t from = 0;

	slots_clear(c, n);
	sort_by_mine(runs, n_runs);
	for (uint32_t i = 0; i < n_runs; i++) {
		slots_add(c, from, runs[i].mine);
		from = runs[i].mine + runs[i].n;
	}
	slots_add(c, from, c->fp->n_shingles);
}

/* The place of a shingle in a gap of the text loaded; its number of shingles when it is not there. */
static inline uint32_t find(const struct compare *c, const uint32_t *mine, uint32_t want)
{
	uint32_t at = slot_of(c, want), place;

	while ((place = c->slots[at]) != 0 && mine[place - 1] != want)
		at = (at + 1) & c->mask;
	return place ? place - 1 : c->fp->n_shingles;
}

/* --- the body --- */

int compare_load_body(struct compare *c, const struct fingerprint *fp, const uint32_t *counts)
{
	int err = slots_reserve(c, fp->n_shingles);

	if (!err)
		err = bytes_reserve(&c->weights, &c->cap_weights, fp->n_shingles + (size_t)1);
	if (err)
		return err;
	compare_load_keys(c, fp);
	c->rare = weigh_rare(fp, counts, c->weights);
	c->all_full = c->rare == COMPARE_WEIGHT * fp->n_shingles;
	return 0;
}

/* What has been counted of a pair, and where in b. */
struct count {
	uint32_t shared, rare;
	uint32_t span, end; /* that at hand, which ends here */
	uint32_t weight;    /* the most that a shingle in it weighs */
};

/* To the span in which shingle i of b stands, and those behind it that weigh the same. i must not go back. */
static void to_span(struct count *k, const struct fingerprint *b, uint32_t i)
{
	while (i >= k->end && k->end < b->n_shingles) {
		k->weight = weigh_span(b, k->span);
		while (k->span + 1 < b->n_spans && weigh_span(b, k->span + 1) == k->weight)
			k->span++;
		k->end = fp_span_end(b, k->span++);
	}
}

/* A run, wherever in b it ends. */
static void count_run(struct count *k, const struct compare *c, const struct fingerprint *b, struct run run)
{
	k->shared += run.n;
	while (run.n) {
		uint32_t n;

		to_span(k, b, run.theirs);
		n = k->end - run.theirs < run.n ? k->end - run.theirs : run.n;
		k->rare += weight_in(c, run.mine, n, k->weight);
		run = (struct run){ run.mine + n, run.theirs + n, run.n - n };
	}
}

/* Shingles [i, end) of b, a gap. */
static void count_gap(struct count *k, const struct compare *c, const struct fingerprint *b, uint32_t i, uint32_t end)
{
	const uint32_t *mine = fp_shingles(c->fp), *theirs = fp_shingles(b);
	uint32_t m = c->fp->n_shingles;

	while (i < end) {
		struct run run = { find(c, mine, theirs[i]), i, 1 };

		if (run.mine < m) {
			run.n += same_run(mine + run.mine + 1, theirs + i + 1,
					  (m - run.mine < end - i ? m - run.mine : end - i) - 1);
			count_run(k, c, b, run);
		}
		i += run.n;
	}
}

/* Takes off what was found by chance, on average: `looked` shingles were looked for among `left` others. */
static void take_off_chance(struct count *k, const struct compare *c, uint32_t looked, uint32_t left)
{
	uint32_t found = k->shared - (c->fp->n_shingles - left);
	uint32_t chance = (uint32_t)((uint64_t)looked * left >> FP_SHINGLE_BITS), n = chance < found ? chance : found;
	uint32_t weight = (uint32_t)((uint64_t)n * c->rare / (c->fp->n_shingles + (uint64_t)1));

	k->shared -= n;
	k->rare -= weight < k->rare ? weight : k->rare;
}

/* Most of a copy stands in long runs, and a key in most of these: little is looked up. */
static struct count count_shared(struct compare *c, const struct fingerprint *b)
{
	struct run runs[RUNS_MAX], in_order[RUNS_MAX];
	uint32_t n = find_runs(c, b, runs), from = 0, left = c->fp->n_shingles;
	struct count ret = { .weight = 0 };

	for (uint32_t i = 0; i < n; i++)
		left -= runs[i].n;
	memcpy(in_order, runs, n * sizeof(*runs));
	if (left)
		load_gaps(c, in_order, n, left);
	for (uint32_t i = 0; i < n; i++) {
		if (left)
			count_gap(&ret, c, b, from, runs[i].theirs);
		count_run(&ret, c, b, runs[i]);
		from = runs[i].theirs + runs[i].n;
	}
	if (left) {
		count_gap(&ret, c, b, from, b->n_shingles);
		take_off_chance(&ret, c, b->n_shingles - (c->fp->n_shingles - left), left);
	}
	return ret;
}

void compare_count(struct compare *c, const struct fingerprint *b, struct evidence *ret)
{
	struct count k = count_shared(c, b);

	ret->a = c->fp->n_shingles;
	ret->b = b->n_shingles;
	ret->shared = k.shared;
	ret->rare_a = rounded(c->rare);
	ret->rare_shared = rounded(k.rare);
	facts_count(c->fp, b, ret);
}

/* Looking through a text for a few is cheaper than looking all of it up. */
static const uint32_t *look_for(const uint32_t *shingles, uint32_t n, uint32_t want)
{
	_Static_assert(sizeof(wchar_t) == sizeof(*shingles), "wmemchr looks for 32 bits");
	return (const uint32_t *)wmemchr((const wchar_t *)shingles, (wchar_t)want, n);
}

uint32_t compare_range(const struct compare *c, const struct fingerprint *b, uint32_t from, uint32_t to)
{
	const uint32_t *mine = fp_shingles(c->fp), *theirs = fp_shingles(b);
	uint32_t ret = 0;

	for (uint32_t i = from; i < to; i++) {
		const uint32_t *at = look_for(mine, c->fp->n_shingles, theirs[i]);

		ret += at ? c->weights[at - mine] : 0;
	}
	return rounded(ret);
}

uint32_t compare_own_range(const struct compare *c, const struct fingerprint *b, uint32_t from, uint32_t to)
{
	const uint32_t *mine = fp_shingles(c->fp);
	uint32_t ret = 0;

	for (uint32_t i = from; i < to; i++)
		if (c->weights[i] && look_for(fp_shingles(b), b->n_shingles, mine[i]))
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
