#include "tests/unit/random.h"

#include <stdio.h>

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

void random_lines(char *to, size_t n, uint32_t vocabulary)
{
	static const char *const scripts[] = { "w%ux ", "가%u나 ", "слово%u ", "%u年" };

	for (size_t i = 0; i < n; i++) {
		to += sprintf(to, scripts[rnd() % 4], (unsigned)(rnd() % vocabulary));
		if (rnd() % 20 == 0)
			*to++ = '\n';
	}
	*to = 0;
}
