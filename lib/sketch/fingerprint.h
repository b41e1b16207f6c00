/*
 * A fingerprint: all that newsdup knows of a text, as flat data. It is a pure function of the article
 * and of the profile, holds no pointers, and may cross threads and disks.
 *
 *     struct fingerprint              the head
 *     struct fp_paragraph [n_paragraphs]
 *     uint32_t shingles [n_shingles]  the distinct shingles, in order of the text: the first FP_SHINGLE_BITS of their hashes
 *     struct fp_key [n_keys]          those that are keys, in the same order
 *     uint32_t head [n_head]          high halves of short shingles from the lead on; the lead's first
 *     struct fp_span [n_spans]        where the shingles stand: paragraphs, quotations
 *     uint32_t numbers [n_numbers]    of a body that is not long: where each number stands, and what it is
 *     uint32_t names [n_names]        of a short body: its distinct proper names, as text/proper.h keeps them
 *     uint64_t simhashes [n_simhashes] of each paragraph, where they were asked for
 *
 * Behind shingles, keys, head and spans stands what arrange.h has set aside of them.
 *
 * Shingle: the shortest run of units of weight 15 or more (three words, or five syllables) that starts
 * at a unit; short shingle: of weight 9 (two words, three syllables). Keys are the shingles whose hash
 * is below 2^64 / scale: Broder's sketch for containment (1997), FracMinHash. The scale is a power of two;
 * two texts compare at the coarser of their scales.
 */
#ifndef ND_SKETCH_FINGERPRINT_H
#define ND_SKETCH_FINGERPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "text/fold.h"
#include "text/proper.h"
#include "text/roles.h"

#define FP_VERSION 11u
#define FP_SCALE 16u          /* of a long text, one shingle in so many is a key */
#define FP_KEYS_MIN 16u       /* of a shorter one more, so that so many are: one in 8, 4, 2, or all */
#define FP_SHINGLE_WEIGHT 15u
#define FP_SHINGLE_BITS 20u   /* of n and m shingles n * m / 2^20 are alike by chance (index/compare.h) */
#define FP_SHORT_WEIGHT 9u
#define FP_LEAD_WEIGHT 150u   /* 30 words or 50 syllables */
#define FP_HEAD_WEIGHT 375u   /* 75 words or 125 syllables */

#define FP_UNITS_MAX 0x1FFFFFu /* that a paragraph tells */

/* A paragraph of more is never learned to be furniture, 50 words or 83 syllables: its shingles, once they are seen
 * everywhere, weigh nothing all the same. */
#define FP_FURNITURE_WEIGHT 250u
#define FP_PIECE_WEIGHT 24u /* nor is a piece of a glued line of no more: set phrases */

/* Numbers and names are the facts of a form, and forms are short: of texts of more units, and past so many, none are
 * kept. */
#define FP_NUMBERS_UNITS 800u
#define FP_NUMBERS_MAX 128u
#define FP_NAMES_UNITS 300u
#define FP_NAMES_MAX 64u

/*
 * Of a number, from the low bit on: whether it goes on the row before it; a hash of its place in a form, the word or the two
 * syllables before the row and the unit behind it; the low bits of its own hash.
 */
#define FP_NUMBER_JOINS 1u
#define FP_PLACE_BITS 11u

static inline uint32_t fp_number_place(uint32_t number)
{
	return number >> 1 & ((1u << FP_PLACE_BITS) - 1);
}

static inline uint32_t fp_number_what(uint32_t number)
{
	return number >> (1 + FP_PLACE_BITS);
}

struct fp_paragraph {
	uint64_t hash;    /* of the folded paragraph (text/line.h) */
	uint32_t line, start, end; /* as in struct paragraph */
	uint32_t role : 4;         /* enum part_role */
	uint32_t learned : 4;      /* what it is by other articles; 0: as `role` says */
	uint32_t counted : 1;      /* the index counts it (index/around.h) */
	uint32_t masked : 1;       /* numbers stand for others in the hash */
	uint32_t is_long : 1;      /* more than FP_FURNITURE_WEIGHT; a piece: or no more than FP_PIECE_WEIGHT */
	uint32_t units : 21;       /* of a part of the body, without its credits; at most FP_UNITS_MAX. 0: it has pieces */
};

static inline enum part_role fp_role(const struct fp_paragraph *p)
{
	return p->learned ? p->learned : p->role;
}

/* Not what the article alone is sure of. */
static inline bool fp_may_be_furniture(const struct fp_paragraph *p)
{
	return p->units && !p->is_long && p->role != PART_TITLE && p->role != PART_CREDIT;
}

struct fp_key {
	uint32_t place; /* in shingles, which has the first bits of the hash */
	uint32_t low;   /* its low half */
};

/* Shingles from `place` on, up to the next span's, start in this paragraph, and in a quotation or not. */
struct fp_span {
	uint32_t place;
	uint32_t paragraph : 31;
	uint32_t quoted : 1;
};

struct fingerprint {
	uint32_t version;
	uint32_t bytes;       /* of the whole */
	uint64_t body_hash;   /* XXH3-64 of the folded body; 0 without a unit */
	uint64_t text_hash;   /* of all paragraphs as they stand, folded */
	uint64_t title_hash;  /* of the folded title, as that of a paragraph; 0 without one */
	uint64_t title_read;  /* of the title read out (hanja.h); 0 without one */
	uint32_t n_paragraphs, n_units; /* units of the body */
	uint32_t n_shingles, n_keys;
	uint32_t n_head, n_lead; /* short shingles */
	uint32_t scale;
	uint32_t body_start, body_end; /* bytes of the text */
	uint32_t n_spans;
	uint32_t n_quoted; /* shingles */
	uint32_t n_numbers, n_names;
	uint32_t n_lead_alone; /* n_lead, when nothing is set aside */
	uint32_t n_aside, n_aside_keys, n_aside_spans, n_aside_head; /* set aside */
	uint32_t arranged; /* something was learned of its paragraphs */
	uint32_t n_simhashes; /* n_paragraphs, or 0 */
};

/* The shingle of a hash. */
static inline uint32_t fp_shingle_of(uint64_t hash)
{
	return (uint32_t)(hash >> (64 - FP_SHINGLE_BITS));
}

/* Whether a shingle that is a key at some scale is one at this, too. */
static inline bool fp_is_key_at(uint32_t shingle, uint32_t scale)
{
	return shingle < (1u << FP_SHINGLE_BITS) / scale;
}

static inline const struct fp_paragraph *fp_paragraphs(const struct fingerprint *fp)
{
	return (const struct fp_paragraph *)(fp + 1);
}

/* Whether paragraph i is a piece of a glued line (sketch/paragraphs.h): the line itself stands before its pieces. */
static inline bool fp_is_piece(const struct fingerprint *fp, uint32_t i)
{
	return i && fp_paragraphs(fp)[i].line == fp_paragraphs(fp)[i - 1].line;
}

static inline const uint32_t *fp_shingles(const struct fingerprint *fp)
{
	return (const uint32_t *)(fp_paragraphs(fp) + fp->n_paragraphs);
}

static inline const struct fp_key *fp_keys(const struct fingerprint *fp)
{
	return (const struct fp_key *)(fp_shingles(fp) + fp->n_shingles + fp->n_aside);
}

/* What postings of key i are kept for: the shingle, and the low half of its hash. */
static inline uint64_t fp_key(const struct fingerprint *fp, uint32_t i)
{
	struct fp_key key = fp_keys(fp)[i];

	return (uint64_t)fp_shingles(fp)[key.place] << 32 | key.low;
}

static inline const uint32_t *fp_head(const struct fingerprint *fp)
{
	return (const uint32_t *)(fp_keys(fp) + fp->n_keys + fp->n_aside_keys);
}

static inline const struct fp_span *fp_spans(const struct fingerprint *fp)
{
	return (const struct fp_span *)(fp_head(fp) + fp->n_head + fp->n_aside_head);
}

/* Behind the last shingle of span i. */
static inline uint32_t fp_span_end(const struct fingerprint *fp, uint32_t i)
{
	return i + 1 < fp->n_spans ? fp_spans(fp)[i + 1].place : fp->n_shingles;
}

static inline const uint32_t *fp_numbers(const struct fingerprint *fp)
{
	return (const uint32_t *)(fp_spans(fp) + fp->n_spans + fp->n_aside_spans);
}

static inline const uint32_t *fp_names(const struct fingerprint *fp)
{
	return fp_numbers(fp) + fp->n_numbers;
}

/* SimHash of the body, of its distinct shingles. */
uint64_t fp_simhash(const struct fingerprint *fp);

/* That of paragraph i, of its short shingles; 0 where it was not asked for. */
uint64_t fp_paragraph_simhash(const struct fingerprint *fp, uint32_t i);

struct fingerprinter;

/* One object a thread. Errors: as folder_new. */
int fingerprinter_new(struct fingerprinter **ret);
void fingerprinter_free(struct fingerprinter *f);

/* Rules for the texts to come, which must live as long as they are in use; NULL: those that are built in. */
void fingerprinter_use(struct fingerprinter *f, const struct rules *r);

/* Whether fingerprints to come tell SimHash of each paragraph; at first they do not. */
void fingerprinter_simhash(struct fingerprinter *f, bool on);

struct fp_string {
	const char *at; /* NULL: absent */
	size_t len;
};

/* What the credits of the text say that was read last. */
struct fp_credits {
	struct fp_string agency;           /* a key of the agency table; lives as long as the rules in use */
	struct fp_string byline, dateline; /* stand in the text */
};

struct fp_credits fingerprinter_credits(const struct fingerprinter *f, const char *text);

/*
 * Reads a text, which must live until its fingerprint has been put; title may be empty. is_utf8: both are known to be.
 * Errors: as fold_text; at the first text that needs them those of rules_builtin.
 */
int fingerprint_read(struct fingerprinter *f, const char *title, size_t title_len, const char *text, size_t text_len,
		     bool is_utf8);

/* Appends the fingerprint of the text read last, once; `to` must hold a multiple of 8 bytes. Errors: -ENOMEM, -E2BIG. */
int fingerprint_put(struct fingerprinter *f, struct buf *to);

/*
 * Both. *ret belongs to the fingerprinter and lives until its next
 * call.
 */
int fingerprint_text(struct fingerprinter *f, const char *title, size_t title_len, const char *text,
		     size_t text_len, const struct fingerprint **ret);

#endif
