/*
 * What the files of salvage share (salvage.h).
 */
#ifndef ND_STORE_SALVAGE_PART_H
#define ND_STORE_SALVAGE_PART_H

#include "base/buf.h"
#include "store/dictionary.h"
#include "store/format.h"
#include "store/pages.h"
#include "store/parts.h"
#include "store/salvage.h"

#define LOST 0u /* of a place: nothing whole was found */
#define STRAY ((uint64_t)1 << 63) /* of a place: the tree does not lead there, or not to all of it */

/* A part of a value: where its bytes stand. */
struct part {
	uint64_t key, offset;
	uint32_t bytes;
	bool stray;
	uint64_t hash; /* of what stands there, where there are several of a key */
};

struct part_list {
	struct part *at;
	size_t n, cap;
};

struct salvage {
	int dir, fd;
	struct pages pages;
	struct pages_table articles;
	bool n_articles;
	bool headless;   /* one of the heads is damaged, maybe the newest */
	uint64_t from;   /* records before it are not sought any more */
	int format;
	uint64_t profile;
	uint64_t *places; /* of whole records: where their parts begin in `whole`, + 1; LOST */
	uint64_t n, cap;
	uint64_t count; /* that their table tells; 0: that is not known */
	uint64_t told;  /* the most that a page tells to which nothing leads: once there were so many */
	bool counted;
	bool texts_whole; /* all pages of their table could be read */
	uint64_t max;   /* no record has this seq, or a later one */
	uint64_t strays, doubts;
	struct part_list run;     /* parts of one record, as the tree tells them */
	struct part_list whole;   /* those of whole records */
	struct part_list left;    /* those of others */
	struct part_list unnamed; /* long values whose keys are not there */
	struct buf value;
	struct part_list texts; /* in order of their keys */
	uint64_t next_text;
	struct parts text;
	uint64_t dictionaries[DICTIONARIES_MAX + 1]; /* offsets, by number */
	unsigned n_dictionaries;
};

/* --- salvage_join.c: records from their parts --- */

/* Errors: -ENOMEM. */
int salvage_add(struct part_list *l, struct part p);

/* Room for the places of so many records. Errors: -ENOMEM. */
int salvage_reserve(struct salvage *s, uint64_t n);

/* So many bytes of the file, in s->value. Errors: -ENOMEM, as pages_read. */
int salvage_fetch(struct salvage *s, uint64_t offset, size_t bytes);

/* Puts the record of seq together. Returns 1: it is whole. Errors: -ENOMEM. */
int salvage_put_together(struct salvage *s, uint64_t seq, const struct part *parts, uint64_t n);

/* The same of all whose parts are left. Errors: -ENOMEM. */
int salvage_join_left(struct salvage *s);

/* The same, and of long values whose keys are not there. Errors: -ENOMEM. */
int salvage_join_strays(struct salvage *s);

static inline bool salvage_is_lost(const struct salvage *s, uint64_t seq)
{
	return seq >= s->n || s->places[seq] == LOST;
}

#endif
