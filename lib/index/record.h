/*
 * A record: what the index keeps of an article, as flat data: its strings and its fingerprint, made on
 * any thread; what was found of it and its matches, once it has been judged. The index is built again from
 * records without judging.
 *
 *     struct record | id url outlet published title agency byline dateline, each with a NUL | fingerprint
 *                   | matches | excerpts | posted
 *
 * excerpts: the beginnings of paragraphs; of all before it is judged, and then of those that others had before.
 * posted: a bit for each key of the body, whether the article has posted it; absent when all are, or none is.
 */
#ifndef ND_INDEX_RECORD_H
#define ND_INDEX_RECORD_H

#include "base/buf.h"
#include "base/when.h"
#include "index/furniture.h"
#include "newsdup.h"
#include "sketch/fingerprint.h"

enum record_string { RECORD_ID, RECORD_URL, RECORD_OUTLET, RECORD_PUBLISHED, RECORD_TITLE,
		     RECORD_AGENCY, RECORD_BYLINE, RECORD_DATELINE, RECORD_STRINGS };

#define EXCERPT_TEXT 60u

/* The first bytes of a paragraph, as they stand in the text; NULs end them. */
struct excerpt {
	uint32_t paragraph;
	char text[EXCERPT_TEXT];
};

#define EXCERPTS_MAX 1024u

enum record_gone {
	RECORD_THERE,
	RECORD_GONE,  /* the article has been taken out: all that is left is what came before it */
	RECORD_RULING /* it never was an article, but what somebody ruled about two (ruling.h) */
};

struct record {
	uint32_t version;  /* FP_VERSION */
	uint32_t bytes;    /* up to the matches */
	uint32_t fp_at;
	uint32_t n_matches;
	uint32_t at[RECORD_STRINGS + 1]; /* where each string starts; the last: behind them. Equal: absent */
	uint32_t verdict;
	uint32_t id_is_number;
	uint32_t n_posted;     /* keys of the body */
	uint32_t n_excerpts;
	uint8_t judged;        /* it has been: excerpts are those that are kept */
	uint8_t retired;       /* a later article has its id: what it says is found no more */
	uint8_t allowed;       /* it is in its story because it was told to be */
	uint8_t unused;
	uint32_t story;        /* its leader: itself, when it started one */
	uint32_t lead_story;   /* the same; ND_NONE without a lead */
	uint32_t earlier;      /* the article of the same id that it superseded; ND_NONE */
	uint32_t earlier_url, earlier_title; /* the same of outlet and url, of outlet and title */
	uint32_t earlier_headline; /* the same of the title alone */
	uint16_t gone;         /* enum record_gone */
	uint16_t revision;     /* so many versions of its id came before it; 65,535 for more */
	struct when published;
	uint64_t id_key;    /* hashes: of the id, */
	uint64_t url_key;   /* of outlet and url, */
	uint64_t title_key; /* of outlet and title as it is read out; 0 where one is absent */
	struct source source;
};

/* A record on its way. */
struct record_draft {
	struct record head;
	size_t start; /* in the buffer */
	const struct nd_article *article;
	struct nd_str host;
};

/*
 * Appends the record of an article to b in two steps, between which its fingerprint is appended there; host: of its url,
 * may be empty; credits may be NULL. The article must live until the second. Errors: -ENOMEM, -E2BIG; what has been
 * appended is to be taken back then.
 */
int record_begin(struct record_draft *d, struct buf *b, const struct nd_article *article, struct nd_str host,
		 const struct fp_credits *credits);
int record_end(struct record_draft *d, struct buf *b);

/* The same in one, of a fingerprint that there is; after an error nothing has been appended. */
int record_build(struct buf *b, const struct nd_article *article, struct nd_str host,
		 const struct fp_credits *credits, const struct fingerprint *fp);

/* Sets what its names are found by (id_key, url_key, title_key, the source's outlet) to those of an article; title_read as
 * in its fingerprint. */
void record_name(struct record *r, const struct nd_article *a, uint64_t title_read);

/* What stands for the name of an outlet in a source. */
uint16_t record_source_key(struct nd_str name);

/* The same of no text, whose id is empty. */
int record_blank(struct buf *b);

/* A ruling about the ids of two articles, number seq in the order of arrival. */
int record_ruling(struct buf *b, enum nd_ruling kind, struct nd_str first, struct nd_str second, uint32_t seq);

static inline const struct fingerprint *record_fingerprint(const struct record *r)
{
	return (const struct fingerprint *)((const char *)r + r->fp_at);
}

static inline const struct nd_match *record_matches(const struct record *r)
{
	return (const struct nd_match *)((const char *)r + r->bytes);
}

static inline const struct excerpt *record_excerpts(const struct record *r)
{
	return (const struct excerpt *)(record_matches(r) + r->n_matches);
}

/* Bytes behind the excerpts, for so many keys of which so many are posted. */
static inline size_t record_posted_bytes(uint32_t n_keys, uint32_t n_posted)
{
	return n_posted && n_posted < n_keys ? (n_keys + (size_t)7) / 8 : 0;
}

static inline const uint8_t *record_bits(const struct record *r)
{
	return (const uint8_t *)(record_excerpts(r) + r->n_excerpts);
}

/* Whether the article has posted its key i. */
static inline bool record_posted(const struct record *r, uint32_t i)
{
	const uint8_t *bits = record_bits(r);

	if (!r->n_posted || r->n_posted == record_fingerprint(r)->n_keys)
		return r->n_posted;
	return bits[i / 8] >> i % 8 & 1;
}

/* All of it. */
static inline size_t record_size(const struct record *r)
{
	return r->bytes + r->n_matches * sizeof(struct nd_match) + r->n_excerpts * sizeof(struct excerpt) +
	       record_posted_bytes(record_fingerprint(r)->n_keys, r->n_posted);
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
