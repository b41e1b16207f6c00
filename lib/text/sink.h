/*
 * Where folded characters go: the folded text, its units and paragraphs, and the token at hand.
 *
 * A token stays open while characters extend it; closed, it becomes a unit (a word) or several (a run
 * of an unspaced script).
 */
#ifndef ND_TEXT_SINK_H
#define ND_TEXT_SINK_H

#include <endian.h>
#include <stdbool.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/buf.h"
#include "base/hash.h"
#include "text/chars.h"
#include "text/fold.h"
#include "text/utf8.h"
#include "text/words.h"

/* What sink_room leaves free: a block of 64 bytes, at most as many units, and 16 bytes for hashing. */
#define SINK_ROOM 128u
#define SINK_UNITS 64u

struct run_char { /* of an unspaced run */
	uint32_t start, end; /* source bytes */
	uint32_t fold;       /* where it starts in out */
};

struct sink {
	struct buf out;
	struct unit *units;
	size_t n_units, cap_units;
	struct paragraph *paragraphs;
	size_t n_paragraphs, cap_paragraphs;
	uint32_t *marks; /* quotation marks: source bytes */
	size_t n_marks, cap_marks;
	uint32_t line;     /* number of this line, from 1 */
	uint32_t text_end; /* source, behind the last character that is no white space */
	bool open;         /* a paragraph is open: the last of paragraphs */
	bool blank;        /* a blank stands last in out, or nothing of the paragraph does */

	enum char_class token;            /* CHAR_WORD, CHAR_UNSPACED, or CHAR_OTHER when none */
	uint32_t token_start, token_fold; /* where it starts, in source and out */
	struct words words;
	struct run_char *run; /* an unspaced run: two arrays of SINK_RUN_MAX, and its code points */
	uint32_t *run_cps, *run_cuts;
	size_t n_run;
};

void sink_init(struct sink *s);
void sink_done(struct sink *s);

/* Forgets the last text, makes room for one of len bytes. Errors: -ENOMEM. */
int sink_begin(struct sink *s, size_t len);

/* The slow half of sink_room. */
int sink_grow(struct sink *s);

/* Makes room for SINK_ROOM bytes of text and SINK_UNITS units. Errors: -ENOMEM. */
static inline int sink_room(struct sink *s)
{
	if (s->out.cap - s->out.len >= SINK_ROOM && s->cap_units - s->n_units >= SINK_UNITS)
		return 0;
	return sink_grow(s);
}

/* Ends the open token, if any. Leaves the room of sink_room. Errors: -ENOMEM, -EIO when ICU fails. */
int sink_close_token(struct sink *s);

/* Errors: -E2BIG past ND_PARAGRAPHS_MAX, -ENOMEM. */
int sink_open_paragraph(struct sink *s, uint32_t start);

/* Does nothing when none is open. Errors: -ENOMEM, -EIO. */
int sink_close_paragraph(struct sink *s);

/* White space. Errors: -ENOMEM, -EIO. */
int sink_blank(struct sink *s);

/* Source bytes [start, end) folded to cp, or to several of which cp is one. Errors: all of above. */
int sink_char(struct sink *s, uint32_t cp, enum char_class class, uint32_t start, uint32_t end);

/* A quotation mark at a source byte. Errors: -ENOMEM. */
int sink_mark(struct sink *s, uint32_t at);

/* --- units; room must have been made --- */

static inline uint64_t load64(const uint8_t *at)
{
	uint64_t ret;

	memcpy(&ret, at, sizeof(ret));
	return le64toh(ret);
}

#define SINK_SECRET_LOW 0xA0761D6478BD642Fu
#define SINK_SECRET_HIGH 0xE7037ED1A0B428DBu

/* wyhash's mixing (https://github.com/wangyi-fudan/wyhash) of a word of up to 16 bytes, padded with NULs: the product of
 * its halves, each with a secret of its own. */
static inline uint64_t sink_mix(uint64_t low, uint64_t high)
{
	unsigned __int128 x = (unsigned __int128)low * high;

	return (uint64_t)x ^ (uint64_t)(x >> 64);
}

/* 16 bytes: all bits of the first n, at most 16, and none of the others. */
static inline const uint8_t *sink_mask(size_t n)
{
	static const uint8_t mask[32] = { 255, 255, 255, 255, 255, 255, 255, 255,
					  255, 255, 255, 255, 255, 255, 255, 255 };

	return mask + 16 - n;
}

/* The hash of a word of n bytes, at most 16, all of whose bits `set` are set beforehand; 16 bytes are read. */
static inline uint64_t sink_hash_masked(const uint8_t *at, size_t n, uint8_t set)
{
	const uint8_t *mask = sink_mask(n);
#ifdef __SSE2__
	const __m128i secret = _mm_set_epi64x((long long)SINK_SECRET_HIGH, (long long)SINK_SECRET_LOW);
	__m128i x = _mm_or_si128(_mm_loadu_si128((const __m128i *)at), _mm_set1_epi8((char)set));

	x = _mm_xor_si128(_mm_and_si128(x, _mm_loadu_si128((const __m128i *)mask)), secret);
	return sink_mix((uint64_t)_mm_cvtsi128_si64(x), (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(x, x)));
#else
	const uint64_t all = set * 0x0101010101010101u;

	return sink_mix(((load64(at) | all) & load64(mask)) ^ SINK_SECRET_LOW,
			((load64(at + 8) | all) & load64(mask + 8)) ^ SINK_SECRET_HIGH);
#endif
}

/*
 * The hash of a word. Most are short: 16 bytes are read whatever its length (out has room) and those
 * behind it masked away, as a branch on the length of a word is a guess that often fails. Words hold no
 * NUL, so none equals another with padding.
 */
static inline uint64_t sink_hash_word(const uint8_t *at, size_t n)
{
	if (__builtin_expect(n > 16, 0))
		return hash_bytes(at, n);
	return sink_hash_masked(at, n, 0);
}

/* The same of ASCII letters and digits, n at most 16, whatever their case: bit 5 makes letters small. */
static inline uint64_t sink_hash_ascii(const uint8_t *at, size_t n)
{
	return sink_hash_masked(at, n, 0x20);
}

static inline uint64_t sink_hash_syllable(uint32_t cp)
{
	uint64_t x = cp * 0x9E3779B97F4A7C15u;

	x = (x ^ x >> 32) * 0xD6E8FEB86659FD93u;
	return x ^ x >> 32;
}

static inline void sink_put_unit(struct unit *at, uint64_t hash, uint32_t start, uint32_t end, uint32_t weight)
{
	uint64_t rest = start | (uint64_t)end << 32 | (uint64_t)weight << 56;

	_Static_assert(__BYTE_ORDER == __LITTLE_ENDIAN && sizeof(*at) == 16, "start, end and weight are written at once");
	at->hash = hash;
	memcpy(&at->start, &rest, sizeof(rest));
}

#endif
