#include "client/backoff.h"

void backoff_init(struct backoff *b, int first_ms, int max_ms, uint64_t seed)
{
	*b = (struct backoff){ .first = first_ms, .max = max_ms, .random = seed };
	backoff_reset(b);
}

/* splitmix64 (Steele, Lea, Flood 2014): enough for jitter. */
static uint64_t random_next(uint64_t *state)
{
	uint64_t x = *state += 0x9E3779B97F4A7C15u;

	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
	x = (x ^ x >> 27) * 0x94D049BB133111EBu;
	return x ^ x >> 31;
}

int backoff_next(struct backoff *b)
{
	int most = b->next, half = most / 2;

	b->next = most > b->max / 2 ? b->max : 2 * most;
	if (most < 2)
		return 1;
	return half + (int)(random_next(&b->random) % (uint64_t)(most - half + 1));
}

void backoff_reset(struct backoff *b)
{
	b->next = b->first < b->max ? b->first : b->max;
}
