/*
 * ICU's dictionary word breaker, for the scripts that write no blanks between words.
 */
#ifndef ND_TEXT_WORDS_H
#define ND_TEXT_WORDS_H

#include <stddef.h>
#include <stdint.h>

struct words {
	void *breaker;   /* UBreakIterator, opened at first use */
	uint16_t *utf16; /* what it gets */
	uint32_t *place; /* the code point of each unit of utf16 */
	size_t cap;
};

void words_done(struct words *w);

/*
 * Cuts n folded code points into words: ret[i] is the place of the first code point of word i + 1; the
 * last is n. ret holds n. Returns the number of words, or -ENOMEM, -EIO when ICU fails.
 */
int words_cut(struct words *w, const uint32_t *cps, size_t n, uint32_t *ret);

#endif
