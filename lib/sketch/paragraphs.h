/*
 * The paragraphs of a fingerprint, and where in the body each starts.
 *
 *     paragraph of the text      in the fingerprint
 *     a line                     its paragraph
 *     a glued line of the body   its paragraph, which has no units of its own, and behind it one for each of its pieces
 *                                (text/pieces.h), of the same line and role: they are learned as paragraphs are. Of
 *                                one that would make more than PIECES_MAX in all, none
 */
#ifndef ND_SKETCH_PARAGRAPHS_H
#define ND_SKETCH_PARAGRAPHS_H

#include "sketch/fingerprint.h"
#include "text/pieces.h"

/* Where a span starts: the first of the body's units that stand in it. */
struct cut {
	uint32_t unit;
	struct fp_span span;
};

struct placed_piece {
	uint32_t paragraph; /* of the text, in which it stands */
	struct piece units;
};

struct paragraphs {
	struct placed_piece *pieces; /* in order of the text, at most PIECES_MAX */
	struct cut *cuts;            /* likewise in order */
	size_t n_pieces, n_cuts, cap_cuts;
};

void paragraphs_init(struct paragraphs *p);
void paragraphs_done(struct paragraphs *p);

/* Appends them to `out`; sets the head's number of them and the hash of all, and the cuts, whose places are not known
 * yet. source: the text. Errors: -ENOMEM. */
int paragraphs_put(struct paragraphs *p, const struct folded *t, const struct page *page, const char *source,
		   struct buf *out, struct fingerprint *head);

/* Appends the spans, as their cuts tell now, and sets the head's numbers of them. Errors: -ENOMEM. */
int paragraphs_put_spans(const struct paragraphs *p, struct buf *out, struct fingerprint *head);

#endif
