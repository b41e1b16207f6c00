/*
 * How fast the store is on a directory's disk: records committed one by one and in batches, flushed and not, beside
 * plain fdatasync of as many bytes; records read by number and in order.
 *   bench_store [DIRECTORY [RECORDS]]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/store.h"

#define RECORD_BYTES 3304
#define BATCH_MAX 1000
#define SECONDS 1.0

static uint8_t payload[RECORD_BYTES];

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct store *open_store(const char *where, bool no_sync)
{
	struct store_options o = { .no_sync = no_sync };
	struct store *s;

	return store_open(where, &o, &s) ? NULL : s;
}

static int append(struct store *s, size_t batch)
{
	struct store_item items[BATCH_MAX];
	uint64_t seq = store_count(s);

	for (size_t i = 0; i < batch; i++)
		items[i] = (struct store_item){ .seq = seq + i, .at = payload, .bytes = sizeof(payload) };
	return store_write(s, items, batch);
}

/* Appends for a while, at most `records`. */
static int measure_appends(const char *where, const char *what, bool no_sync, size_t batch, uint64_t records)
{
	struct store *s = open_store(where, no_sync);
	double start = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID), spent = 0;
	uint64_t first, n = 0;
	int err = 0;

	if (!s)
		return 1;
	for (first = store_count(s); spent < SECONDS && n < records && !err; n = store_count(s) - first) {
		err = append(s, batch);
		spent = now(CLOCK_MONOTONIC) - start;
	}
	cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("append, %-8s %4zu a batch  %9.0f records/s  %8.0f commits/s  %6.2f us of CPU a record\n", what, batch,
	       (double)n / spent, (double)n / (double)batch / spent, 1e6 * cpu / (double)n);
	store_close(s);
	return err;
}

/* What the disk itself can do: as many bytes written and flushed. */
static void measure_disk(const char *dir)
{
	char path[4096];
	double start, spent = 0;
	size_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/probe", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	start = now(CLOCK_MONOTONIC);
	while (spent < SECONDS && write(fd, payload, sizeof(payload)) > 0 && !fdatasync(fd)) {
		n++;
		spent = now(CLOCK_MONOTONIC) - start;
	}
	close(fd);
	unlink(path);
	printf("fdatasync of one record    %9.0f /s\n", (double)n / spent);
}

static int fill(const char *where, uint64_t records)
{
	struct store *s = open_store(where, true);

	while (s && store_count(s) < records)
		if (append(s, BATCH_MAX))
			break;
	store_close(s);
	return s ? 0 : 1;
}

static uint64_t scan(struct store_reader *r, bool *ret_failed)
{
	struct store_item items[64];
	uint64_t seq = 0;
	size_t n;

	while (!(*ret_failed = store_reader_next(r, seq, items, 64, &n) != 0) && n)
		seq += n;
	return seq;
}

static int measure_reads(const char *where)
{
	struct store *s = open_store(where, true);
	struct store_reader *r;
	struct store_item item;
	uint64_t count, n, sum = 0;
	bool failed;
	double start;

	if (!s || store_reader_new(s, &r))
		return 1;
	count = scan(r, &failed);
	start = now(CLOCK_MONOTONIC);
	n = scan(r, &failed);
	printf("next, warm                 %9.0f records/s, %.1f GB/s\n", (double)n / (now(CLOCK_MONOTONIC) - start),
	       1e-9 * (double)(n * RECORD_BYTES) / (now(CLOCK_MONOTONIC) - start));
	start = now(CLOCK_MONOTONIC);
	for (n = 0; n < 1000000; n++)
		if (!store_reader_get(r, n * 7919 % count, &item))
			sum += *(const uint8_t *)item.at;
	printf("get, warm, no order        %9.0f records/s\n", (double)n / (now(CLOCK_MONOTONIC) - start));
	start = now(CLOCK_MONOTONIC);
	for (n = 0; n < 1000000; n++)
		failed |= store_reader_renew(r) != 0;
	printf("renew                      %9.0f /s\n", (double)n / (now(CLOCK_MONOTONIC) - start));
	store_reader_free(r);
	store_close(s);
	return failed || sum == 1;
}

static void remove_store(const char *dir)
{
	static const char *const names[] = { "store.mdb", "store.mdb-lock", "lock" };
	char path[4096];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}

static int measure(const char *dir, uint64_t records)
{
	int failed = 0;

	measure_disk(dir);
	failed |= measure_appends(dir, "flushed,", false, 1, records);
	failed |= measure_appends(dir, "flushed,", false, 100, records);
	failed |= measure_appends(dir, "not,", true, 1, records);
	failed |= measure_appends(dir, "not,", true, 100, records);
	failed |= measure_appends("mem:", "memory,", true, 1, records);
	failed |= measure_appends("mem:", "memory,", true, 100, records);
	if (!failed)
		failed = fill(dir, records) || measure_reads(dir);
	return failed;
}

int main(int argc, char **argv)
{
	const char *parent = argc > 1 ? argv[1] : "/var/tmp";
	uint64_t records = argc > 2 ? strtoull(argv[2], NULL, 10) : 100000;
	char dir[4000];
	int failed;

	snprintf(dir, sizeof(dir), "%s/bench_store.XXXXXX", parent);
	if (!mkdtemp(dir)) {
		fprintf(stderr, "bench_store: cannot make a directory in '%s'\n", parent);
		return 1;
	}
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i * 31);
	failed = measure(dir, records);
	remove_store(dir);
	if (failed)
		fprintf(stderr, "bench_store: the store failed\n");
	return failed;
}
