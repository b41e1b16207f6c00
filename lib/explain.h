/*
 * Explaining two articles: their figures from the index's side, their passages from their texts.
 */
#ifndef ND_EXPLAIN_H
#define ND_EXPLAIN_H

#include "index/arrival.h"
#include "newsdup.h"

struct explainer;

/* Errors: as nd_fingerprinter_new. */
int explainer_new(struct explainer **ret);
void explainer_free(struct explainer *e);

/* Keeps a copy of a record, good until the next call. Errors: -ENOMEM. */
int explainer_keep(struct explainer *e, const struct nd_fingerprint *fp, const struct record **ret);

/* l NULL: the two articles are all there is. An absent text: no passages. Errors: as nd_explain. */
int explainer_run(struct explainer *e, const struct library *l, const struct record *a, const struct record *b,
		  struct nd_str text_a, struct nd_str text_b, struct nd_explanation *ret);

#endif
