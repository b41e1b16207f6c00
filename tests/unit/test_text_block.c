/* lib/text/block: what it tells of a block is true, and every variant of it tells the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "text/block.h"
#include "text/utf8.h"

static uint64_t rng = 88172645463325252u;

static uint32_t below(uint32_t n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)((rng >> 20) % n);
}

static void same(const uint8_t *from)
{
	block_fn *const *fn = block_all();
	uint8_t want[BLOCK], got[BLOCK];
	struct block_bits bits, other;

	fn[0](from, want, &bits);
	for (size_t i = 1; fn[i]; i++) {
		fn[i](from, got, &other);
		assert_memory_equal(got, want, BLOCK);
		assert_true(other.word == bits.word && other.blank == bits.blank);
		assert_true(other.syllable == bits.syllable && other.stop == bits.stop);
	}
}

/* What a character of n bytes at place i should be. */
static void check_char(const struct block_bits *bits, uint32_t cp, unsigned i, unsigned n)
{
	int syllable = n == 3 && i + 3 <= BLOCK && block_syllable(cp);
	int plain = cp >= ' ' && cp < '~' && cp != '`';

	assert_int_equal(bits->syllable >> i & 1, syllable);
	for (unsigned k = i; k < i + n && k < BLOCK; k++) {
		assert_int_equal(bits->stop >> k & 1, !(syllable || plain));
		assert_true(k == i || !(bits->syllable >> k & 1));
	}
	assert_int_equal(bits->blank >> i & 1, cp == ' ');
	assert_int_equal(bits->word >> i & 1, (cp >= '0' && cp <= '9') || ((cp | 32) >= 'a' && (cp | 32) <= 'z' && cp < 128));
}

/* Fills a block with characters, the last one cut where the block ends, and checks each. */
static void check(uint32_t (*next)(uint32_t), uint32_t seed)
{
	uint8_t from[BLOCK + 4] = { 0 }, to[BLOCK];
	uint32_t cps[BLOCK];
	unsigned at[BLOCK + 1] = { below(3) }, n = 0;
	struct block_bits bits;

	memset(from, 'x', at[0]);
	for (; at[n] < BLOCK; n++) {
		cps[n] = next(seed + n);
		at[n + 1] = at[n] + utf8_encode(from + at[n], cps[n]);
	}
	same(from);
	block_pick()(from, to, &bits);
	for (unsigned i = 0; i < n; i++)
		check_char(&bits, cps[i], at[i], at[i + 1] - at[i]);
	for (unsigned i = 0; i < BLOCK; i++)
		assert_int_equal(to[i], from[i] >= 'A' && from[i] <= 'Z' ? from[i] + 32 : from[i]);
}

static uint32_t in_order(uint32_t i)
{
	return i % 0x110000 >= 0xD800 && i % 0x110000 < 0xE000 ? 'A' : i % 0x110000;
}

static uint32_t near_by(uint32_t i)
{
	static const uint16_t edges[] = { 0x20,	  0x40,	  0x5B,	  0x60,	  0x7E,	  0x2010, 0x2018, 0x2020, 0x3000, 0x3008, 0x3010,
					  0x3040, 0x3098, 0x30A0, 0x30FB, 0x33FF, 0x4DFF, 0x9FFF, 0xA000, 0xABFF, 0xAC00, 0xD7A3,
					  0xFF00, 0xFF10, 0xFF1A, 0xFF20, 0xFF3B, 0xFF40, 0xFFFD };
	uint32_t cp = edges[below(sizeof(edges) / sizeof(*edges))] + below(5) - 2;

	return in_order(below(3) ? cp : (uint32_t)"aZ 9\n"[below(5)]);
}

static void every_code_point_is_told_right(void **state)
{
	for (uint32_t i = 0; i < 0x110000; i += 13)
		check(in_order, i);
}

static void characters_at_the_edges_of_ranges_are_told_right(void **state)
{
	for (uint32_t i = 0; i < 100000; i++)
		check(near_by, 0);
}

static void variants_are_the_same_where_text_is_cut(void **state)
{
	uint8_t bytes[4 * BLOCK];

	for (uint32_t i = 0; i < 20000; i++) {
		size_t n = 0;

		while (n + 4 < sizeof(bytes))
			n += utf8_encode(bytes + n, near_by(0));
		memset(bytes + n, 0, sizeof(bytes) - n);
		for (unsigned at = 0; at < 100; at += 7)
			same(bytes + at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_point_is_told_right),
		cmocka_unit_test(characters_at_the_edges_of_ranges_are_told_right),
		cmocka_unit_test(variants_are_the_same_where_text_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
