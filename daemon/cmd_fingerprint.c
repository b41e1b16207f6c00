/*
 * newsdup fingerprint: what newsdup sees of each article, as JSON lines.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/command.h"
#include "daemon/data.h"
#include "daemon/fields.h"
#include "daemon/options.h"
#include "daemon/pipeline.h"
#include "daemon/printer.h"
#include "daemon/reject.h"
#include "daemon/threads.h"

struct fingerprint_options {
	const char *tmp;
	uint64_t threads;
	const char *data;
	bool roles, strict;
};

struct fingerprint_run {
	struct input *input;
	struct printer printer;
	struct nd_index *index; /* what others tell of paragraphs; NULL: nothing */
	uint64_t profile;
	bool roles, rejected, unreadable;
	bool writing; /* an error of the run is one of writing */
};

static void put_sketch(struct out *o, const struct nd_fingerprint *fp, const struct nd_contents *c)
{
	out_key(o, "sketch");
	out_begin_object(o);
	out_key(o, "scale");
	out_u64(o, c->scale);
	out_key(o, "shingles");
	out_u64(o, c->n_shingles);
	out_key(o, "keys");
	out_begin_array(o);
	for (uint32_t i = 0; i < c->n_keys; i++)
		out_hex64(o, nd_fingerprint_key(fp, i));
	out_end_array(o);
	out_end_object(o);
}

static void put_paragraph(struct out *o, const struct nd_paragraph *p)
{
	out_begin_object(o);
	out_key(o, "line");
	out_u64(o, p->line);
	out_key(o, "role");
	out_word(o, nd_role_name(p->role));
	out_key(o, "hash");
	out_hex64(o, p->hash);
	out_key(o, "simhash");
	out_hex64(o, p->simhash);
	out_key(o, "start");
	out_u64(o, p->start);
	out_key(o, "end");
	out_u64(o, p->end);
	out_end_object(o);
}

static void put_paragraphs(struct out *o, const struct nd_fingerprint *fp, const struct nd_contents *c)
{
	out_key(o, "paragraphs");
	out_begin_array(o);
	for (uint32_t i = 0; i < c->n_paragraphs; i++) {
		struct nd_paragraph p = nd_fingerprint_paragraph(fp, i);

		if (!p.piece)
			put_paragraph(o, &p);
	}
	out_end_array(o);
	fields_furniture_within(o, fp, c->n_paragraphs);
}

static int print(struct fingerprint_run *r, const struct nd_fingerprint *fp)
{
	struct out *o = &r->printer.out;
	struct nd_contents c;
	int err = nd_fingerprint_contents(fp, &c);

	if (err)
		return err;
	r->writing = true;
	out_begin_object(o);
	out_key(o, "id");
	printer_id(o, &c.article);
	out_key(o, "profile");
	out_hex64(o, r->profile);
	out_key(o, "simhash");
	out_hex64(o, nd_fingerprint_simhash(fp));
	out_key(o, "body_hash");
	out_hex64(o, c.body_hash);
	if (!r->roles)
		put_sketch(o, fp, &c);
	put_paragraphs(o, fp, &c);
	out_end_object(o);
	err = printer_line(&r->printer);
	r->writing = err != 0;
	return err;
}

static void take_reject(struct fingerprint_run *r, const char *file, const struct reject *reject)
{
	r->rejected = true;
	r->unreadable |= !strcmp(reject->code, "unreadable");
	reject_print(file, reject);
}

/* pipeline_sink */
static int take(void *arg, const struct job *j)
{
	struct fingerprint_run *r = arg;
	const char *at = (const char *)j->records.at;
	int err = 0;

	for (size_t i = 0; i < j->n_records && !err; i++) {
		const struct nd_fingerprint fp = { at, j->sizes[i] };

		err = r->index ? nd_index_add(r->index, &fp, NULL) : print(r, &fp);
		at += j->sizes[i];
	}
	for (size_t i = 0; i < j->n_rejects && !err; i++)
		take_reject(r, input_name(r->input, j->batch.file), &j->rejects[i]);
	return err;
}

/* With the roles of their paragraphs after the last article has told what it knows. */
static int print_all(struct fingerprint_run *r)
{
	int err = nd_index_again(r->index, SIZE_MAX);

	for (nd_seq i = 0; i < nd_index_count(r->index) && !err; i++) {
		struct nd_report report;

		err = nd_index_get(r->index, i, &report);
		if (!err)
			err = print(r, &report.fingerprint);
	}
	return err;
}

static int run(const struct fingerprint_options *o, struct nd_rules *rules, char **files, unsigned n)
{
	const struct work_options work = { .rules = rules, .simhash = true };
	struct fingerprint_run r = { .profile = nd_profile(), .roles = o->roles };
	int err = input_new((const char *const *)files, n, NULL, &r.input), ret = EXIT_DONE;

	printer_init(&r.printer);
	if (!err && r.roles)
		err = nd_index_new(o->tmp, &r.index);
	if (!err)
		err = pipeline_run(r.input, (unsigned)o->threads, &work, take, &r);
	if (!err && r.roles)
		err = print_all(&r);
	if (!err) {
		err = printer_flush(&r.printer);
		r.writing = err != 0;
	}
	if (err && r.writing) {
		ret = printer_fail(err);
	} else if (err) {
		fprintf(stderr, "newsdup: cannot fingerprint: %s\n", strerror(-err));
		ret = EXIT_IO;
	}
	if (!ret && r.unreadable)
		ret = EXIT_IO;
	if (!ret && o->strict && r.rejected)
		ret = EXIT_REJECTED;
	printer_done(&r.printer);
	nd_index_free(r.index);
	input_free(r.input);
	return ret;
}

int cmd_fingerprint(int argc, char **argv)
{
	struct fingerprint_options o = { .threads = threads_default() };
	const struct option_row rows[] = {
		{ "roles", OPTION_FLAG, NULL,
		  "paragraphs and their roles, as all articles together tell them, without the sketch", 0, 0, &o.roles },
		{ "tmp", OPTION_TEXT, "DIR", "where the working file of --roles lies (default: /var/tmp)", 0, 0, &o.tmp },
		{ "threads", OPTION_COUNT, "N", "threads that work, this one included (default: processors)", 1,
		  THREADS_MAX, &o.threads },
		{ "strict", OPTION_FLAG, NULL, "exit with 4 when something was rejected", 0, 0, &o.strict },
		DATA_ROW(o.data),
		{ 0 },
	};
	const struct usage usage = {
		"newsdup fingerprint [OPTION]... FILE...",
		"Prints a line of JSON for each article of FILE: JSON lines, plain, gzip or zstd; `-` is standard input.",
		rows,
	};
	struct nd_rules *rules;
	int ret;

	if (!options_begin(&usage, &argc, argv, &ret))
		return ret;
	if (argc < 2) {
		options_complain(&usage, "no file to read");
		return EXIT_USAGE;
	}
	ret = data_open(o.data, &rules);
	if (!ret) {
		ret = run(&o, rules, argv + 1, (unsigned)argc - 1);
		nd_rules_free(rules);
	}
	return ret;
}
