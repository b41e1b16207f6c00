#include "daemon/progress.h"

#include <inttypes.h>
#include <time.h>
#include <unistd.h>

#define EVERY 0.5 /* seconds */

double progress_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void progress_start(struct progress *p, bool quiet)
{
	*p = (struct progress){ .to = !quiet && isatty(STDERR_FILENO) ? stderr : NULL, .started = progress_clock() };
}

static void print_left(FILE *to, double seconds)
{
	uint64_t s = (uint64_t)(seconds + 0.5);

	if (s >= 3600)
		fprintf(to, ", %" PRIu64 " h %" PRIu64 " min left", s / 3600, s / 60 % 60);
	else if (s >= 60)
		fprintf(to, ", %" PRIu64 " min %" PRIu64 " s left", s / 60, s % 60);
	else
		fprintf(to, ", %" PRIu64 " s left", s);
}

void progress_update(struct progress *p, uint64_t done, uint64_t total, uint64_t articles)
{
	double now, spent;

	if (!p->to)
		return;
	now = progress_clock();
	spent = now - p->started;
	if (now - p->shown < EVERY || spent <= 0)
		return;
	p->shown = now;
	p->line = true;
	fprintf(p->to, "\r\033[K%" PRIu64 " articles, %.0f/s, %.1f MB/s", articles, (double)articles / spent,
		(double)done / spent / 1e6);
	if (total && done && done <= total) {
		fprintf(p->to, ", %.0f %%", 100.0 * (double)done / (double)total);
		print_left(p->to, spent * (double)(total - done) / (double)done);
	}
	fflush(p->to);
}

void progress_say(struct progress *p, const char *what)
{
	if (!p->to)
		return;
	p->line = true;
	fprintf(p->to, "\r\033[K%s", what);
	fflush(p->to);
}

void progress_end(struct progress *p)
{
	if (p->to && p->line)
		fputs("\r\033[K", p->to);
	p->line = false;
}
