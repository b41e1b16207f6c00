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

/* One body for all vectors, as inlining does not reach across target attributes. */
#define READ(IN, ret)                                                                        \
	do {                                                                                 \
		uint64_t high = IN(0x80, 0xFF), e3, syllable = 0;                            \
                                                                                             \
		if (high) {                                                                  \
			e3 = IN(0xE3, 0xE3);                                                 \
			syllable = HANGUL_HAN(IN);                                           \
			if (e3)                                                              \
				syllable |= KANA(IN, e3);                                    \
			syllable &= ~(uint64_t)0 >> 2;                                       \
		}                                                                            \
		(ret)->word = IN('a', 'z') | IN('A', 'Z') | IN('0', '9');                    \
		(ret)->blank = IN(' ', ' ');                                                 \
		(ret)->quote = IN('"', '"');                                                 \
		(ret)->syllable = syllable;                                                  \
		(ret)->stop = IN(0, ' ' - 1) | IN('~', 0x7F) | IN('`', '`') |                \
			      (high & ~(syllable | syllable << 1 | syllable << 2));          \
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

__attribute__((target("avx2")))
static inline uint64_t avx2_between(const __m256i *c, uint8_t low, uint8_t high)
{
	uint32_t a = (uint32_t)_mm256_movemask_epi8(BETWEEN(_mm256, si256, c[0], low, high));
	uint32_t b = (uint32_t)_mm256_movemask_epi8(BETWEEN(_mm256, si256, c[1], low, high));

	return a | (uint64_t)b << 32;
}

__attribute__((target("avx2")))
static void block_avx2(const uint8_t *from, uint8_t *to, struct block_bits *ret)
{
	__m256i c[2];

	for (unsigned i = 0; i < 2; i++) {
		__m256i upper;

		c[i] = _mm256_loadu_si256((const __m256i *)(from + 32 * i));
		upper = BETWEEN(_mm256, si256, c[i], 'A', 'Z');
		_mm256_storeu_si256((__m256i *)(to + 32 * i),
				    _mm256_or_si256(c[i], _mm256_and_si256(upper, _mm256_set1_epi8(0x20))));
	}
#define AVX2(low, high) avx2_between(c, low, high)
	READ(AVX2, ret);
}

/* One comparison of all 64 bytes makes the bits at once. */
__attribute__((target("avx512bw")))
static inline uint64_t avx512_between(__m512i c, uint8_t low, uint8_t high)
{
	return _mm512_cmple_epu8_mask(_mm512_sub_epi8(c, _mm512_set1_epi8((char)low)),
				      _mm512_set1_epi8((char)(high - low)));
}

__attribute__((target("avx512bw")))
static void block_avx512(const uint8_t *from, uint8_t *to, struct block_bits *ret)
{
	__m512i c = _mm512_loadu_si512(from);
	__mmask64 upper = avx512_between(c, 'A', 'Z');

	_mm512_storeu_si512(to, _mm512_mask_add_epi8(c, upper, c, _mm512_set1_epi8(0x20)));
#define AVX512(low, high) avx512_between(c, low, high)
	READ(AVX512, ret);
}

block_fn *const *block_all(void)
{
	static block_fn *const all[] = { block_plain, block_sse2, block_avx2, block_avx512, NULL };
	static block_fn *const avx2[] = { block_plain, block_sse2, block_avx2, NULL };
	static block_fn *const old[] = { block_plain, block_sse2, NULL };

	__builtin_cpu_init();
	return !__builtin_cpu_supports("avx2") ? old : __builtin_cpu_supports("avx512bw") ? all : avx2;
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
