/*
 * Where the records of an index lie: a table of functions with a row for each kind of place.
 *
 *     shelf_spool  a working file that nobody else sees: bulk mode
 *     shelf_store  a store; what it does not hold yet ("pending") waits in memory: the daemon
 *     shelf_beside a store that is only read, and a working file for all that comes: bulk mode against a store
 *
 * Records are numbered from 0 in order of arrival. A record may be written again: the new version has another place,
 * and the old one stays where it is for as long as it may be needed. One thread; but what is pending may be read by
 * another one meanwhile: it does not move until it is committed or dropped.
 */
#ifndef ND_STORE_SHELF_H
#define ND_STORE_SHELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

struct shelf;

struct shelf_kind {
	void (*free)(struct shelf *s);

	/* Room for n bytes of the next record, or of another version of an earlier one; 8-byte aligned, to be filled
	 * before the next call. *ret_place is what `at` asks for. Errors: -ENOMEM, those of spool_append. */
	int (*write)(struct shelf *s, uint32_t seq, size_t n, int64_t received, void **ret, uint64_t *ret_place);

	/* Takes back the newest write: the last one, or one that is pending. */
	void (*drop)(struct shelf *s, uint64_t place);

	/* A record; good until the next commit or refresh, or until STORE_LOANS others have been read. What cannot be
	 * read is blank, and the shelf has a fault then. Place 0 is that of what was loaded. */
	const void *(*at)(struct shelf *s, uint32_t seq, uint64_t place);
	/* The same until the next call of this function alone: for walks that read many. */
	const void *(*pass)(struct shelf *s, uint32_t seq, uint64_t place);

	int64_t (*received)(struct shelf *s, uint32_t seq, uint64_t place);

	/* Appends the text that is kept with a record, pending or not. Errors: -ENOENT (none is), as store_reader_text. */
	int (*text)(struct shelf *s, uint32_t seq, struct buf *to);

	/* Asks for the beginning of a record that will be read soon. */
	void (*expect)(const struct shelf *s, uint64_t place);

	/* Bytes in the working file, and of what is pending. */
	uint64_t (*bytes)(const struct shelf *s);

	/* What a store held when it was opened, and what has been committed since. */
	uint64_t (*n_stored)(const struct shelf *s);

	/* Pending writes, oldest first; the n oldest are in the store now. */
	size_t (*pending)(const struct shelf *s, size_t from, struct store_item *ret, size_t max);
	void (*committed)(struct shelf *s, size_t n);
	size_t (*n_pending)(const struct shelf *s);

	/* Sees what has been committed by now, and gives back the memory that held it. Takes away a fault.
	 * Errors: -EIO. */
	int (*refresh)(struct shelf *s);
};

struct shelf {
	const struct shelf_kind *kind;
	const struct text_head *beside; /* the text that is kept with records that are written, and copied; NULL: none */
	int fault; /* why a record could not be read; 0 */
};

/* Errors: as spool_new. */
int shelf_spool_new(const char *dir, struct shelf **ret);

/* blank stands for what cannot be read; both must live longer. Errors: as store_reader_new. */
int shelf_store_new(struct store *store, const void *blank, struct shelf **ret);

/* The same with a working file in dir: the store is opened to be read only. Errors: also those of spool_new. */
int shelf_beside_new(struct store *store, const char *dir, const void *blank, struct shelf **ret);

/* Copies the store's records to the working file, and lets go of the store; its texts are not found any more. What was
 * handed out is void. Errors: -EIO, -EBADMSG, -EPROTO, -ENOMEM, those of spool_append; all is as before then. */
int shelf_beside_let_go(struct shelf *shelf);

#endif
