/*
 * A list of articles, worked off from its front.
 */
#ifndef ND_INDEX_LIST_H
#define ND_INDEX_LIST_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

struct list {
	uint32_t *at;
	size_t n, cap, next; /* next: the first that has not been worked on */
};

/* Room for so many more. Errors: -ENOMEM. */
static inline int list_reserve(struct list *list, size_t more)
{
	size_t n = list->n + more;
	uint32_t *grown;

	if (n <= list->cap)
		return 0;
	n = n < 64 ? 64 : n + n / 2;
	grown = realloc(list->at, n * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list->at = grown;
	list->cap = n;
	return 0;
}

static inline int list_add(struct list *list, uint32_t article)
{
	int err = list_reserve(list, 1);

	if (!err)
		list->at[list->n++] = article;
	return err;
}

/* Lists that are always worked off from the article that came earliest: at[0], of a binary heap (Williams, 1964). */
static inline int list_push(struct list *list, uint32_t article)
{
	int err = list_reserve(list, 1);
	size_t i = list->n;

	if (err)
		return err;
	for (; i && list->at[(i - 1) / 2] > article; i = (i - 1) / 2)
		list->at[i] = list->at[(i - 1) / 2];
	list->at[i] = article;
	list->n++;
	return 0;
}

/* Takes at[0] out; there is one. */
static inline void list_pop(struct list *list)
{
	uint32_t last = list->at[--list->n];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < list->n) {
		child += child + 1 < list->n && list->at[child + 1] < list->at[child];
		if (list->at[child] >= last)
			break;
		list->at[i] = list->at[child];
		i = child;
	}
	list->at[i] = last;
}

static inline bool list_is_done(const struct list *list)
{
	return list->next == list->n;
}

static inline void list_clear(struct list *list)
{
	list->n = list->next = 0;
}

#endif
