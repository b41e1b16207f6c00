#include "daemon/arrivals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int arrivals_init(struct arrivals *a, nd_seq before, nd_seq own)
{
	*a = (struct arrivals){ .before = before, .own = own, .end = before };
	if (!before)
		return 0;
	a->named = calloc(1, before / 8 + (size_t)1);
	return a->named ? 0 : -ENOMEM;
}

void arrivals_done(struct arrivals *a)
{
	free(a->spans);
	free(a->named);
	memset(a, 0, sizeof(*a));
}

static int reserve(struct arrivals *a)
{
	size_t cap = a->cap ? 2 * a->cap : 64;
	struct arrival_span *at;

	if (a->n < a->cap)
		return 0;
	at = realloc(a->spans, cap * sizeof(*at));
	if (!at)
		return -ENOMEM;
	a->spans = at;
	a->cap = cap;
	return 0;
}

/* Whether it is the first line of this input or of the killed run's that has become this article; from now on there has
 * been one. */
static bool is_first(struct arrivals *a, nd_seq seq)
{
	bool first = seq >= a->end || (seq >= a->own && seq < a->before && !arrivals_has(a, seq));

	if (seq < a->before)
		a->named[seq / 8] |= (uint8_t)(1u << seq % 8);
	else if (first)
		a->end = seq + 1;
	return first;
}

int arrivals_add(struct arrivals *a, nd_seq seq)
{
	struct arrival_span *last;
	int err = reserve(a);
	bool again, there;

	if (err)
		return err;
	last = a->n ? &a->spans[a->n - 1] : NULL;
	there = seq < a->own && !arrivals_has(a, seq);
	again = !is_first(a, seq);
	a->lines++;
	if (last && !again && !last->again && last->first + last->n == seq)
		last->n++;
	else
		a->spans[a->n++] = (struct arrival_span){ seq, 1, again, there };
	return 0;
}

bool arrivals_has_story(const struct arrivals *a, const struct nd_index *ix, nd_seq leader)
{
	nd_seq m = leader;

	while (m != ND_NONE && !arrivals_has(a, m))
		m = nd_index_next_member(ix, m);
	return m != ND_NONE;
}
