#include "daemon/feed.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/command.h"
#include "daemon/input.h"
#include "daemon/progress.h"
#include "daemon/reject.h"
#include "daemon/told.h"
#include "wire/article.h"

/* Where the article of a request stands. */
struct place {
	unsigned file;
	uint64_t line;
};

struct feed {
	const struct feed_options *o;
	struct nd_client *client;
	feed_send *send;
	struct input *input;
	struct wire_reader *reader;
	struct place *places; /* a ring: of the requests under way, the oldest first */
	uint64_t sent, answered, seen;
	bool live;            /* articles may come one by one, with pauses */
	bool rejected, unreadable;
	struct progress progress;
};

static int fail(int err)
{
	fprintf(stderr, "newsdup: %s\n", strerror(-err));
	return EXIT_IO;
}

/* --- answers --- */

/* "FILE:LINE", cut. */
static void name_place(const struct feed *f, const struct place *p, char *to, size_t size)
{
	snprintf(to, size, "%s:%" PRIu64, input_name(f->input, p->file), p->line);
}

static bool is_seen(const struct nd_client_reply *r)
{
	char verdict[32];
	const char *unchanged;
	size_t len;

	if (nd_client_field(r->at, r->len, "unchanged", &unchanged, &len))
		return true;
	return nd_client_string(r->at, r->len, "verdict", verdict, sizeof(verdict)) > 0 &&
	       strcmp(verdict, "new") && strcmp(verdict, "too_short");
}

static void show(const struct feed *f, const struct nd_client_reply *r)
{
	if (f->o->quiet)
		return;
	if (f->o->talk.json) {
		fwrite(r->at, 1, r->len, stdout);
		putchar('\n');
	} else if (nd_client_ok(r)) {
		told_article(stdout, r);
	}
}

/* Returns an exit code: a refusal that the next article would get as well ends the run. */
static int refused(struct feed *f, const struct nd_client_reply *r, const struct place *p)
{
	char where[4200];

	progress_end(&f->progress);
	name_place(f, p, where, sizeof(where));
	talk_refusal(where, r);
	f->rejected = true;
	return talk_refused_article(r) ? 0 : EXIT_IO;
}

static int receive_one(struct feed *f)
{
	struct nd_client_reply r;
	int err = nd_client_receive(f->client, &r);

	if (err) {
		progress_end(&f->progress);
		return talk_fail(f->client, err);
	}
	show(f, &r);
	f->seen += is_seen(&r);
	if (!nd_client_ok(&r))
		return refused(f, &r, &f->places[f->answered++ % f->o->window]);
	f->answered++;
	return 0;
}

/* Takes answers until at most so many are awaited. */
static int receive(struct feed *f, uint64_t awaited)
{
	int code = 0;

	while (!code && f->sent - f->answered > awaited)
		code = receive_one(f);
	if (!code && ferror(stdout)) {
		fprintf(stderr, "newsdup: cannot write to standard output\n");
		code = EXIT_IO;
	}
	return code;
}

/* --- articles --- */

static void reject(struct feed *f, unsigned file, const struct reject *r)
{
	progress_end(&f->progress);
	reject_print(input_name(f->input, file), r);
	f->rejected = true;
	f->unreadable |= !strcmp(r->code, "unreadable");
}

static void reject_line(struct feed *f, const struct place *p, const char *code, const char *reason)
{
	struct reject r = { .line = p->line, .code = code };

	snprintf(r.reason, sizeof(r.reason), "%s", reason);
	reject(f, p->file, &r);
}

static int send_article(struct feed *f, const char *at, size_t len, const struct place *p)
{
	int code = receive(f, f->o->window - 1), err;

	if (code)
		return code;
	err = f->send(f->client, at, len);
	if (err == -EINVAL) {
		reject_line(f, p, "bad_request", "the line is not an object");
		return 0;
	}
	if (err)
		return talk_fail(f->client, err);
	f->places[f->sent++ % f->o->window] = *p;
	return 0;
}

/* What is no article is told in bulk mode's words, and never sent: a line that is no JSON of its own could
 * mean something else inside of a request. */
static int take_line(struct feed *f, const char *at, size_t len, const struct place *p)
{
	struct wire_article article;
	struct wire_error wrong;
	int err;

	if (strspn(at, " \t\r\n") >= len)
		return 0;
	err = wire_read_article(f->reader, at, len, &article, &wrong);
	if (err == -EBADMSG)
		reject_line(f, p, wrong.code, wrong.reason);
	else if (err)
		return fail(err);
	return err ? 0 : send_article(f, at, len, p);
}

static int take_batch(struct feed *f, const struct batch *b)
{
	struct place p = { b->file, b->first_line };
	int code = 0;

	for (size_t at = 0; at < b->len && !code; p.line++) {
		size_t len = (size_t)((const char *)memchr(b->at + at, '\n', b->len - at) - b->at) - at;

		code = take_line(f, b->at + at, len, &p);
		at += len + 1;
	}
	if (!code && b->problem.code) {
		struct reject r = { .line = b->problem.line, .code = b->problem.code };

		snprintf(r.reason, sizeof(r.reason), "%s", b->problem.reason);
		reject(f, b->file, &r);
	}
	return code;
}

/* Before a wait for input that comes slowly, every answer is shown. */
static int before_input(struct feed *f)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	uint64_t done, total;
	int code = 0;

	if (f->live && poll(&p, 1, 0) == 0) {
		code = receive(f, 0);
		fflush(stdout);
	}
	input_progress(f->input, &done, &total);
	progress_update(&f->progress, done, total, f->answered);
	return code;
}

static int run(struct feed *f)
{
	struct batch b = { 0 };
	int code = 0, more = 1;

	while (!code && more == 1) {
		code = before_input(f);
		more = code ? 0 : input_next(f->input, &b);
		if (more == 1)
			code = take_batch(f, &b);
	}
	batch_done(&b);
	if (more < 0)
		return fail(more);
	return code ? code : receive(f, 0);
}

/* Whether standard input is read, and is no file. */
static bool is_live(char **files, unsigned n)
{
	struct stat st;

	for (unsigned i = 0; i < n; i++)
		if (!strcmp(files[i], "-"))
			return fstat(STDIN_FILENO, &st) == 0 && !S_ISREG(st.st_mode);
	return false;
}

static int open_input(struct feed *f, char **files, unsigned n)
{
	/* A batch of a byte ends with the first line that is there. */
	const struct input_options live = { .batch_bytes = 1 };
	int err;

	f->live = is_live(files, n);
	f->places = calloc(f->o->window, sizeof(*f->places));
	err = f->places ? input_new((const char *const *)files, n, f->live ? &live : NULL, &f->input) : -ENOMEM;
	return err ? err : wire_reader_new(&wire_limits_default, &f->reader);
}

int feed_run(const struct feed_options *o, feed_send *send, char **files, unsigned n, uint64_t *ret_seen)
{
	struct feed f = { .o = o, .send = send };
	int code = talk_open(&o->talk, &f.client), err;

	if (code)
		return code;
	err = open_input(&f, files, n);
	progress_start(&f.progress, !o->quiet && isatty(STDOUT_FILENO)); /* there, the lines are the progress */
	code = err ? fail(err) : run(&f);
	progress_end(&f.progress);
	if (!code && f.unreadable)
		code = EXIT_IO;
	if (!code && o->strict && f.rejected)
		code = EXIT_REJECTED;
	*ret_seen = f.seen;
	wire_reader_free(f.reader);
	input_free(f.input);
	free(f.places);
	nd_client_free(f.client);
	return code;
}
