/*
 * Proper names in a text: whom a notice is about, in scripts and languages where that can be seen without a dictionary.
 *
 *     Latin, Greek, Cyrillic ...  a word with a capital letter that no sentence begins with
 *     Hangul                      a surname and two syllables, next to a title, "(", "," or another sign of a name
 *
 * Only the names of a text's own script count: how it spells others, in brackets, differs from outlet to outlet. German
 * writes every noun so, and Chinese and Japanese show nothing: there names tell nothing, or little.
 */
#ifndef ND_TEXT_PROPER_H
#define ND_TEXT_PROPER_H

#include <stdbool.h>

#include "text/fold.h"

/* What most of the units [from, end) weigh: that of its own script. */
uint32_t proper_weight(const struct unit *u, size_t from, size_t end);

/* How many of the units [i, end), which a text of such units has from `from` on, are one name; 0: it is none. source:
 * what was folded, up to the last unit's end. */
size_t proper_at(uint32_t weight, const struct unit *u, size_t from, size_t i, size_t end, const char *source);

/*
 * A name of n units as it is kept. Of a word, so that names can be told that are inflected, hashes of its letters:
 *
 *     12 bits  the first four    4 bits each  the next four    4 bits  how many it has, at most 15
 *
 * Of syllables 28 bits of `hash`, that of all of them: they do not change.
 */
uint32_t proper_key(const struct unit *u, size_t n, const char *source, uint64_t hash);

/* Of so many letters at most, the bits of those that begin alike in all cases of a name: four, or 60 %. */
static inline uint32_t proper_stem(uint32_t letters)
{
	return letters <= 6 ? 0xFFF00000u : letters <= 8 ? 0xFFFF0000u : letters <= 10 ? 0xFFFFF000u :
	       letters <= 12 ? 0xFFFFFF00u : 0xFFFFFFF0u;
}

/* Whether two are one, perhaps in other cases: "Иванов" and "Ивановым", "Kowalski" and "Kowalskiego". One has up to three
 * letters more. */
static inline bool proper_same(uint32_t x, uint32_t y)
{
	uint32_t n = x & 15, m = y & 15;

	if (!n || !m || n > m + 3 || m > n + 3)
		return x == y;
	return !((x ^ y) & proper_stem(n > m ? n : m));
}

/* Whether Korean names begin with this syllable. */
bool proper_is_surname(uint32_t cp);

/* Whether one may be there, by its first byte: most words are none. */
static inline bool proper_may_be(const struct unit *u, size_t i, const char *source)
{
	unsigned char c = (unsigned char)source[u[i].start];

	return c >= 0x80 || (unsigned char)(c - 'A') < 26;
}

#endif
