#include "index/pack.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "index/pack_part.h"

#define NUMBERS_MAX 640u /* bytes of the packed numbers of a record and its fingerprint */
#define PARAGRAPH_MAX (sizeof(uint64_t) + 2u + 4u * VARINT_MAX)
#define MATCH_MAX (3u * sizeof(float) + 3u * VARINT_MAX)

/* ND_NONE, which is frequent, is 0. */
static uint64_t other(uint32_t article)
{
	return article == ND_NONE ? 0 : (uint64_t)article + 1;
}

static uint8_t *put_bytes(uint8_t *to, const void *at, size_t n)
{
	if (n)
		memcpy(to, at, n);
	return to + n;
}

static uint8_t *put_difference(uint8_t *to, uint32_t x, uint32_t from)
{
	return varint_put(to, zigzag((int64_t)x - from));
}

static unsigned flags_of(const struct record *r, const struct fingerprint *fp)
{
	const struct record d = derived(r, fp->title_read);
	bool aside = fp->n_aside || fp->n_aside_keys || fp->n_aside_spans || fp->n_aside_head;
	unsigned ret = (r->id_is_number ? ID_IS_NUMBER : 0) | (r->judged ? JUDGED : 0) | (r->retired ? RETIRED : 0) |
		       (r->allowed ? ALLOWED : 0) | (fp->title_hash || fp->title_read ? HAS_TITLE : 0);

	if (d.id_key != r->id_key || d.url_key != r->url_key || d.title_key != r->title_key)
		ret |= OWN_NAMES;
	if (memcmp(&d.published, &r->published, sizeof(d.published)))
		ret |= OWN_TIME;
	return aside || fp->arranged || fp->n_lead_alone != fp->n_lead ? ret | ARRANGED : ret;
}

static uint8_t *put_head(uint8_t *to, const struct record *r, unsigned flags)
{
	to = varint_put(to, FP_VERSION);
	to = varint_put(to, record_size(r));
	to = varint_put(to, flags);
	for (int i = 0; i < RECORD_STRINGS; i++)
		to = varint_put(to, r->at[i + 1] - r->at[i]);
	for (int i = 0; i < RECORD_STRINGS; i++)
		if (r->at[i + 1] > r->at[i])
			to = put_bytes(to, (const char *)r + r->at[i], r->at[i + 1] - r->at[i] - 1);
	to = varint_put(to, r->gone);
	to = varint_put(to, r->verdict);
	to = varint_put(to, r->revision);
	to = put_bytes(to, &r->source, sizeof(r->source));
	if (flags & OWN_NAMES)
		to = put_bytes(to, &r->id_key, 3 * sizeof(r->id_key));
	return flags & OWN_TIME ? put_bytes(to, &r->published, sizeof(r->published)) : to;
}

static uint8_t *put_others(uint8_t *to, const struct record *r)
{
	const uint32_t others[] = { r->story, r->earlier, r->earlier_url, r->earlier_title, r->earlier_headline };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		to = varint_put(to, other(others[i]));
	to = varint_put(to, r->lead_story == ND_NONE ? 0 : 1 + zigzag((int64_t)r->lead_story - r->story));
	to = varint_put(to, r->n_posted);
	to = varint_put(to, r->n_matches);
	return varint_put(to, r->n_excerpts);
}

static uint8_t *put_print(uint8_t *to, const struct fingerprint *fp, unsigned flags)
{
	const uint32_t numbers[] = { fp->n_paragraphs, fp->n_units, fp->n_shingles, fp->n_keys,	   fp->n_head,
				     fp->n_lead,       fp->scale,   fp->body_start, fp->body_end,  fp->n_spans,
				     fp->n_quoted,     fp->n_numbers, fp->n_names,  fp->n_simhashes };
	const uint32_t aside[] = { fp->n_lead_alone, fp->n_aside, fp->n_aside_keys, fp->n_aside_spans, fp->n_aside_head,
				   fp->arranged };

	to = put_bytes(to, &fp->body_hash, 2 * sizeof(fp->body_hash));
	if (flags & HAS_TITLE)
		to = put_bytes(to, &fp->title_hash, 2 * sizeof(fp->title_hash));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		to = varint_put(to, numbers[i]);
	for (size_t i = 0; flags & ARRANGED && i < sizeof(aside) / sizeof(aside[0]); i++)
		to = varint_put(to, aside[i]);
	return to;
}

static uint8_t *put_paragraphs(uint8_t *to, const struct fp_paragraph *p, size_t n)
{
	uint32_t line = 0, end = 0;

	for (size_t i = 0; i < n; i++) {
		*to++ = (uint8_t)(p[i].role | (p[i].learned ? LEARNED : 0) | (p[i].counted ? COUNTED : 0) |
				  (p[i].masked ? MASKED : 0) | (p[i].is_long ? IS_LONG : 0));
		if (p[i].learned)
			*to++ = p[i].learned;
		to = put_bytes(to, &p[i].hash, sizeof(p[i].hash));
		to = put_difference(to, p[i].line, line);
		to = put_difference(to, p[i].start, end);
		to = put_difference(to, p[i].end, p[i].start);
		to = varint_put(to, p[i].units);
		line = p[i].line;
		end = p[i].end;
	}
	return to;
}

static uint8_t *put_shingles(uint8_t *to, const uint32_t *at, size_t n)
{
	uint64_t last = n % 2 ? htole64(at[n - 1]) : 0;

	for (size_t i = 0; i + 2 <= n; i += 2) {
		uint64_t two = htole64(at[i] | (uint64_t)at[i + 1] << FP_SHINGLE_BITS);

		to = put_bytes(to, &two, 5);
	}
	return put_bytes(to, &last, n % 2 ? 3 : 0);
}

static uint8_t *put_lists(uint8_t *to, const struct fingerprint *fp, const struct lists *n)
{
	const struct fp_key *keys = fp_keys(fp);
	const struct fp_span *spans = fp_spans(fp);

	to = put_paragraphs(to, fp_paragraphs(fp), n->paragraphs);
	to = put_shingles(to, fp_shingles(fp), n->shingles);
	for (size_t i = 0; i < n->keys; i++) {
		to = put_difference(to, keys[i].place, i ? keys[i - 1].place : 0);
		to = put_bytes(to, &keys[i].low, sizeof(keys[i].low));
	}
	to = put_bytes(to, fp_head(fp), n->head * sizeof(uint32_t));
	for (size_t i = 0; i < n->spans; i++) {
		to = put_difference(to, spans[i].place, i ? spans[i - 1].place : 0);
		to = put_difference(to, (uint32_t)spans[i].paragraph << 1 | spans[i].quoted,
				    i ? (uint32_t)spans[i - 1].paragraph << 1 : 0);
	}
	to = put_bytes(to, fp_numbers(fp), n->numbers * sizeof(uint32_t));
	return put_bytes(to, fp_names(fp) + fp->n_names, n->simhashes * sizeof(uint64_t));
}

static uint8_t *put_rest(uint8_t *to, const struct record *r)
{
	const struct nd_match *m = record_matches(r);
	const struct excerpt *x = record_excerpts(r);

	for (uint32_t i = 0; i < r->n_matches; i++) {
		to = varint_put(to, m[i].article);
		to = varint_put(to, m[i].relation);
		to = varint_put(to, m[i].leads);
		to = put_bytes(to, &m[i].similarity, 3 * sizeof(float));
	}
	for (uint32_t i = 0; i < r->n_excerpts; i++) {
		size_t n = strnlen(x[i].text, EXCERPT_TEXT);

		to = varint_put(to, x[i].paragraph);
		*to++ = (uint8_t)n;
		to = put_bytes(to, x[i].text, n);
	}
	return put_bytes(to, record_bits(r), record_posted_bytes(record_fingerprint(r)->n_keys, r->n_posted));
}

/* The most bytes that it takes packed. */
static size_t packed_max(const struct record *r, const struct lists *n)
{
	return NUMBERS_MAX + r->fp_at + n->paragraphs * PARAGRAPH_MAX + n->shingles * sizeof(uint32_t) +
	       n->keys * (VARINT_MAX + sizeof(uint32_t)) + n->head * sizeof(uint32_t) + n->spans * 2 * (size_t)VARINT_MAX +
	       n->numbers * sizeof(uint32_t) + n->simhashes * sizeof(uint64_t) + r->n_matches * (size_t)MATCH_MAX +
	       r->n_excerpts * (VARINT_MAX + 1 + (size_t)EXCERPT_TEXT) + record_fingerprint(r)->n_keys / 8 + 8;
}

/* Whether nothing of it would be lost, but what an excerpt has behind a NUL. */
static bool can_be_packed(const struct record *r, size_t bytes)
{
	const struct fingerprint *fp;
	struct lists n;

	if (bytes < sizeof(*r) || r->version != FP_VERSION || r->at[0] != sizeof(*r) || r->fp_at % 8 || r->bytes > bytes ||
	    r->fp_at > r->bytes || r->bytes - r->fp_at < sizeof(*fp) || r->fp_at != padded(r->at[RECORD_STRINGS]))
		return false;
	for (int i = 0; i < RECORD_STRINGS; i++)
		if (r->at[i + 1] < r->at[i])
			return false;
	fp = record_fingerprint(r);
	n = lists_of(fp);
	return fp->version == FP_VERSION && fp->bytes == fingerprint_bytes(&n) && r->bytes == padded(r->fp_at + fp->bytes) &&
	       record_size(r) <= bytes && bytes - record_size(r) < 8;
}

int record_pack(const void *at, size_t bytes, struct buf *to)
{
	const struct record *r = at;
	const struct fingerprint *fp;
	struct lists n;
	unsigned flags;
	uint8_t *end;
	int err;

	if (!can_be_packed(r, bytes))
		return -EINVAL;
	fp = record_fingerprint(r);
	n = lists_of(fp);
	err = buf_reserve(to, packed_max(r, &n));
	if (err)
		return err;
	flags = flags_of(r, fp);
	end = put_head(to->at + to->len, r, flags);
	end = put_others(end, r);
	end = put_print(end, fp, flags);
	end = put_lists(end, fp, &n);
	end = put_rest(end, r);
	to->len = (size_t)(end - to->at);
	return 0;
}

const struct store_codec record_codec = { record_pack, record_unpack };
