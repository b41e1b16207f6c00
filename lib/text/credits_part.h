/*
 * What both ends of a paragraph need: parts of folded text, and what is told of them.
 */
#ifndef ND_TEXT_CREDITS_PART_H
#define ND_TEXT_CREDITS_PART_H

#include "text/credits.h"

/* How many units a stretch of folded text makes; -1: only ICU knows. */
int credit_units(const char *text, uint32_t from, uint32_t to);

/* Takes over what a match says: of each kind the first in the article. */
void credit_tell(const struct folded *t, const struct paragraph *p, const struct rule *rule, const struct match_found *m,
		 struct credit_names *names);

/* Cuts folded bytes [at, the end that is left) off paragraph p. */
void credit_cut_off(const struct folded *t, const struct paragraph *p, uint32_t at, struct credits *ret);

/* Whether a credit may start at character i: no word goes on over it. */
bool credit_border(const struct window *w, unsigned i);

/* Whether what a match took for names of persons looks like some: words that begin with capitals in the source, runs
 * of two to four syllables. */
bool credit_is_name(const struct folded *t, const struct paragraph *p, struct match_part name, const char *source);

/* Whether the address at character `at` begins with the last word of a sentence whose full stop it took for one of its
 * own: "... for ten more years.jane@example.com". text: folded. */
bool credit_is_glued(const struct window *w, unsigned at, const char *text);

/* Whether no word of a sentence stands before character `at`: the paragraph begins there, at folded byte `from`, or a
 * mark stands before it. */
bool credit_is_free(const struct window *w, unsigned at, uint32_t from);

#endif
