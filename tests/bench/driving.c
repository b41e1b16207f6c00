#include "tests/bench/driving.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
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
#define DEPTH 256

static char words[WORDS][12];
static char socket_path[100];
static const char *bench;
static pid_t daemon_pid;
char store_path[200];
const char *program_path;

void die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", bench, what, strerror(errno));
	if (daemon_pid > 0)
		kill(daemon_pid, SIGKILL);
	exit(1);
}

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

uint64_t mix(uint64_t i)
{
	uint64_t z = (i + 1) * 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

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

size_t make_article(char *to, uint64_t i)
{
	uint64_t seed = source_of(i);
	char *at = to + sprintf(to, "{\"id\":\"g%llu\",\"outlet\":\"outlet %u\",\"published\":\"2026-03-0%uT10:00:00Z\",\"text\":\"",
				(unsigned long long)i, (unsigned)(mix(i) % 50), 3 + (unsigned)(mix(i) >> 32 & 1));

	for (unsigned n = 0; n < TEXT_WORDS; n++) {
		bool edited = seed != i && mix(i * 1000 + n) % 40 == 0;
		const char *w = words[(edited ? mix(i + n) : mix(seed * 1000 + n)) % WORDS];

		at = stpcpy(at, w);
		at = stpcpy(at, n % 60 == 59 ? ".\\n" : " ");
	}
	return (size_t)(stpcpy(at, "\"}") - to);
}

size_t make_line(char *to, uint64_t i, const char *op)
{
	char *at = to + sprintf(to, "{\"id\":%llu,\"op\":\"%s\",\"article\":", (unsigned long long)i, op);

	at += make_article(at, i);
	return (size_t)(stpcpy(at, "}\n") - to);
}

int dial(void)
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

void write_all(int fd, const char *at, size_t n)
{
	while (n) {
		ssize_t w = write(fd, at, n);

		if (w < 0)
			die("write");
		at += w;
		n -= (size_t)w;
	}
}

size_t ask(int fd, const char *line, size_t len, char *reply, size_t max)
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

double number_of(const char *json, const char *field)
{
	char key[64];
	const char *at;

	snprintf(key, sizeof(key), "\"%s\":", field);
	at = strstr(json, key);
	return at ? atof(at + strlen(key)) : -1;
}

double stat_of(const char *field)
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

double start(const char *store, const char *flag, const char *value)
{
	double begun = now();

	unlink(socket_path);
	daemon_pid = fork();
	if (daemon_pid == 0) {
		execl(program_path, program_path, "--socket", socket_path, "--store", store, "--log-level", "warning", "--config",
		      "/dev/null", flag, value, (char *)NULL);
		_exit(127);
	}
	if (daemon_pid < 0)
		die("fork");
	wait_until_ready();
	return now() - begun;
}

void stop(void)
{
	int status;

	kill(daemon_pid, SIGTERM);
	if (waitpid(daemon_pid, &status, 0) < 0 || status)
		fprintf(stderr, "%s: the daemon ended with status %d\n", bench, status);
	daemon_pid = 0;
}

double daemon_cpu(void)
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

double daemon_kib(void)
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

/* Counts replies; one that is no good is printed, the first. */
static void count(struct pipe_line *p, const char *at, size_t n)
{
	for (const char *end = at + n, *newline; (newline = memchr(at, '\n', (size_t)(end - at))); at = newline + 1) {
		if (p->fresh && memmem(at, (size_t)(newline - at), "\"ok\":false", 10) && !p->bad++)
			fprintf(stderr, "%s: %.*s\n", bench, (int)(newline - at), at);
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

void pump(struct pipe_line *p, const char *lines, const size_t *ends, size_t n, size_t depth)
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

struct batch make_batch(uint64_t first, size_t n)
{
	struct batch b = { malloc(n * 4096 + LINE_MAX_BYTES), malloc(n * sizeof(size_t)), n };
	size_t len = 0;

	if (!b.lines || !b.ends)
		die("malloc");
	for (size_t i = 0; i < n; i++)
		b.ends[i] = len += make_line(b.lines + len, first + i, "put");
	return b;
}

void free_batch(struct batch *b)
{
	free(b->lines);
	free(b->ends);
}

void fill(uint64_t from, uint64_t to)
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

int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The program's place, when nobody says it: build/tests/bench/bench_x -> build/newsdupd. */
static const char *find_program(const char *self)
{
	static char path[1000];
	const char *given = getenv("NEWSDUPD"), *slash = strrchr(self, '/');

	if (given)
		return given;
	snprintf(path, sizeof(path), "%.*s/../../newsdupd", slash ? (int)(slash - self) : 1, slash ? self : ".");
	return path;
}

void remove_store(void)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -rf '%s'", store_path);
	if (system(command))
		die(command);
}

void drive(const char *name, const char *self, const char *dir)
{
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	bench = name;
	program_path = find_program(self);
	snprintf(socket_path, sizeof(socket_path), "/tmp/%.50s.%d.sock", name, (int)getpid());
	snprintf(store_path, sizeof(store_path), "%.100s/%.50s.%d", dir, name, (int)getpid());
	make_words();
}
