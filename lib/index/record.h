/*
 * A record: what the index keeps of an article, as flat data: its strings and its fingerprint, made on
 * any thread; what was found of it and its matches, once it has been judged. The index is built again from
 * records without judging.
 *
 *     struct record | id url outlet published title agency byline dateline, each with a NUL | fingerprint | matches
 */
#ifndef ND_INDEX_RECORD_H
#define ND_INDEX_RECORD_H

#include "base/buf.h"
#include "base/when.h"
#include "newsdup.h"
#include "sketch/fingerprint.h"

enum record_string { RECORD_ID, RECORD_URL, RECORD_OUTLET, RECORD_PUBLISHED, RECORD_TITLE,
		     RECORD_AGENCY, RECORD_BYLINE, RECORD_DATELINE, RECORD_STRINGS };

struct record {
	uint32_t version;  /* FP_VERSION */
	uint32_t bytes;    /* up to the matches */
	uint32_t fp_at;
	uint32_t n_matches;
	uint32_t at[RECORD_STRINGS + 1]; /* where each string starts; the last: behind them. Equal: absent */
	uint32_t verdict;
	uint32_t id_is_number;
	uint32_t adds_nothing; /* to its story's frequencies */
	uint32_t story;        /* its leader: itself, when it started one */
	uint32_t lead_story;   /* the same; ND_NONE without a lead */
	uint32_t earlier;      /* the article of the same id that it superseded; ND_NONE */
	struct when published;
	uint64_t id_key;    /* hashes: of the id, */
	uint64_t url_key;   /* of outlet and url, */
	uint64_t title_key; /* of outlet and title as it is read out; 0 where one is absent */
};

/* Appends the record of an article to b; credits may be NULL. Errors: -ENOMEM, -E2BIG. */
int record_build(struct buf *b, const struct nd_article *article, const struct fp_credits *credits,
		 const struct fingerprint *fp);

static inline const struct fingerprint *record_fingerprint(const struct record *r)
{
	return (const struct fingerprint *)((const char *)r + r->fp_at);
}

static inline const struct nd_match *record_matches(const struct record *r)
{
	return (const struct nd_match *)((const char *)r + r->bytes);
}

static inline struct nd_str record_string(const struct record *r, enum record_string s)
{
	if (r->at[s] == r->at[s + 1])
		return (struct nd_str){ NULL, 0 };
	return (struct nd_str){ (const char *)r + r->at[s], r->at[s + 1] - r->at[s] - 1 };
}

/* The article, without what a record does not keep: text and lang. */
static inline struct nd_article record_article(const struct record *r)
{
	return (struct nd_article){
		.id = record_string(r, RECORD_ID),
		.url = record_string(r, RECORD_URL),
		.outlet = record_string(r, RECORD_OUTLET),
		.published = record_string(r, RECORD_PUBLISHED),
		.title = record_string(r, RECORD_TITLE),
		.id_is_number = r->id_is_number,
	};
}

#endif
