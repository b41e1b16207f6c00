/*
 * What the store takes on the disk, and what a put costs, with kept texts and without: the daemon's own service and one
 * session of it, in this process and on one thread, over a store that is not flushed.
 *   bench_disk [ARCHIVE [DIRECTORY]]    ARCHIVE: JSON lines; default: made-up articles of 3.3 KB
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/session.h"

#define MADE 20000u
#define WORDS 8192u
#define TEXT_WORDS 470u
#define BATCH 64u /* requests at once, as one connection sends them */

struct bench {
	struct settings settings;
	struct service service;
	struct session session;
	uint64_t answered;
};

static void die(const char *what)
{
	fprintf(stderr, "bench_disk: %s\n", what);
	exit(1);
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t i)
{
	uint64_t z = (i + 1) * 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

static void print_word(FILE *to, uint64_t w)
{
	for (unsigned i = 0; i < 3 + mix(w) % 7; i++)
		fputc("etaoinshrdlucmfwypvbgkjqxz"[mix(w * 16 + i) % 26], to);
}

/* Three in ten are near-copies of one of the thousand before. */
static FILE *make_archive(void)
{
	FILE *f = tmpfile();

	for (uint64_t i = 0; f && i < MADE; i++) {
		uint64_t seed = i > 1000 && mix(i) % 10 < 3 ? i - 1 - mix(i + 7) % 999 : i;

		fprintf(f, "{\"id\":\"g%u\",\"outlet\":\"outlet %u\",\"text\":\"", (unsigned)i, (unsigned)(mix(i) % 50));
		for (unsigned n = 0; n < TEXT_WORDS; n++) {
			print_word(f, (mix(i * 1000 + n) % 40 == 0 ? mix(i + n) : mix(seed * 1000 + n)) % WORDS);
			fputs(n % 60 == 59 ? ".\\n" : " ", f);
		}
		fputs("\"}\n", f);
	}
	return f;
}

static void nobody(void *arg)
{
	(void)arg;
}

/* Until all requests have been answered, and well. */
static void settle(struct bench *b, uint64_t requests)
{
	while (b->answered < requests) {
		struct nd_str out;

		service_turn(&b->service);
		out = session_output(&b->session);
		if (memmem(out.at, out.len, "\"ok\":false", 10))
			die("a put was refused");
		for (size_t i = 0; i < out.len; i++)
			b->answered += out.at[i] == '\n';
		session_sent(&b->session, out.len);
	}
}

static uint64_t put_all(struct bench *b, FILE *archive)
{
	static const char before[] = "{\"op\":\"put\",\"article\":", after[] = "}\n";
	uint64_t n = 0;
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	rewind(archive);
	while ((len = getline(&line, &room, archive)) > 0) {
		session_feed(&b->session, before, sizeof(before) - 1);
		session_feed(&b->session, line, (size_t)len - (line[len - 1] == '\n'));
		session_feed(&b->session, after, sizeof(after) - 1);
		if (++n % BATCH == 0)
			settle(b, n);
	}
	settle(b, n);
	free(line);
	return n;
}

static void set(struct settings *s, const char *name, const char *value)
{
	struct buf why;

	buf_init(&why, 4096);
	if (settings_set(s, name, value, "bench_disk", &why))
		die(name);
	buf_done(&why);
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

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void measure(FILE *archive, const char *dir, const char *keep)
{
	struct bench b = { 0 };
	struct nd_store_stats stats;
	const char *failed;
	double begun;
	uint64_t n;

	if (settings_init(&b.settings))
		die("out of memory");
	set(&b.settings, "store", dir);
	set(&b.settings, "sync", "no");
	set(&b.settings, "keep_text", keep);
	if (service_open(&b.service, &b.settings, 0, nobody, NULL, &failed))
		die("the store cannot be opened");
	while (service_load(&b.service) > 0)
		;
	session_init(&b.session, &b.service, 0, ROLE_ADMIN, nobody, NULL);
	begun = cpu();
	n = put_all(&b, archive);
	begun = cpu() - begun;
	nd_store_stats(b.service.store, &stats);
	printf("store, %-13s          %8.0f bytes an article, %.1f us CPU each (%llu of them)\n",
	       *keep == 'y' ? "texts kept" : "without texts", (double)stats.bytes_used / (double)(n ? n : 1),
	       begun / (double)(n ? n : 1) * 1e6, (unsigned long long)n);
	session_done(&b.session);
	service_close(&b.service);
	settings_done(&b.settings);
	remove_store(dir);
}

int main(int argc, char **argv)
{
	FILE *archive = argc > 1 ? fopen(argv[1], "r") : make_archive();
	char dir[4000];

	if (!archive)
		die(argc > 1 ? argv[1] : "cannot make an archive");
	log_init(LOG_LEVEL_WARNING);
	snprintf(dir, sizeof(dir), "%s/bench_disk.%d", argc > 2 ? argv[2] : "/var/tmp", (int)getpid());
	measure(archive, dir, "no");
	measure(archive, dir, "yes");
	fclose(archive);
	return 0;
}
