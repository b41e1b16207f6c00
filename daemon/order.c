#include "daemon/order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static size_t smaller(size_t x, size_t y)
{
	return x < y ? x : y;
}

/* The two runs that begin at `from` are to be merged. */
static void begin(struct order *o, size_t from)
{
	o->mid = smaller(from + o->width, o->n);
	o->end = smaller(from + 2 * o->width, o->n);
	o->i = o->k = from;
	o->j = o->mid;
}

int order_init(struct order *o, size_t n)
{
	*o = (struct order){ .n = n, .width = 1 };
	o->at = malloc((n + 1) * sizeof(*o->at));
	o->other = malloc((n + 1) * sizeof(*o->other));
	if (!o->at || !o->other) {
		order_done(o);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++)
		o->at[i] = (uint32_t)i;
	begin(o, 0);
	return 0;
}

void order_done(struct order *o)
{
	free(o->at);
	free(o->other);
	memset(o, 0, sizeof(*o));
}

/* The two runs are one; so may all be that are so long. */
static void next_runs(struct order *o)
{
	uint32_t *at = o->at;

	if (o->end < o->n) {
		begin(o, o->end);
		return;
	}
	o->at = o->other;
	o->other = at;
	o->width *= 2;
	begin(o, 0);
}

bool order_step(struct order *o, order_less *less, const void *arg, size_t max)
{
	while (o->width < o->n) {
		for (; o->k < o->end; o->k++) {
			bool left = o->i < o->mid && (o->j == o->end || !less(arg, o->at[o->j], o->at[o->i]));

			if (!max--)
				return true;
			o->other[o->k] = o->at[left ? o->i++ : o->j++];
		}
		next_runs(o);
	}
	return false;
}
