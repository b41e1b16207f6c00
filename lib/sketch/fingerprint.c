#include "sketch/fingerprint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "sketch/simhash.h"

#define DISTINCT_SMALL 2048u  /* hashes that chains take */
#define DISTINCT_CHAINS 4096u

struct fingerprinter {
	struct folder *folder;
	struct buf out;
	uint64_t *shingles, *shorts; /* hashes that start at each unit */
	size_t n_shingles, cap;
	uint64_t *seen; /* a set of shingles, open addressing */
	size_t cap_seen;
	uint16_t chains[DISTINCT_CHAINS], next[DISTINCT_SMALL]; /* places + 1; 0 ends */
};

int fingerprinter_new(struct fingerprinter **ret)
{
	struct fingerprinter *f = calloc(1, sizeof(*f));
	int err;

	if (!f)
		return -ENOMEM;
	err = folder_new(&f->folder);
	if (err) {
		free(f);
		return err;
	}
	buf_init(&f->out, (size_t)1 << 31);
	*ret = f;
	return 0;
}

void fingerprinter_free(struct fingerprinter *f)
{
	if (!f)
		return;
	folder_free(f->folder);
	buf_done(&f->out);
	free(f->shingles);
	free(f->shorts);
	free(f->seen);
	free(f);
}

static int scratch_reserve(struct fingerprinter *f, size_t n)
{
	size_t cap = n + n / 2 + 64;
	uint64_t *a, *b;

	if (n <= f->cap)
		return 0;
	a = realloc(f->shingles, cap * sizeof(*a));
	if (a)
		f->shingles = a;
	b = realloc(f->shorts, cap * sizeof(*b));
	if (b)
		f->shorts = b;
	if (!a || !b)
		return -ENOMEM;
	f->cap = cap;
	return 0;
}

/*
 * Hashes of the short shingle and of the shingle that start at each unit, as far as the text reaches.
 * Returns where the shingles stop.
 */
static size_t hash_shingles(struct fingerprinter *f, const struct unit *u, size_t n)
{
	size_t shingles = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t hash = u[i].hash;
		uint32_t sum = u[i].weight;
		size_t k = i + 1;

		if (i + 2 < n && sum == UNIT_WORD && u[i + 1].weight == UNIT_WORD && u[i + 2].weight == UNIT_WORD) {
			/* what the loops below do to three words, without their branches */
			hash = hash_step(hash, u[i + 1].hash);
			f->shorts[i] = hash_finish(hash);
			f->shingles[i] = hash_finish(hash_step(hash, u[i + 2].hash));
			shingles = i + 1;
			continue;
		}
		for (; sum < FP_SHORT_WEIGHT && k < n; k++) {
			hash = hash_step(hash, u[k].hash);
			sum += u[k].weight;
		}
		if (sum < FP_SHORT_WEIGHT)
			break;
		f->shorts[i] = hash_finish(hash);
		for (; sum < FP_SHINGLE_WEIGHT && k < n; k++) {
			hash = hash_step(hash, u[k].hash);
			sum += u[k].weight;
		}
		if (sum < FP_SHINGLE_WEIGHT)
			continue;
		f->shingles[i] = hash_finish(hash);
		shingles = i + 1;
	}
	return shingles;
}

/* Short shingles that start at units [from, ...) and end before `to`: where they stop. */
static size_t shorts_within(const struct unit *u, size_t from, size_t to)
{
	uint32_t sum = 0;

	while (to > from) {
		sum += u[--to].weight;
		if (sum >= FP_SHORT_WEIGHT)
			return to + 1;
	}
	return from;
}

/* SimHash of one paragraph: its short shingles, or its units together when it is too short for one. */
static void paragraph_simhash(const struct fingerprinter *f, const struct unit *u, const struct paragraph *p,
			      struct simhash *ret)
{
	size_t end = shorts_within(u, p->unit, p->unit_end);
	uint64_t all = 0;

	simhash_init(ret);
	if (end > p->unit) {
		simhash_add(ret, f->shorts + p->unit, end - p->unit);
	} else if (p->unit_end > p->unit) {
		for (size_t i = p->unit; i < p->unit_end; i++)
			all = hash_step(all, u[i].hash);
		all = hash_finish(all);
		simhash_add(ret, &all, 1);
	}
}

static uint32_t weight_of(const struct unit *u, size_t from, size_t to, uint32_t stop)
{
	uint32_t sum = 0;

	for (size_t i = from; i < to && sum < stop; i++)
		sum += u[i].weight;
	return sum;
}

/* The paragraph that holds the lead: the first with 12 words or 20 syllables, else the first with any. */
static size_t find_lead(const struct folded *t, size_t body)
{
	size_t ret = t->n_paragraphs;

	for (size_t i = body; i < t->n_paragraphs; i++) {
		const struct paragraph *p = &t->paragraphs[i];

		if (weight_of(t->units, p->unit, p->unit_end, 60) >= 60)
			return i;
		if (ret == t->n_paragraphs && p->unit_end > p->unit)
			ret = i;
	}
	return ret;
}

static size_t unit_at_weight(const struct unit *u, size_t from, size_t to, uint32_t weight)
{
	uint32_t sum = 0;

	while (from < to && sum < weight)
		sum += u[from++].weight;
	return from;
}

/* The distinct of n hashes, in order, by a set: for texts that repeat themselves. */
static int distinct_by_set(struct fingerprinter *f, uint64_t *hashes, size_t *n)
{
	size_t cap = 64, kept = 0;

	while (cap < 2 * *n)
		cap *= 2;
	if (cap > f->cap_seen) {
		free(f->seen);
		f->seen = malloc(cap * sizeof(*f->seen));
		f->cap_seen = f->seen ? cap : 0;
		if (!f->seen)
			return -ENOMEM;
	}
	memset(f->seen, 0, cap * sizeof(*f->seen));
	for (size_t i = 0; i < *n; i++) {
		uint64_t hash = hashes[i] | !hashes[i];
		size_t at = hash & (cap - 1);

		while (f->seen[at] && f->seen[at] != hash)
			at = (at + 1) & (cap - 1);
		if (f->seen[at])
			continue;
		f->seen[at] = hash;
		hashes[kept++] = hashes[i];
	}
	*n = kept;
	return 0;
}

/*
 * Leaves the distinct of n hashes, in order. Most texts are short and hardly repeat a shingle: chained
 * hashing over 16-bit places, small enough for the first cache.
 */
static int distinct(struct fingerprinter *f, uint64_t *hashes, size_t *n)
{
	size_t kept = 0;

	if (*n > DISTINCT_SMALL)
		return distinct_by_set(f, hashes, n);
	memset(f->chains, 0, sizeof(f->chains));
	for (size_t i = 0; i < *n; i++) {
		uint16_t *chain = &f->chains[hashes[i] % DISTINCT_CHAINS], at = *chain;

		while (at && hashes[at - 1] != hashes[i])
			at = f->next[at - 1];
		if (at)
			continue;
		hashes[kept] = hashes[i];
		f->next[kept] = *chain;
		*chain = (uint16_t)++kept;
	}
	*n = kept;
	return 0;
}

static int put_paragraphs(struct fingerprinter *f, const struct folded *t, size_t body, size_t lead,
			  struct simhash *all)
{
	for (size_t i = 0; i < t->n_paragraphs; i++) {
		const struct paragraph *p = &t->paragraphs[i];
		struct fp_paragraph out = {
			.hash = hash_bytes(t->text + p->fold, p->fold_end - p->fold),
			.line = p->line,
			.start = p->start,
			.end = p->end,
			.role = i < body ? FP_TITLE : i == lead ? FP_LEAD : FP_BODY,
			.units = (p->unit_end - p->unit) & 0xFFFFFFF,
		};
		struct simhash own;

		paragraph_simhash(f, t->units, p, &own);
		out.simhash = simhash_value(&own);
		if (i >= body)
			simhash_merge(all, &own);
		if (buf_add(&f->out, &out, sizeof(out)))
			return -ENOMEM;
	}
	return 0;
}

/* The high halves of n hashes. */
static int put_high(struct buf *b, const uint64_t *from, size_t n)
{
	uint32_t *to;

	if (buf_reserve(b, n * sizeof(*to)))
		return -ENOMEM;
	to = (uint32_t *)(b->at + b->len);
	for (size_t i = 0; i < n; i++)
		to[i] = (uint32_t)(from[i] >> 32);
	b->len += n * sizeof(*to);
	return 0;
}

/* The hashes at or under max as keys; returns how many there are, which may be 0. */
static size_t sample(const uint64_t *hashes, size_t n, uint64_t max, struct fp_key *ret)
{
	size_t keys = 0;

	for (size_t i = 0; i < n; i++) {
		ret[keys] = (struct fp_key){ (uint32_t)i, (uint32_t)hashes[i] };
		keys += hashes[i] <= max;
	}
	return keys;
}

static int put_keys(struct buf *b, const uint64_t *hashes, size_t n, struct fingerprint *head)
{
	struct fp_key *to;
	size_t keys;

	if (buf_reserve(b, (n + 1) * sizeof(*to)))
		return -ENOMEM;
	to = (struct fp_key *)(b->at + b->len);
	head->scale = FP_SCALE;
	while ((keys = sample(hashes, n, UINT64_MAX / head->scale, to)) < FP_KEYS_MIN && head->scale > 1)
		head->scale /= 2;
	head->n_keys = (uint32_t)keys;
	b->len += keys * sizeof(*to);
	return 0;
}

/* The shingles that start at units [from, end). */
static int put_shingles(struct fingerprinter *f, size_t from, size_t end, struct fingerprint *head)
{
	uint64_t *all = f->shingles + from;
	size_t n = end > from ? end - from : 0;
	int err = distinct(f, all, &n);

	if (!err)
		err = put_high(&f->out, all, n);
	if (!err)
		err = put_keys(&f->out, all, n, head);
	head->n_shingles = (uint32_t)n;
	return err;
}

static int put_head(struct fingerprinter *f, const struct folded *t, size_t lead, struct fingerprint *head)
{
	size_t from, end;

	if (lead == t->n_paragraphs)
		return 0;
	from = t->paragraphs[lead].unit;
	end = unit_at_weight(t->units, from, t->n_units, FP_LEAD_WEIGHT);
	head->n_lead = (uint32_t)(shorts_within(t->units, from, end) - from);
	end = unit_at_weight(t->units, from, t->n_units, FP_HEAD_WEIGHT);
	head->n_head = (uint32_t)(shorts_within(t->units, from, end) - from);
	return put_high(&f->out, f->shorts + from, head->n_head);
}

/* The title's hash, and that of its first line, which pages print again above the text. */
static int fold_title(struct fingerprinter *f, const char *title, size_t len, uint64_t *ret)
{
	struct folded t;
	int err = fold_text(f->folder, title, len, &t);

	if (!err && t.n_paragraphs)
		*ret = hash_bytes(t.text, t.paragraphs[0].fold_end);
	return err;
}

int fingerprint_text(struct fingerprinter *f, const char *title, size_t title_len, const char *text,
		     size_t text_len, const struct fingerprint **ret)
{
	struct fingerprint head = { .version = FP_VERSION };
	const struct paragraph *first;
	struct simhash all;
	struct folded t;
	size_t body = 0, lead, unit, shingles;
	int err = title_len ? fold_title(f, title, title_len, &head.title_hash) : 0;

	if (!err)
		err = fold_text(f->folder, text, text_len, &t);
	if (!err)
		err = scratch_reserve(f, t.n_units);
	if (err)
		return err;
	first = t.paragraphs;
	if (t.n_paragraphs > 1 && head.title_hash &&
	    hash_bytes(t.text + first->fold, first->fold_end - first->fold) == head.title_hash)
		body = 1;
	unit = body < t.n_paragraphs ? t.paragraphs[body].unit : t.n_units;
	lead = find_lead(&t, body);
	shingles = hash_shingles(f, t.units, t.n_units);
	head.n_paragraphs = (uint32_t)t.n_paragraphs;
	head.n_units = (uint32_t)(t.n_units - unit);
	if (head.n_units)
		head.body_hash = hash_bytes(t.text + t.paragraphs[body].fold, t.len - t.paragraphs[body].fold);
	simhash_init(&all);
	buf_clear(&f->out);
	err = buf_add(&f->out, &head, sizeof(head));
	if (!err)
		err = put_paragraphs(f, &t, body, lead, &all);
	head.simhash = simhash_value(&all);
	if (!err)
		err = put_shingles(f, unit, shingles, &head);
	if (!err)
		err = put_head(f, &t, lead, &head);
	if (err)
		return err;
	head.bytes = (uint32_t)f->out.len;
	memcpy(f->out.at, &head, sizeof(head));
	*ret = (const struct fingerprint *)f->out.at;
	return 0;
}
