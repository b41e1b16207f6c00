#include "index/postings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MANY 0x40000000u

enum { COUNT, KEPT, CLASS, FIRST };

static const uint32_t class_words[] = { 6, 9, FIRST + POSTINGS_KEEP };
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

void postings_prefetch(const struct postings *p, const uint32_t *slot)
{
	uint32_t value = table_value(slot);

	if (value & MANY)
		__builtin_prefetch(p->pool + (value & ~MANY));
	__asm__ volatile(""); /* as in table_prefetch */
}

void postings_read(const struct postings *p, const uint32_t *slot, struct posting *ret)
{
	const uint32_t *list;
	uint32_t value;

	if (!slot) {
		ret->count = ret->kept = 0;
		return;
	}
	value = table_value(slot);
	if (!(value & MANY)) {
		ret->count = ret->kept = 1;
		ret->single = value - 1;
		ret->articles = &ret->single;
		return;
	}
	list = p->pool + (value & ~MANY);
	ret->count = list[COUNT];
	ret->kept = list[KEPT];
	ret->articles = list + FIRST;
}

uint32_t *postings_get(const struct postings *p, uint64_t key, struct posting *ret)
{
	uint32_t *slot = table_find(&p->table, key);

	postings_read(p, slot, ret);
	return slot;
}

static int pool_reserve(struct postings *p, uint32_t words)
{
	uint64_t cap;
	uint32_t *at;

	if (words <= p->pool_cap - p->pool_len && p->pool)
		return 0;
	cap = p->pool_cap ? (uint64_t)p->pool_cap + p->pool_cap / 4 : 1024;
	if (cap >= MANY)
		return -EOVERFLOW;
	at = realloc(p->pool, cap * sizeof(*at));
	if (!at)
		return -ENOMEM;
	p->pool = at;
	p->pool_cap = (uint32_t)cap;
	return 0;
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
	p->pool[*ret + CLASS] = size_class;
	return 0;
}

static int list_grow(struct postings *p, uint32_t *place)
{
	uint32_t old = *place, size_class = p->pool[old + CLASS], grown;
	int err = list_new(p, size_class + 1, &grown);

	if (err)
		return err;
	memcpy(p->pool + grown, p->pool + old, class_words[size_class] * sizeof(*p->pool));
	p->pool[grown + CLASS] = size_class + 1;
	p->pool[old] = p->free[size_class];
	p->free[size_class] = old;
	*place = grown;
	return 0;
}

static int single_to_list(struct postings *p, uint32_t *slot, uint32_t article)
{
	uint32_t place;
	int err = list_new(p, 0, &place);

	if (err)
		return err;
	p->pool[place + COUNT] = p->pool[place + KEPT] = 2;
	p->pool[place + FIRST] = table_value(slot) - 1;
	p->pool[place + FIRST + 1] = article;
	table_set(slot, MANY | place);
	return 0;
}

static int list_add(struct postings *p, uint32_t *slot, uint32_t article)
{
	uint32_t place = table_value(slot) & ~MANY, *list = p->pool + place;
	int err;

	if (list[KEPT] < POSTINGS_KEEP) {
		if (FIRST + list[KEPT] == class_words[list[CLASS]]) {
			err = list_grow(p, &place);
			if (err)
				return err;
			table_set(slot, MANY | place);
			list = p->pool + place;
		}
		list[FIRST + list[KEPT]++] = article;
	}
	if (list[COUNT]++ == POSTINGS_KEEP)
		p->stop_keys++;
	return 0;
}

int postings_add_at(struct postings *p, uint32_t *slot, uint64_t key, uint32_t article)
{
	if (article >= MANY - 1)
		return -EOVERFLOW;
	if (!slot)
		return table_insert(&p->table, key, article + 1);
	if (table_value(slot) & MANY)
		return list_add(p, slot, article);
	return single_to_list(p, slot, article);
}

int postings_add(struct postings *p, uint64_t key, uint32_t article)
{
	return postings_add_at(p, table_find(&p->table, key), key, article);
}
