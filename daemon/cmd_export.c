/*
 * newsdup export: all that a store keeps, line by line.
 *
 * A daemon may write to the store meanwhile, and must not be held up: what is seen is renewed again and again, so that the
 * records are of different commits and do not go together. So what has changed since it was written is written again,
 * pass by pass, until a pass has seen one commit alone: then all is of that one. The last pass is over one commit in any
 * case; what it has to write is what has changed during the one before, which was short.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/command.h"
#include "daemon/dump.h"
#include "daemon/guard.h"
#include "daemon/options.h"
#include "daemon/progress.h"
#include "daemon/service.h"

#define FLUSH_BYTES ((size_t)1 << 20)
#define PASSES 3          /* the last one over the store as it is at one commit */
#define RENEW_RECORDS 10000u
#define RENEW_S 1.0

struct exporting {
	const char *dir;
	struct nd_store *store;
	struct nd_reader *reader;
	struct buf buf;
	struct out out;
	uint64_t *marks;        /* of each record as it has been written */
	uint64_t n, cap, lines; /* records and lines that have been */
	uint64_t looked_at;     /* records since the reader was renewed; when that was */
	double renewed;
	bool newer;             /* something was committed during the pass */
	bool last;              /* it must not be renewed any more */
	struct progress progress;
};

static int complain(const char *verb, const char *dir, const char *why)
{
	fprintf(stderr, "newsdup: cannot %s store '%s': %s\n", verb, dir, why);
	return EXIT_IO;
}

/* Errors: those of out, -EPIPE when it cannot be written. */
static int flush(struct exporting *e)
{
	if (e->out.err)
		return e->out.err;
	if (fwrite(e->buf.at, 1, e->buf.len, stdout) != e->buf.len)
		return -EPIPE;
	buf_clear(&e->buf);
	return 0;
}

static int renew(struct exporting *e)
{
	int newer = nd_reader_renew(e->reader);

	e->newer |= newer > 0;
	e->looked_at = 0;
	e->renewed = progress_clock();
	return newer < 0 ? newer : 0;
}

static bool renewal_is_due(const struct exporting *e)
{
	return !e->last && (e->looked_at >= RENEW_RECORDS || progress_clock() - e->renewed >= RENEW_S);
}

/* Whoever reads the lines may take his time: nothing is held so long. */
static int flush_and_renew(struct exporting *e)
{
	int err;

	if (e->last)
		return flush(e);
	nd_reader_let_go(e->reader);
	err = flush(e);
	return err ? err : renew(e);
}

static int reserve_marks(struct exporting *e, uint64_t n)
{
	uint64_t cap = n + n / 8, *at;

	if (n <= e->cap)
		return 0;
	at = reallocarray(e->marks, cap, sizeof(*at));
	if (!at)
		return -ENOMEM;
	e->marks = at;
	e->cap = cap;
	return 0;
}

/* The text of a record goes into its line here. */
static int write_record(struct exporting *e, const struct nd_stored *s)
{
	struct nd_stored_contents contents;
	struct nd_kept text;
	int kept, err = nd_stored_contents(s, &contents);

	if (err)
		return err;
	kept = contents.kind == ND_STORED_ARTICLE ? nd_reader_text(e->reader, s->seq, &text) : -ENOENT;
	if (kept && kept != -ENOENT)
		return kept;
	dump_record(&e->out, s, &contents, kept ? NULL : &text);
	e->lines++;
	return 0;
}

/* Writes a record that has not been written as it is. */
static int export_record(struct exporting *e, uint64_t seq)
{
	struct nd_stored stored;
	uint64_t mark;
	int err = nd_reader_get(e->reader, seq, &stored);

	if (err)
		return err;
	e->looked_at++;
	mark = dump_mark(&stored);
	if (seq < e->n && e->marks[seq] == mark)
		return 0;
	err = write_record(e, &stored);
	if (err)
		return err;
	e->marks[seq] = mark;
	e->n += seq == e->n;
	return e->buf.len < FLUSH_BYTES ? e->out.err : flush_and_renew(e);
}

/* Of all records that there are at its beginning. *seq: how far it came. */
static int export_pass(struct exporting *e, uint64_t *seq)
{
	struct nd_store_stats stats;
	int err = renew(e);

	e->newer = false;
	*seq = 0;
	nd_store_stats(e->store, &stats);
	if (!err)
		err = reserve_marks(e, stats.articles);
	for (; *seq < stats.articles && !err; *seq += !err) {
		err = renewal_is_due(e) ? renew(e) : 0;
		if (!err)
			err = export_record(e, *seq);
		progress_update(&e->progress, *seq, stats.articles, *seq);
	}
	return err;
}

static int export_all(struct exporting *e)
{
	struct nd_store_stats stats;
	uint64_t seq;
	int err, passes = 0;

	nd_store_stats(e->store, &stats);
	dump_head(&e->out, stats.articles);
	do {
		e->last = ++passes == PASSES;
		err = export_pass(e, &seq);
	} while (!err && e->newer);
	progress_end(&e->progress);
	if (!err) {
		dump_end(&e->out, e->n, e->lines);
		err = flush(e);
	}
	if ((!err && fflush(stdout)) || err == -EPIPE) {
		fprintf(stderr, "newsdup: cannot write to standard output\n");
		return EXIT_IO;
	}
	if (!err)
		return EXIT_DONE;
	fprintf(stderr, "newsdup: cannot export record %llu of '%s': %s\n", (unsigned long long)seq, e->dir,
		service_load_why(err));
	return EXIT_IO;
}

static int export_run(const char *dir, bool quiet)
{
	const struct nd_store_options o = { .read_only = true };
	struct exporting e = { .dir = dir };
	int code, err;

	guard_store(dir);
	err = nd_store_open(dir, &o, &e.store);
	if (err)
		return complain("open", dir, service_store_why(err));
	buf_init(&e.buf, DUMP_LINE_MAX);
	out_init(&e.out, &e.buf);
	progress_start(&e.progress, quiet);
	err = nd_reader_new(e.store, &e.reader);
	code = err ? complain("read", dir, strerror(-err)) : export_all(&e);
	buf_done(&e.buf);
	free(e.marks);
	nd_reader_free(e.reader);
	nd_store_close(e.store);
	return code;
}

int cmd_export(int argc, char **argv)
{
	const char *store = NULL;
	bool quiet = false;
	const struct option_row rows[] = {
		{ "store", OPTION_TEXT, "DIR", "the store, which is only read; a daemon may have it open", 0, 0, &store },
		{ "quiet", OPTION_FLAG, NULL, "no progress on the terminal", 0, 0, &quiet },
		{ 0 },
	};
	const struct usage usage = {
		"newsdup export --store DIR [OPTION]...",
		"Prints all that a store keeps, a line of JSON for each record: articles with their texts, earlier versions, what\n"
		"was ruled, what is gone; what a daemon changes meanwhile once more at the end. `import` makes a store of it.",
		rows,
	};
	int ret;

	if (!options_begin(&usage, &argc, argv, &ret))
		return ret;
	if (store && argc == 1)
		return export_run(store, quiet);
	options_complain(&usage, store ? "nothing but options is wanted" : "--store is missing");
	return EXIT_USAGE;
}
