/*
 * Credits of a paragraph: datelines at its beginning; bylines, photo credits and notices that are all of it or
 * stand at its end, glued to the text or not.
 *
 * Nearly all paragraphs end with a sentence and are done with a look at their first and last characters. Where
 * one does not, its first and last units are asked for the anchors of rules; rules are tried only when one is
 * there.
 */
#ifndef ND_TEXT_CREDITS_H
#define ND_TEXT_CREDITS_H

#include <string.h>

#include "text/match.h"

enum credit_of {
	CREDIT_NONE,
	CREDIT_PART,   /* some of the paragraph: what is left of it is between unit and unit_end */
	CREDIT_LINE,   /* all of it */
	CREDIT_PHOTO,  /* all of it, with a picture's credit */
};

/* What the credits of an article say; source bytes, end 0: nothing. */
struct credit_names {
	uint32_t byline, byline_end, dateline, dateline_end;
	int agency; /* number of the key; -1 */
};

struct credits {
	enum credit_of of;
	uint32_t unit, unit_end; /* of the text that is left */
	uint32_t fold, fold_end;
	bool dateline;           /* it begins with one that names an agency or a place */
	bool byline;             /* all of it tells who wrote what follows, or came before */
};

/* Finds what the end of paragraph i says, and whether it is all a credit. source: the text folded; sentence: the
 * paragraph ends with one. */
void credits_tail(const struct rules *r, const struct folded *t, size_t i, const char *source, bool sentence,
		  struct credits *ret, struct credit_names *names);

/* Finds what stands before the text of paragraph i, whose end has been looked at. */
void credits_head(const struct rules *r, const struct folded *t, size_t i, const char *source, struct credits *ret,
		  struct credit_names *names);

/* Finds a dateline that stands behind a caption glued to the text of paragraph i. */
void credits_inner(const struct rules *r, const struct folded *t, size_t i, struct credits *ret,
		   struct credit_names *names);

/* Whether folded text ends with a sentence, perhaps in quotation marks or brackets. */
static inline bool credits_sentence(const char *text, uint32_t from, uint32_t end)
{
	while (end > from && (text[end - 1] == '"' || text[end - 1] == '\'' || text[end - 1] == ')'))
		end--;
	if (end == from)
		return false;
	if (text[end - 1] == '.' || text[end - 1] == '?' || text[end - 1] == '!')
		return true;
	return end - from >= 3 && (!memcmp(text + end - 3, "\xe3\x80\x82", 3) || !memcmp(text + end - 2, "\xd8\x9f", 2));
}

/* Whether it ends with a bracket. */
static inline bool credits_may_end(const char *text, uint32_t from, uint32_t end)
{
	return end > from && (text[end - 1] == ')' || text[end - 1] == ']' || text[end - 1] == '\x91');
}

/* Finds names in brackets at the end of what *c has of paragraph i, the last of the text that is no credit: nothing but
 * their place says whose they are. Whether there are some. */
bool credits_end(const struct rules *r, const struct folded *t, size_t i, const char *source, struct credits *c,
		 struct credit_names *names);

#endif
