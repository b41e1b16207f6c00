/*
 * Voice: whether a reporter tells something in a paragraph, or a site speaks to its reader. What looks like a
 * notice and is told by a reporter is news about it.
 */
#ifndef ND_TEXT_VOICE_H
#define ND_TEXT_VOICE_H

#include <stdbool.h>
#include <stdint.h>

#include "text/fold.h"

#define VOICE_SLOTS 512u

/* Words, by rules_anchor; zeroed: none. */
struct voice {
	uint64_t slots[VOICE_SLOTS];
	unsigned n;
};

struct rules;

/* Errors: -E2BIG, there are too many. */
int voice_add(struct voice *v, uint64_t anchor);

/* Whether one of the words stands in units [u, end). */
bool voice_speaks(const struct voice *v, const struct unit *u, const struct unit *end);

/* Whether folded text ends as Korean reporters write, plainly, and not as one speaks to a reader; one who "can" do
 * something may be either. */
bool voice_is_plain(const char *text, uint32_t from, uint32_t to);

/* Whether it ends with a Korean verb of the past: no copyright does. */
bool voice_is_past(const char *text, uint32_t from, uint32_t to);

/* Whether a paragraph that ends with a sentence tells news: units [u, end), folded bytes [from, to) of t. */
bool voice_reports(const struct rules *r, const struct folded *t, const struct unit *u, const struct unit *end,
		   uint32_t from, uint32_t to);

/* Whether a sentence of these units is longer than a notice, and says nothing to its reader. */
bool voice_is_long(const struct rules *r, const struct unit *u, const struct unit *end);

#endif
