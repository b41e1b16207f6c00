#include "daemon/quantile.h"

uint32_t quantile_rank(const uint32_t *at, size_t n, size_t rank)
{
	uint32_t found = 0, mask = 0;

	for (int shift = 24; shift >= 0; shift -= 8) {
		size_t counts[256] = { 0 };
		uint32_t digit = 0;

		for (size_t i = 0; i < n; i++)
			if ((at[i] & mask) == found)
				counts[at[i] >> shift & 255]++;
		for (; rank >= counts[digit]; digit++)
			rank -= counts[digit];
		found |= digit << shift;
		mask |= 255u << shift;
	}
	return found;
}

double quantile_median(const uint32_t *at, size_t n)
{
	double high = quantile_rank(at, n, n / 2);

	return n % 2 ? high : (quantile_rank(at, n, n / 2 - 1) + high) / 2;
}

uint32_t quantile_p90(const uint32_t *at, size_t n)
{
	return quantile_rank(at, n, (9 * n + 9) / 10 - 1);
}
