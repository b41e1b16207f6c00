/*
 * newsdup import: a store of what `export` has printed, whole or not at all.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "daemon/command.h"
#include "daemon/dump.h"
#include "daemon/fresh.h"
#include "daemon/guard.h"
#include "daemon/input.h"
#include "daemon/options.h"
#include "daemon/progress.h"
#include "daemon/service.h"
#include "daemon/successor.h"

#define COMMIT_BYTES ((size_t)8 << 20) /* of records that are committed at once */
#define COMMIT_MAX 4096u
#define LOAD_STEP 65536u

/* A record on its way: where its bytes and its text stand among those of all. */
struct waiting {
	uint64_t seq;
	int64_t received;
	size_t at, bytes, text_at;
	bool text, again; /* again: another version of it came before */
};

struct importing {
	const char *dir;
	struct fresh fresh;
	struct nd_store *old;
	struct successor successor;
	struct input *input;
	struct dump_reader *reader;
	struct nd_packer *packer;
	struct buf bytes;
	struct waiting waiting[COMMIT_MAX];
	struct nd_stored batch[COMMIT_MAX];
	size_t n;
	bool headed, ended;
	uint64_t format, records; /* that the head tells of */
	uint64_t read, lines;     /* records so far, and their lines */
	uint64_t line;            /* that is being read */
	struct progress progress;
};

static int complain(const struct importing *m, const char *verb, const char *why)
{
	fprintf(stderr, "newsdup: cannot %s store '%s': %s\n", verb, m->dir, why);
	return EXIT_IO;
}

static int complain_new(const struct importing *m, int err)
{
	fprintf(stderr, "newsdup: cannot make a store in '%s': %s\n", m->successor.path ? m->successor.path : m->dir,
		successor_why(err));
	return EXIT_IO;
}

static int complain_line(struct importing *m, const char *why)
{
	progress_end(&m->progress);
	fprintf(stderr, "newsdup: %s:%" PRIu64 ": %s; nothing is imported\n", input_name(m->input, 0), m->line, why);
	return EXIT_IO;
}

/* --- records --- */

static int commit(struct importing *m)
{
	int err;

	for (size_t i = 0; i < m->n; i++)
		m->batch[i] = (struct nd_stored){
			.seq = m->waiting[i].seq,
			.received = m->waiting[i].received,
			.at = m->bytes.at + m->waiting[i].at,
			.bytes = m->waiting[i].bytes,
			.text = m->waiting[i].text ? m->bytes.at + m->waiting[i].text_at : NULL,
			.drop_text = m->waiting[i].again && !m->waiting[i].text,
		};
	err = m->n ? nd_store_commit(m->successor.made, m->batch, m->n) : 0;
	if (err)
		return complain(m, "write to", err == -ENOSPC ? "there is no room for more" : strerror(-err));
	m->n = 0;
	buf_clear(&m->bytes);
	nd_store_train(m->successor.made); /* what it cannot make now, the next commit does */
	return 0;
}

static int add_bytes(struct importing *m, const void *at, size_t n, size_t *ret_at)
{
	static const char zeros[8];
	int err = buf_add(&m->bytes, zeros, -m->bytes.len & 7);

	*ret_at = m->bytes.len;
	return err ? err : buf_add(&m->bytes, at, n);
}

/* The text of a record goes from its line into the store here. */
static int add_text(struct importing *m, const struct nd_kept *text, struct waiting *w)
{
	const struct nd_article a = { .text = text->text, .lang = text->lang };
	struct nd_packed packed;
	int err;

	if (!text->text.at)
		return 0;
	err = nd_pack(m->packer, &a, &packed);
	w->text = !err;
	return err ? err : add_bytes(m, packed.at, packed.bytes, &w->text_at);
}

static int take_record(struct importing *m, const struct dump_line *l)
{
	struct waiting *w = &m->waiting[m->n];
	bool again = l->stored.seq < m->read;
	int err;

	if (l->stored.seq > m->read || (again && m->format == 1))
		return complain_line(m, "its seq is not the one that follows");
	*w = (struct waiting){
		.seq = l->stored.seq, .received = l->stored.received, .bytes = l->stored.bytes, .again = again,
	};
	err = add_bytes(m, l->stored.at, l->stored.bytes, &w->at);
	if (!err)
		err = add_text(m, &l->text, w);
	if (err)
		return complain_line(m, strerror(-err));
	m->n++;
	m->read += !again;
	m->lines++;
	return m->n == COMMIT_MAX || m->bytes.len >= COMMIT_BYTES ? commit(m) : 0;
}

static int take_head(struct importing *m, const struct dump_line *l)
{
	m->headed = true;
	m->records = l->records;
	m->format = l->format;
	if (l->profile != nd_profile())
		return complain_line(m, "the export was fingerprinted by another version; `newsdup bulk --store` makes a store of "
					"its texts");
	return 0;
}

static int take_end(struct importing *m, const struct dump_line *l)
{
	bool whole = l->records == m->read && l->lines == m->lines;

	m->ended = true;
	whole = whole && (m->format == 1 ? m->records == m->read : m->records <= m->read);
	return whole ? 0 : complain_line(m, "records are missing before the end");
}

static int take(struct importing *m, const struct dump_line *l)
{
	if (m->ended)
		return complain_line(m, "something follows the end of the export");
	if (m->headed != (l->kind != DUMP_HEAD))
		return complain_line(m, m->headed ? "a second head" : "no head of an export comes first");
	if (l->kind == DUMP_HEAD)
		return take_head(m, l);
	if (l->kind != DUMP_END)
		return take_record(m, l);
	return take_end(m, l);
}

/* --- lines --- */

static int take_line(struct importing *m, const char *at, size_t len)
{
	struct wire_error wrong;
	struct dump_line line;
	int err = dump_read(m->reader, at, len, &line, &wrong);

	if (err)
		return complain_line(m, err == -EBADMSG ? wrong.reason : strerror(-err));
	return take(m, &line);
}

static int take_batch(struct importing *m, const struct batch *b)
{
	int code = 0;

	m->line = b->first_line;
	for (size_t at = 0; at < b->len && !code; m->line++) {
		size_t len = (size_t)((const char *)memchr(b->at + at, '\n', b->len - at) - b->at) - at;

		code = take_line(m, b->at + at, len);
		at += len + 1;
	}
	if (!code && b->problem.code) {
		m->line = b->problem.line;
		code = complain_line(m, b->problem.reason);
	}
	return code;
}

static int read_all(struct importing *m)
{
	struct batch b = { 0 };
	uint64_t done, total;
	int code = 0, more = 1;

	while (!code && (more = input_next(m->input, &b)) == 1) {
		code = take_batch(m, &b);
		input_progress(m->input, &done, &total);
		progress_update(&m->progress, done, total, m->read);
	}
	batch_done(&b);
	progress_end(&m->progress);
	if (code)
		return code;
	if (more < 0)
		return complain(m, "import into", strerror(-more));
	return m->ended ? commit(m) : complain_line(m, "the export breaks off: it has no end");
}

/* --- the store --- */

/* What records say of each other: the store is one that the daemon can load. */
static int prove(struct importing *m)
{
	struct nd_index *ix = NULL;
	bool done = false;
	int err = nd_index_open(m->successor.made, &ix);

	while (!err && !done) {
		progress_say(&m->progress, "reading the new store");
		err = nd_index_load(ix, LOAD_STEP, &done);
	}
	progress_end(&m->progress);
	if (err)
		fprintf(stderr, "newsdup: record %u of the export does not go with those before it: %s; nothing is imported\n",
			ix ? nd_index_count(ix) : 0, service_load_why(err));
	nd_index_free(ix);
	return err ? EXIT_IO : 0;
}

/* One that is there and is empty. */
static int open_old(struct importing *m)
{
	struct nd_store_stats stats;
	int err = nd_store_open(m->dir, NULL, &m->old);

	if (err)
		return complain(m, "open", service_store_why(err));
	nd_store_stats(m->old, &stats);
	return stats.articles ? complain(m, "import into", "it is not empty") : 0;
}

/* Where there is no store, there is none before the new one is whole. */
static int open_stores(struct importing *m)
{
	int code = 0, err;

	fresh_begin(&m->fresh, m->dir);
	guard_store(m->dir);
	err = strncmp(m->dir, "mem:", 4) ? fresh_claim(&m->fresh) : 0;
	if (err <= 0)
		code = err ? complain(m, "open", service_store_why(err)) : open_old(m);
	if (code)
		return code;
	err = successor_open(&m->successor, m->dir, false, 0);
	if (!err)
		err = nd_packer_new(m->successor.made, &m->packer);
	return err ? complain_new(m, err) : 0;
}

static int run(struct importing *m)
{
	int err, code = open_stores(m);

	if (!code)
		code = read_all(m);
	nd_packer_free(m->packer);
	if (!code)
		code = prove(m);
	if (code)
		return code;
	m->fresh.store = false;
	err = successor_take_over(&m->successor);
	if (err)
		return complain(m, "put a new one in the place of", strerror(-err));
	printf("%" PRIu64 " records imported\n", m->read);
	return fflush(stdout) ? EXIT_IO : EXIT_DONE;
}

static int import_run(const char *dir, const char *file, bool quiet)
{
	const struct input_options o = { .line_max = DUMP_LINE_MAX - 1 };
	struct importing *m = calloc(1, sizeof(*m));
	int code = EXIT_IO, err = m ? input_new(&file, 1, &o, &m->input) : -ENOMEM;

	if (!err)
		err = dump_reader_new(&m->reader);
	if (err) {
		fprintf(stderr, "newsdup: %s\n", strerror(-err));
	} else {
		m->dir = dir;
		buf_init(&m->bytes, 4 * DUMP_LINE_MAX);
		progress_start(&m->progress, quiet);
		code = run(m);
		progress_end(&m->progress);
		successor_close(&m->successor, false);
		nd_store_close(m->old);
		if (code)
			fresh_undo(&m->fresh);
		fresh_release(&m->fresh);
		buf_done(&m->bytes);
	}
	if (m) {
		dump_reader_free(m->reader);
		input_free(m->input);
	}
	free(m);
	return code;
}

int cmd_import(int argc, char **argv)
{
	const char *store = NULL;
	bool quiet = false;
	const struct option_row rows[] = {
		{ "store", OPTION_TEXT, "DIR", "make the store here; one that is there must be empty, and no daemon may have it open",
		  0, 0, &store },
		{ "quiet", OPTION_FLAG, NULL, "no progress on the terminal", 0, 0, &quiet },
		{ 0 },
	};
	const struct usage usage = {
		"newsdup import --store DIR [OPTION]... FILE",
		"Makes a store of what export has printed, plain, gzip or zstd; `-` is standard input. It answers as the one that\n"
		"was exported. Everything in FILE is checked, and a store is made of all of it or not at all.",
		rows,
	};
	int ret;

	if (!options_begin(&usage, &argc, argv, &ret))
		return ret;
	if (store && argc == 2)
		return import_run(store, argv[1], quiet);
	options_complain(&usage, !store ? "--store is missing" : argc < 2 ? "no file to read" : "only one file can be read");
	return EXIT_USAGE;
}
