/*
 * Whole numbers in as many bytes as they need: seven bits a byte, the low ones first, the top bit says that more follow
 * (LEB128). Differences of either sign are folded so that small ones stay small (zigzag).
 */
#ifndef ND_BASE_VARINT_H
#define ND_BASE_VARINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VARINT_MAX 10u /* bytes */

/* Writes x, up to VARINT_MAX bytes; returns what is behind it. */
static inline uint8_t *varint_put(uint8_t *to, uint64_t x)
{
	for (; x >= 0x80; x >>= 7)
		*to++ = (uint8_t)(x | 0x80);
	*to++ = (uint8_t)x;
	return to;
}

/* Bytes that are read from front to back; `bad` once more was wanted than there is, and all that is read then is 0. */
struct varint_in {
	const uint8_t *at, *end;
	bool bad;
};

/* Not part of whoever reads, so that what he reads from can stay in registers. Returns what is behind; NULL: bad. */
static __attribute__((noinline, unused)) const uint8_t *varint_long(const uint8_t *at, const uint8_t *end, uint64_t *ret)
{
	uint64_t x = 0;

	for (unsigned shift = 0; shift < 64 && at < end; shift += 7) {
		uint8_t byte = *at++;

		x |= (uint64_t)(byte & 0x7F) << shift;
		if (byte >= 0x80)
			continue;
		*ret = x;
		return at;
	}
	return NULL;
}

/* Most are of a byte or two. */
static inline uint64_t varint_get(struct varint_in *in)
{
	const uint8_t *at = in->at;
	uint64_t ret = 0;

	if (__builtin_expect(in->end - at >= 2 && (at[0] & at[1]) < 0x80, 1)) {
		in->at += 1 + (at[0] >> 7);
		return at[0] < 0x80 ? at[0] : (at[0] & 0x7Fu) | (uint64_t)at[1] << 7;
	}
	at = varint_long(at, in->end, &ret);
	in->bad = in->bad || !at;
	in->at = at ? at : in->end;
	return ret;
}

/* A number of 32 bits. */
static inline uint32_t varint_get32(struct varint_in *in)
{
	uint64_t x = varint_get(in);

	in->bad = in->bad || x > UINT32_MAX;
	return (uint32_t)x;
}

/* The next n bytes; NULL: there are fewer. */
static inline const uint8_t *varint_take(struct varint_in *in, size_t n)
{
	const uint8_t *ret = in->at;

	if ((size_t)(in->end - in->at) < n) {
		in->bad = true;
		in->at = in->end;
		return NULL;
	}
	in->at += n;
	return ret;
}

static inline void varint_take_to(struct varint_in *in, void *to, size_t n)
{
	const uint8_t *at = varint_take(in, n);

	if (!n)
		return;
	if (at)
		memcpy(to, at, n);
	else
		memset(to, 0, n);
}

static inline uint64_t zigzag(int64_t x)
{
	return (uint64_t)x << 1 ^ (uint64_t)(x >> 63);
}

static inline int64_t unzigzag(uint64_t x)
{
	return (int64_t)(x >> 1 ^ -(x & 1));
}

#endif
