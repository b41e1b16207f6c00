/*
 * Whether the lead of one text stands within the body of another, below that one's own: in a page that holds several
 * stories, in a summary of the day.
 *
 * Leads have short shingles of their own (compare_leads), but only at the head of a text. Deeper in a body its
 * shingles tell: those of the other's lead are looked for among them.
 */
#ifndef ND_INDEX_WITHIN_H
#define ND_INDEX_WITHIN_H

#include "index/compare.h"

/* Shares of the shingles of a lead that stand, and are rare, in the other's body; 0 of a lead that is too short, or has more
 * shingles than both could have in common. */
struct within {
	float theirs; /* of b's lead in the text loaded */
	float mine;   /* of the loaded text's lead in b */
};

/* The body of a text must be loaded, and compared with b's: e is what came out. */
struct within within_measure(const struct compare *c, const struct fingerprint *b, const struct evidence *e);

#endif
