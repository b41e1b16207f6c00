/*
 * Arranging: setting aside what other articles have shown to be no part of a text, and taking it back.
 *
 * Lists of a fingerprint have two parts: what counts, then what is set aside; each part is in order of the text.
 * Whoever reads the first part reads the text as if it were printed without the rest:
 *
 *     shingles  | n_shingles | n_aside |     spans, keys and head likewise
 *
 * When its lead is set aside, the next paragraph is the lead. The size never changes, and a fingerprint that is
 * arranged with nothing learned is as it was made. A shingle that stands in both parts counts where it came first.
 */
#ifndef ND_SKETCH_ARRANGE_H
#define ND_SKETCH_ARRANGE_H

#include "base/buf.h"
#include "sketch/fingerprint.h"

struct arranger {
	struct buf old;
};

void arranger_init(struct arranger *a);
void arranger_done(struct arranger *a);

/* learned: of each paragraph, PART_FURNITURE or PART_RELATED; 0: what it says itself. A lead that is found for
 * this reason is noted in fp alone. Errors: -ENOMEM. */
int arranger_run(struct arranger *a, struct fingerprint *fp, const uint8_t *learned);

#endif
