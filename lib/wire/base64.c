#include "wire/base64.h"

#include <errno.h>
#include <string.h>

enum { BLANK = 64, PAD, BAD };

static unsigned value_of(uint8_t byte)
{
	if (byte >= 'A' && byte <= 'Z')
		return byte - 'A';
	if (byte >= 'a' && byte <= 'z')
		return byte - 'a' + 26u;
	if (byte >= '0' && byte <= '9')
		return byte - '0' + 52u;
	if (byte == '+' || byte == '/')
		return byte == '+' ? 62 : 63;
	if (byte == ' ' || (byte >= '\t' && byte <= '\r'))
		return BLANK;
	return byte == '=' ? PAD : BAD;
}

/* Checks the end: bits that stand for no byte are zero, padding is whole or absent. */
static bool ends_well(uint32_t bits, unsigned digits, unsigned pads)
{
	unsigned left = digits % 4;
	unsigned unused = left == 2 ? 4 : left == 3 ? 2 : 0;

	if (left == 1 || (bits & ((1u << unused) - 1)))
		return false;
	return pads == 0 || (left != 0 && pads == 4 - left);
}

/* Room is made for bytes as they come, so that white space does not count against the maximum. */
static int put(struct buf *b, uint32_t bits, unsigned n)
{
	uint8_t bytes[3] = { bits >> 16 & 0xff, bits >> 8 & 0xff, bits & 0xff };

	return buf_add(b, bytes, n);
}

int base64_decode(struct buf *b, struct nd_str in)
{
	uint32_t bits = 0;
	unsigned digits = 0, pads = 0;

	for (size_t i = 0; i < in.len; i++) {
		unsigned value = value_of((uint8_t)in.at[i]);

		if (value == BLANK)
			continue;
		if (value == BAD || (pads && value != PAD) || pads > 2)
			return -EINVAL;
		if (value == PAD) {
			pads++;
			continue;
		}
		bits = (bits << 6 | value) & 0xffffff;
		if (++digits % 4 == 0) {
			int err = put(b, bits, 3);

			if (err)
				return err;
		}
	}
	if (!ends_well(bits, digits, pads))
		return -EINVAL;
	if (digits % 4 == 0)
		return 0;
	return put(b, bits << (digits % 4 == 2 ? 12 : 6), digits % 4 - 1);
}

int base64_encode(struct buf *b, const void *at, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *in = at;
	int err = buf_reserve(b, (n + 2) / 3 * 4);

	if (err)
		return err;
	for (size_t i = 0; i < n; i += 3) {
		uint32_t bits = (uint32_t)in[i] << 16 | (i + 1 < n ? (uint32_t)in[i + 1] << 8 : 0) | (i + 2 < n ? in[i + 2] : 0);

		buf_put(b, (uint8_t)digits[bits >> 18]);
		buf_put(b, (uint8_t)digits[bits >> 12 & 63]);
		buf_put(b, (uint8_t)(i + 1 < n ? digits[bits >> 6 & 63] : '='));
		buf_put(b, (uint8_t)(i + 2 < n ? digits[bits & 63] : '='));
	}
	return 0;
}
