/*
 * How fast the parts of the index are: the table of keys, the postings, and whole fingerprints.
 *   bench_index [MILLIONS OF KEYS]...
 *
 * Keys are random, so that every look-up of a large table misses the caches; a batch of them is
 * prefetched, as nd_index_expect does for an article.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/table.h"
#include "index/postings.h"
#include "newsdup.h"
#include "text/utf8.h"

#define BATCH 32 /* keys asked for ahead: those of an article of average length */
#define TEXTS 256
#define TEXT_BYTES 3300
#define SECONDS 0.5

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Key i: SplitMix64 (Steele, Lea, Flood 2014), a bijection, so no key comes twice. */
static uint64_t key_at(uint64_t i)
{
	uint64_t z = (i + 1) * 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

static void tell(const char *what, size_t n, double spent, size_t bytes)
{
	printf("%-24s %6.1f M/s %6.1f ns each, %zu M keys", what, 1e-6 * (double)n / spent, 1e9 * spent / (double)n,
	       n / 1000000);
	if (bytes)
		printf(", %.1f bytes a key", (double)bytes / (double)n);
	printf("\n");
}

static int fill_table(struct table *t, size_t n)
{
	double start = cpu();

	for (size_t i = 0; i < n; i += BATCH) {
		for (size_t k = i; k < i + BATCH; k++)
			table_prefetch(t, key_at(k));
		for (size_t k = i; k < i + BATCH && k < n; k++)
			if (table_insert(t, key_at(k), (uint32_t)(k & TABLE_VALUE_MAX) | 1))
				return 1;
	}
	tell("table insert", n, cpu() - start, t->bytes);
	return 0;
}

/* Looks keys up in another order than they came, from `first` on; all of them are there, or none. */
static int look_up(const struct table *t, const char *what, size_t first, size_t n, size_t ahead)
{
	double start = cpu();
	size_t found = 0;

	for (size_t i = 0; i < n; i += BATCH) {
		for (size_t k = i; ahead && k < i + BATCH; k++)
			table_prefetch(t, key_at(first + k * 7919 % n));
		for (size_t k = i; k < i + BATCH && k < n; k++)
			found += table_find(t, key_at(first + k * 7919 % n)) != NULL;
	}
	tell(what, n, cpu() - start, 0);
	return first ? found > n / 1000 : found != n;
}

static int measure_table(size_t n)
{
	static struct table t;
	int ret;

	table_init(&t);
	ret = fill_table(&t, n) || look_up(&t, "table look-up", 0, n, 0) ||
	      look_up(&t, "table look-up, ahead", 0, n, 1) || look_up(&t, "absent key, ahead", n, n, 1);
	table_done(&t);
	if (ret)
		fprintf(stderr, "bench_index: the table lost a key or has no memory\n");
	return ret;
}

/* One key in four is known already: what an archive with repeats looks like. */
static int measure_postings(size_t n)
{
	static struct postings p;
	int ret = 0;

	postings_init(&p);
	double start = cpu();

	for (size_t i = 0; i < n && !ret; i += BATCH) {
		uint64_t keys[BATCH];

		for (size_t k = 0; k < BATCH; k++) {
			keys[k] = key_at((i + k) % 4 || !i ? i + k : key_at(i + k) % i);
			table_prefetch(&p.table, keys[k]);
		}
		for (size_t k = 0; k < BATCH && !ret; k++)
			ret = postings_add(&p, keys[k], (uint32_t)(i / BATCH));
	}
	tell("postings add, ahead", n, cpu() - start, postings_bytes(&p));
	postings_done(&p);
	return ret;
}

static char *put_cp(char *at, uint32_t cp)
{
	return at + utf8_encode((uint8_t *)at, cp);
}

/* Words of n characters from `first` on, out of `range`; no blanks when the script writes none. */
static size_t sample_text(char *text, uint32_t first, uint32_t range, unsigned n, int blanks, uint64_t seed)
{
	char *at = text, *line = text;

	while (at < text + TEXT_BYTES) {
		for (unsigned k = 0, m = 1 + (unsigned)(key_at(seed++) % n); k < m; k++)
			at = put_cp(at, first + (uint32_t)(key_at(seed++) % range));
		if (at > line + 270) {
			*at++ = '.';
			*at++ = '\n';
			line = at;
		} else if (blanks || !(seed % 7)) {
			*at++ = ' ';
		}
	}
	return (size_t)(at - text);
}

static int measure_fingerprints(struct nd_fingerprinter *f, const char *name, uint32_t first, uint32_t range,
				unsigned n, int blanks)
{
	static char texts[TEXTS][TEXT_BYTES + 64];
	static size_t lens[TEXTS];
	size_t bytes = 0, rounds = 0;
	double start, spent;

	for (unsigned i = 0; i < TEXTS; i++)
		lens[i] = sample_text(texts[i], first, range, n, blanks, (uint64_t)i << 32);
	start = cpu();
	do {
		for (unsigned i = 0; i < TEXTS; i++) {
			struct nd_article article = { .id = { "x", 1 }, .text = { texts[i], lens[i] } };
			struct nd_fingerprint fp;

			if (nd_fingerprint(f, &article, &fp))
				return 1;
			bytes += lens[i];
		}
		rounds++;
		spent = cpu() - start;
	} while (spent < SECONDS);
	printf("fingerprint %-12s %6.0f MB/s %6.2f us a text of %zu bytes\n", name, 1e-6 * (double)bytes / spent,
	       1e6 * spent / (double)(TEXTS * rounds), bytes / TEXTS / rounds);
	return 0;
}

int main(int argc, char **argv)
{
	static const char *const sizes[] = { "1", "4" };
	const char *const *size = argc > 1 ? (const char *const *)argv + 1 : sizes;
	struct nd_fingerprinter *f;
	int ret = 0;

	for (int i = 0, n = argc > 1 ? argc - 1 : 2; i < n && !ret; i++) {
		size_t keys = (size_t)(atof(size[i]) * 1e6) / BATCH * BATCH;

		ret = keys ? measure_table(keys) || measure_postings(keys) : 2;
	}
	if (ret || nd_fingerprinter_new(&f))
		return ret ? ret : 1;
	ret = measure_fingerprints(f, "english", 'a', 26, 9, 1) || measure_fingerprints(f, "korean", 0xAC00, 11172, 5, 1) ||
	      measure_fingerprints(f, "chinese", 0x4E00, 0x4000, 14, 0);
	nd_fingerprinter_free(f);
	return ret;
}
