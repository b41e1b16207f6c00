/*
 * Candidates: the stories that share most of the rare keys of a text, and in each the article to compare.
 */
#ifndef ND_INDEX_CANDIDATES_H
#define ND_INDEX_CANDIDATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "index/postings.h"

#define CANDIDATES_MAX 8u

/* What a key shared adds to a score when it stands in one story; in n stories it adds an n-th. */
#define CANDIDATES_KEY 2520u

struct candidate {
	uint32_t story;
	uint32_t article; /* the member with the highest score; of equals the earliest */
	uint32_t score;   /* of the story */
	uint32_t best;    /* of that article */
};

struct tally;

struct candidates {
	struct tally *tally; /* articles hit: open addressing */
	uint32_t *touched;   /* places in use */
	size_t n_touched, cap;
	struct candidate top[CANDIDATES_MAX]; /* by score, then story */
	size_t n_top;
	uint64_t seen; /* for the figures */
};

void candidates_init(struct candidates *c);
void candidates_done(struct candidates *c);
void candidates_clear(struct candidates *c);

/* Counts a key that these articles have. Errors: -ENOMEM. */
int candidates_hit(struct candidates *c, const struct posting *p);

/* What an article hit belongs to, and whether its score makes it worth comparing. */
typedef bool candidates_group_fn(const void *arg, uint32_t article, uint32_t score, uint32_t *ret_group);

/* Fills top with the groups (stories, lead stories) of the articles hit. Errors: -ENOMEM. */
int candidates_rank(struct candidates *c, candidates_group_fn *group, const void *arg);

#endif
