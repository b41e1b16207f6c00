/*
 * What a site says to its visitor in place of an article or around it: checks for robots, requests to log in, to
 * subscribe, to allow cookies or scripts. Phrases from a data file, found by their least common word.
 *
 *     site PHRASE    the paragraph is furniture, when nobody reports of the phrase in it
 *     wall PHRASE    and a page of SITE_WALL_UNITS units or less that has it, and no report, is no article at all
 */
#ifndef ND_TEXT_SITE_H
#define ND_TEXT_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/fold.h"

#define SITE_PHRASES_MAX 4096u
#define SITE_PHRASE_UNITS 24u /* the most of a phrase */
#define SITE_UNITS 40u        /* of a paragraph that is looked at in a page of any length */
#define SITE_WALL_UNITS 150u
#define SITE_BLOOM 32768u     /* bits */

enum site_word { SITE_NOTHING, SITE_LINE, SITE_WALL };

struct site_phrase {
	uint64_t anchor;
	uint32_t units;     /* place of its first in hashes */
	uint8_t n, at;      /* units; where the anchor is */
	uint8_t word;       /* enum site_word */
};

/* Zeroed: an empty one. */
struct site {
	struct site_phrase *phrases; /* by anchor */
	size_t n, cap;
	uint64_t *hashes;
	size_t n_hashes, cap_hashes;
	uint64_t bloom[SITE_BLOOM / 64];
};

void site_done(struct site *s);

/* Reads a line that was folded. Errors: -EINVAL (it is none), -EEXIST (it was the other word's
 * phrase), -E2BIG (too many, too long), -ENOMEM. */
int site_add(struct site *s, const struct folded *line);

/* What was added can be found from here on. */
void site_sort(struct site *s);

/* A phrase that stands in units [from, end). */
struct site_found {
	enum site_word word;
	size_t from, end;
};

/* What units [from, end) say. */
struct site_found site_find(const struct site *s, const struct unit *u, size_t from, size_t end);

#endif
