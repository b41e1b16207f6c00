/*
 * Roles: what each paragraph of one article is, as far as the article alone tells.
 *
 *     title      the title printed again; all before it is furniture
 *     repeat     a summary above the text that repeats a paragraph, or the beginning of one
 *     lead       the first paragraph of the text
 *     subhead    a short line without the end of a sentence, between paragraphs or above them
 *     credit     names, copyright, help lines (credits.h)
 *     caption    a line with a picture's credit
 *     related    a run of headlines behind the text
 *     body       the rest
 *
 * Credits within a paragraph are cut off: what is left of it is its part.
 */
#ifndef ND_TEXT_ROLES_H
#define ND_TEXT_ROLES_H

#include "text/credits.h"

enum part_role {
	PART_TITLE = 1,
	PART_LEAD,
	PART_BODY,
	PART_FURNITURE,
	PART_REPEAT,
	PART_SUBHEAD,
	PART_CREDIT,
	PART_CAPTION,
	PART_RELATED,
};

struct part {
	uint64_t hash;           /* of the folded paragraph, as line.h has it */
	enum part_role role;
	bool masked, plain;      /* likewise */
	bool dateline;
	bool sentence;           /* it ends with one */
	bool byline;             /* a line of its own that names who wrote it */
	uint32_t unit, unit_end; /* without credits; of roles that are no part of the body, all of it */
	uint32_t fold, fold_end;
};

/* A title as lines of the text repeat it; zeroed: none. */
struct page_title {
	uint64_t hash; /* as that of a paragraph */
	uint64_t read; /* of its core, read out (hanja.h) */
	uint32_t len;  /* of its core, folded */
};

/* That of the first line of folded text. */
struct page_title page_title(const struct rules *r, const struct folded *t);

struct page {
	struct part *parts; /* one a paragraph */
	size_t cap;
	size_t lead;        /* the paragraph; the number of paragraphs when there is none */
	struct credit_names names;
};

void page_init(struct page *p);
void page_done(struct page *p);

/* source: the text that was folded. Errors: -ENOMEM. */
int page_read(struct page *p, const struct rules *r, const struct folded *t, const char *source,
	      const struct page_title *title);

/* Whether what has this role stands in the body, whose shingles are compared. */
static inline bool part_in_body(enum part_role role)
{
	return role == PART_LEAD || role == PART_BODY || role == PART_SUBHEAD;
}

#endif
