/*
 * UTF-8 (RFC 3629): strict validation, and decoding of what has been validated.
 */
#ifndef ND_TEXT_UTF8_H
#define ND_TEXT_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The number of leading bytes that are well-formed: len when all are. */
size_t utf8_valid(const char *text, size_t len);

/* Decodes the code point at p, which must be well-formed; *ret_len gets its bytes (1 to 4). */
static inline uint32_t utf8_decode(const uint8_t *p, unsigned *ret_len)
{
	if (p[0] < 0x80) {
		*ret_len = 1;
		return p[0];
	}
	if (p[0] < 0xE0) {
		*ret_len = 2;
		return (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu);
	}
	if (p[0] < 0xF0) {
		*ret_len = 3;
		return (p[0] & 0xFu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
	}
	*ret_len = 4;
	return (p[0] & 7u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
}

/* Writes cp (a scalar value) to at, which has room for 4 bytes; returns the bytes written. */
static inline unsigned utf8_encode(uint8_t *at, uint32_t cp)
{
	if (cp < 0x80) {
		at[0] = (uint8_t)cp;
		return 1;
	}
	if (cp < 0x800) {
		at[0] = (uint8_t)(0xC0 | cp >> 6);
		at[1] = (uint8_t)(0x80 | (cp & 0x3F));
		return 2;
	}
	if (cp < 0x10000) {
		at[0] = (uint8_t)(0xE0 | cp >> 12);
		at[1] = (uint8_t)(0x80 | (cp >> 6 & 0x3F));
		at[2] = (uint8_t)(0x80 | (cp & 0x3F));
		return 3;
	}
	at[0] = (uint8_t)(0xF0 | cp >> 18);
	at[1] = (uint8_t)(0x80 | (cp >> 12 & 0x3F));
	at[2] = (uint8_t)(0x80 | (cp >> 6 & 0x3F));
	at[3] = (uint8_t)(0x80 | (cp & 0x3F));
	return 4;
}

#endif
