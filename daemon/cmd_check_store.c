/*
 * newsdup check-store: whether a store is whole, and, when it is not, a new one of what can be read of it.
 *
 * The work is done by a child: whatever a damaged file does to it is told by its parent.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/command.h"
#include "daemon/options.h"
#include "daemon/printer.h"
#include "daemon/progress.h"
#include "daemon/service.h"
#include "newsdup_store.h"

#define ID_BYTES 512u
#define WHAT_BYTES 256u

struct asked {
	const char *dir;
	bool json, repair;
	uint64_t max; /* faults that are printed */
};

/* What a child tells its parent: small enough to be written in one piece. */
struct message {
	enum { A_FAULT, A_STEP, CHECKED, REPAIRED } kind;
	int err;
	uint64_t page, seq; /* of a fault; of a step, how far it is, and of how much */
	uint32_t n_id;
	char id[ID_BYTES], what[WHAT_BYTES];
	struct nd_store_checked checked;
	struct nd_store_repaired repaired;
};

_Static_assert(sizeof(struct message) <= 4096, "PIPE_BUF");

/* --- the child --- */

static void say(int to, const struct message *m)
{
	if (write(to, m, sizeof(*m)) != (ssize_t)sizeof(*m))
		_exit(EXIT_IO); /* nobody listens any more */
}

static void say_fault(void *arg, const struct nd_store_fault *f)
{
	struct message m = { .kind = A_FAULT, .page = f->page, .seq = f->seq };

	m.n_id = (uint32_t)(f->id.len < ID_BYTES ? f->id.len : ID_BYTES);
	if (m.n_id)
		memcpy(m.id, f->id.at, m.n_id);
	snprintf(m.what, sizeof(m.what), "%s", f->what);
	say(*(const int *)arg, &m);
}

static void say_step(void *arg, uint64_t done, uint64_t total)
{
	const struct message m = { .kind = A_STEP, .page = done, .seq = total };

	say(*(const int *)arg, &m);
}

static void work(const struct asked *a, bool repair, int to)
{
	const struct nd_store_care care = { say_fault, say_step, &to };
	struct message m = { .kind = repair ? REPAIRED : CHECKED };

	m.err = repair ? nd_store_repair(a->dir, &care, &m.repaired) : nd_store_check(a->dir, &care, &m.checked);
	say(to, &m);
	_exit(0);
}

/* --- its parent --- */

struct report {
	const struct asked *asked;
	struct printer printer;
	struct progress progress;
	uint64_t percent;
	uint64_t faults;
	int err; /* of printing */
};

static void json_number(struct out *o, const char *key, uint64_t value)
{
	out_key(o, key);
	if (value == ND_NOWHERE)
		out_null(o);
	else
		out_u64(o, value);
}

static struct nd_str text(const char *at)
{
	return (struct nd_str){ at, strlen(at) };
}

static void json_fault(struct out *o, const struct message *m)
{
	out_begin_object(o);
	json_number(o, "page", m->page);
	json_number(o, "seq", m->seq);
	out_key(o, "id");
	out_string(o, (struct nd_str){ m->n_id ? m->id : NULL, m->n_id });
	out_key(o, "what");
	out_string(o, text(m->what));
	out_end_object(o);
}

static void text_fault(struct buf *b, const struct message *m)
{
	if (m->seq != ND_NOWHERE)
		buf_addf(b, "record %" PRIu64, m->seq);
	else if (m->page != ND_NOWHERE)
		buf_addf(b, "page %" PRIu64, m->page);
	else
		buf_addf(b, "the store");
	if (m->n_id) {
		buf_addf(b, " (id ");
		for (uint32_t i = 0; i < m->n_id; i++)
			buf_addf(b, "%c", (unsigned char)m->id[i] < ' ' || m->id[i] == 127 ? '?' : m->id[i]);
		buf_addf(b, ")");
	}
	buf_addf(b, ": %s", m->what);
}

static void print_line(struct report *r)
{
	int err;

	progress_end(&r->progress);
	err = printer_line(&r->printer);
	if (!err)
		err = printer_flush(&r->printer);
	if (!r->err)
		r->err = err;
}

static void print_fault(struct report *r, const struct message *m)
{
	r->faults++;
	if (r->faults > r->asked->max)
		return;
	if (r->asked->json)
		json_fault(&r->printer.out, m);
	else
		text_fault(&r->printer.buf, m);
	print_line(r);
}

static void show_step(struct report *r, const struct message *m)
{
	uint64_t percent = m->seq ? m->page * 100 / m->seq : 0;
	char line[64];

	if (percent == r->percent)
		return;
	r->percent = percent;
	snprintf(line, sizeof(line), "%" PRIu64 " %%", percent);
	progress_say(&r->progress, line);
}

/* Whether a whole message came. */
static bool hear(int from, struct message *ret)
{
	size_t got = 0;

	while (got < sizeof(*ret)) {
		ssize_t n = read(from, (char *)ret + got, sizeof(*ret) - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		got += (size_t)n;
	}
	return true;
}

/* Returns whether the last message came. */
static bool listen_to(struct report *r, int from, struct message *ret)
{
	while (hear(from, ret)) {
		if (ret->kind == A_FAULT)
			print_fault(r, ret);
		else if (ret->kind == A_STEP)
			show_step(r, ret);
		else
			return true;
	}
	return false;
}

static int complain(const struct report *r, const char *what)
{
	fprintf(stderr, "newsdup: %s '%s': %s\n", "cannot check the store", r->asked->dir, what);
	return EXIT_IO;
}

/* How a child ended that had not said all. */
static int tell_end(const struct report *r, int status)
{
	char what[128];

	if (WIFSIGNALED(status))
		snprintf(what, sizeof(what), "it is damaged: reading it ended with signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(what, sizeof(what), "the process that read it ended with %d", WEXITSTATUS(status));
	return complain(r, what);
}

/* Has a child do it. Returns an exit code when that could not be. */
static int delegate(struct report *r, bool repair, struct message *ret)
{
	int fds[2], status = 0;
	bool whole;
	pid_t pid;

	if (pipe(fds))
		return complain(r, strerror(errno));
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return complain(r, strerror(errno));
	if (!pid) {
		close(fds[0]);
		work(r->asked, repair, fds[1]);
	}
	close(fds[1]);
	progress_start(&r->progress, r->asked->json);
	whole = listen_to(r, fds[0], ret);
	progress_end(&r->progress);
	close(fds[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return whole ? 0 : tell_end(r, status);
}

/* --- results --- */

static int result(struct report *r)
{
	print_line(r);
	return r->err ? printer_fail(r->err) : 0;
}

static int print_checked(struct report *r, const struct nd_store_checked *c)
{
	struct out *o = &r->printer.out;

	if (!r->asked->json) {
		if (r->faults > r->asked->max)
			buf_addf(&r->printer.buf, "... and %" PRIu64 " more\n", r->faults - r->asked->max);
		buf_addf(&r->printer.buf,
			 "%" PRIu64 " records, %" PRIu64 " of them articles; %" PRIu64 " pages of %" PRIu64
			 " bytes, %" PRIu64 " of them free; %s",
			 c->records, c->articles, c->pages, c->page_bytes, c->free_pages, c->faults ? "damaged" : "all is well");
		if (c->other_profile)
			buf_addf(&r->printer.buf,
				 "; made by another version of newsdup: what records say was not looked into");
		return result(r);
	}
	out_begin_object(o);
	out_key(o, "ok");
	out_bool(o, !c->faults);
	json_number(o, "records", c->records);
	json_number(o, "articles", c->other_profile ? ND_NOWHERE : c->articles);
	json_number(o, "pages", c->pages);
	json_number(o, "free_pages", c->free_pages);
	json_number(o, "page_bytes", c->page_bytes);
	json_number(o, "faults", c->faults);
	out_key(o, "other_profile");
	out_bool(o, c->other_profile);
	out_key(o, "in_use");
	out_bool(o, c->in_use);
	out_end_object(o);
	return result(r);
}

/* Without what tells how many there were, none may be all that is known to be lost. */
static void text_lost(struct buf *b, const struct nd_store_repaired *d)
{
	if (d->lost || !d->more_lost)
		buf_addf(b, "%" PRIu64, d->lost);
	if (d->more_lost)
		buf_addf(b, d->lost ? " and an unknown number more" : "an unknown number");
	buf_addf(b, " lost; ");
}

static void text_texts_lost(struct buf *b, const struct nd_store_repaired *d)
{
	if (d->texts_lost)
		buf_addf(b, "\nof %" PRIu64 " of them the text is lost%s", d->texts_lost,
			 d->more_texts_lost ? ", and maybe of others" : "");
	else if (d->more_texts_lost)
		buf_addf(b, "\nof an unknown number of them the text is lost");
}

static int print_repaired(struct report *r, const struct nd_store_repaired *d)
{
	struct out *o = &r->printer.out;
	struct buf *b = &r->printer.buf;

	if (!r->asked->json) {
		if (r->faults > r->asked->max)
			buf_addf(b, "... and %" PRIu64 " more\n", r->faults - r->asked->max);
		buf_addf(b, "repaired: %" PRIu64 " records, %" PRIu64 " of them articles; ", d->records - d->lost, d->articles);
		text_lost(b, d);
		buf_addf(b, "the damaged file is '%s/%s' now", r->asked->dir, d->kept);
		text_texts_lost(b, d);
		if (d->strays)
			buf_addf(b, "\n%" PRIu64 " of them were found where no page leads to any more",
				 d->strays);
		if (d->doubts)
			buf_addf(b,
				 "; %" PRIu64 " times there was another version, which may have been the newer", d->doubts);
		return result(r);
	}
	out_begin_object(o);
	out_key(o, "repaired");
	out_bool(o, true);
	json_number(o, "records", d->records - d->lost);
	json_number(o, "articles", d->articles);
	json_number(o, "lost", d->more_lost ? ND_NOWHERE : d->lost);
	json_number(o, "texts_lost", d->more_texts_lost ? ND_NOWHERE : d->texts_lost);
	json_number(o, "strays", d->strays);
	json_number(o, "doubts", d->doubts);
	out_key(o, "kept");
	out_string(o, text(d->kept));
	out_end_object(o);
	return result(r);
}

static const char *why(int err)
{
	return err == -ENOENT    ? "there is none"
	       : err == -EBADMSG ? "it is damaged, or no store of newsdup"
	       : err == -EBUSY   ? "another process has it open"
	       : err == -EEXIST  ? "its folder 'repair' is a store of its own, not left over by a repair; move it elsewhere"
	       : err == -ENODATA ? "no article can be read of it: it stays as it is"
	       : err == -ESTALE  ? "another version of newsdup made it, and has to repair it"
				 : service_store_why(err);
}

static int repair(struct report *r)
{
	struct message m = { .err = 0 };
	int ret;

	r->faults = 0;
	r->percent = 0;
	ret = delegate(r, true, &m);
	if (ret)
		return ret;
	if (m.err) {
		fprintf(stderr, "newsdup: cannot repair the store '%s': %s\n", r->asked->dir, why(m.err));
		return EXIT_IO;
	}
	return print_repaired(r, &m.repaired);
}

static int check(struct report *r)
{
	struct message m = { .err = 0 };
	int ret = delegate(r, false, &m);

	if (!ret && m.err)
		ret = complain(r, why(m.err));
	if (!ret)
		ret = print_checked(r, &m.checked);
	if (ret && !(r->asked->repair && !m.err && !r->err))
		return ret;
	if (!ret && !m.checked.faults)
		return EXIT_DONE;
	if (r->asked->repair)
		return repair(r);
	fprintf(stderr, "newsdup: the store '%s' is damaged; `newsdup check-store --repair` saves what can be read\n",
		r->asked->dir);
	return EXIT_IO;
}

int cmd_check_store(int argc, char **argv)
{
	struct asked a = { .max = 100 };
	const struct option_row rows[] = {
		{ "repair", OPTION_FLAG, NULL,
		  "when it is damaged, put a new store of all that can be read in its place; the old file is kept beside it", 0, 0,
		  &a.repair },
		{ "max", OPTION_COUNT, "N", "print so many faults at most", 0, UINT64_MAX, &a.max },
		{ "json", OPTION_FLAG, NULL, "print a line of JSON for each fault, and one of the whole", 0, 0, &a.json },
		{ 0 },
	};
	const struct usage usage = {
		"newsdup check-store [OPTION]... DIR",
		"Reads a store from end to end: pages, tree, free list, every record. A daemon may go on using it meanwhile. Exits "
		"with 0\nwhen all is well, or has been repaired; with 3 when it is damaged, or cannot be read. How much is lost is an "
		"unknown\nnumber, null in JSON, where what tells how much there was is lost, too: of a file that was cut, say.",
		rows,
	};
	struct report r = { .asked = &a };
	int ret;

	if (!options_begin(&usage, &argc, argv, &ret))
		return ret;
	if (argc != 2) {
		options_complain(&usage, argc < 2 ? "a store's directory is wanted" : "one directory only");
		return EXIT_USAGE;
	}
	a.dir = argv[1];
	printer_init(&r.printer);
	ret = check(&r);
	printer_done(&r.printer);
	return ret;
}
