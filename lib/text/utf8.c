#include "text/utf8.h"

#include <string.h>

/* Bytes of the well-formed sequence at p (RFC 3629, section 4), or 0. */
static unsigned sequence(const uint8_t *p, size_t room)
{
	uint8_t low = 0x80, high = 0xBF;
	unsigned n;

	if (p[0] < 0xC2 || p[0] > 0xF4)
		return 0;
	n = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
	if (room < n)
		return 0;
	if (p[0] == 0xE0)
		low = 0xA0;
	else if (p[0] == 0xED)
		high = 0x9F;
	else if (p[0] == 0xF0)
		low = 0x90;
	else if (p[0] == 0xF4)
		high = 0x8F;
	if (p[1] < low || p[1] > high)
		return 0;
	for (unsigned i = 2; i < n; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	return n;
}

size_t utf8_valid(const char *text, size_t len)
{
	const uint8_t *at = (const uint8_t *)text;
	size_t i = 0;

	while (i < len) {
		uint64_t word[4];
		unsigned n;

		while (len - i >= sizeof(word)) {
			memcpy(word, at + i, sizeof(word));
			if ((word[0] | word[1] | word[2] | word[3]) & 0x8080808080808080u)
				break;
			i += sizeof(word);
		}
		if (i == len)
			break;
		if (at[i] < 0x80) {
			i++;
			continue;
		}
		n = sequence(at + i, len - i);
		if (!n)
			return i;
		i += n;
	}
	return len;
}
