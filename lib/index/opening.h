/*
 * Openings: leads that begin with a quotation. Two reporters of one speech may open with the same words of it; their
 * leads are one only when they share words of their own besides.
 */
#ifndef ND_INDEX_OPENING_H
#define ND_INDEX_OPENING_H

#include "index/compare.h"

/* Of the words of a lead that are no quotation, the share that the other head does not have, of the text whose share is
 * less; 0 when the two heads share no quotation. The head of one must be loaded. */
float opening_unshared(const struct compare *c, const struct fingerprint *b);

#endif
