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
#include "index/links.h"
#include "index/record.h"
#include "index/ruling.h"
#include "store/shelf.h"

/* What a story asks of its members' records while it is loaded. */
struct known {
	struct when published;
	uint64_t outlet; /* as in a digest */
	struct source source; /* as in its record */
};

/* What an arrival reads of the index. */
struct library {
	struct shelf *shelf;    /* the records */
	struct entry *entries;
	struct known *known;    /* while loading: of each article; NULL: the records tell */
	uint32_t n, cap;
	uint32_t n_gone;        /* articles that have been taken out */
	uint64_t n_stories;     /* of two articles or more */
	struct postings bodies; /* keys of the bodies, by story */
	struct postings leads;  /* keys of the leads, by lead story */
	struct links links;     /* leads that stand in others' bodies */
	struct table ids;       /* hash of an id -> newest article + 1 */
	struct table texts;     /* hash of a body -> first article + 1 */
	struct table names;     /* hash of outlet and url, of outlet and title, of a title -> newest article + 1 */
	struct furniture furniture; /* paragraphs, by story */
	struct rulings rulings; /* what was said of pairs of ids */
	uint32_t window;        /* days that may lie between two articles that are compared; 0: any */
};

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

/* Good until the next article enters or leaves. Blank, when a store cannot be read: its shelf has a fault then. */
static inline const struct record *library_record(const struct library *l, uint32_t article)
{
	return (const struct record *)l->shelf->kind->at(l->shelf, article, l->entries[article].record);
}

/* The same until the next call of this function: for walks that read many. */
static inline const struct record *library_pass(const struct library *l, uint32_t article)
{
	return (const struct record *)l->shelf->kind->pass(l->shelf, article, l->entries[article].record);
}

/* Room for another version of a record, as shelf_kind.write. Errors: as that, and a fault of the shelf. */
int library_rewrite(const struct library *l, uint32_t article, size_t n, void **ret, uint64_t *ret_place);

/* The names that a record can say who had before. */
enum library_name { NAME_ID, NAME_URL, NAME_TITLE, NAME_HEADLINE };

/* The newest article before this one with its id, its url, its title that is still there; ND_NONE. */
uint32_t library_earlier(const struct library *l, const struct record *r, enum library_name name);

/* The version before it, if that is there and said mostly the same, be it more or less; ND_NONE. */
uint32_t library_alike(const struct library *l, const struct record *r);

/* Of what one match says: whether it is. */
bool library_match_is_alike(const struct nd_match *m);

/* When the first of these versions was published: revising an article makes it no younger, but one whose id had another
 * text before is as young as it says. */
struct when library_first(const struct library *l, const struct record *r);

/* Where an article's lead leads to, be it gone by now; ND_NONE: it has none. */
static inline uint32_t library_lead_raw(const struct library *l, uint32_t article)
{
	uint32_t lead = l->entries[article].lead_story;

	while (lead != ND_NONE && l->entries[lead].lead_story < lead)
		lead = l->entries[lead].lead_story;
	return lead;
}

/* Nobody can follow its lead any more: it has been taken out, or a later article has its id. */
static inline bool library_lead_is_lost(const struct library *l, uint32_t article)
{
	const struct entry *e = &l->entries[article];

	return e->gone || (e->superseded && e->lead_story == ND_NONE);
}

/* The first article of the lead story that an article's lead belongs to; ND_NONE. */
static inline uint32_t library_lead(const struct library *l, uint32_t article)
{
	uint32_t lead = library_lead_raw(l, article);

	return lead != ND_NONE && library_lead_is_lost(l, lead) ? article : lead;
}

#endif
