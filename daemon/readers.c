#include "daemon/readers.h"

/* Samples at which it was behind already; as long as samples reach back. */
static uint64_t age_of(const struct readers *r, uint64_t sees)
{
	uint64_t kept = r->n < READERS_SAMPLES ? r->n : READERS_SAMPLES, age = 0;

	while (age < kept && r->newest[(r->n - 1 - age) % READERS_SAMPLES] > sees)
		age++;
	return age;
}

void readers_tick(struct readers *r, struct nd_store *store, uint64_t now)
{
	if (now < r->next)
		return;
	r->fault = nd_store_look(store, &r->look);
	if (r->fault)
		return;
	r->next = now + READERS_EVERY_NS;
	r->newest[r->n++ % READERS_SAMPLES] = r->look.newest;
	r->age = age_of(r, r->look.oldest_read);
}
