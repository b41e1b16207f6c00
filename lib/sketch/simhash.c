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

void simhash_add(struct simhash *s, const uint64_t *f, size_t n)
{
	uint64_t ones = s->plane[0], twos = s->plane[1], fours = s->plane[2];
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		uint64_t a = add3(&ones, f[i], f[i + 1]);
		uint64_t b = add3(&ones, f[i + 2], f[i + 3]);
		uint64_t c = add3(&twos, a, b), d, e;

		a = add3(&ones, f[i + 4], f[i + 5]);
		b = add3(&ones, f[i + 6], f[i + 7]);
		d = add3(&twos, a, b);
		e = add3(&fours, c, d);
		add_at(s, 3, e);
	}
	s->plane[0] = ones;
	s->plane[1] = twos;
	s->plane[2] = fours;
	for (; i < n; i++)
		add_at(s, 0, f[i]);
	s->n += (uint32_t)n;
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
