#include "text/hanja.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define PIECE 512u /* bytes of a title that are hashed at once */

void hanja_done(struct hanja *h)
{
	free(h->words);
	*h = (struct hanja){ 0 };
}

static bool is_read_otherwise(const struct hanja *h, const char *from, size_t n_from, const char *to, size_t n_to)
{
	for (const struct hanja_word *w = h->words, *end = w + h->n; w < end; w++)
		if (w->n_from == n_from && !memcmp(w->from, from, n_from))
			return w->n_to != n_to || memcmp(w->to, to, n_to) != 0;
	return false;
}

static int add_word(struct hanja *h, const char *from, size_t n_from, const char *to, size_t n_to)
{
	struct hanja_word *w;

	if (!n_from || !n_to || n_from >= HANJA_BYTES || n_to >= HANJA_BYTES)
		return -EINVAL;
	if (is_read_otherwise(h, from, n_from, to, n_to))
		return -EEXIST;
	if (h->n == h->cap) {
		size_t cap = h->cap ? 2 * h->cap : 128;

		w = reallocarray(h->words, cap, sizeof(*w));
		if (!w)
			return -ENOMEM;
		h->words = w;
		h->cap = cap;
	}
	w = &h->words[h->n++];
	*w = (struct hanja_word){ .n_from = (uint8_t)n_from, .n_to = (uint8_t)n_to };
	memcpy(w->from, from, n_from);
	memcpy(w->to, to, n_to);
	h->leads[(uint8_t)*from] = 1;
	return 0;
}

/* The next field of a line, without blanks around it; false behind the last. */
static bool field(const char **at, const char *end, const char **ret, size_t *ret_n)
{
	const char *stop;

	if (!*at)
		return false;
	stop = memchr(*at, '|', (size_t)(end - *at));
	*ret = *at;
	*at = stop ? stop + 1 : NULL;
	stop = stop ? stop : end;
	while (*ret < stop && **ret == ' ')
		++*ret;
	while (stop > *ret && stop[-1] == ' ')
		stop--;
	*ret_n = (size_t)(stop - *ret);
	return true;
}

int hanja_add(struct hanja *h, const char *line, size_t len)
{
	const char *at = line, *end = line + len, *from, *to, *word;
	size_t n_from, n_to, n;
	int err = -EINVAL;

	if (!field(&at, end, &from, &n_from) || !field(&at, end, &to, &n_to))
		return -EINVAL;
	err = add_word(h, from, n_from, to, n_to);
	while (!err && field(&at, end, &word, &n))
		err = add_word(h, word, n, to, n_to);
	return err;
}

/* By their first bytes; of two that begin alike the longer first. */
static int in_order(const void *a, const void *b)
{
	const struct hanja_word *x = a, *y = b;
	int by_bytes = memcmp(x->from, y->from, x->n_from < y->n_from ? x->n_from : y->n_from);

	return by_bytes ? by_bytes : (int)y->n_from - (int)x->n_from;
}

void hanja_sort(struct hanja *h)
{
	if (h->n)
		qsort(h->words, h->n, sizeof(*h->words), in_order);
}

/* The longest word that stands at `at`; NULL: none. */
static const struct hanja_word *find(const struct hanja *h, const char *at, size_t left)
{
	for (size_t from = 0, end = h->n; from < end;) {
		size_t mid = from + (end - from) / 2;
		const struct hanja_word *w = &h->words[mid];
		int order = memcmp(at, w->from, left < w->n_from ? left : w->n_from);

		if (!order && left >= w->n_from) {
			while (w > h->words && left >= w[-1].n_from && !memcmp(at, w[-1].from, w[-1].n_from))
				w--;
			return w;
		}
		if (order <= 0)
			end = mid;
		else
			from = mid + 1;
	}
	return NULL;
}

/* Reads it out without the characters of `skip`. */
static uint64_t read_out(const struct hanja *h, const char *title, size_t len, const char *skip)
{
	char piece[PIECE + HANJA_BYTES];
	uint64_t ret = 0;
	size_t n = 0;

	for (size_t i = 0; i < len;) {
		const struct hanja_word *w = h->leads[(uint8_t)title[i]] ? find(h, title + i, len - i) : NULL;

		if (w)
			memcpy(piece + n, w->to, w->n_to);
		else if (!title[i] || !strchr(skip, title[i]))
			piece[n++] = title[i];
		n += w ? w->n_to : 0;
		i += w ? w->n_from : 1;
		if (n >= PIECE) {
			ret = hash_step(ret, hash_bytes(piece, n));
			n = 0;
		}
	}
	if (n)
		ret = hash_step(ret, hash_bytes(piece, n));
	return ret;
}

uint64_t hanja_title(const struct hanja *h, const char *title, size_t len)
{
	return read_out(h, title, len, " ");
}

uint64_t hanja_line(const struct hanja *h, const char *title, size_t len)
{
	return read_out(h, title, len, " \"'");
}
