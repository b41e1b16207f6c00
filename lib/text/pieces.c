#include "text/pieces.h"

#include <string.h>

#include "base/hash.h"

#define RUN_ON 200u    /* weight behind a cut from which on hashes cut, too: 40 words, 67 syllables */
#define BLANK_IN 6u    /* of the blanks there, one in so many is a cut, */
#define NO_BLANK_IN 24u /* and of the places between two syllables */
#define GAP_BYTES 64u  /* of what stands between two units, that are looked at */
#define HASHED 32u     /* hashes at a time */

/* --- where a line is cut --- */

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Whether the character of two or three bytes at `at` ends a sentence in its script, or sets off what follows:
 * arrows U+2190 to 21FF, numbers in circles, boxes, shapes and signs U+2460 to 27BF, the copyright sign. */
static bool is_wide_cut(const char *at, uint32_t n)
{
	static const char *const ends[] = { "\u3002", "\uFF01", "\uFF1F", "\uFF61", "\u06D4", "\u061F", "\u0964",
					    "\u2026", "\u3010", "\u3011", "\uFF5C", "\u00A9", "\u00BB", "\u203A" };
	uint8_t first = (uint8_t)at[0], second = n > 1 ? (uint8_t)at[1] : 0;

	if (first == 0xE2 && (second == 0x86 || second == 0x87 || (second >= 0x91 && second <= 0x9E)))
		return true;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (n >= strlen(ends[i]) && !memcmp(at, ends[i], strlen(ends[i])))
			return true;
	return false;
}

/* Whether a full stop that stands alone between two units ends a sentence glued to the next one: "3.5" and "example.org"
 * do not. */
static bool ends_glued(const struct unit *before, const struct unit *next, const char *source)
{
	if (before->weight == UNIT_SYLLABLE || next->weight == UNIT_SYLLABLE)
		return !is_digit(source[before->end - 1]) || !is_digit(source[next->start]);
	return is_lower(source[before->end - 1]) && is_upper(source[next->start]);
}

/* Whether what stands between two units cuts the line there. */
static bool cuts(const struct unit *before, const struct unit *next, const char *source)
{
	const char *at = source + before->end;
	uint32_t n = next->start - before->end;

	if (next->start <= before->end || (n == 1 && *at == ' ')) /* of one character, as U+337B, both may be */
		return false;
	if (n == 1 && *at == '.')
		return ends_glued(before, next, source);
	for (uint32_t i = 0; i < n && i < GAP_BYTES; i++) {
		if ((uint8_t)at[i] >= 0xC2 ? is_wide_cut(at + i, n - i) : at[i] && strchr("!?|[]<>#\t", at[i]) != NULL)
			return true;
		if (at[i] == '.' && n > 1)
			return true;
	}
	return false;
}

/* Whether the units on both sides of a place cut it by their hashes. */
static bool cuts_by_hash(const struct unit *before, const struct unit *next)
{
	uint64_t hash = hash_finish(hash_step(before->hash, next->hash));

	return next->start >= before->end && hash < UINT64_MAX / (next->start > before->end ? BLANK_IN : NO_BLANK_IN);
}

/* --- cutting --- */

struct cutting {
	const struct unit *units;
	struct piece *at;
	uint32_t n;
};

static void add(struct cutting *c, uint32_t from, uint32_t end)
{
	if (c->n == PIECES_MAX)
		c->at[PIECES_MAX - 1].unit_end = end;
	else
		c->at[c->n++] = (struct piece){ from, end };
}

/* A sentence, or what stands between two cuts. */
static void add_stretch(struct cutting *c, uint32_t from, uint32_t end, bool at_edge)
{
	uint32_t weight = at_edge ? RUN_ON : 0, start = from;

	for (uint32_t i = from + 1; i < end; i++) {
		weight += c->units[i].weight;
		if (weight < RUN_ON || !cuts_by_hash(&c->units[i - 1], &c->units[i]))
			continue;
		add(c, start, i);
		start = i;
	}
	add(c, start, end);
}

static bool is_glued(const struct unit *units, uint32_t from, uint32_t end)
{
	uint32_t sum = 0;

	if ((uint64_t)(end - from) * UNIT_WORD < PIECES_WEIGHT)
		return false;
	for (uint32_t i = from; i < end && sum < PIECES_WEIGHT; i++)
		sum += units[i].weight;
	return sum >= PIECES_WEIGHT;
}

uint32_t pieces_cut(const struct unit *units, uint32_t from, uint32_t end, const char *source,
		    struct piece ret[PIECES_MAX])
{
	struct cutting c = { units, ret, 0 };
	uint32_t start = from;

	if (!is_glued(units, from, end))
		return 0;
	for (uint32_t i = from + 1; i < end; i++) {
		if (!cuts(&units[i - 1], &units[i], source))
			continue;
		add_stretch(&c, start, i, start == from);
		start = i;
	}
	add_stretch(&c, start, end, true);
	return c.n > 1 ? c.n : 0;
}

/* --- what a piece says --- */

/* With 0 for each number, or as it stands; *ret_words: units that are no numbers. */
static uint64_t hash_piece(const struct unit *units, struct piece piece, const char *source, bool mask,
			   uint32_t *ret_words)
{
	uint64_t hashes[HASHED], ret = 0;
	uint32_t n = 0;

	*ret_words = 0;
	for (uint32_t i = piece.unit; i < piece.unit_end; i++) {
		bool number = is_digit(source[units[i].start]);

		*ret_words += !number;
		hashes[n++] = mask && number ? 0 : units[i].hash;
		if (n == HASHED) {
			ret = hash_seeded(hashes, sizeof(hashes), ret);
			n = 0;
		}
	}
	return hash_seeded(hashes, n * sizeof(*hashes), ret);
}

struct line_key piece_key(const struct unit *units, struct piece piece, const char *source)
{
	uint32_t n = piece.unit_end - piece.unit, words;
	struct line_key ret = { .hash = hash_piece(units, piece, source, n <= LINE_UNITS, &words) };

	ret.masked = n <= LINE_UNITS && words && words < n;
	if (!words)
		ret.hash = hash_piece(units, piece, source, false, &words);
	return ret;
}
