/*
 * How fast an index over a store starts: articles are put, committed, and loaded again, page cache warm.
 *   bench_load [THOUSANDS OF ARTICLES [DIR]]
 *
 * Articles are the fingerprints of a few texts under other hashes, so that each brings keys of its own; one in
 * four is another's copy.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "index/record.h"
#include "newsdup.h"

#define TEXTS 64
#define TEXT_BYTES 3300
#define BATCH 2000
#ifndef SLICE
#define SLICE 8192
#endif

static uint64_t mix(uint64_t i)
{
	uint64_t z = (i + 1) * 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void sample_text(char *text, uint64_t seed)
{
	char *at = text;

	while (at < text + TEXT_BYTES - 12) {
		for (unsigned k = 0, n = 3 + (unsigned)(mix(seed++) % 6); k < n; k++)
			*at++ = (char)('a' + mix(seed++) % 26);
		*at++ = mix(seed++) % 45 ? ' ' : '\n';
	}
	*at = 0;
}

static struct nd_fingerprint samples[TEXTS];

static int make_samples(struct nd_fingerprinter *f)
{
	for (unsigned i = 0; i < TEXTS; i++) {
		char text[TEXT_BYTES + 1];
		struct nd_article a = { .id = { "id", 2 }, .text = { text, 0 } };
		struct nd_fingerprint fp;
		void *copy;

		sample_text(text, (uint64_t)i << 32);
		a.text.len = strlen(text);
		if (nd_fingerprint(f, &a, &fp) || !(copy = malloc(fp.bytes)))
			return 1;
		memcpy(copy, fp.at, fp.bytes);
		samples[i] = (struct nd_fingerprint){ copy, fp.bytes };
	}
	return 0;
}

/* Sample i % TEXTS with the hashes of `text`, the name of i. */
static struct nd_fingerprint disguise(void *room, uint64_t i, uint64_t text)
{
	struct nd_fingerprint fp = { room, samples[text % TEXTS].bytes };
	struct record *r = memcpy(room, samples[text % TEXTS].at, fp.bytes);
	struct fingerprint *core = (struct fingerprint *)record_fingerprint(r);
	struct fp_key *keys = (struct fp_key *)fp_keys(core);
	uint32_t *head = (uint32_t *)fp_head(core), mask = (uint32_t)mix(text);

	r->id_key = mix(~i);
	core->body_hash ^= mix(text);
	for (uint32_t k = 0; k < core->n_keys; k++)
		keys[k].low ^= mask;
	for (uint32_t k = 0; k < core->n_head; k++)
		head[k] ^= mask >> 2;
	return fp;
}

static int commit(struct nd_store *s, struct nd_index *ix)
{
	static struct nd_stored all[BATCH];
	int err = nd_index_again(ix, SIZE_MAX);
	size_t n = nd_index_pending(ix, 0, all, BATCH);

	if (!err)
		err = nd_store_commit(s, all, n);

	nd_index_committed(ix, err ? 0 : n);
	return err;
}

static int fill(struct nd_store *s, uint64_t n)
{
	static uint64_t room[1 << 16];
	struct nd_index *ix;
	bool done;
	int err = nd_index_open(s, &ix);

	if (err)
		return err;
	err = nd_index_load(ix, SIZE_MAX, &done);
	for (uint64_t i = nd_index_count(ix); i < n && !err; i++) {
		uint64_t text = i && mix(i) % 4 == 0 ? mix(i * 3) % i : i;
		struct nd_fingerprint fp = disguise(room, i, text);

		err = nd_index_put(ix, &fp, (int64_t)i, NULL);
		if (!err && (i % BATCH == BATCH - 1 || i + 1 == n))
			err = commit(s, ix);
	}
	nd_index_free(ix);
	return err;
}

static void report(const char *how, struct nd_store *s, struct nd_index *ix, double wall, double read, double take)
{
	struct nd_store_stats store;
	struct nd_index_stats stats;

	nd_index_stats(ix, &stats);
	nd_store_stats(s, &store);
	printf("load %7llu articles, %4.1f keys each, %.2f GB, %s: %5.2f s, CPU %.2f us each: %.2f to read, %.2f to take\n",
	       (unsigned long long)stats.versions, (double)stats.keys / (double)stats.versions,
	       1e-9 * (double)store.bytes_used, how, wall, 1e6 * (read + take) / (double)stats.versions,
	       1e6 * read / (double)stats.versions, 1e6 * take / (double)stats.versions);
}

/* On one thread, but as if on two. */
static int measure(struct nd_store *s)
{
	double wall = now(CLOCK_MONOTONIC), read = 0, take = 0;
	struct nd_slice *slice;
	struct nd_index *ix;
	int err = nd_index_open(s, &ix);

	if (err)
		return err;
	err = nd_slice_new(s, &slice);
	while (!err && !nd_index_is_loaded(ix)) {
		double begun = now(CLOCK_THREAD_CPUTIME_ID), between;

		nd_slice_read(slice, nd_index_count(ix), SLICE);
		between = now(CLOCK_THREAD_CPUTIME_ID);
		do
			err = nd_index_take(ix, slice);
		while (err == 1);
		read += between - begun;
		take += now(CLOCK_THREAD_CPUTIME_ID) - between;
	}
	if (!err) {
		nd_slice_free(slice);
		report("one thread", s, ix, now(CLOCK_MONOTONIC) - wall, read, take);
	}
	nd_index_free(ix);
	return err;
}

int main(int argc, char **argv)
{
	uint64_t n = 1000 * (argc > 1 ? strtoull(argv[1], NULL, 10) : 100);
	struct nd_store_options o = { .no_sync = true };
	struct nd_fingerprinter *f;
	struct nd_store *s;
	int err = nd_fingerprinter_new(&f);

	if (err || make_samples(f))
		return 1;
	err = nd_store_open(argc > 2 ? argv[2] : "mem:", &o, &s);
	if (!err)
		err = fill(s, n);
	for (int i = 0; i < 3 && !err; i++)
		err = measure(s);
	if (err)
		fprintf(stderr, "bench_load: %s\n", strerror(-err));
	nd_store_close(s);
	nd_fingerprinter_free(f);
	return err != 0;
}
