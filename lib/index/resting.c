#include "index/resting.h"

#include <stdlib.h>

#include "index/names.h"

#define SHARED_PART 32u /* of an article's keys, the part that a story must have to be like it */

/* The stories that a key is known of, if it is rare, and that have later members. */
static int add_stories(const struct library *l, const struct postings *p, uint64_t key, uint32_t seq, struct list *ret)
{
	struct posting got;
	int err = 0;

	postings_get(p, key, &got);
	if (got.count > judge_rare_max() + 1)
		return 0;
	for (uint32_t i = 0; i < got.kept && !err; i++) {
		uint32_t story = l->entries[got.articles[i]].story;

		if (l->entries[story].last > seq)
			err = list_add(ret, story);
	}
	return err;
}

static int compare_seqs(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	return (a > b) - (a < b);
}

/* Of the list from `from` on, leaves one of each that is there `times` or more often. */
static void keep_frequent(struct list *list, size_t from, uint32_t times)
{
	size_t n = from, run = from;

	if (list->n > from)
		qsort(list->at + from, list->n - from, sizeof(*list->at), compare_seqs);
	for (size_t i = from; i < list->n; i++) {
		if (i + 1 < list->n && list->at[i + 1] == list->at[i])
			continue;
		if (i + 1 - run >= times)
			list->at[n++] = list->at[i];
		run = i + 1;
	}
	list->n = n;
}

int resting_alike(const struct library *l, const struct record *r, uint32_t seq, struct list *ret)
{
	const struct fingerprint *fp = record_fingerprint(r);
	uint32_t n_head = fp->n_head < COMPARE_HEAD_MAX ? fp->n_head : COMPARE_HEAD_MAX;
	uint8_t places[COMPARE_HEAD_MAX];
	uint32_t n_lead = digest_lead_places(fp, n_head, places);
	size_t from = ret->n;
	int err = 0;

	for (uint32_t i = 0; i < fp->n_keys && !err; i++)
		err = add_stories(l, &l->bodies, fp_key(fp, i), seq, ret);
	keep_frequent(ret, from, fp->n_keys / SHARED_PART);
	from = ret->n;
	for (uint32_t i = 0; i < n_lead && !err; i++)
		err = add_stories(l, &l->leads, digest_lead_key(fp, places[i]), seq, ret);
	keep_frequent(ret, from, n_head / DIGEST_LEAD_SCALE / 4);
	return err;
}

int resting_ruled(const struct library *l, const struct record *r, uint32_t seq, struct list *ret)
{
	enum nd_ruling kind;
	uint32_t place = 0;
	uint64_t other;
	uint32_t allies[ALLIES_MAX];
	size_t n = ruling_allies(l, r->id_key, allies);
	int err = 0;

	while (!err && rulings_next(&l->rulings, r->id_key, &place, &other, &kind)) {
		uint32_t article = ruling_article(l, other);

		if (article != ND_NONE && article > seq)
			err = list_add(ret, article);
	}
	for (size_t i = 0; i < n && !err; i++)
		if (allies[i] > seq)
			err = list_add(ret, allies[i]);
	return err;
}

int resting_named(const struct library *l, const struct record *r, uint32_t seq, struct list *ret)
{
	static const enum library_name names[] = { NAME_ID, NAME_URL, NAME_TITLE, NAME_HEADLINE };
	int err = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !err; i++) {
		uint32_t article = names_successor(l, r, seq, names[i]);

		if (article != ND_NONE)
			err = list_add(ret, article);
	}
	return err ? err : l->shelf->fault;
}
