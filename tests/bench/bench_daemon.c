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
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORDS 8192
#define TEXT_WORDS 470
#define LINE_MAX_BYTES 8192
#define TIMED 60000 /* puts that are measured */
#define CHECKS 20000
#define DEPTH 256
#define IDLE 1000
#define BUSY 200

static char words[WORDS][12];
static char socket_path[100], store_path[200];
static const char *program;
static pid_t daemon_pid;

static void die(const char *what)
{
	fprintf(stderr, "bench_daemon: %s: %s\n", what, strerror(errno));
	if (daemon_pid > 0)
		kill(daemon_pid, SIGKILL);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t i)
{
	uint64_t z = (i + 1) * 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

/* --- articles --- */

static void make_words(void)
{
	for (unsigned w = 0; w < WORDS; w++) {
		uint64_t r = mix(w + 1000000);
		unsigned len = 3 + r % 7;

		for (unsigned i = 0; i < len; i++)
			words[w][i] = "etaoinshrdlucmfwypvbgkjqxz"[mix(w * 16 + i) % 26];
	}
}

/* The article whose text article i has, but for some words. */
static uint64_t source_of(uint64_t i)
{
	return i > 1000 && mix(i) % 10 < 3 ? i - 1 - mix(i + 7) % 999 : i;
}

static size_t make_line(char *to, uint64_t i, const char *op)
{
	uint64_t seed = source_of(i);
	char *at = to + sprintf(to,
				"{\"id\":%llu,\"op\":\"%s\",\"article\":{\"id\":\"g%llu\",\"outlet\":\"outlet %u\","
				"\"published\":\"2026-03-03T10:00:00Z\",\"text\":\"",
				(unsigned long long)i, op, (unsigned long long)i, (unsigned)(mix(i) % 50));

	for (unsigned n = 0; n < TEXT_WORDS; n++) {
		bool edited = seed != i && mix(i * 1000 + n) % 40 == 0;
		const char *w = words[(edited ? mix(i + n) : mix(seed * 1000 + n)) % WORDS];

		at = stpcpy(at, w);
		at = stpcpy(at, n % 60 == 59 ? ".\\n" : " ");
	}
	return (size_t)(stpcpy(at, "\"}}\n") - to);
}

/* --- the daemon --- */

static int dial(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(a.sun_path, socket_path);
	if (fd < 0)
		die("socket");
	for (int i = 0; connect(fd, (struct sockaddr *)&a, sizeof(a)); i++) {
		if (i == 1000)
			die("connect");
		usleep(10000);
	}
	return fd;
}

static void write_all(int fd, const char *at, size_t n)
{
	while (n) {
		ssize_t w = write(fd, at, n);

		if (w < 0)
			die("write");
		at += w;
		n -= (size_t)w;
	}
}

/* One request, one reply, NUL at its end. */
static size_t ask(int fd, const char *line, size_t len, char *reply, size_t max)
{
	size_t got = 0;

	write_all(fd, line, len);
	do {
		ssize_t n = read(fd, reply + got, max - got - 1);

		if (n <= 0)
			die("read");
		got += (size_t)n;
	} while (reply[got - 1] != '\n');
	reply[got] = 0;
	return got;
}

static double number_of(const char *json, const char *field)
{
	char key[64];
	const char *at;

	snprintf(key, sizeof(key), "\"%s\":", field);
	at = strstr(json, key);
	return at ? atof(at + strlen(key)) : -1;
}

static double stat_of(const char *field)
{
	char reply[65536];
	int fd = dial();

	ask(fd, "{\"op\":\"stats\"}\n", 15, reply, sizeof(reply));
	close(fd);
	return number_of(reply, field);
}

static void wait_until_ready(void)
{
	char reply[4096];
	int fd = dial();

	do {
		usleep(1000);
		ask(fd, "{\"op\":\"hello\"}\n", 15, reply, sizeof(reply));
	} while (!strstr(reply, "\"ready\":true"));
	close(fd);
}

static double start(const char *store)
{
	double begun = now();

	unlink(socket_path);
	daemon_pid = fork();
	if (daemon_pid == 0) {
		execl(program, program, "--socket", socket_path, "--store", store, "--log-level", "warning", "--config",
		      "/dev/null", (char *)NULL);
		_exit(127);
	}
	if (daemon_pid < 0)
		die("fork");
	wait_until_ready();
	return now() - begun;
}

static void stop(void)
{
	int status;

	kill(daemon_pid, SIGTERM);
	if (waitpid(daemon_pid, &status, 0) < 0 || status)
		fprintf(stderr, "bench_daemon: the daemon ended with status %d\n", status);
	daemon_pid = 0;
}

/* CPU seconds that the daemon has used. */
static double daemon_cpu(void)
{
	unsigned long user, system;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)daemon_pid);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%*d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu", &user, &system) != 2)
		die(path);
	fclose(f);
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static double daemon_kib(void)
{
	char path[64], line[256];
	double ret = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)daemon_pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "RssAnon:", 8))
			ret = atof(line + 8);
	if (f)
		fclose(f);
	return ret;
}

/* --- pipelining --- */

struct pipe_line {
	int fd;
	size_t sent, answered, bad;
	bool fresh; /* the next byte begins a reply */
};

/* Counts replies; one that is no good is printed, the first. */
static void count(struct pipe_line *p, const char *at, size_t n)
{
	for (const char *end = at + n, *newline; (newline = memchr(at, '\n', (size_t)(end - at))); at = newline + 1) {
		if (p->fresh && memmem(at, (size_t)(newline - at), "\"ok\":false", 10) && !p->bad++)
			fprintf(stderr, "bench_daemon: %.*s\n", (int)(newline - at), at);
		p->answered++;
		p->fresh = true;
	}
}

static void take_replies(struct pipe_line *p)
{
	static __thread char replies[1 << 18];
	ssize_t n = recv(p->fd, replies, sizeof(replies), MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN))
		die("read");
	if (n > 0)
		count(p, replies, (size_t)n);
}

/* Sends lines, at most `depth` of them unanswered, and waits for all replies. lines: n of them, their ends. */
static void pump(struct pipe_line *p, const char *lines, const size_t *ends, size_t n, size_t depth)
{
	size_t target = p->answered + n, base = p->sent, at = 0;

	while (p->answered < target) {
		size_t may = p->answered + depth - base > n ? n : p->answered + depth - base;
		size_t to = may ? ends[may - 1] : 0;
		struct pollfd f = { .fd = p->fd, .events = (short)(POLLIN | (at < to ? POLLOUT : 0)) };

		if (poll(&f, 1, 60000) != 1)
			die("no reply");
		if (f.revents & POLLOUT) {
			ssize_t w = send(p->fd, lines + at, to - at, MSG_DONTWAIT);

			at += w > 0 ? (size_t)w : 0;
		}
		if (f.revents & POLLIN)
			take_replies(p);
	}
	p->sent = base + n;
}

struct batch {
	char *lines;
	size_t *ends, n;
};

static struct batch make_batch(uint64_t first, size_t n)
{
	struct batch b = { malloc(n * 4096 + LINE_MAX_BYTES), malloc(n * sizeof(size_t)), n };
	size_t len = 0;

	if (!b.lines || !b.ends)
		die("malloc");
	for (size_t i = 0; i < n; i++)
		b.ends[i] = len += make_line(b.lines + len, first + i, "put");
	return b;
}

static void free_batch(struct batch *b)
{
	free(b->lines);
	free(b->ends);
}

/* --- what is measured --- */

static void fill(uint64_t from, uint64_t to)
{
	struct pipe_line p = { .fd = dial(), .fresh = true };

	for (uint64_t i = from; i < to;) {
		size_t n = to - i < 10000 ? to - i : 10000;
		struct batch b = make_batch(i, n);

		pump(&p, b.lines, b.ends, n, DEPTH);
		free_batch(&b);
		i += n;
	}
	close(p.fd);
}

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

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
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

/* The program's place, when nobody says it: build/tests/bench/bench_daemon -> build/newsdupd. */
static const char *find_program(const char *self)
{
	static char path[1000];
	const char *given = getenv("NEWSDUPD"), *slash = strrchr(self, '/');

	if (given)
		return given;
	snprintf(path, sizeof(path), "%.*s/../../newsdupd", slash ? (int)(slash - self) : 1, slash ? self : ".");
	return path;
}

static void remove_store(void)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -rf '%s'", store_path);
	if (system(command))
		die(command);
}

int main(int argc, char **argv)
{
	uint64_t articles = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;
	const char *dir = argc > 2 ? argv[2] : "/var/tmp";
	double memory, disk;
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	program = find_program(argv[0]);
	snprintf(socket_path, sizeof(socket_path), "/tmp/bench_daemon.%d.sock", (int)getpid());
	snprintf(store_path, sizeof(store_path), "%.150s/bench_daemon.%d", dir, (int)getpid());
	make_words();
	start("mem:");
	memory = bench_put("mem:");
	stop();
	start(store_path);
	disk = bench_put("durable");
	printf("durable against mem:          %8.2f times the CPU\n", disk / memory);
	probe_disk(dir);
	if (articles > TIMED)
		fill(TIMED, articles);
	bench_check("quiet", articles);
	bench_check_beside_writer(articles);
	bench_many();
	stop();
	printf("start                         %8.2f s until ready with %llu articles or more\n", start(store_path),
	       (unsigned long long)articles);
	stop();
	remove_store();
	return 0;
}
