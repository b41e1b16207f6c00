/*
 * The library: all that the index knows of its articles, and how their records are read.
 */
#ifndef ND_INDEX_LIBRARY_H
#define ND_INDEX_LIBRARY_H

#include "index/entry.h"
#include "index/furniture.h"
#include "index/links.h"
#include "index/postings.h"
#include "index/record.h"
#include "index/ruling.h"
#include "store/shelf.h"

/* What a story asks of its members' records while it is loaded. */
struct known {
	struct when published;
	uint64_t outlet; /* as in a digest */
	struct source source; /* as in its record */
};

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
