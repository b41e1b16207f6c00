#include "tests/unit/random.h"

uint64_t made_seed;

uint64_t mix(uint64_t z)
{
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

uint64_t rnd(void)
{
	return mix(made_seed += 0x9E3779B97F4A7C15u);
}
