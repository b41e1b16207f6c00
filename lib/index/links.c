#include "index/links.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

void links_init(struct links *l)
{
	memset(l, 0, sizeof(*l));
	table_init(&l->table);
}

void links_done(struct links *l)
{
	table_done(&l->table);
	free(l->at);
	l->at = NULL;
	l->n = l->cap = l->free = 0;
}

size_t links_bytes(const struct links *l)
{
	return l->table.bytes + l->cap * sizeof(*l->at);
}

/* Two articles may have one chain: each link says whose it is. */
static uint64_t key_of(uint32_t article)
{
	return hash_finish((uint64_t)article + 1);
}

static int reserve(struct links *l)
{
	uint32_t cap = l->cap ? l->cap + l->cap / 2 : 64;
	struct link *at;

	if (l->free || l->n < l->cap)
		return 0;
	if (cap > TABLE_VALUE_MAX)
		return -EOVERFLOW;
	at = realloc(l->at, cap * sizeof(*at));
	if (!at)
		return -ENOMEM;
	l->at = at;
	l->cap = cap;
	return 0;
}

static int add(struct links *l, uint32_t article, uint32_t lead)
{
	uint32_t *slot = table_find(&l->table, key_of(article)), place = l->free ? l->free : l->n + 1;
	struct link new = { article, lead, slot ? table_value(slot) : 0 };
	int err = reserve(l);

	if (!err && slot)
		table_set(slot, place);
	else if (!err)
		err = table_insert(&l->table, key_of(article), place);
	if (err)
		return err;
	if (l->free)
		l->free = l->at[place - 1].next;
	else
		l->n++;
	l->at[place - 1] = new;
	return 0;
}

static void take_out(struct links *l, uint32_t article, uint32_t lead)
{
	uint32_t *slot = table_find(&l->table, key_of(article)), before = 0, place = slot ? table_value(slot) : 0, next;

	while (place && (l->at[place - 1].article != article || l->at[place - 1].lead != lead)) {
		before = place;
		place = l->at[place - 1].next;
	}
	if (!place)
		return;
	next = l->at[place - 1].next;
	if (before)
		l->at[before - 1].next = next;
	else if (next)
		table_set(slot, next);
	else
		table_remove(&l->table, key_of(article), slot);
	l->at[place - 1].next = l->free;
	l->free = place;
}

int links_enter(struct links *l, uint32_t article, const struct nd_match *matches, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct nd_match *m = &matches[i];
		int err = m->leads & ND_LEAD_OF_OTHER ? add(l, article, m->article) : 0;

		if (!err && m->leads & ND_LEAD_IN_OTHER) {
			err = add(l, m->article, article);
			if (err && m->leads & ND_LEAD_OF_OTHER)
				take_out(l, article, m->article);
		}
		if (err) {
			links_leave(l, article, matches, i);
			return err;
		}
	}
	return 0;
}

void links_leave(struct links *l, uint32_t article, const struct nd_match *matches, size_t n)
{
	while (n--) {
		const struct nd_match *m = &matches[n];

		if (m->leads & ND_LEAD_IN_OTHER)
			take_out(l, m->article, article);
		if (m->leads & ND_LEAD_OF_OTHER)
			take_out(l, article, m->article);
	}
}

uint32_t links_next(const struct links *l, uint32_t article, uint32_t *place)
{
	const uint32_t *slot = *place ? NULL : table_find(&l->table, key_of(article));
	uint32_t at = *place ? l->at[*place - 1].next : slot ? table_value(slot) : 0;

	while (at && l->at[at - 1].article != article)
		at = l->at[at - 1].next;
	*place = at;
	return at ? l->at[at - 1].lead : ND_NONE;
}
