/*
 * Records as they stood before they were packed.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "index/pack.h"
#include "index/pack_part.h"

#define EXPANSION_MAX 40u    /* times that a record is at most as long as packed, */
#define EXPANSION_HEAD 4096u /* and so many bytes */

static void pad(struct unpacked *o, struct varint_in *in)
{
	size_t n = padded(o->n) - o->n;
	void *at = unpacked_place(o, in, n, 1);

	if (at && n)
		memset(at, 0, n);
}

/* The elements that stand as they are. */
static void take_plain(struct unpacked *o, struct varint_in *in, size_t n, size_t size)
{
	void *to = unpacked_place(o, in, n, size);

	if (to)
		varint_take_to(in, to, n * size);
}

static uint32_t take_other(struct varint_in *in)
{
	uint64_t x = varint_get(in);

	in->bad = in->bad || x > ND_NONE;
	return x ? (uint32_t)x - 1 : ND_NONE;
}

static void take_strings(struct record *r, struct unpacked *o, struct varint_in *in)
{
	uint32_t lengths[RECORD_STRINGS];

	for (int i = 0; i < RECORD_STRINGS; i++)
		lengths[i] = varint_get32(in);
	for (int i = 0; i < RECORD_STRINGS; i++) {
		char *to = unpacked_place(o, in, lengths[i], 1);

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

void unpack_head(struct record *r, struct unpacked *o, struct varint_in *in, unsigned flags)
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

void unpack_others(struct record *r, struct varint_in *in)
{
	uint64_t lead;

	r->story = take_other(in);
	r->earlier = take_other(in);
	r->earlier_url = take_other(in);
	r->earlier_title = take_other(in);
	r->earlier_headline = take_other(in);
	lead = varint_get(in);
	r->lead_story = lead ? (uint32_t)unzigzag(lead - 1) + r->story : ND_NONE;
	r->n_posted = varint_get32(in);
	r->n_matches = varint_get32(in);
	r->n_excerpts = varint_get32(in);
}

void unpack_print(struct fingerprint *fp, struct varint_in *in, unsigned flags)
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

static void take_paragraphs(struct unpacked *o, struct varint_in *in, size_t n)
{
	struct fp_paragraph *p = unpacked_place(o, in, n, sizeof(*p));
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

static void take_shingles(struct unpacked *o, struct varint_in *in, size_t n)
{
	const uint32_t mask = (1u << FP_SHINGLE_BITS) - 1;
	uint32_t *to = unpacked_place(o, in, n, sizeof(*to)), low;
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

static void take_keys(struct unpacked *o, struct varint_in *in, size_t n)
{
	struct fp_key *to = unpacked_place(o, in, n, sizeof(*to));
	uint32_t before = 0;

	for (size_t i = 0; to && i < n && !in->bad; i++) {
		before = to[i].place = take_difference(in, before);
		varint_take_to(in, &to[i].low, sizeof(to[i].low));
	}
}

static void take_spans(struct unpacked *o, struct varint_in *in, size_t n)
{
	struct fp_span *to = unpacked_place(o, in, n, sizeof(*to));
	uint32_t before = 0, paragraph = 0;

	for (size_t i = 0; to && i < n && !in->bad; i++) {
		uint32_t at = take_difference(in, before), in_paragraph = take_difference(in, paragraph);

		to[i] = (struct fp_span){ .place = at, .paragraph = in_paragraph >> 1, .quoted = in_paragraph & 1 };
		before = at;
		paragraph = in_paragraph & ~1u;
	}
}

static void take_matches(struct unpacked *o, struct varint_in *in, size_t n)
{
	struct nd_match *to = unpacked_place(o, in, n, sizeof(*to));

	for (size_t i = 0; to && i < n && !in->bad; i++) {
		to[i].article = varint_get32(in);
		to[i].relation = (uint16_t)varint_get32(in);
		to[i].leads = (uint16_t)varint_get32(in);
		varint_take_to(in, &to[i].similarity, 3 * sizeof(float));
	}
}

static void take_excerpts(struct unpacked *o, struct varint_in *in, size_t n)
{
	struct excerpt *to = unpacked_place(o, in, n, sizeof(*to));

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

static void take_fingerprint(struct record *r, struct unpacked *o, struct varint_in *in, unsigned flags)
{
	struct fingerprint fp;
	struct lists n;
	void *head = unpacked_place(o, in, 1, sizeof(fp));

	unpack_print(&fp, in, flags);
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

void unpack_names(struct record *r, uint64_t title_read, unsigned flags)
{
	const struct record d = derived(r, title_read);

	if (!(flags & OWN_NAMES)) {
		r->id_key = d.id_key;
		r->url_key = d.url_key;
		r->title_key = d.title_key;
	}
	if (!(flags & OWN_TIME))
		r->published = d.published;
}

static void fill(struct unpacked *o, struct varint_in *in)
{
	unsigned flags = varint_get32(in);
	struct record *r = unpacked_place(o, in, 1, sizeof(*r));

	if (!r)
		return;
	unpack_head(r, o, in, flags);
	unpack_others(r, in);
	take_fingerprint(r, o, in, flags);
	take_matches(o, in, r->n_matches);
	take_excerpts(o, in, r->n_excerpts);
	if (in->bad)
		return;
	take_plain(o, in, record_posted_bytes(record_fingerprint(r)->n_keys, r->n_posted), 1);
	unpack_names(r, record_fingerprint(r)->title_read, flags);
}

int unpack_begin(struct varint_in *in, uint64_t *ret)
{
	size_t bytes = (size_t)(in->end - in->at);
	uint64_t version = varint_get(in), all = varint_get(in);

	if (in->bad)
		return -EBADMSG;
	if (version != FP_VERSION)
		return -EPROTO;
	if (all > EXPANSION_HEAD + EXPANSION_MAX * (uint64_t)bytes)
		return -EBADMSG;
	*ret = all;
	return 0;
}

/* Of a record of an earlier version the head alone, which is what its text is fingerprinted anew with. */
static int unpack_earlier(const void *at, size_t bytes, struct buf *to)
{
	struct varint_in in = { at, (const uint8_t *)at + bytes, false };
	uint64_t version = varint_get(&in);
	struct unpacked o = { NULL, 0, sizeof(struct record) + bytes + RECORD_STRINGS + 8 };
	unsigned flags;
	struct record *r;

	varint_get(&in); /* bytes of the whole */
	flags = varint_get32(&in);
	if (in.bad)
		return -EBADMSG;
	if (version < PACKED_FROM || version >= FP_VERSION)
		return -EPROTO;
	if (buf_reserve(to, o.all))
		return -ENOMEM;
	o.at = to->at;
	r = unpacked_place(&o, &in, 1, sizeof(*r));
	if (r)
		unpack_head(r, &o, &in, flags);
	if (!r || in.bad)
		return -EBADMSG;
	r->version = (uint32_t)version;
	r->bytes = r->fp_at;
	to->len = o.n;
	return 0;
}

int record_unpack(const void *at, size_t bytes, struct buf *to)
{
	struct varint_in in = { at, (const uint8_t *)at + bytes, false };
	struct unpacked o;
	uint64_t all;
	int err = unpack_begin(&in, &all);

	if (err == -EPROTO)
		return unpack_earlier(at, bytes, to);
	if (!err)
		err = buf_reserve(to, all);
	if (err)
		return err;
	o = (struct unpacked){ to->at, 0, all };
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
