#include "text/utf8.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

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

/* Goes on at i, where a character begins. */
static size_t valid_plain(const uint8_t *at, size_t i, size_t len)
{
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

#if defined(__x86_64__)

/*
 * Keiser and Lemire, 'Validating UTF-8 In Less Than One Instruction Per Byte' (2020). Each pair of bytes
 * is looked up by three half bytes; a fault is a bit that all three tables set.
 */
enum {
	SHORT = 1,       /* a first byte, and no continuation behind it */
	LONG = 2,        /* ASCII, and a continuation behind it */
	OVERLONG_3 = 4,  /* E0 80 to E0 9F */
	LARGE = 8,       /* F4 90 and up */
	SURROGATE = 16,  /* ED A0 and up */
	OVERLONG_2 = 32, /* C0, C1 */
	LARGE_1000 = 64, /* F5 and up, before 80 to 8F */
	OVERLONG_4 = 64, /* F0 80 to F0 8F */
	TWO = 128,       /* two continuations: right only as third or fourth byte */
	CARRY = SHORT | LONG | TWO,
};

#define TWICE(...) { __VA_ARGS__, __VA_ARGS__ }
#define LARGE_LOW (CARRY | LARGE | LARGE_1000)

static const uint8_t first_high[32] = TWICE(
	LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, TWO, TWO, TWO, TWO, SHORT | OVERLONG_2, SHORT,
	SHORT | OVERLONG_3 | SURROGATE, SHORT | LARGE | LARGE_1000 | OVERLONG_4);
static const uint8_t first_low[32] = TWICE(
	CARRY | OVERLONG_3 | OVERLONG_2 | OVERLONG_4, CARRY | OVERLONG_2, CARRY, CARRY, CARRY | LARGE,
	LARGE_LOW, LARGE_LOW, LARGE_LOW, LARGE_LOW, LARGE_LOW, LARGE_LOW, LARGE_LOW, LARGE_LOW,
	LARGE_LOW | SURROGATE, LARGE_LOW, LARGE_LOW);
static const uint8_t second_high[32] = TWICE(
	SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT,
	LONG | OVERLONG_2 | TWO | OVERLONG_3 | LARGE_1000 | OVERLONG_4,
	LONG | OVERLONG_2 | TWO | OVERLONG_3 | LARGE, LONG | OVERLONG_2 | TWO | SURROGATE | LARGE,
	LONG | OVERLONG_2 | TWO | SURROGATE | LARGE, SHORT, SHORT, SHORT, SHORT);

#define LOAD(at) _mm256_loadu_si256((const __m256i *)(at))

/* Whether no fault ends in the 32 bytes at p; three well-formed bytes stand before them. */
__attribute__((target("avx2")))
static inline int chunk_valid(const uint8_t *p)
{
	const __m256i low = _mm256_set1_epi8(0x0F);
	__m256i c = LOAD(p), c1 = LOAD(p - 1), c2 = LOAD(p - 2), c3 = LOAD(p - 3), fault, third;

	if (!_mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(c, c1), _mm256_or_si256(c2, c3))))
		return 1;
	fault = _mm256_shuffle_epi8(LOAD(first_high), _mm256_and_si256(_mm256_srli_epi16(c1, 4), low));
	fault = _mm256_and_si256(fault, _mm256_shuffle_epi8(LOAD(first_low), _mm256_and_si256(c1, low)));
	fault = _mm256_and_si256(fault, _mm256_shuffle_epi8(LOAD(second_high),
							    _mm256_and_si256(_mm256_srli_epi16(c, 4), low)));
	third = _mm256_or_si256(_mm256_subs_epu8(c2, _mm256_set1_epi8((char)(0xE0 - 0x80))),
				_mm256_subs_epu8(c3, _mm256_set1_epi8((char)(0xF0 - 0x80))));
	fault = _mm256_xor_si256(fault, _mm256_and_si256(third, _mm256_set1_epi8((char)0x80)));
	return _mm256_testz_si256(fault, fault);
}

/* How far, from i > 2 on, where a character begins, whole characters are well-formed; maybe less. */
__attribute__((target("avx2")))
static size_t valid_avx2(const uint8_t *at, size_t i, size_t len)
{
	while (len - i >= 32 && chunk_valid(at + i))
		i += 32;
	while ((at[i - 1] & 0xC0) == 0x80)
		i--;
	return at[i - 1] >= 0xC0 ? i - 1 : i;
}

static size_t valid_fast(const uint8_t *at, size_t len)
{
	size_t i = 0;

	if (!__builtin_cpu_supports("avx2"))
		return 0;
	while (i < 3 && i < len) {
		unsigned n = at[i] < 0x80 ? 1 : sequence(at + i, len - i);

		if (!n)
			return i;
		i += n;
	}
	return i < 3 ? i : valid_avx2(at, i, len);
}

#else

static size_t valid_fast(const uint8_t *at, size_t len)
{
	(void)at;
	(void)len;
	return 0;
}

#endif

size_t utf8_valid(const char *text, size_t len)
{
	const uint8_t *at = (const uint8_t *)text;

	return valid_plain(at, len >= 64 ? valid_fast(at, len) : 0, len);
}
