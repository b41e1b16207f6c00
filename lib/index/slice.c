#include "index/slice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

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
	skim_done(&s->skim);
	buf_done(&s->heads);
	free(s);
}

static int keys_reserve(struct slice_keys *k, size_t n)
{
	int err = array_reserve(&k->raw, &k->cap_raw, k->n + n, sizeof(*k->raw));

	return err ? err : array_reserve(&k->at, &k->cap, k->n + n, sizeof(*k->at));
}

static void keys_add(struct slice_keys *k, const uint64_t *keys, uint32_t n, uint32_t article)
{
	struct slice_key *to = k->raw + k->n;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t shard = (uint32_t)(keys[i] >> 32) % TABLE_SHARDS;

		to[i] = (struct slice_key){ (uint32_t)keys[i], article, shard };
		k->ends[shard]++;
	}
	k->n += n;
}

/* Leaves of all keys of a body those that are posted, in their order; returns how many. */
static uint32_t keep_posted(struct skim *k)
{
	uint32_t kept = 0;

	if (!k->posted)
		return k->n_posted ? k->digest.n_body : 0;
	for (uint32_t i = 0; i < k->digest.n_body; i++) {
		k->keys[kept] = k->keys[i];
		kept += skim_posted(k, i);
	}
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
	for (size_t i = 0; i < k->n; i++)
		k->at[k->ends[k->raw[i].shard]++] = k->raw[i];
}

/* Once all of them are there, and move no more. */
static void lead_to_heads(struct slice *s)
{
	const uint8_t *at = s->heads.at;

	for (uint32_t i = 0; i < s->n; i++) {
		const struct record *r = (const struct record *)(const void *)at;

		s->digests[i].record = r;
		at += skim_head_bytes(r);
	}
}

/* Room for what was skimmed of a record. */
static int add_reserve(struct slice *s, const struct skim *k)
{
	int err = array_reserve(&s->digests, &s->cap, s->n + (size_t)1, sizeof(*s->digests));

	if (!err)
		err = keys_reserve(&s->bodies, k->digest.n_body);
	if (!err)
		err = keys_reserve(&s->leads, k->digest.n_lead);
	return err ? err : keys_reserve(&s->lines, k->n_lines);
}

static int add(struct slice *s, struct skim *k)
{
	uint32_t article = s->n, n_body = k->digest.n_body;
	int err = add_reserve(s, k);

	if (err)
		return err;
	if (k->digest.lead_story == s->first + article)
		keys_add(&s->leads, k->keys + n_body, k->digest.n_lead, article);
	keys_add(&s->bodies, k->keys, keep_posted(k), article);
	keys_add(&s->lines, k->lines, k->n_lines, article);
	s->digests[s->n++] = k->digest;
	return 0;
}

/* Whether what was skimmed can be of a record. */
static bool is_record(const struct record *head, const struct skim *k)
{
	return head->verdict < ND_RELATIONS && k->n_matches <= ND_MATCHES_MAX;
}

/* The next record; at the store's end none. After an error, or then, there is nothing more in s->heads. */
static int read_one(struct slice *s)
{
	size_t head = s->heads.len;
	struct store_item packed;
	int err = store_reader_packed(s->reader, s->first + (uint64_t)s->n, &packed);

	if (err) {
		s->ends = err == -ENOENT;
		return s->ends ? 0 : err;
	}
	err = record_skim(packed.at, packed.bytes, &s->heads, &s->skim);
	if (!err && !is_record((const struct record *)(const void *)(s->heads.at + head), &s->skim))
		err = -EBADMSG;
	if (!err)
		err = add(s, &s->skim);
	if (err)
		s->heads.len = head;
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
		s->err = read_one(s);
	lead_to_heads(s);
	keys_sort(&s->bodies);
	keys_sort(&s->leads);
	keys_sort(&s->lines);
}
