#include "sketch/arrange.h"

#include <string.h>

void arranger_init(struct arranger *a)
{
	buf_init(&a->old, UINT32_MAX);
}

void arranger_done(struct arranger *a)
{
	if (a)
		buf_done(&a->old);
}

/* --- paragraphs --- */

static bool is_lead_again(const struct fp_paragraph *p)
{
	return !p->learned && (p->role == PART_LEAD || p->role == PART_BODY);
}

/* Sets what was learned of each paragraph, and which is the lead then. */
static void set_learned(struct fingerprint *fp, const uint8_t *learned)
{
	struct fp_paragraph *p = (struct fp_paragraph *)(fp + 1);
	uint32_t n = fp->n_paragraphs, lead;

	fp->arranged = 0;
	for (uint32_t i = 0; i < n; i++) {
		p[i].learned = learned[i] & 15;
		fp->arranged |= learned[i] != 0;
	}
	for (lead = 0; lead < n && p[lead].role != PART_LEAD; lead++)
		;
	while (lead < n && !is_lead_again(&p[lead]))
		lead++;
	if (lead < n && p[lead].role != PART_LEAD)
		p[lead].learned = PART_LEAD;
}

static bool is_aside(const struct fingerprint *fp, uint32_t paragraph)
{
	return !part_in_body(fp_role(&fp_paragraphs(fp)[paragraph]));
}

/* --- shingles, keys and spans: from the old fingerprint into the new one --- */

/* One part of the old lists. */
struct part_from {
	uint32_t span, span_end, key;
};

struct moving {
	const struct fingerprint *old;
	uint32_t *shingles; /* of the new one */
	struct fp_key *keys;
	struct fp_span *spans;
	uint32_t n_shingles, n_keys, n_spans;
};

/* Span and its keys; *key is the first of them. */
static void move_span(struct moving *m, uint32_t span, uint32_t end, uint32_t *key)
{
	const struct fp_span *from = &fp_spans(m->old)[span];
	uint32_t all_keys = m->old->n_keys + m->old->n_aside_keys;

	m->spans[m->n_spans] = *from;
	m->spans[m->n_spans++].place = m->n_shingles;
	for (; *key < all_keys && fp_keys(m->old)[*key].place < end; ++*key) {
		struct fp_key k = fp_keys(m->old)[*key];

		m->keys[m->n_keys++] = (struct fp_key){ k.place - from->place + m->n_shingles, k.low };
	}
	memcpy(m->shingles + m->n_shingles, fp_shingles(m->old) + from->place, (end - from->place) * sizeof(uint32_t));
	m->n_shingles += end - from->place;
}

/* Behind the last shingle of a span of either part. */
static uint32_t end_of(const struct fingerprint *fp, uint32_t span)
{
	if (span + 1 == fp->n_spans)
		return fp->n_shingles;
	if (span + 1 == fp->n_spans + fp->n_aside_spans)
		return fp->n_shingles + fp->n_aside;
	return fp_spans(fp)[span + 1].place;
}

static uint32_t paragraph_of(const struct fingerprint *fp, const struct part_from *p)
{
	return p->span < p->span_end ? fp_spans(fp)[p->span].paragraph : UINT32_MAX;
}

/* Walks both parts of the old lists in order of the text, and moves the spans that are, or are not, set aside. */
static void move_part(struct moving *m, const struct fingerprint *new, bool aside)
{
	const struct fingerprint *old = m->old;
	struct part_from in = { 0, old->n_spans, 0 };
	struct part_from out = { old->n_spans, old->n_spans + old->n_aside_spans, old->n_keys };

	while (in.span < in.span_end || out.span < out.span_end) {
		struct part_from *from = paragraph_of(old, &in) <= paragraph_of(old, &out) ? &in : &out;
		uint32_t end = end_of(old, from->span), all = old->n_keys + old->n_aside_keys;

		if (is_aside(new, fp_spans(old)[from->span].paragraph) == aside)
			move_span(m, from->span, end, &from->key);
		while (from->key < all && fp_keys(old)[from->key].place < end &&
		       fp_keys(old)[from->key].place >= fp_spans(old)[from->span].place)
			from->key++;
		from->span++;
	}
}

static uint32_t count_quoted(const struct fingerprint *fp)
{
	uint32_t ret = 0;

	for (uint32_t i = 0; i < fp->n_spans; i++)
		ret += fp_spans(fp)[i].quoted ? fp_span_end(fp, i) - fp_spans(fp)[i].place : 0;
	return ret;
}

static void move_shingles(const struct fingerprint *old, struct fingerprint *new)
{
	struct moving m = {
		.old = old,
		.shingles = (uint32_t *)(uintptr_t)fp_shingles(new),
		.keys = (struct fp_key *)(uintptr_t)fp_keys(new),
		.spans = (struct fp_span *)(uintptr_t)fp_spans(new),
	};
	uint32_t all = old->n_shingles + old->n_aside, keys = old->n_keys + old->n_aside_keys;
	uint32_t spans = old->n_spans + old->n_aside_spans;

	move_part(&m, new, false);
	new->n_shingles = m.n_shingles;
	new->n_keys = m.n_keys;
	new->n_spans = m.n_spans;
	move_part(&m, new, true);
	new->n_aside = all - new->n_shingles;
	new->n_aside_keys = keys - new->n_keys;
	new->n_aside_spans = spans - new->n_spans;
	new->n_quoted = count_quoted(new);
}

/* --- the head --- */

/* Its short shingles start one at each unit of the body, from the lead of the article alone on. */
struct head_walk {
	const struct fingerprint *fp;
	uint32_t paragraph, left; /* of the head */
	bool begun;
};

/* The next paragraph of the head and how much of it; false: the head ends. */
static bool head_next(struct head_walk *w, uint32_t *ret_paragraph, uint32_t *ret_n)
{
	while (w->left && w->paragraph < w->fp->n_paragraphs) {
		const struct fp_paragraph *p = &fp_paragraphs(w->fp)[w->paragraph];

		*ret_paragraph = w->paragraph++;
		w->begun |= p->role == PART_LEAD;
		if (!w->begun || !part_in_body(p->role))
			continue;
		*ret_n = p->units < w->left ? p->units : w->left;
		w->left -= *ret_n;
		return true;
	}
	return false;
}

static uint32_t lead_of(const struct fingerprint *fp)
{
	uint32_t i = 0;

	while (i < fp->n_paragraphs && fp_role(&fp_paragraphs(fp)[i]) != PART_LEAD)
		i++;
	return i;
}

static void move_head(const struct fingerprint *old, struct fingerprint *new)
{
	uint32_t all = old->n_head + old->n_aside_head, old_lead = lead_of(old), new_lead = lead_of(new);
	uint32_t from_in = 0, from_out = old->n_head, n, paragraph, to_in = 0, to_out = 0;
	uint32_t *to = (uint32_t *)(uintptr_t)fp_head(new);
	struct head_walk w = { new, 0, all, false };

	while (head_next(&w, &paragraph, &n))
		to_out += is_aside(new, paragraph) || paragraph < new_lead ? 0 : n;
	new->n_head = to_out;
	new->n_aside_head = all - to_out;
	w = (struct head_walk){ new, 0, all, false };
	while (head_next(&w, &paragraph, &n)) {
		uint32_t *from = is_aside(old, paragraph) || paragraph < old_lead ? &from_out : &from_in;
		uint32_t *at = is_aside(new, paragraph) || paragraph < new_lead ? &to_out : &to_in;

		memcpy(to + *at, fp_head(old) + *from, n * sizeof(*to));
		*from += n;
		*at += n;
	}
	new->n_lead = new->n_lead_alone < new->n_head ? new->n_lead_alone : new->n_head;
}

int arranger_run(struct arranger *a, struct fingerprint *fp, const uint8_t *learned)
{
	const struct fingerprint *old;
	int err;

	buf_clear(&a->old);
	err = buf_add(&a->old, fp, fp->bytes);
	if (err)
		return err;
	old = (const struct fingerprint *)(const void *)a->old.at;
	set_learned(fp, learned);
	move_shingles(old, fp);
	move_head(old, fp);
	return 0;
}
