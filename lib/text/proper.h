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

/* Whether Korean names begin with this syllable. */
bool proper_is_surname(uint32_t cp);

/* Whether one may be there, by its first byte: most words are none. */
static inline bool proper_may_be(const struct unit *u, size_t i, const char *source)
{
	unsigned char c = (unsigned char)source[u[i].start];

	return c >= 0x80 || (unsigned char)(c - 'A') < 26;
}

#endif
