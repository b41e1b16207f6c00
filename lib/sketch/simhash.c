#include "sketch/simhash.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

static void count_plain(const uint64_t *f, size_t n, uint8_t ret[64])
{
	memset(ret, 0, 64);
	for (size_t i = 0; i < n; i++)
		for (unsigned bit = 0; bit < 64; bit++)
			ret[bit] = (uint8_t)(ret[bit] + (f[i] >> bit & 1));
}

/* Eight bytes with one bit each. */
#define EACH_BIT 0x8040201008040201u

#if defined(__x86_64__)

/* Each byte of a feature eight times, and of these the bit that each is for: a byte of -1, to be subtracted. */
static void count_sse2(const uint64_t *f, size_t n, uint8_t ret[64])
{
	const __m128i each = _mm_set1_epi64x((long long)EACH_BIT);
	__m128i sum[4] = { _mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128() };

	for (size_t i = 0; i < n; i++) {
		__m128i one = _mm_cvtsi64_si128((long long)f[i]), two = _mm_unpacklo_epi8(one, one);
		__m128i low = _mm_unpacklo_epi16(two, two), high = _mm_unpackhi_epi16(two, two);
		__m128i eight[4] = { _mm_unpacklo_epi32(low, low), _mm_unpackhi_epi32(low, low),
				     _mm_unpacklo_epi32(high, high), _mm_unpackhi_epi32(high, high) };

		for (unsigned k = 0; k < 4; k++)
			sum[k] = _mm_sub_epi8(sum[k], _mm_cmpeq_epi8(_mm_and_si128(eight[k], each), each));
	}
	for (unsigned k = 0; k < 4; k++)
		_mm_storeu_si128((__m128i *)(ret + 16 * k), sum[k]);
}

__attribute__((target("avx2")))
static void count_avx2(const uint64_t *f, size_t n, uint8_t ret[64])
{
	const __m256i each = _mm256_set1_epi64x((long long)EACH_BIT);
	const __m256i low = _mm256_set_epi64x(0x0303030303030303, 0x0202020202020202, 0x0101010101010101, 0);
	const __m256i high = _mm256_set_epi64x(0x0707070707070707, 0x0606060606060606, 0x0505050505050505,
					       0x0404040404040404);
	__m256i a = _mm256_setzero_si256(), b = a;

	for (size_t i = 0; i < n; i++) {
		__m256i all = _mm256_set1_epi64x((long long)f[i]);
		__m256i x = _mm256_shuffle_epi8(all, low), y = _mm256_shuffle_epi8(all, high);

		a = _mm256_sub_epi8(a, _mm256_cmpeq_epi8(_mm256_and_si256(x, each), each));
		b = _mm256_sub_epi8(b, _mm256_cmpeq_epi8(_mm256_and_si256(y, each), each));
	}
	_mm256_storeu_si256((__m256i *)ret, a);
	_mm256_storeu_si256((__m256i *)(ret + 32), b);
}

/* A feature is a mask for 64 bytes as it stands. */
__attribute__((target("avx512bw")))
static void count_avx512(const uint64_t *f, size_t n, uint8_t ret[64])
{
	const __m512i one = _mm512_set1_epi8(1);
	__m512i sum = _mm512_setzero_si512();

	for (size_t i = 0; i < n; i++)
		sum = _mm512_mask_add_epi8(sum, f[i], sum, one);
	_mm512_storeu_si512(ret, sum);
}

simhash_count_fn *const *simhash_all(void)
{
	static simhash_count_fn *const all[] = { count_plain, count_sse2, count_avx2, count_avx512, NULL };
	static simhash_count_fn *const avx2[] = { count_plain, count_sse2, count_avx2, NULL };
	static simhash_count_fn *const old[] = { count_plain, count_sse2, NULL };

	return !__builtin_cpu_supports("avx2") ? old : __builtin_cpu_supports("avx512bw") ? all : avx2;
}

static simhash_count_fn *pick(void)
{
	return __builtin_cpu_supports("avx512bw") ? count_avx512 :
	       __builtin_cpu_supports("avx2")     ? count_avx2 :
						    count_sse2;
}

#elif defined(__aarch64__)

static void count_neon(const uint64_t *f, size_t n, uint8_t ret[64])
{
	static const uint8_t twice[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1 };
	const uint8x16_t each = vreinterpretq_u8_u64(vdupq_n_u64(EACH_BIT));
	uint8x16_t sum[4] = { vdupq_n_u8(0), vdupq_n_u8(0), vdupq_n_u8(0), vdupq_n_u8(0) }, at[4];

	for (uint8_t k = 0; k < 4; k++)
		at[k] = vaddq_u8(vld1q_u8(twice), vdupq_n_u8((uint8_t)(2 * k)));
	for (size_t i = 0; i < n; i++) {
		uint8x16_t all = vreinterpretq_u8_u64(vdupq_n_u64(f[i]));

		for (unsigned k = 0; k < 4; k++)
			sum[k] = vsubq_u8(sum[k], vtstq_u8(vqtbl1q_u8(all, at[k]), each));
	}
	for (unsigned k = 0; k < 4; k++)
		vst1q_u8(ret + 16 * k, sum[k]);
}

simhash_count_fn *const *simhash_all(void)
{
	static simhash_count_fn *const all[] = { count_plain, count_neon, NULL };

	return all;
}

static simhash_count_fn *pick(void)
{
	return count_neon;
}

#else

simhash_count_fn *const *simhash_all(void)
{
	static simhash_count_fn *const all[] = { count_plain, NULL };

	return all;
}

static simhash_count_fn *pick(void)
{
	return count_plain;
}

#endif

void simhash_init(struct simhash *s)
{
	memset(s, 0, sizeof(*s));
}

static void add_bytes(struct simhash *s, const uint8_t bytes[64], size_t n)
{
	for (unsigned bit = 0; bit < 64; bit++)
		s->count[bit] += bytes[bit];
	s->n += (uint32_t)n;
}

void simhash_add(struct simhash *s, const uint64_t *f, size_t n)
{
	simhash_count_fn *count = pick();
	uint8_t bytes[64];

	while (n) {
		size_t some = n < SIMHASH_BYTES_MAX ? n : SIMHASH_BYTES_MAX;

		count(f, some, bytes);
		add_bytes(s, bytes, some);
		f += some;
		n -= some;
	}
}

uint64_t simhash_value(const struct simhash *s)
{
	uint64_t ret = 0;

	for (unsigned bit = 0; bit < 64; bit++)
		ret |= (uint64_t)(s->count[bit] > s->n / 2) << bit;
	return ret;
}

uint64_t simhash_of(const uint64_t *f, size_t n)
{
	struct simhash s;

	simhash_init(&s);
	simhash_add(&s, f, n);
	return simhash_value(&s);
}

/* splitmix64's finalizer (Steele et al. 2014). */
static uint64_t stretch(uint32_t half)
{
	uint64_t x = (half + (uint64_t)1) * 0x9E3779B97F4A7C15u;

	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
	x = (x ^ x >> 27) * 0x94D049BB133111EBu;
	return x ^ x >> 31;
}

uint64_t simhash_of_halves(const uint32_t *halves, size_t n)
{
	uint64_t features[SIMHASH_BYTES_MAX];
	struct simhash s;

	simhash_init(&s);
	while (n) {
		size_t some = n < SIMHASH_BYTES_MAX ? n : SIMHASH_BYTES_MAX;

		for (size_t i = 0; i < some; i++)
			features[i] = stretch(halves[i]);
		simhash_add(&s, features, some);
		halves += some;
		n -= some;
	}
	return simhash_value(&s);
}
