#include "sketch/simhash.h"

#include <string.h>

void simhash_init(struct simhash *s)
{
	memset(s, 0, sizeof(*s));
}

/* Adds 2^k to each counter whose bit is set. */
static inline void add_at(struct simhash *s, unsigned k, uint64_t bits)
{
	for (; bits && k < SIMHASH_PLANES; k++) {
		uint64_t carry = s->plane[k] & bits;

		s->plane[k] ^= bits;
		bits = carry;
	}
}

/* Full adder on 64 lanes: *sum + b + c becomes *sum, the carries are returned. */
static inline uint64_t add3(uint64_t *sum, uint64_t b, uint64_t c)
{
	uint64_t a = *sum, u = a ^ b;

	*sum = u ^ c;
	return (a & b) | (u & c);
}

/* Two at once: every processor of 64 bits has vectors of 16 bytes. Each half counts to 2^PAIR_PLANES - 1. */
#define PAIR_PLANES 9
#define PAIR_MAX 992u
#define PAIR_MIN 64u /* fewer features are not worth it */
typedef uint64_t pair __attribute__((vector_size(16)));

static inline pair pair_add3(pair *sum, pair b, pair c)
{
	pair a = *sum, u = a ^ b;

	*sum = u ^ c;
	return (a & b) | (u & c);
}

static inline pair pair_at(const uint64_t *f)
{
	pair ret;

	memcpy(&ret, f, sizeof(ret));
	return ret;
}

/* Sixteen features; what comes out of the three lower planes is returned. */
static inline pair add16(pair *plane, const uint64_t *f)
{
	pair a = pair_add3(&plane[0], pair_at(f), pair_at(f + 2));
	pair b = pair_add3(&plane[0], pair_at(f + 4), pair_at(f + 6));
	pair c = pair_add3(&plane[1], a, b), d;

	a = pair_add3(&plane[0], pair_at(f + 8), pair_at(f + 10));
	b = pair_add3(&plane[0], pair_at(f + 12), pair_at(f + 14));
	d = pair_add3(&plane[1], a, b);
	return pair_add3(&plane[2], c, d);
}

/* How far a carry goes is a guess that fails: it always goes through all planes. */
static inline void add32(pair *plane, const uint64_t *f)
{
	pair a = add16(plane, f), b = add16(plane, f + 16);
	pair carry = pair_add3(&plane[3], a, b);

	for (unsigned k = 4; k < PAIR_PLANES; k++) {
		pair next = plane[k] & carry;

		plane[k] ^= carry;
		carry = next;
	}
}

/* Adds one half of the counters of so many pairs of planes. */
static inline void add_half(struct simhash *s, const pair *plane, int half)
{
	uint64_t carry = 0;

	for (unsigned k = 0; k < PAIR_PLANES; k++)
		carry = add3(&s->plane[k], plane[k][half], carry);
	add_at(s, PAIR_PLANES, carry);
}

/* Counts n features, a multiple of 32, at most PAIR_MAX. */
static void add_many(struct simhash *s, const uint64_t *f, size_t n)
{
	pair plane[PAIR_PLANES] = { { 0 } };

	for (size_t i = 0; i < n; i += 32)
		add32(plane, f + i);
	add_half(s, plane, 0);
	add_half(s, plane, 1);
}

static void add_few(struct simhash *s, const uint64_t *f, size_t n)
{
	uint64_t ones = s->plane[0], twos = s->plane[1], fours = s->plane[2];
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		uint64_t a = add3(&ones, f[i], f[i + 1]), b = add3(&ones, f[i + 2], f[i + 3]);
		uint64_t c = add3(&twos, a, b), d;

		a = add3(&ones, f[i + 4], f[i + 5]);
		b = add3(&ones, f[i + 6], f[i + 7]);
		d = add3(&twos, a, b);
		add_at(s, 3, add3(&fours, c, d));
	}
	s->plane[0] = ones;
	s->plane[1] = twos;
	s->plane[2] = fours;
	for (; i < n; i++)
		add_at(s, 0, f[i]);
}

void simhash_add(struct simhash *s, const uint64_t *f, size_t n)
{
	s->n += (uint32_t)n;
	while (n >= PAIR_MIN) {
		size_t many = n < PAIR_MAX ? n & ~(size_t)31 : PAIR_MAX;

		add_many(s, f, many);
		f += many;
		n -= many;
	}
	add_few(s, f, n);
}

/* The planes in use by counters of n features. */
static unsigned planes_of(uint32_t n)
{
	return n ? 32 - (unsigned)__builtin_clz(n) : 0;
}

void simhash_merge(struct simhash *s, const struct simhash *more)
{
	unsigned used = planes_of(more->n);
	uint64_t carry = 0;

	for (unsigned k = 0; k < used; k++)
		carry = add3(&s->plane[k], more->plane[k], carry);
	add_at(s, used, carry);
	s->n += more->n;
}

uint64_t simhash_value(const struct simhash *s)
{
	uint32_t half = s->n / 2;
	uint64_t greater = 0, equal = ~(uint64_t)0;

	for (unsigned k = planes_of(s->n); k-- > 0;) {
		uint64_t bit = 0 - (uint64_t)(half >> k & 1);

		greater |= equal & s->plane[k] & ~bit;
		equal &= ~(s->plane[k] ^ bit);
	}
	return greater;
}
