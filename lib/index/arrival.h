/*
 * An arrival: the article at hand, from its keys to the story it belongs to. Nothing of the index
 * changes here.
 *
 * Its keys and its lead are looked up (lookup.h); then its candidates are compared and judged, the matches are
 * ordered, the story and the lead story are chosen.
 */
#ifndef ND_INDEX_ARRIVAL_H
#define ND_INDEX_ARRIVAL_H

#include "index/around.h"
#include "index/candidates.h"
#include "index/compare.h"
#include "index/digest.h"
#include "index/entry.h"
#include "index/judge.h"
#include "index/library.h"
#include "index/record.h"

struct arrival {
	const struct record *given;
	const struct record *record; /* the same, or without what is set aside (around.h) */
	uint32_t before; /* it is judged against those that came before this one */
	const struct fingerprint *fp;
	struct digest digest;
	uint64_t *keys; /* of the digest */
	size_t cap_keys;

	struct around around;

	/* looked up */
	uint32_t *counts; /* stories with each of its keys */
	uint32_t **slots; /* where each key stands in the postings; NULL: nowhere */
	uint64_t moves;   /* the slots are good while the table's is the same */
	size_t cap, cap_slots;
	uint32_t n_rare;  /* keys */
	float lead_weights[COMPARE_HEAD_MAX];
	struct candidates bodies, leads;

	/* compared, judged, in order */
	struct compare compare;
	bool head_loaded, keys_loaded, body_loaded;
	uint32_t *other_counts; /* of the text compared */
	size_t cap_other;
	struct nd_match matches[ND_MATCHES_MAX];
	struct evidence evidence[ND_MATCHES_MAX];
	size_t n_matches;
	uint32_t same_id, same_url, same_title; /* the article it may be a revision of; ND_NONE */
	uint32_t headline; /* the one that had its title before; ND_NONE */
	uint32_t ally;     /* the one whose story it was ruled to join; ND_NONE */

	/* chosen */
	enum nd_relation verdict;
	uint32_t story;      /* to join; ND_NONE: starts its own */
	bool adds_nothing;   /* to that story's frequencies */
	bool apart;          /* what it shares with the story may be its site's: it counts as another one's */
	uint32_t lead_story; /* to join; ND_NONE: starts its own, or has no lead */
	bool retired;        /* a later article has its id: it is alone in its story, and posts nothing */
	uint32_t revision;   /* so many versions of its id came before it */

	/* for entering: which of its keys it posts, as in a record */
	uint8_t *posted;
	size_t cap_posted;
	uint32_t n_posted;

	uint64_t verified; /* comparisons so far, for the figures */
};

void arrival_init(struct arrival *a);
void arrival_done(struct arrival *a);

/* Judges a record against the library. Errors: -ENOMEM. */
int arrival_judge(struct arrival *a, const struct library *l, const struct record *r);

/* The same of an article that came before others, and whose keys are not posted: it can only repeat earlier ones, and
 * frequencies are those of these alone, as they were when it came. r is a copy of its record. */
int arrival_judge_again(struct arrival *a, const struct library *l, const struct record *r, uint32_t seq);

/* Room for .posted. Errors: -ENOMEM. */
int arrival_reserve_posted(struct arrival *a);

#endif
