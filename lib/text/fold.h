/*
 * Folding and tokens in one pass: UTF-8 text to folded text, units and paragraphs.
 *
 * Folded text is what two outlets' versions of one sentence have in common: first, by hand, all
 * quotes, dashes and middle dots become one each, compatibility jamo stay as they are (NFKC would turn
 * a laughing U+314B into a conjoining U+110F), then NFKC_Casefold (Unicode UAX #15, UTS #46), white
 * space to single blanks, none at the ends of a paragraph.
 *
 * A unit is what shingles are made of: a run of letters and digits (a word), one Hangul syllable, Han
 * or Kana character, or a word of a script that writes no blanks (Thai, Lao, Khmer, Burmese), as ICU's
 * word breaker cuts it.
 *
 * A code point that folds alone comes from a table, built from ICU a page at a time as texts need
 * them; ICU itself folds sequences (combining marks, conjoining jamo). Source offsets count bytes of
 * the text as it was given.
 */
#ifndef ND_TEXT_FOLD_H
#define ND_TEXT_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Weights add up to a shingle: three words say as much as five syllables (findings of the project's
 * experiments on Korean and English copies). */
#define UNIT_SYLLABLE 3u
#define UNIT_WORD 5u

struct unit {
	uint64_t hash;
	uint32_t start;       /* first byte in the source */
	uint32_t end : 24;    /* behind the last byte in the source, of at most ND_TEXT_MAX */
	uint32_t weight : 8;
};

/* Whether n units weigh so much or more. Their number tells, mostly. */
static inline bool units_weigh(const struct unit *u, uint32_t n, uint32_t least)
{
	uint32_t sum = 0;

	if (n * UNIT_SYLLABLE >= least || n * UNIT_WORD < least)
		return n * UNIT_SYLLABLE >= least;
	for (uint32_t i = 0; i < n && sum < least; i++)
		sum += u[i].weight;
	return sum >= least;
}

/* A paragraph: a line that is not blank, or the lines that one hard-wrapped paragraph stands in. */
struct paragraph {
	uint32_t line;             /* of its first line, from 1 */
	uint32_t start, end;       /* source bytes */
	uint32_t fold, fold_end;   /* folded bytes */
	uint32_t unit, unit_end;   /* places in units */
};

#define FOLD_MARKS_MAX 65536u

/* What fold_text returns; owned by the folder, valid until its next call. */
struct folded {
	const char *text; /* paragraphs, each followed by a newline */
	size_t len;
	const struct unit *units;
	size_t n_units;
	const struct paragraph *paragraphs;
	size_t n_paragraphs;
	const uint32_t *marks; /* source bytes where quotation marks stand: all double ones, corner brackets */
	size_t n_marks;        /* at most FOLD_MARKS_MAX: what follows is not told */
};

struct folder;

/* One folder a thread. Errors: -ENOMEM, -ENOTSUP when ICU lacks its data. */
int folder_new(struct folder **ret);
void folder_free(struct folder *f);

/*
 * Folds a text. Errors: -EILSEQ (no UTF-8), -E2BIG (over ND_TEXT_MAX bytes or ND_PARAGRAPHS_MAX
 * paragraphs), -ENOMEM, -EIO when ICU fails.
 */
int fold_text(struct folder *f, const char *text, size_t len, struct folded *ret);

/* The same of a text that is known to be UTF-8. */
int fold_utf8(struct folder *f, const char *text, size_t len, struct folded *ret);

#endif
