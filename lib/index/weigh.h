/*
 * What the shingles of a text weigh: how much it says that another text has them.
 *
 * Rarity is known for keys alone, one shingle in sixteen. A shingle is taken for as rare as the key
 * nearest to it in the text: furniture, set phrases and quotations are runs, not single shingles. A
 * quoted one weighs less (judge.h).
 */
#ifndef ND_INDEX_WEIGH_H
#define ND_INDEX_WEIGH_H

#include "index/judge.h"
#include "sketch/fingerprint.h"

/* Weights are quarters: that of a rare shingle which is not quoted. */
#define WEIGH_FULL 4u

/* What a rare shingle of this span weighs; of spans past the last one, as outside of quotations. */
static inline uint8_t weigh_span(const struct fingerprint *fp, uint32_t span)
{
	return span < fp->n_spans && fp_spans(fp)[span].quoted ? (uint8_t)judge_quote_weight() : WEIGH_FULL;
}

/* What all shingles weigh if they are rare. */
uint32_t weigh_full(const struct fingerprint *fp);

/* What those that are rare weigh together: counts[i] is in how many stories key i stands; without a key all are rare.
 * ret: room for the weight of each, 0 when it is not rare; NULL: they are only added up. */
uint32_t weigh_rare(const struct fingerprint *fp, const uint32_t *counts, uint8_t *ret);

#endif
