/*
 * What a backend of the store is: one table of functions, and structs that begin with those of this header.
 * store.c checks what callers hand in and keeps the counts; a backend only stores and finds.
 */
#ifndef ND_STORE_BACKEND_H
#define ND_STORE_BACKEND_H

#include <stdatomic.h>

#include "store/store.h"

struct store_backend {
	const char *prefix; /* of the names it serves; "": all */
	/* *ret: base.o and base.backend are set by the caller; counts by the backend. */
	int (*open)(const char *where, const struct store_options *o, struct store **ret);
	void (*close)(struct store *s);
	/* The seqs of new ones are in order, from the count on; sets base.used and base.file. */
	int (*write)(struct store *s, const struct store_item *items, size_t n);
	int (*flush)(struct store *s); /* NULL: there is nothing to flush */
	int (*reader_new)(struct store *s, struct store_reader **ret);
	void (*reader_free)(struct store_reader *r);
	int (*reader_renew)(struct store_reader *r);
	int (*reader_get)(struct store_reader *r, uint64_t seq, struct store_item *ret);
	int (*reader_next)(struct store_reader *r, uint64_t from, struct store_item *ret, size_t max, size_t *ret_n);
};

/* The head of every backend's store. Atomic: the writer counts while others look. */
struct store {
	const struct store_backend *backend;
	struct store_options o;
	_Atomic uint64_t count, commits, used, file;
};

/* The head of every backend's reader. */
struct store_reader {
	struct store *store;
};

extern const struct store_backend store_lmdb, store_mem;

#endif
