/*
 * A rule against characters: a window of folded text, at most MATCH_WINDOW of them.
 *
 * Whatever the text, a match takes a bounded number of steps.
 */
#ifndef ND_TEXT_MATCH_H
#define ND_TEXT_MATCH_H

#include "text/rules.h"

#define MATCH_WINDOW 320u
#define MATCH_HEAD 96u /* of a window at a beginning */
#define MATCH_TAIL 200u /* at the end of a long paragraph */

enum { MATCH_BLANK = 16, MATCH_DIGIT = 17 }; /* besides enum char_class */

struct window {
	uint32_t cp[MATCH_WINDOW];
	uint32_t at[MATCH_WINDOW + 1]; /* byte of the folded text; the last: behind the window */
	uint8_t class[MATCH_WINDOW];
	unsigned n;
	uint64_t marks; /* rules_mark of those that are CHAR_OTHER */
	bool capitals; /* the paragraph begins with a word in capital letters */
	bool agency;   /* a name of an agency may stand here */
};

/* enum char_class of a folded character, or one of the above. */
uint8_t match_class(uint32_t cp);

/* Fills a window with the first characters of folded bytes [from, to), or with the last ones, at most max. */
void window_head(struct window *w, const char *text, uint32_t from, uint32_t to, unsigned max);
void window_tail(struct window *w, const char *text, uint32_t from, uint32_t to, unsigned max);

/* What a rule found: folded bytes of the window; end 0: nothing. */
struct match_part {
	uint32_t from, end;
};

struct match_found {
	struct match_part name, place;
	int agency; /* number of the key; -1 */
	unsigned end; /* character of the window */
};

/* Whether the rule matches at character `at`, up to the window's end when whole. */
bool match_rule(const struct rules *r, const struct rule *rule, const struct window *w, unsigned at, bool whole,
		struct match_found *ret);

#endif
