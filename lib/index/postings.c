#include "index/postings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t class_words[] = { 6, 9, POSTINGS_FIRST + POSTINGS_STOP, POSTINGS_FIRST + POSTINGS_KEEP / 2,
					 POSTINGS_FIRST + POSTINGS_KEEP };
#define N_CLASSES (sizeof(class_words) / sizeof(class_words[0]))

void postings_init(struct postings *p)
{
	memset(p, 0, sizeof(*p));
	table_init(&p->table);
	p->pool_len = 1; /* 0 is no place */
}

void postings_done(struct postings *p)
{
	if (!p)
		return;
	table_done(&p->table);
	free(p->pool);
	memset(p, 0, sizeof(*p));
}

size_t postings_bytes(const struct postings *p)
{
	return p->table.bytes + (size_t)p->pool_cap * sizeof(*p->pool);
}

static int pool_reserve(struct postings *p, uint32_t words)
{
	uint64_t cap;
	uint32_t *at;

	if (words <= p->pool_cap - p->pool_len && p->pool)
		return 0;
	cap = p->pool_cap ? (uint64_t)p->pool_cap + p->pool_cap / 4 : 1024;
	while (cap < (uint64_t)p->pool_len + words)
		cap += cap / 4;
	if (cap >= POSTINGS_MANY)
		return -EOVERFLOW;
	at = realloc(p->pool, cap * sizeof(*at));
	if (!at)
		return -ENOMEM;
	p->pool = at;
	p->pool_cap = (uint32_t)cap;
	return 0;
}

/* The most that one takes: the longest list, anew. */
int postings_reserve(struct postings *p, uint32_t n)
{
	return pool_reserve(p, n * class_words[N_CLASSES - 1]);
}

static int list_new(struct postings *p, uint32_t size_class, uint32_t *ret)
{
	int err;

	if (p->free[size_class]) {
		*ret = p->free[size_class];
		p->free[size_class] = p->pool[*ret];
	} else {
		err = pool_reserve(p, class_words[size_class]);
		if (err)
			return err;
		*ret = p->pool_len;
		p->pool_len += class_words[size_class];
	}
	p->pool[*ret + POSTINGS_CLASS] = size_class;
	return 0;
}

static void list_free(struct postings *p, uint32_t place)
{
	uint32_t size_class = p->pool[place + POSTINGS_CLASS];

	p->pool[place] = p->free[size_class];
	p->free[size_class] = place;
}

static int list_grow(struct postings *p, uint32_t *place)
{
	uint32_t old = *place, size_class = p->pool[old + POSTINGS_CLASS], grown;
	int err = list_new(p, size_class + 1, &grown);

	if (err)
		return err;
	memcpy(p->pool + grown, p->pool + old, class_words[size_class] * sizeof(*p->pool));
	p->pool[grown + POSTINGS_CLASS] = size_class + 1;
	list_free(p, old);
	*place = grown;
	return 0;
}

static int single_to_list(struct postings *p, uint32_t *slot, uint32_t article)
{
	uint32_t place, other = table_value(slot) - 1;
	int err = list_new(p, 0, &place);

	if (err)
		return err;
	p->pool[place + POSTINGS_COUNT] = p->pool[place + POSTINGS_KEPT] = 2;
	p->pool[place + POSTINGS_FIRST] = other < article ? other : article;
	p->pool[place + POSTINGS_FIRST + 1] = other < article ? article : other;
	table_set(slot, POSTINGS_MANY | place);
	return 0;
}

/* Where a list that lost articles keeps its horizon: behind all that it has. */
static uint32_t *horizon(uint32_t *list)
{
	return &list[POSTINGS_FIRST + POSTINGS_KEEP - 1];
}

/* Whether an article belongs among those kept. */
static bool is_kept(uint32_t *list, uint32_t article)
{
	if (list[POSTINGS_KEPT] < POSTINGS_KEEP && list[POSTINGS_KEPT] == list[POSTINGS_COUNT])
		return true;
	return article <= *horizon(list);
}

/* In its place; of a full list the last one falls out. */
static void list_insert(uint32_t *list, uint32_t article)
{
	uint32_t *articles = list + POSTINGS_FIRST, at = list[POSTINGS_KEPT];

	if (at == POSTINGS_KEEP)
		at--;
	else
		list[POSTINGS_KEPT]++;
	for (; at && articles[at - 1] > article; at--)
		articles[at] = articles[at - 1];
	articles[at] = article;
}

static int list_add(struct postings *p, uint32_t *slot, uint32_t article)
{
	uint32_t place = table_value(slot) & ~POSTINGS_MANY, *list = p->pool + place;
	int err;

	if (is_kept(list, article)) {
		if (POSTINGS_FIRST + list[POSTINGS_KEPT] == class_words[list[POSTINGS_CLASS]] &&
		    list[POSTINGS_KEPT] < POSTINGS_KEEP) {
			err = list_grow(p, &place);
			if (err)
				return err;
			table_set(slot, POSTINGS_MANY | place);
			list = p->pool + place;
		}
		list_insert(list, article);
	}
	if (list[POSTINGS_COUNT]++ == POSTINGS_STOP)
		p->stop_keys++;
	return 0;
}

/* A story more of a key that has some. */
static int add_to(struct postings *p, uint32_t *slot, uint32_t article)
{
	if (table_value(slot) & POSTINGS_MANY)
		return list_add(p, slot, article);
	return single_to_list(p, slot, article);
}

int postings_add_at(struct postings *p, uint32_t *slot, uint64_t key, uint32_t article)
{
	if (article >= POSTINGS_MANY - 1)
		return -EOVERFLOW;
	return slot ? add_to(p, slot, article) : table_insert(&p->table, key, article + 1);
}

int postings_add(struct postings *p, uint64_t key, uint32_t article)
{
	uint32_t *slot;
	int err = article < POSTINGS_MANY - 1 ? table_meet(&p->table, key, article + 1, &slot) : -EOVERFLOW;

	return err || !slot ? err : add_to(p, slot, article);
}

/* Back to one article, which needs no list. */
static void list_to_single(struct postings *p, uint32_t *slot)
{
	uint32_t place = table_value(slot) & ~POSTINGS_MANY, *list = p->pool + place;

	table_set(slot, list[POSTINGS_FIRST] + 1);
	list_free(p, place);
}

/* Whether the article was among those kept. */
static bool list_take(uint32_t *list, uint32_t article)
{
	uint32_t *articles = list + POSTINGS_FIRST, n = list[POSTINGS_KEPT], i = 0;

	while (i < n && articles[i] != article)
		i++;
	if (i == n)
		return false;
	memmove(articles + i, articles + i + 1, (n - i - 1) * sizeof(*articles));
	list[POSTINGS_KEPT]--;
	return true;
}

static void list_remove(struct postings *p, uint32_t *list, uint32_t article)
{
	bool full = list[POSTINGS_KEPT] == POSTINGS_KEEP;
	uint32_t last = full ? *horizon(list) : 0;

	if (list_take(list, article) && full)
		*horizon(list) = last;
	if (--list[POSTINGS_COUNT] == POSTINGS_STOP)
		p->stop_keys--;
}

void postings_remove(struct postings *p, uint64_t key, uint32_t article)
{
	uint32_t *slot = table_find(&p->table, key), *list;

	if (!slot)
		return;
	if (!(table_value(slot) & POSTINGS_MANY)) {
		if (table_value(slot) == article + 1)
			table_remove(&p->table, key, slot);
		return;
	}
	list = p->pool + (table_value(slot) & ~POSTINGS_MANY);
	list_remove(p, list, article);
	if (!list[POSTINGS_COUNT]) {
		list_free(p, table_value(slot) & ~POSTINGS_MANY);
		table_remove(&p->table, key, slot);
	} else if (list[POSTINGS_COUNT] == 1 && list[POSTINGS_KEPT] == 1) {
		list_to_single(p, slot);
	}
}
