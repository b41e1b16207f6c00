#include "daemon/rows.h"

#include <string.h>

#define BYTES_MAX ((size_t)1 << 31)

void rows_init(struct rows *r, size_t size)
{
	r->size = size;
	buf_init(&r->rows, BYTES_MAX);
	buf_init(&r->words, BYTES_MAX);
}

void rows_done(struct rows *r)
{
	buf_done(&r->rows);
	buf_done(&r->words);
}

int rows_add(struct rows *r, const void *row)
{
	return buf_add(&r->rows, row, r->size);
}

int rows_add_word(struct rows *r, const char *word, size_t *ret_word)
{
	size_t at = r->words.len;
	int err = buf_add(&r->words, word, strlen(word) + 1);

	if (!err)
		*ret_word = at;
	return err;
}

int rows_print(const struct rows *r, const struct rows_table *t, size_t max)
{
	size_t shown = rows_count(r) < max ? rows_count(r) : max;
	struct order order;
	struct grid g;
	int err = order_init(&order, rows_count(r));

	if (err)
		return err;
	while (order_step(&order, t->before, r, SIZE_MAX))
		;
	grid_init(&g, t->align);
	for (size_t i = 0; t->align[i]; i++)
		grid_add_text(&g, t->heads[i]);
	for (size_t i = 0; i < shown; i++)
		t->add(&g, r, rows_at(r, order.at[i]));
	grid_print(&g, stdout);
	err = g.err;
	grid_done(&g);
	order_done(&order);
	return err;
}
