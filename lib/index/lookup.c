#include "index/lookup.h"

#include <errno.h>
#include <stdlib.h>

#define EXPECT_MAX 512u /* keys fetched ahead: what a cache can hold beside its work */

int lookup_reserve(void *at, size_t *cap, size_t n, size_t size)
{
	void **array = at;

	if (n <= *cap)
		return 0;
	free(*array);
	*cap = n + n / 2;
	*array = malloc(*cap * size);
	if (*array)
		return 0;
	*cap = 0;
	return -ENOMEM;
}

void lookup_expect(const struct library *l, const struct record *r)
{
	const struct fingerprint *fp = record_fingerprint(r);
	uint32_t n = fp->n_head < COMPARE_HEAD_MAX ? fp->n_head : COMPARE_HEAD_MAX;
	uint8_t places[COMPARE_HEAD_MAX];

	for (uint32_t i = 0; i < fp->n_keys && i < EXPECT_MAX; i++)
		table_prefetch(&l->bodies.table, fp_key(fp, i));
	n = digest_lead_places(fp, n, places);
	for (uint32_t i = 0; i < n; i++)
		table_prefetch(&l->leads.table, digest_lead_key(fp, places[i]));
	table_prefetch(&l->ids, r->id_key);
	table_prefetch(&l->texts, fp->body_hash);
	table_prefetch(&l->names, r->url_key);
	table_prefetch(&l->names, r->title_key);
	around_expect(l, r);
}

/* Finds the slots first, so that what they lead to is on its way before it is read. */
static void find_slots(struct arrival *a, const struct library *l)
{
	for (uint32_t i = 0; i < a->digest.n_body; i++) {
		a->slots[i] = table_find(&l->bodies.table, a->digest.keys[i]);
		if (a->slots[i])
			postings_prefetch(&l->bodies, a->slots[i]);
		else
			table_prefetch_room(&l->bodies.table, a->digest.keys[i]);
	}
	a->moves = l->bodies.table.moves;
}

int lookup_body(struct arrival *a, const struct library *l)
{
	int err = lookup_reserve(&a->counts, &a->cap, a->fp->n_keys, sizeof(*a->counts));

	if (!err)
		err = lookup_reserve(&a->slots, &a->cap_slots, a->fp->n_keys, sizeof(*a->slots));
	if (!err)
		err = lookup_reserve(&a->keys, &a->cap_keys, digest_keys_max(a->record), sizeof(*a->keys));
	if (err)
		return err;
	digest_draw(&a->digest, a->record, a->keys);
	a->n_rare = 0;
	find_slots(a, l);
	for (uint32_t i = 0; i < a->fp->n_keys && !err; i++) {
		struct posting p;

		postings_read(&l->bodies, a->slots[i], &p);
		posting_before(&p, a->before);
		a->counts[i] = p.count;
		if (p.count > judge_rare_max())
			continue;
		a->n_rare++;
		for (uint32_t k = 0; k < p.kept; k++)
			entry_prefetch(&l->entries[p.articles[k]]);
		if (p.count)
			err = candidates_hit(&a->bodies, &p);
	}
	return err;
}

/* --- the lead --- */

/* The keys of a head and where each stands in the postings, what they lead to on its way. */
struct lead_keys {
	uint32_t n;
	uint8_t places[COMPARE_HEAD_MAX];
	const uint32_t *slots[COMPARE_HEAD_MAX];
};

static void find_lead_slots(const struct arrival *a, const struct library *l, uint32_t n_head, struct lead_keys *ret)
{
	const struct table *t = &l->leads.table;

	ret->n = digest_lead_places(a->fp, n_head, ret->places);
	for (uint32_t i = 0; i < ret->n; i++) {
		uint64_t key = digest_lead_key(a->fp, ret->places[i]);

		ret->slots[i] = table_find(t, key);
		if (ret->slots[i])
			postings_prefetch(&l->leads, ret->slots[i]);
		else if (i < a->digest.n_lead)
			table_prefetch_room(t, key);
	}
}

/* A short shingle weighs what the next key says, and those behind the last key what that says. */
int lookup_lead(struct arrival *a, const struct library *l)
{
	uint32_t n = a->fp->n_head < COMPARE_HEAD_MAX ? a->fp->n_head : COMPARE_HEAD_MAX, from = 0;
	struct lead_keys keys;
	float weight = 1;
	int err = 0;

	find_lead_slots(a, l, n, &keys);
	for (uint32_t k = 0; k < keys.n && !err; k++) {
		struct posting p;

		postings_read(&l->leads, keys.slots[k], &p);
		posting_before(&p, a->before);
		weight = judge_lead_weight(p.count);
		while (from <= keys.places[k])
			a->lead_weights[from++] = weight;
		if (!p.count || p.count > judge_rare_max())
			continue;
		for (uint32_t i = 0; i < p.kept; i++)
			entry_prefetch(&l->entries[p.articles[i]]);
		err = candidates_hit(&a->leads, &p);
	}
	while (from < n)
		a->lead_weights[from++] = weight;
	return err;
}
