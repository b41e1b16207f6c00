#include "index/inspect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *inspect_strings(const struct record *r)
{
	if (r->at[0] != sizeof(*r) || r->at[RECORD_STRINGS] > r->fp_at)
		return "the record's strings stand outside of it";
	for (unsigned i = 0; i < RECORD_STRINGS; i++) {
		if (r->at[i] > r->at[i + 1])
			return "the record's strings overlap";
		if (r->at[i] < r->at[i + 1] && ((const char *)r)[r->at[i + 1] - 1])
			return "a string of the record has no end";
	}
	return NULL;
}

static uint64_t fingerprint_bytes(const struct fingerprint *fp)
{
	return sizeof(*fp) + fp->n_paragraphs * (uint64_t)sizeof(struct fp_paragraph) +
	       ((uint64_t)fp->n_shingles + fp->n_aside + fp->n_head + fp->n_aside_head + fp->n_numbers + fp->n_names) *
		       sizeof(uint32_t) +
	       ((uint64_t)fp->n_keys + fp->n_aside_keys) * sizeof(struct fp_key) +
	       ((uint64_t)fp->n_spans + fp->n_aside_spans) * sizeof(struct fp_span);
}

static const char *inspect_fingerprint(const struct fingerprint *fp)
{
	if (fp->version != FP_VERSION || !fp->scale || fp->scale & (fp->scale - 1) || fp->n_lead > fp->n_head)
		return "the record's fingerprint is damaged";
	if (fingerprint_bytes(fp) > fp->bytes)
		return "the record's fingerprint is shorter than it says";
	for (uint32_t i = 0; i < fp->n_keys; i++)
		if (fp_keys(fp)[i].place >= fp->n_shingles)
			return "a key of the record is none of its shingles";
	for (uint32_t i = 0; i < fp->n_spans; i++)
		if (fp_spans(fp)[i].place > fp->n_shingles || fp_spans(fp)[i].paragraph >= fp->n_paragraphs)
			return "a span of the record is in none of its paragraphs";
	return NULL;
}

/* What it says of others may only be of those before it. */
static const char *inspect_links(const struct record *r, uint64_t seq)
{
	const uint32_t earlier[] = { r->earlier, r->earlier_url, r->earlier_title, r->earlier_headline };

	for (size_t i = 0; i < sizeof(earlier) / sizeof(earlier[0]); i++)
		if (earlier[i] != ND_NONE && earlier[i] >= seq)
			return "the record follows one that came later";
	if (r->story > seq || (r->lead_story != ND_NONE && r->lead_story > seq))
		return "the record's story is led by one that came later";
	for (uint32_t i = 0; i < r->n_matches; i++)
		if (record_matches(r)[i].article >= seq || record_matches(r)[i].relation >= ND_RELATIONS)
			return "a match of the record is none that came before";
	return NULL;
}

const char *inspect_record(const struct store_item *item)
{
	const struct record *r = item->at;
	const struct fingerprint *fp;
	const char *ret;

	if (item->bytes < sizeof(*r) || r->version != FP_VERSION)
		return "the record is of another version, or none of an article";
	if (r->fp_at > item->bytes || r->fp_at % 8 || r->bytes > item->bytes || r->bytes < r->fp_at ||
	    r->bytes - r->fp_at < sizeof(*fp) || record_fingerprint(r)->bytes > r->bytes - r->fp_at)
		return "the record is shorter than it says";
	fp = record_fingerprint(r);
	if (r->verdict >= ND_RELATIONS || r->n_matches > ND_MATCHES_MAX || r->n_excerpts > EXCERPTS_MAX ||
	    r->gone > RECORD_RULING || r->n_posted > fp->n_keys || record_size(r) > item->bytes)
		return "the record's counts are damaged";
	ret = inspect_strings(r);
	if (!ret)
		ret = inspect_fingerprint(fp);
	return ret ? ret : inspect_links(r, item->seq);
}

/* --- what they say of each other --- */

void inspection_done(struct inspection *x)
{
	free(x->stories);
	*x = (struct inspection){ .n = 0 };
}

static int reserve(struct inspection *x, uint64_t n)
{
	uint64_t cap = n + n / 2 + 1024;
	uint32_t *at;

	if (n <= x->cap)
		return 0;
	if (n > ND_NONE)
		return -ENOMEM;
	at = reallocarray(x->stories, cap, sizeof(*at));
	if (!at)
		return -ENOMEM;
	x->stories = at;
	x->cap = cap;
	return 0;
}

int inspection_note(struct inspection *x, uint64_t seq, const struct record *r)
{
	int err = seq < x->n ? 0 : reserve(x, seq + 1);

	if (err)
		return err;
	while (x->n <= seq)
		x->stories[x->n++] = ND_NONE;
	if (r)
		x->stories[seq] = r->story;
	return 0;
}

bool inspection_fits(const struct inspection *x, uint32_t seq)
{
	uint32_t story = x->stories[seq];

	return story == ND_NONE || story >= x->n || x->stories[story] == ND_NONE || x->stories[story] == story;
}
