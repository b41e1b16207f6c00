#include "index/sound.h"

#include <stddef.h>
#include <stddef.h>
#include <string.h>

#include "sketch/paragraphs.h"

static bool is_number(struct nd_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!strchr("0123456789+-.eE", s.at[i]) || !s.at[i])
			return false;
	return s.len > 0;
}

static bool strings_are_sound(const struct record *r)
{
	const char *at = (const char *)r;

	if (r->at[0] < sizeof(*r))
		return false;
	for (int i = 0; i < RECORD_STRINGS; i++) {
		if (r->at[i] > r->at[i + 1] || r->at[i + 1] > r->fp_at)
			return false;
		if (r->at[i] < r->at[i + 1] && at[r->at[i + 1] - 1])
			return false;
	}
	if (record_string(r, RECORD_ID).len > ND_ID_MAX)
		return false;
	return !r->id_is_number || is_number(record_string(r, RECORD_ID));
}

/* Whoever moves these makes stores of earlier versions unreadable for reindex. */
_Static_assert(offsetof(struct record, version) == 0 && offsetof(struct record, fp_at) == 8 &&
	       offsetof(struct record, at) == 16 && offsetof(struct record, verdict) == 52 &&
	       offsetof(struct record, id_is_number) == 56 && offsetof(struct record, gone) == 96 &&
	       offsetof(struct record, revision) == 98, "heads stay as they are");

bool record_head_is_sound(const void *at, size_t bytes)
{
	const struct record *r = at;

	return bytes >= sizeof(*r) && r->version >= RECORD_HEAD_FROM && r->version <= FP_VERSION && r->fp_at <= bytes &&
	       r->gone <= RECORD_RULING && strings_are_sound(r);
}

/* No list is longer than all, so that no sum of their lengths is too large. */
static bool lengths_are_sound(const struct fingerprint *fp, size_t room)
{
	const uint32_t lengths[] = {
		fp->n_paragraphs, fp->n_shingles, fp->n_keys,       fp->n_head,        fp->n_spans,     fp->n_numbers,
		fp->n_names,      fp->n_aside,    fp->n_aside_keys, fp->n_aside_spans, fp->n_aside_head,
	};

	if (room < sizeof(*fp) || fp->bytes > room)
		return false;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		if (lengths[i] > fp->bytes / sizeof(uint32_t))
			return false;
	return true;
}

static bool paragraphs_are_sound(const struct fingerprint *fp)
{
	const struct fp_paragraph *p = fp_paragraphs(fp);
	bool ret = fp->n_paragraphs <= ND_PARAGRAPHS_MAX + PIECES_MAX;

	for (uint32_t i = 0; ret && i < fp->n_paragraphs; i++)
		ret = p[i].start <= p[i].end && p[i].end <= ND_TEXT_MAX && p[i].role < ND_ROLES && p[i].learned < ND_ROLES;
	return ret;
}

static bool lists_are_sound(const struct fingerprint *fp)
{
	const uint32_t shingles = fp->n_shingles + fp->n_aside;
	const struct fp_key *keys = fp_keys(fp);
	const struct fp_span *spans = fp_spans(fp);
	bool ret = true;

	for (uint32_t i = 0; ret && i < fp->n_keys + fp->n_aside_keys; i++)
		ret = keys[i].place < (i < fp->n_keys ? fp->n_shingles : shingles);
	for (uint32_t i = 0; ret && i < fp->n_spans + fp->n_aside_spans; i++)
		ret = spans[i].place <= (i < fp->n_spans ? fp->n_shingles : shingles) &&
		      spans[i].paragraph < fp->n_paragraphs;
	return ret;
}

static bool fingerprint_is_sound(const struct fingerprint *fp, size_t room)
{
	size_t end;

	if (!lengths_are_sound(fp, room) || fp->version != FP_VERSION)
		return false;
	if (fp->n_simhashes && fp->n_simhashes != fp->n_paragraphs)
		return false;
	end = (size_t)((const char *)(fp_names(fp) + fp->n_names) - (const char *)fp);
	if (end + fp->n_simhashes * sizeof(uint64_t) > fp->bytes)
		return false;
	return fp->scale && !(fp->scale & (fp->scale - 1)) && fp->n_lead <= fp->n_head &&
	       fp->n_lead_alone <= fp->n_head + fp->n_aside_head && fp->n_quoted <= fp->n_shingles &&
	       paragraphs_are_sound(fp) && lists_are_sound(fp);
}

static bool is_earlier(uint32_t other, uint32_t seq)
{
	return other == ND_NONE || other < seq;
}

static bool links_are_sound(const struct record *r, uint32_t seq)
{
	bool ret = r->story <= seq && (r->lead_story == ND_NONE || r->lead_story <= seq) && is_earlier(r->earlier, seq) &&
		   is_earlier(r->earlier_url, seq) && is_earlier(r->earlier_title, seq) &&
		   is_earlier(r->earlier_headline, seq);

	for (uint32_t i = 0; ret && i < r->n_matches; i++)
		ret = record_matches(r)[i].article < seq && record_matches(r)[i].relation < ND_RELATIONS;
	for (uint32_t i = 0; ret && i < r->n_excerpts; i++)
		ret = record_excerpts(r)[i].paragraph < record_fingerprint(r)->n_paragraphs &&
		      memchr(record_excerpts(r)[i].text, 0, EXCERPT_TEXT);
	return ret;
}

bool record_is_sound(const void *at, size_t bytes, uint32_t seq)
{
	const struct record *r = at;

	if (bytes < sizeof(*r) || r->version != FP_VERSION || r->bytes > bytes || r->fp_at >= r->bytes || r->fp_at % 8 ||
	    r->bytes % 8 || r->verdict >= ND_RELATIONS || r->gone > RECORD_RULING || r->n_matches > ND_MATCHES_MAX ||
	    r->n_excerpts > EXCERPTS_MAX)
		return false;
	if (!strings_are_sound(r) || !fingerprint_is_sound(record_fingerprint(r), r->bytes - r->fp_at))
		return false;
	return r->n_posted <= record_fingerprint(r)->n_keys && record_size(r) <= bytes && bytes - record_size(r) < 8 &&
	       links_are_sound(r, seq);
}
