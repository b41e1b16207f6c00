#include "index/facts.h"

#include <string.h>

/* --- numbers, names, wherever they stand --- */

static bool is_among(const uint32_t *numbers, uint32_t n, uint32_t number)
{
	for (uint32_t i = 0; i < n; i++)
		if (fp_number_what(numbers[i]) == fp_number_what(number))
			return true;
	return false;
}

/* Of distinct ones. A text that is longer than most forms has too many for that to say something. */
static void count_numbers(const struct fingerprint *a, const struct fingerprint *b, struct evidence *ret)
{
	const uint32_t *x = fp_numbers(a), *y = fp_numbers(b);

	ret->numbers_a = ret->numbers_b = ret->numbers_shared = 0;
	if (a->n_units > FP_NAMES_UNITS || b->n_units > FP_NAMES_UNITS)
		return;
	for (uint32_t i = 0; i < b->n_numbers; i++)
		ret->numbers_b += !is_among(y, i, y[i]);
	for (uint32_t i = 0; i < a->n_numbers; i++) {
		if (is_among(x, i, x[i]))
			continue;
		ret->numbers_a++;
		ret->numbers_shared += is_among(y, b->n_numbers, x[i]);
	}
}

static void count_names(const struct fingerprint *a, const struct fingerprint *b, struct evidence *ret)
{
	const uint32_t *x = fp_names(a), *y = fp_names(b);

	ret->names_a = a->n_names;
	ret->names_b = b->n_names;
	ret->names_shared = 0;
	for (uint32_t i = 0; i < a->n_names; i++) {
		uint32_t k = 0;

		while (k < b->n_names && !proper_same(x[i], y[k]))
			k++;
		ret->names_shared += k < b->n_names;
	}
}

/* --- numbers at their places --- */

/* What stands at one place: a row of numbers. */
struct row {
	uint32_t from, n;
	bool taken;
};

static uint32_t find_rows(const struct fingerprint *fp, struct row ret[FP_NUMBERS_MAX])
{
	const uint32_t *x = fp_numbers(fp);
	uint32_t n = 0;

	for (uint32_t i = 0; i < fp->n_numbers && i < FP_NUMBERS_MAX; i++)
		if (n && x[i] & FP_NUMBER_JOINS)
			ret[n - 1].n++;
		else
			ret[n++] = (struct row){ i, 1, false };
	return n;
}

static bool same_row(const uint32_t *x, struct row a, const uint32_t *y, struct row b)
{
	return a.n == b.n && !memcmp(x + a.from, y + b.from, a.n * sizeof(*x));
}

/* Pairs each row of a with one of b that is not taken: with the same, or with any at its place. Returns how many. */
static uint32_t pair_rows(const uint32_t *x, struct row *a, uint32_t n, const uint32_t *y, struct row *b, uint32_t m, bool same)
{
	uint32_t ret = 0;

	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < m && !a[i].taken; k++) {
			if (b[k].taken || fp_number_place(x[a[i].from]) != fp_number_place(y[b[k].from]))
				continue;
			if (same && !same_row(x, a[i], y, b[k]))
				continue;
			a[i].taken = b[k].taken = true;
			ret++;
		}
	return ret;
}

/* Where several places look alike, as many as can be are the same. */
static void count_places(const struct fingerprint *a, const struct fingerprint *b, struct evidence *ret)
{
	struct row mine[FP_NUMBERS_MAX], theirs[FP_NUMBERS_MAX];
	uint32_t n, m;

	ret->places = ret->places_same = 0;
	if (!a->n_numbers || !b->n_numbers)
		return;
	n = find_rows(a, mine);
	m = find_rows(b, theirs);
	ret->places_same = pair_rows(fp_numbers(a), mine, n, fp_numbers(b), theirs, m, true);
	ret->places = ret->places_same + pair_rows(fp_numbers(a), mine, n, fp_numbers(b), theirs, m, false);
}

void facts_count(const struct fingerprint *a, const struct fingerprint *b, struct evidence *ret)
{
	count_numbers(a, b, ret);
	count_places(a, b, ret);
	count_names(a, b, ret);
}
