/*
 * Of the hashes of a text's shingles, the distinct shingles, and of these the keys. Two hashes that begin alike are one
 * shingle: the first.
 */
#ifndef ND_SKETCH_PICK_H
#define ND_SKETCH_PICK_H

#include "sketch/paragraphs.h"

#define PICK_BIT_WORDS 2048u /* as many hashes are told apart by bits; with 64 bits each fewer than there are shingles */

struct picker {
	struct fp_key *keys;
	size_t cap_keys;
	uint32_t *seen; /* a set of shingles + 1, open addressing */
	size_t cap_seen;
	uint64_t bits[PICK_BIT_WORDS];
};

void picker_init(struct picker *p);
void picker_done(struct picker *p);

/*
 * Appends to `out` the distinct shingles of n hashes, in order, and behind them the keys, at the coarsest scale
 * that leaves enough of them; sets the head's numbers of both and its scale. The cuts, in order, learn the place of the
 * first distinct shingle in their span. Errors: -ENOMEM, -E2BIG.
 */
int picker_run(struct picker *p, const uint64_t *hashes, size_t n, struct cut *cuts, size_t n_cuts, struct buf *out,
	       struct fingerprint *head);

#endif
