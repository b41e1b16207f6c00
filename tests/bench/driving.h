/*
 * A newsdupd of one's own, and what benchmarks ask of it. Articles are made up, 3.3 KB each; three in ten are near-copies of
 * one of the thousand before. Whatever goes wrong ends the program.
 */
#ifndef ND_BENCH_DRIVING_H
#define ND_BENCH_DRIVING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_MAX_BYTES 8192

/* Its store is to be a folder in dir. self: argv[0]; newsdupd is beside this program's folder, or $NEWSDUPD. */
void drive(const char *name, const char *self, const char *dir);

extern char store_path[200];
extern const char *program_path; /* of newsdupd */

void die(const char *what);
double now(void);
uint64_t mix(uint64_t i); /* SplitMix64 (Steele, Lea, Flood 2014) */
int by_size(const void *a, const void *b); /* of doubles */

/* Of article i: its JSON, and a request; bytes without the NUL. */
size_t make_article(char *to, uint64_t i);
size_t make_line(char *to, uint64_t i, const char *op);

/* Seconds until it was ready. flag, value: a further setting; NULL: none. */
double start(const char *store, const char *flag, const char *value);
void stop(void);
double stat_of(const char *field);
double daemon_cpu(void); /* seconds that it has used */
double daemon_kib(void); /* RssAnon */
void remove_store(void);

int dial(void);
void write_all(int fd, const char *at, size_t n);
/* One request, one reply, NUL at its end. */
size_t ask(int fd, const char *line, size_t len, char *reply, size_t max);
double number_of(const char *json, const char *field); /* -1: it is not there */

/* A connection whose requests are pipelined. */
struct pipe_line {
	int fd;
	size_t sent, answered, bad;
	bool fresh; /* the next byte begins a reply */
};

/* Sends lines, at most `depth` of them unanswered, and waits for all replies. lines: n of them, their ends. */
void pump(struct pipe_line *p, const char *lines, const size_t *ends, size_t n, size_t depth);

struct batch {
	char *lines;
	size_t *ends, n;
};

struct batch make_batch(uint64_t first, size_t n);
void free_batch(struct batch *b);

/* Puts articles from..to. */
void fill(uint64_t from, uint64_t to);

#endif
