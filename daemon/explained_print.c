/*
 * An explanation as a page to read.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/clean.h"
#include "daemon/explained.h"

#define SHOWN_MAX 8u    /* passages, the longest */

/* --- the figures --- */

static void print_article(FILE *to, char name, const struct nd_article *a)
{
	const struct nd_str more[] = { a->outlet, a->published, a->title };

	fprintf(to, "%c  ", name);
	clean_print_cut(to, a->id);
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		if (!more[i].at || !more[i].len)
			continue;
		fputs(", ", to);
		clean_print_cut(to, more[i]);
	}
	fputc('\n', to);
}

static const char *const verdicts[ND_RELATIONS] = {
	[ND_NEW] = "B is new beside A",
	[ND_IDENTICAL] = "B is identical to A",
	[ND_COPY] = "B is a copy of A",
	[ND_EXCERPT] = "B is an excerpt of A",
	[ND_DIGEST] = "B is a digest that holds A",
	[ND_REVISION] = "B is a revision of A",
	[ND_SAME_LEAD] = "B has the same lead as A",
	[ND_PARTIAL] = "B shares a passage with A (partial)",
	[ND_TEMPLATE] = "B is from the same template as A",
	[ND_TOO_SHORT] = "B is too short to judge",
};

static void print_archive(FILE *to, const struct explained_archive *a)
{
	if (!a->verdict)
		return;
	fprintf(to, "Among %u articles, %c came later. Its verdict on arrival: %s; its relation to %c: %s.\n",
		a->articles, a->b_is_later ? 'B' : 'A', a->verdict, a->b_is_later ? 'A' : 'B',
		a->relation ? a->relation : "none");
}

static void print_share(FILE *to, const char *what, float value)
{
	fprintf(to, "  %-25s %5.1f %%\n", what, (double)value * 100);
}

static void print_figures(FILE *to, const struct nd_explanation *x)
{
	fputs("\nmeasured\n", to);
	print_share(to, "of B stands in A", x->match.containment);
	print_share(to, "of A stands in B", x->match.contained);
	print_share(to, "resemblance", x->match.similarity);
	print_share(to, "lead in the other's head", x->lead);
	fprintf(to, "  %-25s A %u, B %u, shared %u\n", "shingles", x->shingles_a, x->shingles_b, x->shared);
	fprintf(to, "  %-25s A %u, B %u, shared %u\n", "rare shingles", x->rare_a, x->rare_b, x->rare_shared);
	fprintf(to, "  %-25s %u of 64 bits\n", "SimHash distance", x->simhash_distance);
	if (x->days_known)
		fprintf(to, "  %-25s %lld\n", "days apart", (long long)x->days);
	else
		fprintf(to, "  %-25s unknown\n", "days apart");
}

static void print_thresholds(FILE *to, const struct nd_explanation *x)
{
	fputs("\nthresholds\n", to);
	for (size_t i = 0; i < x->n_thresholds; i++) {
		const struct nd_threshold *t = &x->thresholds[i];
		const char *met = t->value >= t->threshold ? "reached" : "below";

		if (t->share)
			fprintf(to, "  %-16s %7.1f %%  of  %4.1f %%  %s\n", t->name, (double)t->value * 100,
				(double)t->threshold * 100, met);
		else
			fprintf(to, "  %-16s %7.0f    of  %4.0f    %s\n", t->name, (double)t->value,
				(double)t->threshold, met);
	}
}

/* --- the passages --- */

static uint32_t length(const struct nd_explanation *x, size_t i)
{
	return x->passages[i].a_end - x->passages[i].a;
}

/* The places of the longest passages, ordered by place; of equals the first. Returns how many. */
static size_t longest(const struct nd_explanation *x, size_t ret[SHOWN_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < x->n_passages; i++) {
		size_t worst = 0;

		if (n < SHOWN_MAX) {
			ret[n++] = i;
			continue;
		}
		for (size_t k = 1; k < n; k++)
			if (length(x, ret[k]) <= length(x, ret[worst]))
				worst = k;
		if (length(x, i) <= length(x, ret[worst]))
			continue;
		memmove(ret + worst, ret + worst + 1, (n - 1 - worst) * sizeof(*ret));
		ret[n - 1] = i;
	}
	return n;
}

struct nd_str *explained_words(const struct nd_explanation *x, struct nd_str text)
{
	struct nd_str *ret = calloc(x->n_passages + 1, sizeof(*ret));

	for (size_t i = 0; ret && i < x->n_passages; i++)
		ret[i] = (struct nd_str){ text.at + x->passages[i].a, x->passages[i].a_end - x->passages[i].a };
	return ret;
}

static void print_passages(FILE *to, const struct nd_explanation *x, const struct nd_str *words)
{
	size_t places[SHOWN_MAX], n = longest(x, places);

	if (n < x->n_passages)
		fprintf(to, "\npassages in both (the %zu longest of %zu; bytes of each text)\n", n, x->n_passages);
	else
		fprintf(to, "\npassages in both%s\n", n ? " (bytes of each text)" : ": none");
	for (size_t i = 0; i < n; i++) {
		const struct nd_passage *p = &x->passages[places[i]];

		fprintf(to, "  A %u-%u, B %u-%u\n    ", p->a, p->a_end, p->b, p->b_end);
		clean_print_cut(to, words[places[i]]);
		fputc('\n', to);
	}
}

void explained_print(FILE *to, const struct nd_explanation *x, const struct explained_archive *archive,
		     const struct nd_str *words)
{
	print_article(to, 'A', &x->a);
	print_article(to, 'B', &x->b);
	fprintf(to, "\n%s: %s.\n", verdicts[x->relation], x->reason);
	print_archive(to, archive);
	print_figures(to, x);
	print_thresholds(to, x);
	if (words)
		print_passages(to, x, words);
	else
		fputs("\npassages in both: not known, as the text of one is not kept, or is too long\n", to);
}
