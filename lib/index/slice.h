/*
 * A slice: some of a store's records, read, verified and digested, for the index to take. It has a reader of its
 * own, so that threads can read slices ahead while the index takes earlier ones.
 */
#ifndef ND_INDEX_SLICE_H
#define ND_INDEX_SLICE_H

#include "index/digest.h"
#include "store/store.h"

struct slice {
	struct store_reader *reader;
	uint32_t first;         /* seq of the first digest */
	uint32_t n, taken;      /* digests; those that the index has already */
	int err;                /* why there are no more; 0: the store ends here, or enough were read */
	bool ends;              /* behind the last one the store ends */
	struct digest *digests; /* their records are good until the next reading */
	size_t cap;
	uint64_t *keys;
	size_t n_keys, cap_keys;
};

/* Errors: as store_reader_new. */
int slice_new(struct store *s, struct slice **ret);
void slice_free(struct slice *s);

/* Reads up to max records from seq `from` on; one thread at a time. */
void slice_read(struct slice *s, uint32_t from, size_t max);

#endif
