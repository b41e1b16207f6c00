/*
 * Inspection: whether a record is so within as this version writes it. Loading looks only at what it needs, for speed;
 * this looks at all, and at what records say of each other.
 */
#ifndef ND_INDEX_INSPECT_H
#define ND_INDEX_INSPECT_H

#include "index/record.h"
#include "store/store.h"

/* What is wrong with a record alone, a sentence without a full stop; NULL: nothing. */
const char *inspect_record(const struct store_item *item);

/* What records say of others, in order of their seqs; those that are missing are to be noted too. */
struct inspection {
	uint32_t *stories; /* of each; ND_NONE: it is missing */
	size_t n, cap;
};

void inspection_done(struct inspection *x);

/* Records up to item's seq that have not come are missing; r NULL: so is this one. Errors: -ENOMEM. */
int inspection_note(struct inspection *x, uint64_t seq, const struct record *r);

/* Whether a record's story is led by its leader; true when that one is missing. */
bool inspection_fits(const struct inspection *x, uint32_t seq);

#endif
