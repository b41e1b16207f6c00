#include "index/pack.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "base/varint.h"
#include "index/record.h"

/* What the first bits of a packed record tell. */
enum {
	ID_IS_NUMBER = 1 << 0,
	JUDGED = 1 << 1,
	RETIRED = 1 << 2,
	ALLOWED = 1 << 3,
	OWN_NAMES = 1 << 4, /* the hashes of its names are not those of its strings, */
	OWN_TIME = 1 << 5,  /* nor is its time, and stand there */
	HAS_TITLE = 1 << 6, /* the fingerprint knows a title */
	ARRANGED = 1 << 7,  /* the fingerprint tells what is set aside */
};

/* What the first byte of a packed paragraph tells, beside the role. */
enum { LEARNED = 1 << 4, COUNTED = 1 << 5, MASKED = 1 << 6, IS_LONG = 1 << 7 };

#define NUMBERS_MAX 640u   /* bytes of the packed numbers of a record and its fingerprint */
#define PARAGRAPH_MAX (sizeof(uint64_t) + 2u + 4u * VARINT_MAX)
#define MATCH_MAX (3u * sizeof(float) + 3u * VARINT_MAX)
#define EXPANSION_MAX 40u  /* times that a record is at most as long as packed, */
#define EXPANSION_HEAD 4096u /* and so many bytes */

_Static_assert(sizeof(struct nd_match) == 8 + 3 * sizeof(float), "that is all of a match");
_Static_assert(FP_SHINGLE_BITS == 20, "two shingles take five bytes");

/* How many elements the lists of a fingerprint have, with what is set aside. */
struct lists {
	size_t paragraphs, shingles, keys, head, spans, numbers, simhashes;
};

static struct lists lists_of(const struct fingerprint *fp)
{
	return (struct lists){
		.paragraphs = fp->n_paragraphs,
		.shingles = (size_t)fp->n_shingles + fp->n_aside,
		.keys = (size_t)fp->n_keys + fp->n_aside_keys,
		.head = (size_t)fp->n_head + fp->n_aside_head,
		.spans = (size_t)fp->n_spans + fp->n_aside_spans,
		.numbers = (size_t)fp->n_numbers + fp->n_names,
		.simhashes = fp->n_simhashes,
	};
}

static size_t fingerprint_bytes(const struct lists *n)
{
	return sizeof(struct fingerprint) + n->paragraphs * sizeof(struct fp_paragraph) + n->shingles * sizeof(uint32_t) +
	       n->keys * sizeof(struct fp_key) + n->head * sizeof(uint32_t) + n->spans * sizeof(struct fp_span) +
	       n->numbers * sizeof(uint32_t) + n->simhashes * sizeof(uint64_t);
}

static size_t padded(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

/* ND_NONE, which is frequent, is 0. */
static uint64_t other(uint32_t article)
{
	return article == ND_NONE ? 0 : (uint64_t)article + 1;
}

/* The names and the time that follow from the strings of a record. */
static struct record derived(const struct record *r, uint64_t title_read)
{
	const struct nd_article a = record_article(r);
	struct record ret = { .published = when_parse(a.published.at, a.published.len) };

	record_name(&ret, &a, title_read);
	return ret;
}

/* --- packing --- */

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

/* --- unpacking --- */

/* A record as it is filled: `all` bytes, of which `n` are there. */
struct out {
	uint8_t *at;
	size_t n, all;
};

/* Room for n more elements; NULL: it would be longer than it says. */
static void *place(struct out *o, struct varint_in *in, size_t n, size_t size)
{
	void *ret = o->at + o->n;

	if (in->bad || n > (o->all - o->n) / size) {
		in->bad = true;
		return NULL;
	}
	o->n += n * size;
	return ret;
}

static void pad(struct out *o, struct varint_in *in)
{
	size_t n = padded(o->n) - o->n;
	void *at = place(o, in, n, 1);

	if (at && n)
		memset(at, 0, n);
}

/* The elements that stand as they are. */
static void take_plain(struct out *o, struct varint_in *in, size_t n, size_t size)
{
	void *to = place(o, in, n, size);

	if (to)
		varint_take_to(in, to, n * size);
}

static uint32_t take_difference(struct varint_in *in, uint32_t from)
{
	int64_t x = unzigzag(varint_get(in)) + from;

	in->bad = in->bad || x < 0 || x > UINT32_MAX;
	return (uint32_t)x;
}

static uint32_t take_other(struct varint_in *in)
{
	uint64_t x = varint_get(in);

	in->bad = in->bad || x > ND_NONE;
	return x ? (uint32_t)x - 1 : ND_NONE;
}

static void take_strings(struct record *r, struct out *o, struct varint_in *in)
{
	uint32_t lengths[RECORD_STRINGS];

	for (int i = 0; i < RECORD_STRINGS; i++)
		lengths[i] = varint_get32(in);
	for (int i = 0; i < RECORD_STRINGS; i++) {
		char *to = place(o, in, lengths[i], 1);

		r->at[i] = (uint32_t)(o->n - (to ? lengths[i] : 0));
		if (!to || !lengths[i])
			continue;
		varint_take_to(in, to, lengths[i] - 1);
		to[lengths[i] - 1] = 0;
	}
	r->at[RECORD_STRINGS] = (uint32_t)o->n;
	pad(o, in);
	r->fp_at = (uint32_t)o->n;
}

static void take_head(struct record *r, struct out *o, struct varint_in *in, unsigned flags)
{
	*r = (struct record){
		.version = FP_VERSION,
		.id_is_number = flags & ID_IS_NUMBER ? 1 : 0,
		.judged = flags & JUDGED ? 1 : 0,
		.retired = flags & RETIRED ? 1 : 0,
		.allowed = flags & ALLOWED ? 1 : 0,
	};
	take_strings(r, o, in);
	r->gone = (uint16_t)varint_get32(in);
	r->verdict = varint_get32(in);
	r->revision = (uint16_t)varint_get32(in);
	varint_take_to(in, &r->source, sizeof(r->source));
	if (flags & OWN_NAMES)
		varint_take_to(in, &r->id_key, 3 * sizeof(r->id_key));
	if (flags & OWN_TIME)
		varint_take_to(in, &r->published, sizeof(r->published));
}

static void take_others(struct record *r, struct varint_in *in)
{
	uint64_t lead;

	r->story = take_other(in);
	r->earlier = take_other(in);
	r->earlier_url = take_other(in);
	r->earlier_title = take_other(in);
	r->earlier_headline = take_other(in);
	lead = varint_get(in);
	r->lead_story = lead ? (uint32_t)(unzigzag(lead - 1) + r->story) : ND_NONE;
	r->n_posted = varint_get32(in);
	r->n_matches = varint_get32(in);
	r->n_excerpts = varint_get32(in);
}

static void take_print(struct fingerprint *fp, struct varint_in *in, unsigned flags)
{
	uint32_t *const numbers[] = { &fp->n_paragraphs, &fp->n_units, &fp->n_shingles, &fp->n_keys,	 &fp->n_head,
				      &fp->n_lead,	 &fp->scale,   &fp->body_start, &fp->body_end,	 &fp->n_spans,
				      &fp->n_quoted,	 &fp->n_numbers, &fp->n_names,	&fp->n_simhashes };
	uint32_t *const aside[] = { &fp->n_lead_alone, &fp->n_aside, &fp->n_aside_keys, &fp->n_aside_spans,
				    &fp->n_aside_head, &fp->arranged };

	*fp = (struct fingerprint){ .version = FP_VERSION };
	varint_take_to(in, &fp->body_hash, 2 * sizeof(fp->body_hash));
	if (flags & HAS_TITLE)
		varint_take_to(in, &fp->title_hash, 2 * sizeof(fp->title_hash));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		*numbers[i] = varint_get32(in);
	fp->n_lead_alone = fp->n_lead;
	for (size_t i = 0; flags & ARRANGED && i < sizeof(aside) / sizeof(aside[0]); i++)
		*aside[i] = varint_get32(in);
}

static void take_paragraphs(struct out *o, struct varint_in *in, size_t n)
{
	struct fp_paragraph *p = place(o, in, n, sizeof(*p));
	uint32_t line = 0, end = 0;

	for (size_t i = 0; p && i < n && !in->bad; i++) {
		const uint8_t *bits = varint_take(in, 1), *learned = bits && *bits & LEARNED ? varint_take(in, 1) : NULL;

		p[i] = (struct fp_paragraph){ .role = bits ? *bits & 15 : 0, .learned = learned ? *learned & 15 : 0 };
		if (!bits)
			return;
		p[i].counted = (*bits & COUNTED) != 0;
		p[i].masked = (*bits & MASKED) != 0;
		p[i].is_long = (*bits & IS_LONG) != 0;
		varint_take_to(in, &p[i].hash, sizeof(p[i].hash));
		line = p[i].line = take_difference(in, line);
		p[i].start = take_difference(in, end);
		end = p[i].end = take_difference(in, p[i].start);
		p[i].units = varint_get32(in) & FP_UNITS_MAX;
	}
}

static void take_shingles(struct out *o, struct varint_in *in, size_t n)
{
	const uint32_t mask = (1u << FP_SHINGLE_BITS) - 1;
	uint32_t *to = place(o, in, n, sizeof(*to)), low;
	const uint8_t *at = to ? varint_take(in, (n * FP_SHINGLE_BITS + 7) / 8) : NULL;

	for (size_t i = 0; at && i + 2 <= n; i += 2, at += 5) {
		memcpy(&low, at, sizeof(low));
		low = le32toh(low);
		to[i] = low & mask;
		to[i + 1] = low >> FP_SHINGLE_BITS | (uint32_t)at[4] << (32 - FP_SHINGLE_BITS);
	}
	if (at && n % 2)
		to[n - 1] = (at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16) & mask;
}

static void take_keys(struct out *o, struct varint_in *in, size_t n)
{
	struct fp_key *to = place(o, in, n, sizeof(*to));
	uint32_t before = 0;

	for (size_t i = 0; to && i < n && !in->bad; i++) {
		before = to[i].place = take_difference(in, before);
		varint_take_to(in, &to[i].low, sizeof(to[i].low));
	}
}

static void take_spans(struct out *o, struct varint_in *in, size_t n)
{
	struct fp_span *to = place(o, in, n, sizeof(*to));
	uint32_t before = 0, paragraph = 0;

	for (size_t i = 0; to && i < n && !in->bad; i++) {
		uint32_t at = take_difference(in, before), in_paragraph = take_difference(in, paragraph);

		to[i] = (struct fp_span){ .place = at, .paragraph = in_paragraph >> 1, .quoted = in_paragraph & 1 };
		before = at;
		paragraph = in_paragraph & ~1u;
	}
}

static void take_matches(struct out *o, struct varint_in *in, size_t n)
{
	struct nd_match *to = place(o, in, n, sizeof(*to));

	for (size_t i = 0; to && i < n && !in->bad; i++) {
		to[i].article = varint_get32(in);
		to[i].relation = (uint16_t)varint_get32(in);
		to[i].leads = (uint16_t)varint_get32(in);
		varint_take_to(in, &to[i].similarity, 3 * sizeof(float));
	}
}

static void take_excerpts(struct out *o, struct varint_in *in, size_t n)
{
	struct excerpt *to = place(o, in, n, sizeof(*to));

	for (size_t i = 0; to && i < n && !in->bad; i++) {
		const uint8_t *length;

		memset(&to[i], 0, sizeof(to[i]));
		to[i].paragraph = varint_get32(in);
		length = varint_take(in, 1);
		if (length && *length <= EXCERPT_TEXT)
			varint_take_to(in, to[i].text, *length);
		else
			in->bad = true;
	}
}

static void take_fingerprint(struct record *r, struct out *o, struct varint_in *in, unsigned flags)
{
	struct fingerprint fp;
	struct lists n;
	void *head = place(o, in, 1, sizeof(fp));

	take_print(&fp, in, flags);
	n = lists_of(&fp);
	take_paragraphs(o, in, n.paragraphs);
	take_shingles(o, in, n.shingles);
	take_keys(o, in, n.keys);
	take_plain(o, in, n.head, sizeof(uint32_t));
	take_spans(o, in, n.spans);
	take_plain(o, in, n.numbers, sizeof(uint32_t));
	take_plain(o, in, n.simhashes, sizeof(uint64_t));
	fp.bytes = (uint32_t)(o->n - r->fp_at);
	if (head)
		memcpy(head, &fp, sizeof(fp));
	pad(o, in);
	r->bytes = (uint32_t)o->n;
}

static void name(struct record *r, unsigned flags)
{
	const struct record d = derived(r, record_fingerprint(r)->title_read);

	if (!(flags & OWN_NAMES)) {
		r->id_key = d.id_key;
		r->url_key = d.url_key;
		r->title_key = d.title_key;
	}
	if (!(flags & OWN_TIME))
		r->published = d.published;
}

static void fill(struct out *o, struct varint_in *in)
{
	unsigned flags = varint_get32(in);
	struct record *r = place(o, in, 1, sizeof(*r));

	if (!r)
		return;
	take_head(r, o, in, flags);
	take_others(r, in);
	take_fingerprint(r, o, in, flags);
	take_matches(o, in, r->n_matches);
	take_excerpts(o, in, r->n_excerpts);
	if (in->bad)
		return;
	take_plain(o, in, record_posted_bytes(record_fingerprint(r)->n_keys, r->n_posted), 1);
	name(r, flags);
}

int record_unpack(const void *at, size_t bytes, struct buf *to)
{
	struct varint_in in = { at, (const uint8_t *)at + bytes, false };
	uint64_t version = varint_get(&in), all = varint_get(&in);
	struct out o;
	int err;

	if (in.bad)
		return -EBADMSG;
	if (version != FP_VERSION)
		return -EPROTO;
	if (all > EXPANSION_HEAD + EXPANSION_MAX * (uint64_t)bytes)
		return -EBADMSG;
	err = buf_reserve(to, all);
	if (err)
		return err;
	o = (struct out){ to->at, 0, all };
	fill(&o, &in);
	if (in.bad || in.at != in.end || o.n != all)
		return -EBADMSG;
	to->len = all;
	return 0;
}

struct nd_str record_packed_id(const void *at, size_t bytes)
{
	struct varint_in in = { at, (const uint8_t *)at + bytes, false };
	uint64_t lengths[RECORD_STRINGS];
	struct nd_str ret = { NULL, 0 };

	for (int i = 0; i < 3; i++)
		varint_get(&in); /* version, bytes, flags */
	for (int i = 0; i < RECORD_STRINGS; i++)
		lengths[i] = varint_get(&in);
	if (!in.bad && lengths[RECORD_ID] > 1 && lengths[RECORD_ID] - 1 <= ND_ID_MAX)
		ret.at = (const char *)varint_take(&in, lengths[RECORD_ID] - 1);
	ret.len = ret.at ? lengths[RECORD_ID] - 1 : 0;
	return ret;
}

const struct store_codec record_codec = { record_pack, record_unpack };
