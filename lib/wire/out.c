#include "wire/out.h"

#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

#include "wire/utf8.h"

/* The stride of the fast path. */
#define BLOCK 16

void out_init(struct out *o, struct buf *b)
{
	*o = (struct out){ .b = b };
}

/* Whether n more bytes may be put. */
static inline bool room(struct out *o, size_t n)
{
	if (o->err)
		return false;
	if (n > o->b->cap - o->b->len)
		o->err = buf_reserve(o->b, n);
	return !o->err;
}

/* Room must have been made. */
static inline void put(struct out *o, const void *at, size_t n)
{
	memcpy(o->b->at + o->b->len, at, n);
	o->b->len += n;
}

static inline void add(struct out *o, const void *at, size_t n)
{
	if (room(o, n))
		put(o, at, n);
}

bool out_begin(struct out *o, size_t n)
{
	if (!room(o, n + 1))
		return false;
	if (o->comma)
		buf_put(o->b, ',');
	o->comma = true;
	return true;
}

static inline void value(struct out *o, const void *at, size_t n)
{
	if (out_begin(o, n))
		put(o, at, n);
}

static void open_bracket(struct out *o, uint8_t bracket)
{
	value(o, &bracket, 1);
	o->comma = false;
}

static void close_bracket(struct out *o, uint8_t bracket)
{
	add(o, &bracket, 1);
	o->comma = true;
}

void out_begin_object(struct out *o)
{
	open_bracket(o, '{');
}

void out_end_object(struct out *o)
{
	close_bracket(o, '}');
}

void out_begin_array(struct out *o)
{
	open_bracket(o, '[');
}

void out_end_array(struct out *o)
{
	close_bracket(o, ']');
}

static void quoted(struct out *o, const char *word, size_t len)
{
	if (!out_begin(o, len + 2))
		return;
	buf_put(o->b, '"');
	put(o, word, len);
	buf_put(o->b, '"');
}

void out_word(struct out *o, const char *word)
{
	if (word)
		quoted(o, word, strlen(word));
	else
		out_null(o);
}

static bool is_plain(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/*
 * Whether all BLOCK bytes can be copied as they are. A signed comparison with a space finds control
 * characters and bytes beyond ASCII at once.
 */
#if defined(__SSE2__)
static bool is_plain_block(const uint8_t *at)
{
	__m128i bytes = _mm_loadu_si128((const __m128i *)at);
	__m128i special = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
				       _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));

	special = _mm_or_si128(special, _mm_cmplt_epi8(bytes, _mm_set1_epi8(' ')));
	return _mm_movemask_epi8(special) == 0;
}
#elif defined(__ARM_NEON)
static bool is_plain_block(const uint8_t *at)
{
	uint8x16_t bytes = vld1q_u8(at);
	uint8x16_t special =
		vorrq_u8(vceqq_u8(bytes, vdupq_n_u8('"')), vceqq_u8(bytes, vdupq_n_u8('\\')));
	uint64x2_t halves;

	special = vorrq_u8(special, vcltq_s8(vreinterpretq_s8_u8(bytes), vdupq_n_s8(' ')));
	halves = vreinterpretq_u64_u8(special);
	return (vgetq_lane_u64(halves, 0) | vgetq_lane_u64(halves, 1)) == 0;
}
#else
/* Eight bytes in a word: the top bit of each byte that is zero (Mycroft); never misses one. */
static uint64_t zero_bytes(uint64_t word)
{
	return (word - 0x0101010101010101u) & ~word & 0x8080808080808080u;
}

static uint64_t special_bytes(uint64_t word)
{
	return zero_bytes(word ^ 0x2222222222222222u) | zero_bytes(word ^ 0x5c5c5c5c5c5c5c5cu) |
	       ((word - 0x2020202020202020u) & 0x8080808080808080u) | (word & 0x8080808080808080u);
}

static bool is_plain_block(const uint8_t *at)
{
	uint64_t words[BLOCK / 8];

	memcpy(words, at, sizeof(words));
	return (special_bytes(words[0]) | special_bytes(words[1])) == 0;
}
#endif

/* Bytes at the beginning that can be copied as they are. */
static size_t plain_run(const uint8_t *at, size_t n)
{
	size_t i = 0;

	while (n - i >= BLOCK && is_plain_block(at + i))
		i += BLOCK;
	while (i < n && is_plain(at[i]))
		i++;
	return i;
}

/* Bytes at the beginning that are well-formed UTF-8 beyond ASCII. */
static size_t foreign_run(const uint8_t *at, size_t n)
{
	size_t i = 0;

	while (i < n && at[i] >= 0x80) {
		size_t len = utf8_sequence(at + i, n - i);

		if (len == 0)
			break;
		i += len;
	}
	return i;
}

/* Bytes at the beginning that can be copied: text of any script up to the next escape. */
static size_t clean_run(const uint8_t *at, size_t n)
{
	size_t ret = 0, run;

	do {
		run = plain_run(at + ret, n - ret);
		run += foreign_run(at + ret + run, n - ret - run);
		ret += run;
	} while (run);
	return ret;
}

static void escape(struct out *o, uint8_t byte)
{
	static const char hex[] = "0123456789abcdef";
	static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	char code[] = { '\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15] };

	for (const char *at = named; *at; at += 2) {
		if ((uint8_t)*at == byte) {
			code[1] = at[1];
			add(o, code, 2);
			return;
		}
	}
	add(o, code, sizeof(code));
}

/* Whatever is no run: one byte in, its escape or U+FFFD out. */
static void put_special(struct out *o, uint8_t byte)
{
	if (byte >= 0x80)
		add(o, "\xef\xbf\xbd", 3);
	else
		escape(o, byte);
}

void out_string(struct out *o, struct nd_str str)
{
	const uint8_t *at = (const uint8_t *)str.at;
	size_t left = str.len;

	if (!at) {
		out_null(o);
		return;
	}
	if (!out_begin(o, left + 2))
		return;
	buf_put(o->b, '"');
	while (left) {
		size_t run = clean_run(at, left);

		if (run == 0)
			put_special(o, at[run++]);
		else
			add(o, at, run);
		at += run;
		left -= run;
	}
	add(o, "\"", 1);
}

void out_raw(struct out *o, struct nd_str json)
{
	value(o, json.at, json.len);
}

void out_null(struct out *o)
{
	value(o, "null", 4);
}

void out_bool(struct out *o, bool truth)
{
	value(o, truth ? "true" : "false", truth ? 4 : 5);
}

/* Decimal digits, written backwards from `end`; returns where they begin. */
static char *digits(char *end, uint64_t number)
{
	do {
		*--end = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	return end;
}

void out_u64(struct out *o, uint64_t number)
{
	char text[20];
	char *end = text + sizeof(text);
	char *start = digits(end, number);

	value(o, start, (size_t)(end - start));
}

void out_i64(struct out *o, int64_t number)
{
	char text[20];
	char *end = text + sizeof(text);
	char *start = digits(end, number < 0 ? -(uint64_t)number : (uint64_t)number);

	if (number < 0)
		*--start = '-';
	value(o, start, (size_t)(end - start));
}

/*
 * Rounds in integers: adding a half to the product would give the compiler of some machines the
 * choice of a fused multiply-add, and another last digit.
 */
void out_fixed4(struct out *o, double number)
{
	double in_range = number > 0 ? number < 1 ? number : 1 : 0;
	unsigned scaled = ((unsigned)(in_range * 20000) + 1) / 2;
	char text[] = { '0', '.', '0', '0', '0', '0' };

	text[0] = (char)('0' + scaled / 10000);
	for (int i = 5; i > 1; i--) {
		text[i] = (char)('0' + scaled % 10);
		scaled /= 10;
	}
	value(o, text, sizeof(text));
}

void out_hex64(struct out *o, uint64_t number)
{
	char text[16];

	for (int i = 15; i >= 0; i--) {
		text[i] = "0123456789abcdef"[number & 15];
		number >>= 4;
	}
	quoted(o, text, sizeof(text));
}

void out_line(struct out *o)
{
	add(o, "\n", 1);
	o->comma = false;
}
