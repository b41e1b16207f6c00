/*
 * What a backend of the store is: one table of functions, and structs that begin with those of this header.
 * store.c checks what callers hand in and keeps the counts; a backend only stores and finds.
 */
#ifndef ND_STORE_BACKEND_H
#define ND_STORE_BACKEND_H

#include <stdatomic.h>

#include "store/loan.h"
#include "store/store.h"
#include "store/text.h"

struct store_backend {
	const char *prefix; /* of the names it serves; "": all */
	/* *ret: base.o and base.backend are set by the caller; counts by the backend. */
	int (*open)(const char *where, const struct store_options *o, struct store **ret);
	void (*close)(struct store *s);
	/* The seqs of new ones are in order, from the count on; sets base.used, base.file, base.room and base.spare. */
	int (*write)(struct store *s, const struct store_item *items, size_t n);
	int (*flush)(struct store *s); /* NULL: there is nothing to flush */
	int (*look)(struct store *s, struct store_look *ret); /* NULL: there is nothing to see */
	void (*probe)(struct store *s); /* sets base.room and base.spare; NULL: nobody else's doings change them */
	int (*renew)(struct store *s); /* of one that is only read; NULL, like the next: there is nothing to do */
	void (*let_go)(struct store *s);
	/* The next number's; sets the same. */
	int (*write_dictionary)(struct store *s, uint32_t number, const void *at, size_t bytes);
	int (*reader_new)(struct store *s, struct store_reader **ret);
	void (*reader_free)(struct store_reader *r);
	int (*reader_renew)(struct store_reader *r);
	/* One record with its payload as it stands, 8-byte aligned, proven by its checksum, until the next call or renewal;
	 * the second is quicker where they follow each other. Errors: -ENOENT, -EBADMSG, -EPROTO, -ENOMEM. */
	int (*reader_get)(struct store_reader *r, uint64_t seq, struct store_item *ret);
	int (*reader_next)(struct store_reader *r, uint64_t seq, struct store_item *ret);
	/* The packed text of seq, whatever it says, until the next call or renewal. Errors: -ENOENT, -EBADMSG, -EPROTO,
	 * -ENOMEM. */
	int (*reader_text)(struct store_reader *r, uint64_t seq, const void **ret, size_t *ret_bytes);
};

/* The head of every backend's store. Atomic: the writer counts while others look. */
struct store {
	const struct store_backend *backend;
	struct store_options o;
	_Atomic uint64_t count, commits, used, file, room, spare;
	struct buf packed;                /* the writer's, the payloads of a transaction, */
	struct store_item *items;         /* and its items with these */
	size_t cap_items;
	struct dictionaries dictionaries; /* those that are there, since open */
	uint64_t texts;                   /* so many have come, roughly; the writer's */
	uint64_t train_at;                /* and when they are so many, a dictionary is made of them; 0: not any more */
};

/* Bytes behind max_bytes, for what takes away. */
uint64_t store_margin(uint64_t max_bytes);

/* What may be in use behind such a write: max, the half of the margin more, or all of it. */
uint64_t store_bound(const struct store *s, const struct store_item *items, size_t n, uint64_t max, uint64_t margin);

/* The head of every backend's reader. */
struct store_reader {
	struct store *store;
	struct loans loans;
	struct unpacker unpacker;
};

extern const struct store_backend store_lmdb, store_mem;

#endif
