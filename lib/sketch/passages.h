/*
 * Passages: what two texts have in common, as runs of units that stand in both.
 *
 *     a   ..[the ferry left the harbour at nine]..     b   [the ferry left the harbour at nine]....
 *
 * A passage begins where a shingle of a (FP_SHINGLE_WEIGHT) stands in b too, and goes on while both
 * texts do: a maximal exact match, as sequence aligners seed and extend them. Of several places in b the
 * one that goes on longest is taken; of a shingle that b repeats only the first PASSAGES_PLACES are
 * tried. So time is linear in both texts, whatever they repeat.
 */
#ifndef ND_SKETCH_PASSAGES_H
#define ND_SKETCH_PASSAGES_H

#include <stddef.h>
#include <stdint.h>

#include "text/fold.h"

#define PASSAGES_PLACES 8u /* where a shingle is looked at in b */

/* Source bytes of each text. */
struct passage {
	uint32_t a, a_end, b, b_end;
};

/* A stretch of units; those before it (a title, which is no part of the body) are left out. */
struct stretch {
	const struct unit *units;
	size_t n;
};

struct passages {
	struct passage *at; /* by a; two never touch in both texts. They may overlap by less than a shingle */
	size_t n, cap;

	/* scratch: the shingles of b */
	uint64_t *hashes;
	uint32_t *next;  /* the next place of the same shingle + 1; 0 ends */
	uint32_t *slots; /* the first place of a shingle + 1; 0 free */
	size_t cap_hashes, cap_slots, mask;
};

void passages_init(struct passages *p);
void passages_done(struct passages *p);

/* Finds the passages of a and b; what was found before is forgotten. Errors: -ENOMEM. */
int passages_find(struct passages *p, struct stretch a, struct stretch b);

#endif
