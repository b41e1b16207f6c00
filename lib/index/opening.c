#include "index/opening.h"

/* Short shingles of a lead's own: behind a long quotation so many of the head are asked for; with fewer than the least it
 * is nothing but a quotation. */
#define OWN_WANTED 12u
#define OWN_MIN 4u

/* Which short shingles of a head start in a quotation, told by the body shingles that start where they do. */
struct quoted {
	bool at[COMPARE_HEAD_MAX];
	uint32_t n;
	bool any;
};

static void find_quoted(const struct fingerprint *fp, struct quoted *ret)
{
	uint32_t i = 0, start, k = 0;

	ret->n = fp->n_head < COMPARE_HEAD_MAX ? fp->n_head : COMPARE_HEAD_MAX;
	ret->any = false;
	while (i < fp->n_spans && fp_paragraphs(fp)[fp_spans(fp)[i].paragraph].role != PART_LEAD)
		i++;
	start = i < fp->n_spans ? fp_spans(fp)[i].place : 0;
	for (; i < fp->n_spans && k < ret->n; i++)
		for (uint32_t end = fp_span_end(fp, i) - start; k < ret->n && k < end; k++) {
			ret->at[k] = fp_spans(fp)[i].quoted;
			ret->any |= ret->at[k];
		}
	while (k < ret->n)
		ret->at[k++] = false;
}

/* The place of a short shingle in the head loaded; COMPARE_HEAD_MAX: it is not there. */
static uint32_t place_in(const struct compare *c, uint32_t shingle)
{
	const uint32_t slots = sizeof(c->head_slots) / sizeof(*c->head_slots), *head = fp_head(c->fp);
	uint32_t at = shingle % slots;

	while (c->head_slots[at] && head[c->head_slots[at] - 1] != shingle)
		at = (at + 1) % slots;
	return c->head_slots[at] ? c->head_slots[at] - 1u : COMPARE_HEAD_MAX;
}

/* Of the lead's words that are no quotation, and of some behind a long one, the share that is not among the shared. */
static float own_unshared(const struct fingerprint *fp, const struct quoted *q, const bool *shared)
{
	uint32_t own = 0, found = 0;

	for (uint32_t i = 0; i < q->n && (i < fp->n_lead || own < OWN_WANTED); i++) {
		own += !q->at[i];
		found += !q->at[i] && shared[i];
	}
	return own < OWN_MIN ? 1 : 1 - (float)found / (float)own;
}

float opening_unshared(const struct compare *c, const struct fingerprint *b)
{
	bool mine_shared[COMPARE_HEAD_MAX + 1] = { false }, theirs_shared[COMPARE_HEAD_MAX];
	struct quoted mine, theirs;
	bool quotation = false;
	float x, y;

	find_quoted(c->fp, &mine);
	if (!mine.any)
		return 0;
	find_quoted(b, &theirs);
	for (uint32_t i = 0; i < theirs.n; i++) {
		uint32_t at = place_in(c, fp_head(b)[i]);

		mine_shared[at] = theirs_shared[i] = true;
		if (at == COMPARE_HEAD_MAX)
			theirs_shared[i] = false;
		else
			quotation |= theirs.at[i] && mine.at[at];
	}
	if (!quotation)
		return 0;
	x = own_unshared(c->fp, &mine, mine_shared);
	y = own_unshared(b, &theirs, theirs_shared);
	return x < y ? x : y;
}
