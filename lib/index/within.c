#include "index/within.h"

/* Short shingles of a lead that body shingles, which are longer, need more at its end. */
#define SHORTER 2u

/* The body shingles [from, to) that start in the lead and end there; a shingle that came before moves its end by one. */
static void lead_range(const struct fingerprint *fp, uint32_t *from, uint32_t *to)
{
	const struct fp_paragraph *p = fp_paragraphs(fp);
	uint32_t n = fp->n_lead > SHORTER ? fp->n_lead - SHORTER : 0, i = 0;

	while (i < fp->n_spans && p[fp_spans(fp)[i].paragraph].role != PART_LEAD)
		i++;
	*from = i < fp->n_spans ? fp_spans(fp)[i].place : fp->n_shingles;
	*to = fp->n_shingles - *from > n ? *from + n : fp->n_shingles;
}

static float share(uint32_t found, uint32_t n)
{
	return (float)(found < n ? found : n) / (float)n;
}

struct within within_measure(const struct compare *c, const struct fingerprint *b, const struct evidence *e)
{
	struct within ret = { 0, 0 };
	uint32_t from, to;

	lead_range(b, &from, &to);
	if (judge_lead_within_worth(e, to - from))
		ret.theirs = share(compare_range(c, b, from, to), to - from);
	lead_range(c->fp, &from, &to);
	if (judge_lead_within_worth(e, to - from))
		ret.mine = share(compare_own_range(c, b, from, to), to - from);
	return ret;
}
