#include "index/skim.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>

#include "index/lookup.h"
#include "index/pack_part.h"

/* Strings stand in no more bytes than packed: each of them ends with a NUL in place of its length, and all are padded. */
#define HEAD_MAX(bytes) (sizeof(struct record) + (bytes) + RECORD_STRINGS + 8u)

/* A record on its way. */
struct skimming {
	struct varint_in in;
	struct unpacked head;
	struct record *r;
	struct fingerprint fp; /* its numbers */
	struct lists n;
	struct skim *to;
};

void skim_done(struct skim *s)
{
	free(s->keys);
	free(s->lines);
}

/* Bytes of the record, unpacked. */
static uint64_t record_bytes(const struct skimming *k)
{
	return padded(k->head.n + fingerprint_bytes(&k->n)) + (uint64_t)k->r->n_matches * sizeof(struct nd_match) +
	       (uint64_t)k->r->n_excerpts * sizeof(struct excerpt) +
	       record_posted_bytes(k->fp.n_keys, k->r->n_posted);
}

/* As with the other lists, read from a place of its own: that stands in registers, where the record's would be written and
 * read again with every number. */
static void skim_paragraphs(struct skimming *k)
{
	struct varint_in in = k->in;
	uint32_t line = 0, end = 0, found = 0;
	uint64_t *lines = k->to->lines;

	for (size_t i = 0; i < k->n.paragraphs && !in.bad; i++) {
		const uint8_t *bits = varint_take(&in, 1), *hash;

		if (bits && *bits & LEARNED)
			varint_take(&in, 1);
		hash = varint_take(&in, sizeof(uint64_t));
		if (!hash)
			break;
		memcpy(&lines[found], hash, sizeof(uint64_t));
		found += *bits & COUNTED ? 1 : 0;
		line = take_difference(&in, line);
		end = take_difference(&in, take_difference(&in, end));
		varint_get32(&in);
	}
	k->to->n_lines = found;
	k->in = in;
}

/* One that a key leads to: with the key's own bytes, four can be read there. */
static uint32_t shingle_at(const uint8_t *packed, size_t i)
{
	uint32_t word;

	memcpy(&word, packed + i * FP_SHINGLE_BITS / 8, sizeof(word));
	return le32toh(word) >> (i % 2 ? 4 : 0) & ((1u << FP_SHINGLE_BITS) - 1);
}

static void skim_keys(struct skimming *k)
{
	const uint8_t *shingles = varint_take(&k->in, (k->n.shingles * FP_SHINGLE_BITS + 7) / 8);
	struct varint_in in = k->in;
	const uint32_t n = k->fp.n_keys;
	uint64_t *keys = k->to->keys;
	uint32_t place = 0, low;

	for (size_t i = 0; i < k->n.keys && !in.bad; i++) {
		place = take_difference(&in, place);
		varint_take_to(&in, &low, sizeof(low));
		if (i >= n)
			continue;
		if (place < k->n.shingles && !in.bad)
			keys[i] = (uint64_t)shingle_at(shingles, place) << 32 | low;
		else
			in.bad = true;
	}
	k->in = in;
}

static void skim_lead(struct skimming *k)
{
	uint32_t n = digest_lead_len(&k->fp), head[COMPARE_HEAD_MAX];
	const uint8_t *at = varint_take(&k->in, k->n.head * sizeof(*head));
	uint64_t *keys = k->to->keys + k->fp.n_keys;
	uint8_t places[COMPARE_HEAD_MAX];

	k->in.bad = k->in.bad || n > k->n.head;
	if (k->in.bad)
		return;
	memcpy(head, at, n * sizeof(*head));
	k->to->digest.n_lead = digest_sample(head, n, places);
	for (uint32_t i = 0; i < k->to->digest.n_lead; i++)
		keys[i] = digest_sample_key(head[places[i]]);
}

static void skip_spans(struct skimming *k)
{
	struct varint_in in = k->in;
	uint32_t at = 0, paragraph = 0;

	for (size_t i = 0; i < k->n.spans && !in.bad; i++) {
		at = take_difference(&in, at);
		paragraph = take_difference(&in, paragraph) & ~1u;
	}
	k->in = in;
}

/* They go behind the head, where there is room for them; returns how many may be links: all, or none is. */
static uint32_t skim_matches(struct varint_in *in, uint32_t n, struct nd_match *to)
{
	bool any = false;

	for (uint32_t i = 0; i < n && !in->bad; i++) {
		to[i].article = varint_get32(in);
		to[i].relation = (uint16_t)varint_get32(in);
		to[i].leads = (uint16_t)varint_get32(in);
		varint_take_to(in, &to[i].similarity, 3 * sizeof(float));
		any |= to[i].leads != 0;
	}
	return any ? n : 0;
}

static void skip_excerpts(struct varint_in *in, uint32_t n)
{
	for (uint32_t i = 0; i < n && !in->bad; i++) {
		const uint8_t *length;

		varint_get32(in);
		length = varint_take(in, 1);
		if (length && *length <= EXCERPT_TEXT)
			varint_take(in, *length);
		else
			in->bad = true;
	}
}

/* All that stands behind the numbers of the fingerprint. */
static void skim_lists(struct skimming *k)
{
	struct varint_in *in = &k->in;
	struct record *r = k->r;
	size_t posted = record_posted_bytes(k->fp.n_keys, r->n_posted);

	skim_paragraphs(k);
	skim_keys(k);
	skim_lead(k);
	skip_spans(k);
	varint_take(in, k->n.numbers * sizeof(uint32_t));
	varint_take(in, k->n.simhashes * sizeof(uint64_t));
	k->to->n_matches = r->n_matches;
	k->to->digest.n_links = skim_matches(in, r->n_matches, (struct nd_match *)(void *)((char *)r + r->bytes));
	if (!k->to->digest.n_links && r->earlier == ND_NONE)
		r->n_matches = 0;
	skip_excerpts(in, r->n_excerpts);
	k->to->n_posted = r->n_posted;
	k->to->posted = posted ? varint_take(in, posted) : NULL;
	r->n_excerpts = r->n_posted = 0;
}

/* What the head and the numbers say. */
static void skim_numbers(struct skimming *k)
{
	unsigned flags = varint_get32(&k->in);

	k->r = unpacked_place(&k->head, &k->in, 1, sizeof(*k->r));
	if (!k->r)
		return;
	unpack_head(k->r, &k->head, &k->in, flags);
	unpack_others(k->r, &k->in);
	unpack_print(&k->fp, &k->in, flags);
	k->n = lists_of(&k->fp);
	if (k->in.bad)
		return;
	unpack_names(k->r, k->fp.title_read, flags);
	k->r->bytes = k->r->fp_at;
	digest_begin(&k->to->digest, k->r, &k->fp);
	k->to->digest.record = NULL;
	k->to->digest.n_body = k->fp.n_keys;
}

/* Once the numbers tell that they are those of so many bytes. */
static int skim_rest(struct skimming *k, struct buf *heads)
{
	int err = lookup_reserve(&k->to->keys, &k->to->cap_keys, (size_t)k->fp.n_keys + COMPARE_HEAD_MAX, sizeof(uint64_t));

	if (!err)
		err = lookup_reserve(&k->to->lines, &k->to->cap_lines, k->n.paragraphs + 1, sizeof(uint64_t));
	if (!err)
		err = buf_reserve(heads, k->head.n + k->r->n_matches * sizeof(struct nd_match) + 8);
	if (err)
		return err;
	k->r = (struct record *)(void *)(heads->at + heads->len);
	skim_lists(k);
	return k->in.bad || k->in.at != k->in.end ? -EBADMSG : 0;
}

int record_skim(const void *at, size_t bytes, struct buf *heads, struct skim *s)
{
	struct skimming k = { .in = { at, (const uint8_t *)at + bytes, false }, .to = s };
	uint64_t all;
	size_t n;
	int err = unpack_begin(&k.in, &all);

	if (!err)
		err = buf_reserve(heads, HEAD_MAX(bytes));
	if (err)
		return err;
	k.head = (struct unpacked){ heads->at + heads->len, 0, HEAD_MAX(bytes) };
	skim_numbers(&k);
	if (k.in.bad || record_bytes(&k) != all)
		return -EBADMSG;
	err = skim_rest(&k, heads);
	if (err)
		return err;
	n = k.r->bytes + k.r->n_matches * sizeof(struct nd_match);
	memset((char *)k.r + n, 0, skim_head_bytes(k.r) - n);
	heads->len += skim_head_bytes(k.r);
	return 0;
}
