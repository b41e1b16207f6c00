#include "index/slice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 32u /* records read at once: what a cache can hold */

int slice_new(struct store *store, struct slice **ret)
{
	struct slice *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	buf_init(&s->heads, (size_t)1 << 40);
	err = store_reader_new(store, &s->reader);
	if (err)
		free(s);
	else
		*ret = s;
	return err;
}

static void keys_done(struct slice_keys *k)
{
	free(k->at);
	free(k->raw);
}

void slice_free(struct slice *s)
{
	if (!s)
		return;
	store_reader_free(s->reader);
	free(s->digests);
	keys_done(&s->bodies);
	keys_done(&s->leads);
	keys_done(&s->lines);
	free(s->scratch);
	buf_done(&s->heads);
	free(s);
}

/* Whether an item, whose checksum is right, has the shape of a record. */
static bool is_record(const struct store_item *item)
{
	const struct record *r = item->at;

	return item->bytes >= sizeof(*r) && r->version == FP_VERSION && r->verdict < ND_RELATIONS &&
	       r->n_matches <= ND_MATCHES_MAX &&
	       r->fp_at < r->bytes && r->bytes <= item->bytes && r->bytes - r->fp_at >= sizeof(struct fingerprint) &&
	       record_fingerprint(r)->bytes <= r->bytes - r->fp_at && record_size(r) <= item->bytes;
}

/* Room for n elements in all; what is there stays. */
static int reserve(void *at, size_t *cap, size_t n, size_t size)
{
	void **array = at, *grown;

	if (n <= *cap)
		return 0;
	n += n / 2;
	grown = realloc(*array, n * size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*cap = n;
	return 0;
}

static int keys_reserve(struct slice_keys *k, size_t n)
{
	int err = reserve(&k->raw, &k->cap_raw, k->n + n, sizeof(*k->raw));

	return err ? err : reserve(&k->at, &k->cap, k->n + n, sizeof(*k->at));
}

static void keys_add(struct slice_keys *k, const uint64_t *keys, uint32_t n, uint32_t article)
{
	for (uint32_t i = 0; i < n; i++) {
		k->raw[k->n].key = keys[i];
		k->raw[k->n++].article = article;
		k->ends[(keys[i] >> 32) % TABLE_SHARDS]++;
	}
}

/* Leaves of all keys of a body those that are posted, in their order; returns how many. */
static uint32_t keep_posted(const struct record *r, uint64_t *keys, uint32_t n)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < n; i++)
		if (record_posted(r, i))
			keys[kept++] = keys[i];
	return kept;
}

/* Counting sort; it keeps the order of those of a shard. */
static void keys_sort(struct slice_keys *k)
{
	uint32_t start = 0;

	for (size_t i = 0; i < TABLE_SHARDS; i++) {
		uint32_t n = k->ends[i];

		k->ends[i] = start;
		start += n;
	}
	for (size_t i = 0; i < k->n; i++) {
		uint32_t *at = &k->ends[(k->raw[i].key >> 32) % TABLE_SHARDS];

		k->at[(*at)++] = (struct slice_key){ (uint32_t)k->raw[i].key, k->raw[i].article };
	}
}

static void add_lines(struct slice_keys *lines, const struct fingerprint *fp, uint32_t article)
{
	for (uint32_t i = 0; i < fp->n_paragraphs; i++)
		if (fp_paragraphs(fp)[i].counted)
			keys_add(lines, &fp_paragraphs(fp)[i].hash, 1, article);
}

/* What the index will want of a record besides its digest: the head, the strings, and the matches that may be links. */
static int add_head(struct slice *s, const struct record *r, uint32_t n_links)
{
	struct record head = *r;
	int err;

	head.bytes = r->fp_at;
	head.n_matches = n_links;
	head.n_excerpts = head.n_posted = 0;
	err = buf_add(&s->heads, &head, sizeof(head));
	if (!err)
		err = buf_add(&s->heads, r + 1, r->fp_at - sizeof(*r));
	if (!err)
		err = buf_add(&s->heads, record_matches(r), n_links * sizeof(struct nd_match));
	return err ? err : buf_add(&s->heads, "\0\0\0\0\0\0\0", -s->heads.len & 7);
}

/* Once all of them are there, and move no more. */
static void lead_to_heads(struct slice *s)
{
	const uint8_t *at = s->heads.at;

	for (uint32_t i = 0; i < s->n; i++) {
		const struct record *r = (const struct record *)(const void *)at;

		s->digests[i].record = r;
		at += (r->bytes + r->n_matches * sizeof(struct nd_match) + 7) & ~(size_t)7;
	}
}

static int add(struct slice *s, const struct record *r)
{
	size_t max = digest_keys_max(r);
	uint32_t article = s->n, first = s->first + s->n;
	struct digest *d;
	int err = reserve(&s->digests, &s->cap, s->n + (size_t)1, sizeof(*s->digests));

	if (!err)
		err = reserve(&s->scratch, &s->cap_scratch, max, sizeof(*s->scratch));
	if (!err)
		err = keys_reserve(&s->bodies, max);
	if (!err)
		err = keys_reserve(&s->leads, max);
	if (!err)
		err = keys_reserve(&s->lines, record_fingerprint(r)->n_paragraphs);
	if (err)
		return err;
	d = &s->digests[s->n];
	digest_draw(d, r, s->scratch);
	d->keys = NULL;
	err = add_head(s, r, d->n_links);
	if (err)
		return err;
	s->n++;
	if (d->lead_story == first)
		keys_add(&s->leads, s->scratch + d->n_body, d->n_lead, article);
	keys_add(&s->bodies, s->scratch, keep_posted(r, s->scratch, d->n_body), article);
	add_lines(&s->lines, record_fingerprint(r), article);
	return 0;
}

static int read_batch(struct slice *s, size_t max)
{
	struct store_item items[BATCH];
	size_t n;
	int err;

	store_reader_end(s->reader);
	err = store_reader_next(s->reader, s->first + (uint64_t)s->n, items, max < BATCH ? max : BATCH, &n);

	if (err)
		return err;
	s->ends = !n;
	for (size_t i = 0; i < n && !err; i++)
		err = is_record(&items[i]) ? add(s, items[i].at) : -EBADMSG;
	return err;
}

static void keys_clear(struct slice_keys *k)
{
	k->n = 0;
	memset(k->ends, 0, sizeof(k->ends));
}

void slice_read(struct slice *s, uint32_t from, size_t max)
{
	if (max > SLICE_MAX)
		max = SLICE_MAX;
	s->first = from;
	s->n = s->taken = s->taken_bodies = s->taken_leads = s->taken_lines = 0;
	s->ends = false;
	s->err = 0;
	keys_clear(&s->bodies);
	keys_clear(&s->leads);
	keys_clear(&s->lines);
	buf_clear(&s->heads);
	while (s->n < max && !s->ends && !s->err)
		s->err = read_batch(s, max - s->n);
	lead_to_heads(s);
	keys_sort(&s->bodies);
	keys_sort(&s->leads);
	keys_sort(&s->lines);
}
