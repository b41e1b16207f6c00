#include "index/room.h"

/* Words of a list in a pool, the shortest and a longer one that it moves to. */
#define LIST_WORDS 16u

/* What an array of so many elements grows by when n more come, a share of its room at a time. */
static size_t array_growth(size_t used, size_t cap, size_t n, unsigned share, size_t size)
{
	size_t to = cap;

	while (used + n > to)
		to += to / share + 64;
	return (to - cap) * size;
}

/* Of the lists that were given back, which are taken first, each chain tells the next one's place. */
static size_t lists_free(const struct postings *p, size_t max)
{
	size_t n = 0;

	for (uint32_t at = p->free[0]; at && n < max; at = p->pool[at])
		n++;
	return n;
}

/* One key in four has a list, of those most have had it before. */
static size_t postings_growth(const struct postings *p, size_t keys)
{
	size_t lists = keys / 4 + 16, spare = lists_free(p, lists);

	return table_growth(&p->table, keys) +
	       array_growth(p->pool_len, p->pool_cap, (lists - spare) * LIST_WORDS, 4, sizeof(*p->pool));
}

static size_t links_growth(const struct links *l, size_t n)
{
	return table_growth(&l->table, n) + (l->free ? 0 : array_growth(l->n, l->cap, n, 2, sizeof(*l->at)));
}

static size_t furniture_growth(const struct furniture *f, size_t keys)
{
	return table_growth(&f->table, keys) +
	       (f->free ? 0 : array_growth(f->n_rows, f->cap_rows, keys / 4, 4, sizeof(*f->rows)));
}

size_t room_growth(const struct library *l, size_t keys)
{
	size_t articles = keys / 16 + 1;

	return postings_growth(&l->bodies, keys) + postings_growth(&l->leads, keys) + links_growth(&l->links, articles) +
	       table_growth(&l->ids, articles) + table_growth(&l->texts, articles) + table_growth(&l->names, 3 * articles) +
	       furniture_growth(&l->furniture, keys) +
	       array_growth(l->n, l->cap, articles, 4, sizeof(*l->entries));
}
