#include "index/ruling.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "index/arrival.h"

void rulings_init(struct rulings *r)
{
	memset(r, 0, sizeof(*r));
	table_init(&r->table);
}

void rulings_done(struct rulings *r)
{
	table_done(&r->table);
	free(r->at);
	memset(r, 0, sizeof(*r));
}

static int side_of(const struct ruling *r, uint64_t id)
{
	return r->ids[1] == id;
}

/* The newest ruling of an id + 1; 0. */
static uint32_t newest(const struct rulings *r, uint64_t id)
{
	const uint32_t *slot = table_find(&r->table, id);
	uint32_t i = slot ? table_value(slot) : 0;

	return i && (r->at[i - 1].ids[0] == id || r->at[i - 1].ids[1] == id) ? i : 0;
}

/* The ruling of the pair that counts + 1; 0. */
static uint32_t find(const struct rulings *r, uint64_t a, uint64_t b)
{
	uint32_t i = newest(r, a);

	while (i) {
		const struct ruling *at = &r->at[i - 1];

		if (at->ids[!side_of(at, a)] == b && !at->replaced)
			return i;
		i = at->next[side_of(at, a)];
	}
	return 0;
}

/* Cannot fail when the id has a ruling, or had one a moment ago. */
static int set_newest(struct rulings *r, uint64_t id, uint32_t value)
{
	uint32_t *slot = table_find(&r->table, id);

	if (slot && value)
		table_set(slot, value);
	else if (slot)
		table_remove(&r->table, id, slot);
	return slot || !value ? 0 : table_insert(&r->table, id, value);
}

static int reserve(struct rulings *r)
{
	uint32_t cap = r->cap ? 2 * r->cap : 16;
	struct ruling *at;

	if (r->n < r->cap)
		return 0;
	at = realloc(r->at, cap * sizeof(*at));
	if (!at)
		return -ENOMEM;
	r->at = at;
	r->cap = cap;
	return 0;
}

int rulings_add(struct rulings *r, enum nd_ruling kind, uint64_t a, uint64_t b)
{
	struct ruling x = { .ids = { a, b }, .kind = kind };
	int err = reserve(r);

	if (err)
		return err;
	x.before = find(r, a, b);
	x.next[0] = newest(r, a);
	x.next[1] = newest(r, b);
	r->at[r->n] = x;
	err = set_newest(r, a, r->n + 1);
	if (err)
		return err;
	err = set_newest(r, b, r->n + 1);
	if (err) {
		set_newest(r, a, x.next[0]);
		return err;
	}
	if (x.before)
		r->at[x.before - 1].replaced = true;
	r->n++;
	return 0;
}

void rulings_drop(struct rulings *r)
{
	const struct ruling *x = &r->at[--r->n];

	set_newest(r, x->ids[0], x->next[0]);
	set_newest(r, x->ids[1], x->next[1]);
	if (x->before)
		r->at[x->before - 1].replaced = false;
}

bool rulings_next(const struct rulings *r, uint64_t id, uint32_t *place, uint64_t *ret_other, enum nd_ruling *ret_kind)
{
	uint32_t i = *place ? r->at[*place - 1].next[side_of(&r->at[*place - 1], id)] : r->n ? newest(r, id) : 0;

	while (i && r->at[i - 1].replaced)
		i = r->at[i - 1].next[side_of(&r->at[i - 1], id)];
	if (!i)
		return false;
	*place = i;
	*ret_other = r->at[i - 1].ids[!side_of(&r->at[i - 1], id)];
	*ret_kind = r->at[i - 1].kind;
	return true;
}

bool rulings_deny(const struct rulings *r, uint64_t a, uint64_t b)
{
	uint32_t i = r->n ? find(r, a, b) : 0;

	return i && r->at[i - 1].kind == ND_DENY;
}

/* --- in an index --- */

uint32_t ruling_article(const struct library *l, uint64_t id)
{
	const uint32_t *slot = table_find(&l->ids, id);
	uint32_t article = slot ? table_value(slot) - 1 : ND_NONE;

	return article != ND_NONE && library_record(l, article)->id_key == id ? article : ND_NONE;
}

bool ruling_closes(const struct library *l, const struct record *r, uint32_t before, uint32_t story)
{
	enum nd_ruling kind;
	uint32_t place = 0;
	uint64_t other;

	while (rulings_next(&l->rulings, r->id_key, &place, &other, &kind)) {
		uint32_t article = kind == ND_DENY ? ruling_article(l, other) : ND_NONE;

		if (article < before && l->entries[article].story == story)
			return true;
	}
	return false;
}

static bool is_known(const uint64_t *ids, size_t n, uint64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (ids[i] == id)
			return true;
	return false;
}

size_t ruling_allies(const struct library *l, uint64_t id, uint32_t ret[ALLIES_MAX])
{
	uint64_t ids[ALLIES_MAX + 1] = { id }, other;
	enum nd_ruling kind;
	size_t n = 1;

	for (size_t i = 0; i < n; i++)
		for (uint32_t place = 0; n <= ALLIES_MAX && rulings_next(&l->rulings, ids[i], &place, &other, &kind);) {
			uint32_t article = kind == ND_ALLOW ? ruling_article(l, other) : ND_NONE;

			if (article == ND_NONE || is_known(ids, n, other))
				continue;
			ret[n - 1] = article;
			ids[n++] = other;
		}
	return n - 1;
}

uint32_t ruling_ally(const struct library *l, const struct record *r, uint32_t before)
{
	uint32_t allies[ALLIES_MAX], ret = ND_NONE;
	size_t n = ruling_allies(l, r->id_key, allies);

	for (size_t i = 0; i < n; i++)
		if (allies[i] < before && allies[i] < ret && !ruling_closes(l, r, before, l->entries[allies[i]].story))
			ret = allies[i];
	return ret;
}

static uint64_t key_of(struct nd_str id)
{
	return hash_bytes(id.at, id.len);
}

void ruling_read(const struct record *r, enum nd_ruling *ret_kind, uint64_t ret_ids[2])
{
	*ret_kind = r->verdict == ND_ALLOW ? ND_ALLOW : ND_DENY;
	ret_ids[0] = key_of(record_string(r, RECORD_ID));
	ret_ids[1] = key_of(record_string(r, RECORD_URL));
}
