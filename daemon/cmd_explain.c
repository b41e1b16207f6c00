/*
 * newsdup explain: why two articles are what they are to each other.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/archive.h"
#include "daemon/command.h"
#include "daemon/data.h"
#include "daemon/explained.h"
#include "daemon/options.h"
#include "daemon/padded.h"
#include "daemon/printer.h"
#include "daemon/source.h"

struct explain_options {
	struct talk_options talk;
	struct option_list in;
	const char *tmp, *data;
};

struct explain {
	struct nd_rules *rules;
	struct nd_fingerprinter *fingerprinter;
	struct operand operands[2]; /* A, B */
	struct archive archive;
	struct nd_explanation explanation;
	struct explained_archive arrival;
	bool unknown_id;
};

static int explain_open(struct explain *e, char **names)
{
	int err = nd_fingerprinter_new(&e->fingerprinter);

	if (!err)
		nd_fingerprinter_use(e->fingerprinter, e->rules);
	for (int i = 0; i < 2 && !err; i++)
		err = operand_init(&e->operands[i], names[i]);
	return err;
}

static void explain_close(struct explain *e)
{
	archive_done(&e->archive);
	for (int i = 0; i < 2; i++)
		if (e->operands[i].name)
			operand_done(&e->operands[i]);
	nd_fingerprinter_free(e->fingerprinter);
	nd_rules_free(e->rules);
}

static int explain_files(struct explain *e)
{
	int err = operand_read(&e->operands[0], e->fingerprinter);

	if (!err)
		err = operand_read(&e->operands[1], e->fingerprinter);
	return err ? err : nd_explain(e->fingerprinter, &e->operands[0].article, &e->operands[1].article,
				      &e->explanation);
}

/* --- two articles of an archive --- */

static struct nd_str text_of(const struct operand *o)
{
	return (struct nd_str){ o->text.len ? (const char *)o->text.at : "", o->text.len };
}

static int explain_ids(struct explain *e, const struct explain_options *o)
{
	struct operand *a = &e->operands[0], *b = &e->operands[1];
	int err = archive_read(&e->archive, o->in.at, o->in.n, o->tmp, e->rules, e->fingerprinter, e->operands);

	if (err)
		return err;
	for (int i = 0; i < 2; i++)
		if (e->operands[i].seq == ND_NONE) {
			fprintf(stderr, "newsdup: no article has the id '%.1024s'\n", e->operands[i].name);
			e->unknown_id = true;
		}
	if (e->unknown_id)
		return -ENOENT;
	err = nd_index_explain(e->archive.index, e->fingerprinter, a->seq, b->seq, text_of(a), text_of(b),
			       &e->explanation);
	if (!err)
		e->arrival = explained_arrival(e->archive.index, a->seq, b->seq);
	return err;
}

/* --- telling --- */

static int print_json(const struct explain *e)
{
	struct printer p;
	int err;

	printer_init(&p);
	explained_json(&p.out, &e->explanation, &e->arrival, text_of(&e->operands[0]));
	err = printer_line(&p);
	if (!err)
		err = printer_flush(&p);
	printer_done(&p);
	return err ? printer_fail(err) : EXIT_DONE;
}

/* What the error of a run means to the caller; those of reading have been told. */
static int fail(const struct explain *e, int err)
{
	if (e->unknown_id)
		return EXIT_USAGE;
	if (err != -EBADMSG)
		fprintf(stderr, "newsdup: cannot explain: %s\n", strerror(-err));
	return EXIT_IO;
}

static int print_text(const struct explain *e)
{
	struct nd_str *words = explained_words(&e->explanation, text_of(&e->operands[0]));

	if (!words)
		return fail(e, -ENOMEM);
	explained_print(stdout, &e->explanation, &e->arrival, words);
	free(words);
	return fflush(stdout) || ferror(stdout) ? printer_fail(-errno) : EXIT_DONE;
}

static int run(const struct explain_options *o, char **names)
{
	struct explain e = { 0 };
	int ret = data_open(o->data, &e.rules), err;

	if (ret)
		return ret;
	err = explain_open(&e, names);
	if (!err)
		err = o->in.n ? explain_ids(&e, o) : explain_files(&e);
	if (err)
		ret = fail(&e, err);
	else
		ret = o->talk.json ? print_json(&e) : print_text(&e);
	explain_close(&e);
	return ret;
}

/* --- two articles of the daemon --- */

static int tell_reply(const struct nd_client_reply *r, bool json)
{
	struct explained e = { 0 };
	struct walk *w = NULL;
	struct buf line;
	int err;

	if (json)
		return fwrite(r->at, 1, r->len, stdout) == r->len && putchar('\n') != EOF ? EXIT_DONE : printer_fail(-errno);
	err = padded_init(&line, r);
	if (!err)
		err = walk_new(REPLY_MAX, 32, &w);
	if (!err)
		err = explained_read(w, (const char *)line.at, r->len, &e);
	if (err)
		fprintf(stderr, "newsdup: the reply cannot be read\n");
	else
		explained_print(stdout, &e.x, &e.archive, e.words);
	explained_done(&e);
	walk_free(w);
	buf_done(&line);
	return err ? EXIT_IO : EXIT_DONE;
}

static int run_source(const struct explain_options *o, char **ids)
{
	const struct source_request q = { .op = "explain", .a = ids[0], .b = ids[1] };
	struct nd_client_reply r;
	struct source *s;
	int code = source_open(&o->talk, &s);

	if (code)
		return code;
	code = source_ask(s, &q, &r);
	if (!code)
		code = tell_reply(&r, o->talk.json);
	else if (code == EXIT_NONE_SEEN)
		code = EXIT_USAGE; /* as an unknown id of --in */
	source_close(s);
	return code;
}

static bool is_file(const char *name)
{
	return !strcmp(name, "-") || access(name, F_OK) == 0;
}

/* Two words are ids of a store, or of the daemon when its socket is given or no file is called like either. */
static bool means_source(const struct explain_options *o, char **names)
{
	return !o->in.n && (o->talk.socket || o->talk.store || (!is_file(names[0]) && !is_file(names[1])));
}

/* What is wrong with the operands; NULL: nothing. */
static const char *complaint(const struct explain_options *o, int argc, char **argv)
{
	bool ids = o->in.n || o->talk.socket || o->talk.store, same = argc == 3 && !strcmp(argv[1], argv[2]);

	if (o->in.n && (o->talk.socket || o->talk.store))
		return o->talk.store ? "--in and --store exclude each other" : "--in and --socket exclude each other";
	if (talk_complaint(&o->talk))
		return talk_complaint(&o->talk);
	if (argc != 3)
		return ids ? "two ids are wanted, A and B" : "two files are wanted, A and B";
	if (same && (ids || means_source(o, argv + 1)))
		return "A and B are the same id";
	return same && !strcmp(argv[1], "-") ? "standard input can be read but once" : NULL;
}

int cmd_explain(int argc, char **argv)
{
	struct explain_options o = { .talk = TALK_DEFAULTS, .in.at = calloc((size_t)argc + 1, sizeof(char *)) };
	const struct option_row rows[] = {
		{ "in", OPTION_LIST, "FILE", "A and B are ids in this archive (may be given again)", 0, 0, &o.in },
		{ "json", OPTION_FLAG, NULL, "print one line of JSON, with all passages", 0, 0, &o.talk.json },
		TALK_ROWS(o.talk),
		TALK_STORE_ROW(o.talk),
		{ "tmp", OPTION_TEXT, "DIR", "with --in, put the working file here (default: /var/tmp)", 0, 0, &o.tmp },
		DATA_ROW(o.data),
		{ 0 },
	};
	const struct usage usage = {
		"newsdup explain [OPTION]... A B",
		"Tells what article B is to article A and why: the first articles of two files, or two ids: of --in, of a "
		"store,\nor of the daemon, with --socket or when no file is called like either.",
		rows,
	};
	const char *what;
	int ret = EXIT_USAGE;

	if (!o.in.at)
		return fail(&(struct explain){ 0 }, -ENOMEM);
	if (options_begin(&usage, &argc, argv, &ret)) {
		what = complaint(&o, argc, argv);
		if (what)
			options_complain(&usage, what);
		else
			ret = means_source(&o, argv + 1) ? run_source(&o, argv + 1) : run(&o, argv + 1);
	}
	free(o.in.at);
	return ret;
}
