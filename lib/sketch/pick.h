/*
 * Of the hashes of a text's shingles, the distinct ones, and of these the keys.
 */
#ifndef ND_SKETCH_PICK_H
#define ND_SKETCH_PICK_H

#include "sketch/fingerprint.h"

#define PICK_BIT_WORDS 2048u /* as many hashes are told apart by bits */

/* Where a span starts: the first of the hashes that stand in it. */
struct cut {
	uint32_t unit;
	struct fp_span span;
};

struct picker {
	struct fp_key *keys;
	size_t cap_keys;
	uint64_t *seen; /* a set of hashes, open addressing */
	size_t cap_seen;
	uint64_t bits[PICK_BIT_WORDS];
};

void picker_init(struct picker *p);
void picker_done(struct picker *p);

/*
 * Appends to `out` the high halves of the distinct of n hashes, in order, and behind them the keys, at the coarsest scale
 * that leaves enough of them; sets the head's numbers of both and its scale. The cuts, in order, learn the place of the
 * first distinct hash in their span. Errors: -ENOMEM, -E2BIG.
 */
int picker_run(struct picker *p, const uint64_t *hashes, size_t n, struct cut *cuts, size_t n_cuts, struct buf *out,
	       struct fingerprint *head);

#endif
