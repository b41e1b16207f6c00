/*
 * One well-formed UTF-8 sequence (Unicode, table 3-7): the slow, exact look at bytes that the fast
 * paths of this folder gave up on.
 */
#ifndef ND_WIRE_UTF8_H
#define ND_WIRE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the sequence at `at`, of which n >= 1 may be read; 0 when it is not well-formed. */
static inline size_t utf8_sequence(const uint8_t *at, size_t n)
{
	uint8_t first = at[0];
	uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
	size_t len;

	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	len = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if (n < len || at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

#endif
