/*
 * Remaking: a store of this version's fingerprints, from the kept texts of another store, article by article and ruling by
 * ruling, in their order. What is gone is not there any more: articles get other numbers.
 *
 * It goes on where it was left: what has been remade is compared with what it was remade from, and is begun anew when
 * they do not go together.
 */
#ifndef ND_DAEMON_REMAKE_H
#define ND_DAEMON_REMAKE_H

#include "daemon/pending.h"
#include "daemon/progress.h"
#include "newsdup_store.h"

struct remake {
	struct nd_store *from, *to; /* borrowed */
	struct nd_reader *reader;
	struct nd_index *index;
	struct nd_fingerprinter *fingerprinter;
	struct nd_packer *packer;
	struct pending pending;
	uint64_t records, at; /* of the old store, the next one */
	uint64_t made;        /* so far */
	struct progress *progress;
};

/* Errors: as nd_reader_new, nd_index_open, nd_fingerprinter_new, nd_packer_new. remake_done is right in any case. */
int remake_init(struct remake *m, struct nd_store *from, struct nd_store *to, struct nd_rules *rules, struct progress *p);
void remake_done(struct remake *m);

/* Articles without a kept text are told on standard error, the first ones by id. Returns how many, or an error as
 * nd_reader_get. */
int64_t remake_missing(struct remake *m);

/* Passes what has been remade before. Errors: as nd_index_load; -ESTALE: strange, `to` is to be made anew. */
int remake_resume(struct remake *m);

/* The rest. Errors: as nd_index_put_text and nd_store_commit. */
int remake_rest(struct remake *m);

#endif
