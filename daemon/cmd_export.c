/*
 * newsdup export: all that a store keeps, line by line.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/command.h"
#include "daemon/dump.h"
#include "daemon/options.h"
#include "daemon/progress.h"
#include "daemon/service.h"

#define FLUSH_BYTES ((size_t)1 << 20)

struct exporting {
	const char *dir;
	struct nd_store *store;
	struct nd_reader *reader;
	struct buf buf;
	struct out out;
	uint64_t records;
	struct progress progress;
};

static int complain(const char *verb, const char *dir, const char *why)
{
	fprintf(stderr, "newsdup: cannot %s store '%s': %s\n", verb, dir, why);
	return EXIT_IO;
}

/* Errors: those of out, -EPIPE when it cannot be written. */
static int flush(struct exporting *e, size_t from)
{
	if (e->out.err || e->buf.len < from)
		return e->out.err;
	if (fwrite(e->buf.at, 1, e->buf.len, stdout) != e->buf.len)
		return -EPIPE;
	buf_clear(&e->buf);
	return 0;
}

/* The text of a record goes into its line here. */
static int export_record(struct exporting *e, uint64_t seq)
{
	struct nd_stored_contents contents;
	struct nd_stored stored;
	struct nd_kept text;
	int err = nd_reader_get(e->reader, seq, &stored), kept;

	if (!err)
		err = nd_stored_contents(&stored, &contents);
	if (err)
		return err;
	kept = contents.kind == ND_STORED_ARTICLE ? nd_reader_text(e->reader, seq, &text) : -ENOENT;
	if (kept && kept != -ENOENT)
		return kept;
	dump_record(&e->out, &stored, &contents, kept ? NULL : &text);
	return flush(e, FLUSH_BYTES);
}

static int export_all(struct exporting *e)
{
	uint64_t seq = 0;
	int err;

	dump_head(&e->out, e->records);
	for (err = 0; seq < e->records && !err; seq += !err) {
		err = export_record(e, seq);
		progress_update(&e->progress, seq, e->records, seq);
	}
	progress_end(&e->progress);
	if (!err) {
		dump_end(&e->out, e->records);
		err = flush(e, 0);
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
	struct nd_store_stats stats;
	int code, err = nd_store_open(dir, &o, &e.store);

	if (err)
		return complain("open", dir, service_store_why(err));
	buf_init(&e.buf, DUMP_LINE_MAX);
	out_init(&e.out, &e.buf);
	progress_start(&e.progress, quiet);
	err = nd_reader_new(e.store, &e.reader);
	nd_store_stats(e.store, &stats);
	e.records = stats.articles;
	code = err ? complain("read", dir, strerror(-err)) : export_all(&e);
	buf_done(&e.buf);
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
		"Prints all that a store keeps, as it is when the command begins, a line of JSON for each record: articles with\n"
		"their texts, earlier versions, what was ruled, what is gone. `import` makes a store of it.",
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
