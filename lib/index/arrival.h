/*
 * An arrival: the article at hand, from its keys to the story it belongs to. Nothing of the index
 * changes here.
 *
 * Five steps, one function each: look up its keys, look up its lead, compare and judge the candidates,
 * order the matches, choose the story and the lead story.
 */
#ifndef ND_INDEX_ARRIVAL_H
#define ND_INDEX_ARRIVAL_H

#include "index/candidates.h"
#include "index/compare.h"
#include "index/digest.h"
#include "index/entry.h"
#include "index/judge.h"
#include "index/links.h"
#include "index/record.h"
#include "store/shelf.h"

/* What a story asks of its members' records while it is loaded. */
struct known {
	struct when published;
	uint64_t outlet; /* as in a digest */
};

/* What an arrival reads of the index. */
struct library {
	struct shelf *shelf;    /* the records */
	struct entry *entries;
	struct known *known;    /* while loading: of each article; NULL: the records tell */
	uint32_t n, cap;
	uint64_t n_stories;     /* of two articles or more */
	struct postings bodies; /* keys of the bodies, by story */
	struct postings leads;  /* keys of the leads, by lead story */
	struct links links;     /* leads that stand in others' bodies */
	struct table ids;       /* hash of an id -> newest article + 1 */
	struct table texts;     /* hash of a body -> first article + 1 */
	struct table names;     /* hash of outlet and url, of outlet and title -> newest article + 1 */
};

struct arrival {
	const struct record *record;
	const struct fingerprint *fp;
	struct digest digest;
	uint64_t *keys; /* of the digest */
	size_t cap_keys;

	/* steps 1 and 2 */
	uint32_t *counts; /* stories with each of its keys */
	uint32_t **slots; /* where each key stands in the postings; NULL: nowhere */
	uint64_t moves;   /* the slots are good while the table's is the same */
	size_t cap, cap_slots;
	uint32_t n_rare;  /* keys */
	float lead_weights[COMPARE_HEAD_MAX];
	struct candidates bodies, leads;

	/* steps 3 and 4 */
	struct compare compare;
	bool head_loaded, keys_loaded, body_loaded;
	uint32_t *other_counts; /* of the text compared */
	size_t cap_other;
	struct nd_match matches[ND_MATCHES_MAX];
	struct evidence evidence[ND_MATCHES_MAX];
	size_t n_matches;
	uint32_t same_id, same_url, same_title; /* the article it may be a revision of; ND_NONE */

	/* step 5 */
	enum nd_relation verdict;
	uint32_t story;      /* to join; ND_NONE: starts its own */
	bool adds_nothing;   /* to that story's frequencies */
	uint32_t lead_story; /* to join; ND_NONE: starts its own, or has no lead */

	uint64_t verified; /* comparisons so far, for the figures */
};

void arrival_init(struct arrival *a);
void arrival_done(struct arrival *a);

/* Judges a record against the library. Errors: -ENOMEM. */
int arrival_judge(struct arrival *a, const struct library *l, const struct record *r);

/* Fetches the memory that judging a record will read first. */
void arrival_expect(const struct library *l, const struct record *r);

/* Good until the next article enters or leaves. Blank, when a store cannot be read: its shelf has a fault then. */
static inline const struct record *library_record(const struct library *l, uint32_t article)
{
	return (const struct record *)l->shelf->kind->at(l->shelf, article, l->entries[article].record);
}

#endif
