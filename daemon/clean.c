#include "daemon/clean.h"

#include <stdbool.h>

#define HEAD_SHOWN 180u /* bytes of a text that is cut */
#define TAIL_SHOWN 60u

/* Bytes of the character at i; a C1 control, U+0080 to U+009F, counts as a control too. */
static bool is_control(struct nd_str s, size_t i, size_t *ret_bytes)
{
	unsigned char c = (unsigned char)s.at[i];

	*ret_bytes = 1;
	if (c != 0xC2 || i + 1 == s.len || (unsigned char)s.at[i + 1] > 0x9F)
		return c < ' ' || c == 0x7F;
	*ret_bytes = 2;
	return true;
}

void clean_print(FILE *to, struct nd_str s)
{
	size_t bytes;

	for (size_t i = 0; i < s.len; i += bytes) {
		if (is_control(s, i, &bytes))
			fputc(' ', to);
		else
			fputc(s.at[i], to);
	}
}

/* The border of a character at or before i. */
static size_t border(struct nd_str s, size_t i)
{
	while (i && ((unsigned char)s.at[i] & 0xC0) == 0x80)
		i--;
	return i;
}

void clean_print_cut(FILE *to, struct nd_str s)
{
	size_t head = s.len, tail = s.len;

	if (s.len > HEAD_SHOWN + TAIL_SHOWN + 8) {
		head = border(s, HEAD_SHOWN);
		tail = border(s, s.len - TAIL_SHOWN);
	}
	clean_print(to, (struct nd_str){ s.at, head });
	if (head < s.len) {
		fputs(" … ", to);
		clean_print(to, (struct nd_str){ s.at + tail, s.len - tail });
	}
}
