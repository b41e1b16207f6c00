/*
 * How fast the daemon is: starts one (NEWSDUPD, or newsdupd beside this program's folder) and is its client.
 *   bench_daemon [ARTICLES [DIRECTORY]]
 *
 * puts pipelined on one connection, into memory and into a store in DIRECTORY; checks one at a time against
 * ARTICLES, quiet and while another connection writes durably; many connections. Articles are made up, 3.3 KB
 * each; three in ten are near-copies of one of the thousand before.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/driving.h"

#define TIMED 60000 /* puts that are measured */
#define CHECKS 20000
#define DEPTH 256
#define IDLE 1000
#define BUSY 200

/* --- what is measured --- */

static double bench_put(const char *what)
{
	struct batch b = make_batch(0, TIMED);
	struct pipe_line p = { .fd = dial(), .fresh = true };
	double cpu = daemon_cpu(), commits = stat_of("commits"), begun = now(), took, each;

	pump(&p, b.lines, b.ends, b.n, DEPTH);
	took = now() - begun;
	each = (daemon_cpu() - cpu) / TIMED;
	commits = stat_of("commits") - commits;
	printf("put, %-8s               %8.0f a second, %.1f us CPU each, %.1f commits per 1,000 (%zu bytes each)\n", what,
	       TIMED / took, each * 1e6, commits * 1000 / TIMED, b.ends[b.n - 1] / b.n);
	if (p.bad)
		printf("  %zu replies were errors\n", p.bad);
	close(p.fd);
	free_batch(&b);
	return each;
}

static void bench_check(const char *what, uint64_t articles)
{
	static double took[CHECKS];
	char line[LINE_MAX_BYTES], reply[1 << 17];
	int fd = dial();

	for (unsigned i = 0; i < CHECKS; i++) {
		size_t len = make_line(line, mix(i) % (articles + articles / 2 + 1), "check");
		double begun = now();

		ask(fd, line, len, reply, sizeof(reply));
		took[i] = now() - begun;
	}
	qsort(took, CHECKS, sizeof(*took), by_size);
	printf("check, depth 1, %-9s     p50 %.0f us, p99 %.0f us, max %.1f ms (against %llu articles)\n", what,
	       took[CHECKS / 2] * 1e6, took[CHECKS * 99 / 100] * 1e6, took[CHECKS - 1] * 1e3,
	       (unsigned long long)articles);
	close(fd);
}

/* --- a writer beside --- */

static volatile bool writer_stops;

static void *write_steadily(void *arg)
{
	uint64_t i = *(uint64_t *)arg;
	struct pipe_line p = { .fd = dial(), .fresh = true };

	for (; !writer_stops; i += 8) { /* 8 in flight, some 2,000 a second */
		struct batch b = make_batch(i, 8);

		pump(&p, b.lines, b.ends, 8, 8);
		free_batch(&b);
		usleep(4000);
	}
	close(p.fd);
	return NULL;
}

static void bench_check_beside_writer(uint64_t articles)
{
	uint64_t from = articles * 2 + 1000;
	pthread_t t;

	if (pthread_create(&t, NULL, write_steadily, &from))
		die("pthread_create");
	usleep(100000);
	bench_check("writing", articles);
	writer_stops = true;
	pthread_join(t, NULL);
}

/* --- many connections --- */

static void bench_many(void)
{
	static int idle[IDLE], busy[BUSY];
	double before = daemon_kib(), begun, took;
	struct batch b = make_batch(10000000, BUSY);
	size_t bad = 0, rounds = 20;
	char reply[1 << 17];

	for (int i = 0; i < IDLE; i++)
		idle[i] = dial();
	for (int i = 0; i < IDLE; i++) /* each has said something */
		ask(idle[i], "{\"op\":\"health\"}\n", 16, reply, sizeof(reply));
	usleep(100000);
	printf("idle connection               %8.2f KiB of anonymous memory (%d of them)\n",
	       (daemon_kib() - before) / IDLE, IDLE);
	for (int i = 0; i < BUSY; i++)
		busy[i] = dial();
	begun = now();
	for (size_t r = 0; r < rounds; r++) {
		for (int i = 0; i < BUSY; i++) {
			size_t start = i ? b.ends[i - 1] : 0;

			write_all(busy[i], b.lines + start, b.ends[i] - start);
		}
		for (int i = 0; i < BUSY; i++) {
			ask(busy[i], "", 0, reply, sizeof(reply));
			bad += strstr(reply, "\"ok\":true") == NULL;
		}
	}
	took = now() - begun;
	printf("%d busy beside %d idle      %8.0f puts a second, %zu errors\n", BUSY, IDLE,
	       (double)(rounds * BUSY) / took, bad);
	for (int i = 0; i < IDLE; i++)
		close(idle[i]);
	for (int i = 0; i < BUSY; i++)
		close(busy[i]);
	free_batch(&b);
}

static void probe_disk(const char *dir)
{
	char path[300], block[4096] = { 0 };
	int fd, n = 200;
	double begun;

	snprintf(path, sizeof(path), "%s/probe", dir);
	fd = open(path, O_CREAT | O_RDWR | O_TRUNC, 0600);
	if (fd < 0)
		die(path);
	begun = now();
	for (int i = 0; i < n; i++)
		if (pwrite(fd, block, sizeof(block), i * 4096) < 0 || fdatasync(fd))
			die(path);
	printf("disk probe                    %8.0f us for 4 KiB and fdatasync\n", (now() - begun) / n * 1e6);
	close(fd);
	unlink(path);
}

int main(int argc, char **argv)
{
	uint64_t articles = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;
	const char *dir = argc > 2 ? argv[2] : "/var/tmp";
	double memory, disk;

	drive("bench_daemon", argv[0], dir);
	start("mem:", NULL, NULL);
	memory = bench_put("mem:");
	stop();
	start(store_path, NULL, NULL);
	disk = bench_put("durable");
	printf("durable against mem:          %8.2f times the CPU\n", disk / memory);
	probe_disk(dir);
	if (articles > TIMED)
		fill(TIMED, articles);
	bench_check("quiet", articles);
	bench_check_beside_writer(articles);
	bench_many();
	stop();
	printf("start                         %8.2f s until ready with %llu articles or more\n", start(store_path, NULL, NULL),
	       (unsigned long long)articles);
	stop();
	remove_store();
	return 0;
}
