/*
 * Candidates: the stories that share most rare keys with a text, and in each the article to compare.
 */
#ifndef ND_INDEX_CANDIDATES_H
#define ND_INDEX_CANDIDATES_H

#include <stddef.h>
#include <stdint.h>

#include "index/entry.h"
#include "index/postings.h"

#define CANDIDATES_MAX 8u

struct candidate {
	uint32_t story;
	uint32_t article; /* the member with most of the keys; of equals the earliest */
	uint32_t keys;    /* shared by the story */
	uint32_t best;    /* of them by that article */
};

struct tally;

struct candidates {
	struct tally *tally; /* articles hit: open addressing */
	uint32_t *touched;   /* places in use */
	size_t n_touched, cap;
	struct candidate top[CANDIDATES_MAX]; /* by keys, then story */
	size_t n_top;
	uint64_t seen; /* for the figures */
};

void candidates_init(struct candidates *c);
void candidates_done(struct candidates *c);
void candidates_clear(struct candidates *c);

/* Counts a key that these articles have. Errors: -ENOMEM. */
int candidates_hit(struct candidates *c, const struct posting *p);

/*
 * Fills top with the stories of the articles hit. Articles that share so few keys that they cannot share
 * a passage worth telling are left out (judge_worth_comparing). `rare` is how many rare keys the text at
 * hand has, short_text whether all of its shingles are keys. Errors: -ENOMEM.
 */
int candidates_rank(struct candidates *c, const struct entry *entries, uint32_t rare, bool short_text);

#endif
