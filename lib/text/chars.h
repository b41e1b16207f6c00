/*
 * What each code point folds to and what kind of token it makes: pages of 256, built from ICU when a
 * text first needs them.
 */
#ifndef ND_TEXT_CHARS_H
#define ND_TEXT_CHARS_H

#include <stddef.h>
#include <stdint.h>

enum char_class {
	CHAR_OTHER,    /* punctuation, symbols: between tokens */
	CHAR_WORD,     /* letters, digits: runs of them are words */
	CHAR_MARK,     /* marks: they extend the token they stand behind, and begin none */
	CHAR_SYLLABLE, /* Hangul, Han, Kana: each a unit */
	CHAR_UNSPACED, /* Thai, Lao, Khmer, Burmese: runs of them need the word breaker */
};

enum char_kind {
	CHAR_ONE,   /* folds to one code point: value */
	CHAR_MANY,  /* folds to several: value is their place in `many` */
	CHAR_NONE,  /* folds away */
	CHAR_SPACE, /* white space */
	CHAR_BREAK, /* newline */
	CHAR_JOINS, /* may change with what stands before it: left to ICU, with its neighbours */
};

struct char_entry {
	uint32_t value : 21;
	uint32_t kind : 3;
	uint32_t class : 3; /* of the one code point */
};

#define CHAR_PAGES 0x1100u

struct chars {
	const void *nfkc; /* ICU's NFKC_Casefold; ICU owns it */
	struct char_entry *pages[CHAR_PAGES];
	uint32_t *many;   /* runs: length, code points */
	uint32_t n_many, cap_many;
};

/* Errors: -ENOTSUP without ICU's data, -ENOMEM. */
int chars_init(struct chars *c);
void chars_done(struct chars *c);

/* Builds the page of cp. Errors: -ENOMEM, -EIO when ICU fails. */
int chars_build(struct chars *c, uint32_t cp);

/* The entry of cp, which must be at most U+10FFFF. NULL: chars_build first. */
static inline const struct char_entry *chars_peek(const struct chars *c, uint32_t cp)
{
	const struct char_entry *page = c->pages[cp >> 8];

	return page ? &page[cp & 255] : NULL;
}

/* The first step of folding, by hand: quotes, dashes and middle dots become ' " - and U+00B7,
 * half-width jamo become compatibility jamo, and their fillers, which show as blanks, blanks. */
uint32_t chars_hand(uint32_t cp);

/* Code points that NFKC must not see: compatibility jamo stay as they are. */
static inline int chars_kept(uint32_t cp)
{
	return cp >= 0x3131 && cp <= 0x318E;
}

enum char_class chars_class(uint32_t folded);

/*
 * Folds a sequence with ICU after the step by hand. n is at most CHARS_SEQUENCE; ret holds
 * CHARS_SEQUENCE_OUT. Returns the code points written, or -EIO.
 *
 * A longer sequence folds in pieces of this length, so marks are not ordered, and do not compose, from
 * one piece to the next. Unicode's stream-safe text (UAX #15, section 13) has 30 marks at most behind
 * one letter; no language needs as many, and what is built to cost time costs a bounded amount a byte.
 */
#define CHARS_SEQUENCE 64
#define CHARS_SEQUENCE_OUT (CHARS_SEQUENCE * 18)
int chars_fold_sequence(const struct chars *c, const uint32_t *in, size_t n, uint32_t *ret);

#endif
