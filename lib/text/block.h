/*
 * Blocks of 64 bytes of UTF-8 in which most characters fold to themselves: ASCII in lower case, and
 * one bit a byte for what matters. The widest vectors that the processor has are picked at run time.
 */
#ifndef ND_TEXT_BLOCK_H
#define ND_TEXT_BLOCK_H

#include <stdint.h>

#define BLOCK 64

struct block_bits {
	uint64_t word;     /* ASCII letters and digits */
	uint64_t blank;    /* U+0020 */
	uint64_t syllable; /* first bytes of characters of block_syllable that end within the block */
	uint64_t quote;    /* U+0022 */
	uint64_t stop;     /* all that needs a closer look: control characters, ` and ~, other non-ASCII */
};

/*
 * Reads 64 bytes of well-formed UTF-8, cut anywhere, at `from`; writes them to `to` with A-Z in lower
 * case, all others as they are.
 */
typedef void block_fn(const uint8_t *from, uint8_t *to, struct block_bits *ret);

/* The fastest of this machine. */
block_fn *block_pick(void);

/* All that this machine has, the plainest first, NULL behind the last: for tests. */
block_fn *const *block_all(void);

/*
 * Whether cp is a syllable of three bytes that folds to itself: Hangul U+AC00 to U+D7A3, Han U+4E00
 * to U+9FFF, most Kana. None of them joins what stands before it; what stands behind may join them.
 */
static inline int block_syllable(uint32_t cp)
{
	if (cp - 0x4E00u < 0x5200u || cp - 0xAC00u < 11172u)
		return 1;
	return cp - 0x3041u <= 0x3096u - 0x3041u || cp - 0x30A1u <= 0x30FAu - 0x30A1u || cp == 0x30FC;
}

#endif
