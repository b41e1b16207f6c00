/*
 * newsdup bulk: a whole archive at once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/command.h"
#include "daemon/data.h"
#include "daemon/intake.h"
#include "daemon/options.h"
#include "daemon/pipeline.h"
#include "daemon/progress.h"
#include "daemon/result.h"
#include "daemon/threads.h"
#include "daemon/window.h"

struct bulk {
	struct input *input;
	struct intake intake;
	struct result result;
	bool to_dir;
	struct progress progress;
	struct summary summary;
	bool unreadable;
	const char *failed; /* what an error of the run is about; NULL: it has been told */
};

struct bulk_options {
	const char *out, *tmp, *data;
	const char *store, *against, *window;
	uint32_t days; /* of the window */
	uint64_t threads;
	bool strict, json, quiet, no_text;
};

static int take_reject(struct bulk *b, const char *file, const struct reject *r)
{
	summary_reject(&b->summary, r);
	if (!strcmp(r->code, "unreadable") || !strcmp(r->code, "truncated")) {
		b->unreadable |= !strcmp(r->code, "unreadable");
		progress_end(&b->progress);
		fprintf(stderr, "newsdup: %s: %s: %s\n", file, r->code, r->reason);
	}
	if (!b->to_dir)
		return 0;
	b->failed = "rejects.jsonl";
	return result_reject(&b->result, file, r);
}

/* The text that is kept with record i: those before it end at *at. NULL: none is. */
static const struct nd_packed *next_text(const struct job *j, size_t i, const uint8_t **at, struct nd_packed *ret)
{
	if (!j->text_sizes)
		return NULL;
	*ret = (struct nd_packed){ *at, j->text_sizes[i] };
	*at += (j->text_sizes[i] + 7) & ~(size_t)7;
	return ret;
}

/* pipeline_sink: a job's articles go into the index, its rejections into the result. */
static int take(void *arg, const struct job *j)
{
	struct bulk *b = arg;
	const char *at = (const char *)j->records.at;
	const uint8_t *text_at = j->texts.at;
	const int64_t received = clock_ms();
	struct nd_packed text;
	uint64_t done, total;
	int err = 0;

	b->failed = "working file";
	for (size_t i = 0; i < j->n_records && !err; i++) {
		const struct nd_fingerprint fp = { at, j->sizes[i] };

		at += j->sizes[i];
		if (i + 1 < j->n_records)
			nd_index_expect(b->intake.index, &(struct nd_fingerprint){ at, j->sizes[i + 1] });
		err = intake_add(&b->intake, &fp, next_text(j, i, &text_at, &text), received);
	}
	if (!err)
		err = intake_flush(&b->intake);
	for (size_t i = 0; i < j->n_rejects && !err; i++)
		err = take_reject(b, input_name(b->input, j->batch.file), &j->rejects[i]);
	b->summary.bytes += j->bytes;
	input_progress(b->input, &done, &total);
	progress_update(&b->progress, done, total, b->intake.arrivals.lines);
	return err;
}

static int fail(const struct bulk *b, const struct bulk_options *o, int err)
{
	if (b->intake.store_failed)
		fprintf(stderr, "newsdup: cannot write to store '%s': %s\n", o->store,
			err == -ENOSPC ? "there is no room for more" : strerror(-err));
	if (b->intake.store_failed || !b->failed)
		return EXIT_IO;
	fprintf(stderr, "newsdup: cannot write %s%s%s: %s\n", b->failed ? b->failed : "", o->out ? " in " : "",
		o->out ? o->out : "", err == -EBUSY ? "another run is writing there" : strerror(-err));
	return EXIT_IO;
}

/* The input is never touched. */
static bool would_replace(const struct bulk *b, const struct bulk_options *o, char **files, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (!result_replaces(&b->result, files[i]))
			continue;
		fprintf(stderr, "newsdup: the results in %s would replace the input '%s'\n", o->out, files[i]);
		return true;
	}
	return false;
}

static int bulk_open(struct bulk *b, const struct bulk_options *o, char **files, unsigned n)
{
	const struct intake_options where = { o->store, o->against, o->tmp ? o->tmp : o->out, o->days, !o->no_text };
	int err = input_new((const char *const *)files, n, NULL, &b->input);

	if (!err && o->out) {
		err = result_open(&b->result, o->out);
		b->to_dir = !err;
		b->failed = b->result.failed;
	}
	if (!err) {
		b->failed = NULL; /* it tells */
		err = intake_open(&b->intake, &where, &b->progress);
	}
	b->summary.files = n;
	return err;
}

static void bulk_close(struct bulk *b, bool failed)
{
	progress_end(&b->progress);
	if (b->to_dir)
		result_done(&b->result);
	intake_close(&b->intake, failed);
	input_free(b->input);
}

static double seconds_of(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

static double cpu_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return seconds_of(u.ru_utime) + seconds_of(u.ru_stime);
}

static void print_run(const struct bulk *b, const struct bulk_options *o, struct out *out, double wall)
{
	double cpu = cpu_seconds(), n = (double)b->summary.articles;
	struct nd_index_stats stats;

	nd_index_stats(b->intake.index, &stats);
	out_key(out, "run");
	out_begin_object(out);
	out_key(out, "threads");
	out_u64(out, o->threads);
	out_key(out, "wall_ms");
	out_u64(out, (uint64_t)(wall * 1e3));
	out_key(out, "cpu_ms");
	out_u64(out, (uint64_t)(cpu * 1e3));
	out_key(out, "articles_per_second");
	out_u64(out, wall > 0 ? (uint64_t)(n / wall) : 0);
	out_key(out, "bytes_per_second");
	out_u64(out, wall > 0 ? (uint64_t)((double)b->summary.bytes / wall) : 0);
	out_key(out, "cpu_ns_per_article");
	out_u64(out, n > 0 ? (uint64_t)(cpu / n * 1e9) : 0);
	out_key(out, "index_bytes");
	out_u64(out, stats.index_bytes);
	out_key(out, "working_file_bytes");
	out_u64(out, stats.spool_bytes);
	out_key(out, "keys");
	out_u64(out, stats.keys);
	out_key(out, "stop_keys");
	out_u64(out, stats.stop_keys);
	out_key(out, "candidates");
	out_u64(out, stats.candidates);
	out_key(out, "verified");
	out_u64(out, stats.verified);
	out_end_object(out);
}

static int print_json(const struct bulk *b, const struct bulk_options *o, double wall)
{
	struct buf buf;
	struct out out;
	int err;

	buf_init(&buf, 1 << 20);
	out_init(&out, &buf);
	out_begin_object(&out);
	summary_json(&b->summary, &out);
	print_run(b, o, &out, wall);
	out_end_object(&out);
	out_line(&out);
	err = out.err;
	if (!err)
		fwrite(buf.at, 1, buf.len, stdout);
	buf_done(&buf);
	return err;
}

static void print_text(const struct bulk *b, const struct bulk_options *o, double wall)
{
	double n = (double)b->summary.articles;

	summary_print(&b->summary, stdout);
	if (wall > 0)
		printf("%.1f s, %.0f articles/s, %.1f MB/s\n", wall, n / wall, (double)b->summary.bytes / wall / 1e6);
	if (o->out)
		printf("written to %s\n", o->out);
}

static int one_article(struct bulk *b, struct keep *keep, const struct nd_report *r)
{
	if (r->seq >= b->intake.arrivals.before)
		keep_next(keep, b->intake.index, r);
	summary_article(&b->summary, b->intake.index, r);
	return b->to_dir ? result_article(&b->result, b->intake.index, keep, r) : 0;
}

/* there: the store had it before, and this is its first line: dropped for what the store has. */
static int one_repeat(struct bulk *b, struct keep *keep, const struct nd_report *r, bool there)
{
	struct result_repeat repeat;

	there &= !r->superseded; /* else its newest version is decided on */
	result_repeat(&repeat, b->intake.index, r);
	summary_repeat(&b->summary, &repeat.report);
	keep->dropped += there;
	if (there && b->to_dir)
		result_dropped(&b->result, &repeat.report);
	return b->to_dir ? result_line(&b->result, b->intake.index, &repeat.report) : 0;
}

/* One pass over the records, which by now are in no cache. */
static int every_line(struct bulk *b, struct keep *keep)
{
	const struct arrivals *a = &b->intake.arrivals;
	int err = 0;

	for (size_t i = 0; i < a->n; i++)
		for (uint32_t k = 0; k < a->spans[i].n && !err; k++) {
			struct nd_report r;

			err = nd_index_get(b->intake.index, a->spans[i].first + k, &r);
			if (!err)
				err = a->spans[i].again ? one_repeat(b, keep, &r, a->spans[i].there) : one_article(b, keep, &r);
		}
	return err;
}

/* What the store had before counts as kept, but for what a killed run of this input has brought: that is decided on, in
 * the order of the store. */
static int keep_before(const struct bulk *b, struct keep *keep)
{
	const struct arrivals *a = &b->intake.arrivals;
	int err = 0;

	for (nd_seq i = a->own; i < a->before && !err; i++) {
		struct nd_report r;

		if (!arrivals_has(a, i))
			continue;
		err = nd_index_get(b->intake.index, i, &r);
		if (!err)
			keep_next(keep, b->intake.index, &r);
	}
	return err;
}

static int bulk_finish(struct bulk *b)
{
	struct nd_index *ix = b->intake.index;
	struct keep keep;
	int err = keep_init(&keep, ix);

	if (!err)
		err = summary_begin(&b->summary, ix);
	if (!err)
		err = keep_before(b, &keep);
	if (!err && b->to_dir) {
		progress_say(&b->progress, "writing the results");
		err = result_begin(&b->result);
	}
	if (!err)
		err = every_line(b, &keep);
	summary_end(&b->summary, &keep);
	if (!err && b->to_dir)
		err = result_end(&b->result, ix, &b->intake.arrivals, &b->summary);
	if (b->to_dir)
		b->failed = b->result.failed;
	keep_done(&keep);
	return err;
}

static int run_pipeline(struct bulk *b, const struct bulk_options *o, struct nd_rules *rules)
{
	const struct work_options work = { .rules = rules, .keep = intake_keeps(&b->intake) };

	return pipeline_run(b->input, (unsigned)o->threads, &work, take, b);
}

static int bulk_run(const struct bulk_options *o, struct nd_rules *rules, char **files, unsigned n)
{
	struct bulk b = { .failed = "the result" };
	double start = progress_clock();
	int ret = EXIT_DONE, err;

	progress_start(&b.progress, o->quiet);
	err = bulk_open(&b, o, files, n);
	if (!err && b.to_dir && would_replace(&b, o, files, n)) {
		bulk_close(&b, true);
		return EXIT_USAGE;
	}
	if (!err)
		err = run_pipeline(&b, o, rules);
	if (!err)
		err = intake_end(&b.intake);
	if (!err)
		err = bulk_finish(&b);
	if (!err)
		err = intake_finish(&b.intake);
	progress_end(&b.progress);
	if (err)
		ret = fail(&b, o, err);
	else if (o->json)
		print_json(&b, o, progress_clock() - start);
	else
		print_text(&b, o, progress_clock() - start);
	if (!err && (fflush(stdout) || ferror(stdout))) {
		fprintf(stderr, "newsdup: cannot write to standard output\n");
		ret = EXIT_IO;
	}
	if (!ret && b.unreadable)
		ret = EXIT_IO;
	if (!ret && o->strict && b.summary.rejected)
		ret = EXIT_REJECTED;
	bulk_close(&b, ret != EXIT_DONE);
	return ret;
}

/* Why the options do not go together; NULL: they do. */
static const char *complaint(struct bulk_options *o)
{
	const char *why = window_read(o->window, &o->days);

	if (why)
		return why;
	if (o->no_text && !o->store)
		return "--no-text is for --store";
	return o->store && o->against ? "--store and --against do not go together" : NULL;
}

int cmd_bulk(int argc, char **argv)
{
	struct bulk_options o = { .threads = threads_default() };
	const struct option_row rows[] = {
		{ "out", OPTION_TEXT, "DIR", "write articles.jsonl and the other results here", 0, 0, &o.out },
		{ "threads", OPTION_COUNT, "N", "threads that work, this one included (default: processors)", 1,
		  THREADS_MAX, &o.threads },
		{ "store", OPTION_TEXT, "DIR", "add the articles to this store, made when absent; no daemon may have it open", 0, 0,
		  &o.store },
		{ "against", OPTION_TEXT, "DIR", "judge them against this store too, which is only read, a daemon or not", 0, 0,
		  &o.against },
		{ "no-text", OPTION_FLAG, NULL,
		  "keep no texts in the store: no passages are shown then, and it cannot be reindexed", 0, 0, &o.no_text },
		WINDOW_ROW(o.window),
		{ "strict", OPTION_FLAG, NULL, "exit with 4 when something was rejected", 0, 0, &o.strict },
		{ "json", OPTION_FLAG, NULL, "print the summary as JSON, with the rates of the run", 0, 0, &o.json },
		{ "quiet", OPTION_FLAG, NULL, "no progress on the terminal", 0, 0, &o.quiet },
		{ "tmp", OPTION_TEXT, "DIR", "put the working file here (default: --out, else /var/tmp)", 0, 0, &o.tmp },
		DATA_ROW(o.data),
		{ 0 },
	};
	const struct usage usage = {
		"newsdup bulk [OPTION]... FILE...",
		"Finds what is repeated in an archive: JSON lines, plain, gzip or zstd; `-` is standard input.\n"
		"One run at a time has DIR; results that would replace a file of the input are a usage error. Over a store that\n"
		"is not empty, and against one, results are of these articles alone, but name those of the store.",
		rows,
	};
	struct nd_rules *rules;
	const char *what;
	int ret;

	if (!options_begin(&usage, &argc, argv, &ret))
		return ret;
	what = argc < 2 ? "no file to read" : complaint(&o);
	if (what) {
		options_complain(&usage, what);
		return EXIT_USAGE;
	}
	ret = data_open(o.data, &rules);
	if (!ret) {
		ret = bulk_run(&o, rules, argv + 1, (unsigned)argc - 1);
		nd_rules_free(rules);
	}
	return ret;
}
