#include "text/block.h"

#include <stddef.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/*
 * First bytes of Hangul and Han: E4 B8 80 to E9 BF BF and EA B0 80 to ED 9E A3. IN(low, high) is one
 * bit for each byte of the block from low to high. The text is well-formed, so what follows a first
 * byte needs to be told apart only in its first, second and last rows.
 */
#define HANGUL_HAN(IN)                                                                       \
	(IN(0xE5, 0xE9) | IN(0xEB, 0xEC) | (IN(0xE4, 0xE4) & IN(0xB8, 0xBF) >> 1) |          \
	 (IN(0xEA, 0xEA) & IN(0xB0, 0xBF) >> 1) |                                            \
	 (IN(0xED, 0xED) & (IN(0x80, 0x9D) >> 1 | (IN(0x9E, 0x9E) >> 1 & IN(0x80, 0xA3) >> 2))))

/* First bytes of Kana, of which E3 is given: E3 81 81 to E3 82 96, E3 82 A1 to E3 83 BA, E3 83 BC. */
#define KANA(IN, e3)                                                                         \
	((e3) & ((IN(0x81, 0x81) >> 1 & IN(0x81, 0xBF) >> 2) |                               \
		 (IN(0x82, 0x82) >> 1 & (IN(0x80, 0x96) | IN(0xA1, 0xBF)) >> 2) |            \
		 (IN(0x83, 0x83) >> 1 & (IN(0x80, 0xBA) | IN(0xBC, 0xBC)) >> 2)))

/* Ideographic comma, full stop and brackets, of which E3 80 is given. */
#define KEPT(IN, e380) ((e380) & (IN(0x81, 0x82) | IN(0x90, 0x91)) >> 2)

/* Punctuation of block_shrinks: E3 80 88 to 8F, E2 80 90 to 95 and 98 to 9F, EF BC 81 to 8F, 9A to A0, BB to BF */
#define SHRINK_E3(IN, e380) ((e380) & IN(0x88, 0x8F) >> 2)
#define SHRINK(IN)                                                                           \
	((IN(0xE2, 0xE2) & IN(0x80, 0x80) >> 1 & (IN(0x90, 0x95) | IN(0x98, 0x9F)) >> 2) |   \
	 (IN(0xEF, 0xEF) & IN(0xBC, 0xBC) >> 1 &                                             \
	  (IN(0x81, 0x8F) | IN(0x9A, 0xA0) | IN(0xBB, 0xBF)) >> 2))

/* What is not ASCII; high is all of it, the Hangul and Han in it are given. Characters that do not end within
 * the block need a closer look, as do all others. */
#define READ_HIGH(IN, ret, high, hangul_han)                                                 \
	do {                                                                                 \
		const uint64_t ends_here = ~(uint64_t)0 >> 2;                                \
		uint64_t syllable = (hangul_han), e3 = IN(0xE3, 0xE3), shrink = 0, plain;    \
		uint64_t kept = 0, e380;                                                     \
                                                                                             \
		if (e3) {                                                                    \
			e380 = e3 & IN(0x80, 0x80) >> 1;                                     \
			syllable |= KANA(IN, e3);                                            \
			kept = KEPT(IN, e380);                                               \
			shrink = SHRINK_E3(IN, e380);                                        \
		}                                                                            \
		if (IN(0xE2, 0xE2) | IN(0xEF, 0xEF))                                         \
			shrink |= SHRINK(IN);                                                \
		plain = (syllable | shrink | kept) & ends_here;                              \
		(ret)->syllable = syllable & ends_here;                                      \
		(ret)->shrink = shrink & ends_here;                                          \
		(ret)->stop |= (high) & ~(plain | plain << 1 | plain << 2);                  \
	} while (0)

/* One body for most vectors, as inlining does not reach across target attributes. */
#define READ(IN, ret)                                                                        \
	do {                                                                                 \
		uint64_t high = IN(0x80, 0xFF);                                              \
                                                                                             \
		(ret)->word = IN('a', 'z') | IN('A', 'Z') | IN('0', '9');                    \
		(ret)->blank = IN(' ', ' ');                                                 \
		(ret)->stop = IN(0, ' ' - 1) | IN('~', 0x7F) | IN('`', '`');                 \
		(ret)->syllable = (ret)->shrink = 0;                                         \
		if (high)                                                                    \
			READ_HIGH(IN, ret, high, HANGUL_HAN(IN));                            \
	} while (0)

static uint64_t plain_between(const uint8_t *from, uint8_t low, uint8_t high)
{
	uint64_t ret = 0;

	for (unsigned i = 0; i < BLOCK; i++)
		ret |= (uint64_t)(from[i] >= low && from[i] <= high) << i;
	return ret;
}

static void block_plain(const uint8_t *from, uint8_t *to, struct block_bits *ret)
{
#define PLAIN(low, high) plain_between(from, low, high)
	READ(PLAIN, ret);
	for (unsigned i = 0; i < BLOCK; i++)
		to[i] = (uint8_t)(from[i] | ((uint8_t)(from[i] - 'A') < 26) << 5);
}

#if defined(__x86_64__)

/* low <= c <= high, unsigned, by saturating subtraction */
#define BETWEEN(P, I, c, low, high)                                                          \
	P##_cmpeq_epi8(P##_subs_epu8(P##_sub_epi8(c, P##_set1_epi8((char)(low))),            \
				     P##_set1_epi8((char)((high) - (low)))),                 \
		       P##_setzero_##I())

static inline uint64_t sse2_between(const __m128i *c, uint8_t low, uint8_t high)
{
	uint64_t ret = 0;

	for (unsigned i = 0; i < 4; i++)
		ret |= (uint64_t)(uint32_t)_mm_movemask_epi8(BETWEEN(_mm, si128, c[i], low, high)) << 16 * i;
	return ret;
}

static void block_sse2(const uint8_t *from, uint8_t *to, struct block_bits *ret)
{
	__m128i c[4];

	for (unsigned i = 0; i < 4; i++) {
		__m128i upper;

		c[i] = _mm_loadu_si128((const __m128i *)(from + 16 * i));
		upper = BETWEEN(_mm, si128, c[i], 'A', 'Z');
		_mm_storeu_si128((__m128i *)(to + 16 * i),
				 _mm_or_si128(c[i], _mm_and_si128(upper, _mm_set1_epi8(0x20))));
	}
#define SSE2(low, high) sse2_between(c, low, high)
	READ(SSE2, ret);
}

#define AVX2 __attribute__((target("avx2"))) static inline
#define SET(c) _mm256_set1_epi8((char)(c))
#define ROW(...) _mm256_broadcastsi128_si256(_mm_setr_epi8(__VA_ARGS__))

AVX2 uint64_t avx2_bits(__m256i a, __m256i b)
{
	return (uint32_t)_mm256_movemask_epi8(a) | (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32;
}

AVX2 __m256i avx2_in(__m256i c, uint8_t low, uint8_t high)
{
	return BETWEEN(_mm256, si256, c, low, high);
}

AVX2 __m256i avx2_load(const uint8_t *at)
{
	return _mm256_loadu_si256((const __m256i *)at);
}

AVX2 __m256i avx2_word(__m256i c)
{
	__m256i low = _mm256_or_si256(c, SET(0x20)); /* makes no letter of anything but a letter */

	return _mm256_or_si256(avx2_in(low, 'a', 'z'), avx2_in(c, '0', '9'));
}

/* All but U+0020 to U+007D, and `. */
AVX2 __m256i avx2_stop(__m256i c)
{
	return _mm256_or_si256(_mm256_or_si256(_mm256_cmpgt_epi8(SET(' '), c), _mm256_cmpgt_epi8(c, SET('}'))),
			       _mm256_cmpeq_epi8(c, SET('`')));
}

/* As HANGUL_HAN: for each first byte E0 to EF, from where to where the second may go. */
AVX2 __m256i avx2_hangul_han(const uint8_t *at)
{
	const __m256i from = ROW(1, 1, 1, 1, -0x48, -0x80, -0x80, -0x80, -0x80, -0x80, -0x50, -0x80, -0x80, -0x80, 1, 1);
	const __m256i to = ROW(0, 0, 0, 0, -0x41, -0x41, -0x41, -0x41, -0x41, -0x41, -0x41, -0x41, -0x41, -0x63, 0, 0);
	__m256i c = avx2_load(at), next = avx2_load(at + 1);
	/* the low half of E0 to EF; for others a number over 0x7F, for which shuffle gives 0 */
	__m256i row = _mm256_adds_epu8(_mm256_sub_epi8(c, SET(0xE0)), SET(0x70));
	__m256i low = _mm256_shuffle_epi8(from, row), high = _mm256_shuffle_epi8(to, row);
	__m256i fine = _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_max_epu8(next, low), next),
					_mm256_cmpeq_epi8(_mm256_min_epu8(next, high), next));
	__m256i last = _mm256_and_si256(_mm256_cmpeq_epi8(c, SET(0xED)), _mm256_cmpeq_epi8(next, SET(0x9E)));

	last = _mm256_and_si256(last, avx2_in(avx2_load(at + 2), 0x80, 0xA3));
	return _mm256_andnot_si256(row, _mm256_or_si256(fine, last));
}

__attribute__((target("avx2")))
static void block_avx2(const uint8_t *from, uint8_t *to, struct block_bits *ret)
{
	__m256i a = avx2_load(from), b = avx2_load(from + 32), bit = SET(0x20);
	uint64_t high = avx2_bits(a, b);

	_mm256_storeu_si256((__m256i *)to, _mm256_or_si256(a, _mm256_and_si256(avx2_in(a, 'A', 'Z'), bit)));
	_mm256_storeu_si256((__m256i *)(to + 32), _mm256_or_si256(b, _mm256_and_si256(avx2_in(b, 'A', 'Z'), bit)));
	ret->word = avx2_bits(avx2_word(a), avx2_word(b));
	ret->blank = avx2_bits(_mm256_cmpeq_epi8(a, bit), _mm256_cmpeq_epi8(b, bit));
	ret->stop = avx2_bits(avx2_stop(a), avx2_stop(b)) & ~high;
	ret->syllable = ret->shrink = 0;
#define IN_AVX2(low, high) avx2_bits(avx2_in(a, low, high), avx2_in(b, low, high))
	if (high)
		READ_HIGH(IN_AVX2, ret, high, avx2_bits(avx2_hangul_han(from), avx2_hangul_han(from + 32)));
}

block_fn *const *block_all(void)
{
	static block_fn *const all[] = { block_plain, block_sse2, block_avx2, NULL };
	static block_fn *const old[] = { block_plain, block_sse2, NULL };

	__builtin_cpu_init();
	return __builtin_cpu_supports("avx2") ? all : old;
}

#elif defined(__aarch64__)

static inline uint64_t neon_mask(uint8x16_t mask)
{
	static const uint8_t weights[16] = { 1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128 };
	uint8x16_t bits = vandq_u8(mask, vld1q_u8(weights));

	return vaddv_u8(vget_low_u8(bits)) | (uint64_t)vaddv_u8(vget_high_u8(bits)) << 8;
}

static inline uint8x16_t neon_in(uint8x16_t c, uint8_t low, uint8_t high)
{
	return vcleq_u8(vsubq_u8(c, vdupq_n_u8(low)), vdupq_n_u8((uint8_t)(high - low)));
}

static inline uint64_t neon_between(const uint8x16_t *c, uint8_t low, uint8_t high)
{
	uint64_t ret = 0;

	for (unsigned i = 0; i < 4; i++)
		ret |= neon_mask(neon_in(c[i], low, high)) << 16 * i;
	return ret;
}

static void block_neon(const uint8_t *from, uint8_t *to, struct block_bits *ret)
{
	uint8x16_t c[4];

	for (unsigned i = 0; i < 4; i++) {
		c[i] = vld1q_u8(from + 16 * i);
		vst1q_u8(to + 16 * i, vorrq_u8(c[i], vandq_u8(neon_in(c[i], 'A', 'Z'), vdupq_n_u8(0x20))));
	}
#define NEON(low, high) neon_between(c, low, high)
	READ(NEON, ret);
}

block_fn *const *block_all(void)
{
	static block_fn *const all[] = { block_plain, block_neon, NULL };

	return all;
}

#else

block_fn *const *block_all(void)
{
	static block_fn *const all[] = { block_plain, NULL };

	return all;
}

#endif

block_fn *block_pick(void)
{
	block_fn *const *ret = block_all();

	while (ret[1])
		ret++;
	return *ret;
}
