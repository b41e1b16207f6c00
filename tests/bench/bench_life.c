/*
 * What the life of a store costs, on a real disk, with kept texts and durable commits: starts a daemon (NEWSDUPD, or newsdupd
 * beside this program's folder) and is its client.
 *   bench_life [ARTICLES [DIRECTORY]]    default: 1,000,000 in /var/tmp, where they take some 7 GB
 *
 * check, one at a time, while nothing happens, while half of 20,000 articles is deleted, and while the other half expires;
 * then a store of ARTICLES, as bulk makes it: its bytes on the disk, the start over it, page cache warm, and the daemon's
 * memory for it.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/driving.h"

#define FEW 20000u
#define CHECKS_MAX 1000000u

static double took[CHECKS_MAX];
static unsigned checks;
static volatile bool checks_stop;

/* Against articles that stay. */
static void *check_on(void *arg)
{
	char line[LINE_MAX_BYTES], reply[1 << 17];
	int fd = dial();

	(void)arg;
	for (checks = 0; !checks_stop && checks < CHECKS_MAX; checks++) {
		size_t len = make_line(line, mix(checks) % FEW, "check");
		double begun = now();

		ask(fd, line, len, reply, sizeof(reply));
		took[checks] = now() - begun;
	}
	close(fd);
	return NULL;
}

static pthread_t begin_checks(void)
{
	pthread_t ret;

	checks_stop = false;
	if (pthread_create(&ret, NULL, check_on, NULL))
		die("pthread_create");
	return ret;
}

static void end_checks(pthread_t t, const char *what, unsigned n, double seconds)
{
	checks_stop = true;
	pthread_join(t, NULL);
	if (!checks)
		return;
	qsort(took, checks, sizeof(*took), by_size);
	printf("%-8s of %5u articles   %8.2f s; %u checks meanwhile: p50 %.0f us, p99 %.0f us, max %.1f ms\n", what, n, seconds,
	       checks, took[checks / 2] * 1e6, took[checks * 99ull / 100] * 1e6, took[checks - 1] * 1e3);
}

static void bench_quiet(void)
{
	double begun = now();
	pthread_t t = begin_checks();

	usleep(1000000);
	end_checks(t, "nothing", 0, now() - begun);
}

static void bench_delete(void)
{
	static const char request[] = "{\"op\":\"delete\",\"published_before\":\"2026-03-04T00:00:00Z\"}\n";
	pthread_t t = begin_checks();
	char reply[4096];
	int fd = dial();
	double begun = now(), seconds;

	ask(fd, request, sizeof(request) - 1, reply, sizeof(reply));
	seconds = now() - begun;
	end_checks(t, "delete", (unsigned)number_of(reply, "deleted"), seconds);
	close(fd);
}

/* All that is there is older than a second soon. */
static void bench_expiry(void)
{
	unsigned n = (unsigned)stat_of("articles");
	double begun = 0;
	pthread_t t = begin_checks();

	while (stat_of("articles") > 0) {
		if (!begun && stat_of("articles") < n)
			begun = now();
		usleep(10000);
	}
	end_checks(t, "expiry", n, begun ? now() - begun : 0);
}

static void make_store(uint64_t articles)
{
	char command[2000], line[LINE_MAX_BYTES];
	const char *given = getenv("NEWSDUP");
	size_t folder = strlen(program_path) - strlen("newsdupd");
	double begun = now();
	FILE *to;

	if (given)
		snprintf(command, sizeof(command), "'%.900s' bulk --quiet --store '%s' - >/dev/null", given, store_path);
	else
		snprintf(command, sizeof(command), "'%.*snewsdup' bulk --quiet --store '%s' - >/dev/null", (int)folder, program_path,
			 store_path);
	to = popen(command, "w");
	if (!to)
		die(command);
	for (uint64_t i = 0; i < articles; i++) {
		size_t n = make_article(line, i);

		line[n++] = '\n';
		if (fwrite(line, 1, n, to) != n)
			die("bulk");
	}
	if (pclose(to))
		die(command);
	printf("a store of %llu articles   %8.1f s to make with bulk\n", (unsigned long long)articles, now() - begun);
}

static void bench_start(uint64_t articles)
{
	double empty, seconds;

	start("mem:", NULL, NULL);
	empty = daemon_kib();
	stop();
	start(store_path, NULL, NULL); /* the page cache is warm then, as far as there is memory */
	printf("store, texts kept             %8.0f bytes an article on the disk\n", stat_of("store_bytes") / (double)articles);
	stop();
	for (int i = 0; i < 3; i++) {
		seconds = start(store_path, NULL, NULL);
		printf("start                         %8.2f s until ready with %llu articles, %.0f bytes of RssAnon each\n", seconds,
		       (unsigned long long)articles, (daemon_kib() - empty) * 1024 / (double)articles);
		stop();
	}
}

int main(int argc, char **argv)
{
	uint64_t articles = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;

	drive("bench_life", argv[0], argc > 2 ? argv[2] : "/var/tmp");
	start(store_path, NULL, NULL);
	fill(0, FEW);
	bench_quiet();
	bench_delete();
	stop();
	start(store_path, "--retain", "1s");
	bench_expiry();
	stop();
	remove_store();
	make_store(articles);
	bench_start(articles);
	remove_store();
	return 0;
}
