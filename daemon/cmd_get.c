/*
 * newsdup get, story, stats, health: what the daemon knows.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/command.h"
#include "daemon/source.h"
#include "daemon/told.h"

/* A command that asks for each of its operands, or once without any. */
struct asking {
	const char *line, *about;
	const char *op;
	bool keys;  /* it wants operands */
	bool store; /* it may ask one */
	int (*judge)(const struct nd_client_reply *r); /* an exit code; NULL: done */
};

static int show(const struct nd_client_reply *r, bool json, bool first)
{
	if (json)
		return fwrite(r->at, 1, r->len, stdout) == r->len && putchar('\n') != EOF ? 0 : EXIT_IO;
	if (!first)
		putchar('\n');
	if (told_fields(stdout, r)) {
		fprintf(stderr, "newsdup: the reply cannot be read\n");
		return EXIT_NO_DAEMON;
	}
	return 0;
}

static int ask_one(const struct asking *a, struct source *s, const char *key, bool json, bool first)
{
	const struct source_request q = { .op = a->op, .key = a->keys ? key : NULL };
	struct nd_client_reply r;
	int code = source_ask(s, &q, &r);

	if (!code)
		code = show(&r, json, first);
	return code || !a->judge ? code : a->judge(&r);
}

static int run(const struct asking *a, const struct talk_options *o, char **keys, int n)
{
	struct source *s;
	int code = source_open(o, &s), worst = 0;

	if (code)
		return code;
	for (int i = 0; i < n && worst <= EXIT_NONE_SEEN; i++) {
		code = ask_one(a, s, keys[i], o->json, i == 0);
		worst = code > worst ? code : worst;
	}
	source_close(s);
	return worst;
}

static int command(const struct asking *a, int argc, char **argv)
{
	struct talk_options o = TALK_DEFAULTS;
	const struct option_row rows[] = {
		TALK_ROWS(o),
		{ "json", OPTION_FLAG, NULL, "print the replies as they are, a line each", 0, 0, &o.json },
		a->store ? (struct option_row)TALK_STORE_ROW(o) : (struct option_row){ 0 },
		{ 0 },
	};
	const struct usage usage = { a->line, a->about, rows };
	const char *what;
	int ret;

	if (!options_begin(&usage, &argc, argv, &ret))
		return ret;
	what = a->keys == (argc > 1) ? talk_complaint(&o)
	       : a->keys	     ? "no id to ask for"
				     : "nothing but options is wanted";
	if (what) {
		options_complain(&usage, what);
		return EXIT_USAGE;
	}
	return run(a, &o, argv + 1, a->keys ? argc - 1 : 1);
}

static int judge_health(const struct nd_client_reply *r)
{
	char status[32];

	return nd_client_string(r->at, r->len, "status", status, sizeof(status)) > 0 && !strcmp(status, "ok")
		       ? EXIT_DONE
		       : EXIT_NONE_SEEN;
}

int cmd_get(int argc, char **argv)
{
	const struct asking a = {
		"newsdup get [OPTION]... ID...",
		"Prints what is known of articles by now: verdict, story, matches, earlier versions. Exits with 1 when one "
		"of them\nis not there.",
		"get", true, true, NULL,
	};

	return command(&a, argc, argv);
}

int cmd_story(int argc, char **argv)
{
	const struct asking a = {
		"newsdup story [OPTION]... ID...",
		"Prints the stories that these articles stand in, with all members. Exits with 1 when one of the articles "
		"is not\nthere.",
		"story", true, true, NULL,
	};

	return command(&a, argc, argv);
}

int cmd_stats(int argc, char **argv)
{
	const struct asking a = {
		"newsdup stats [OPTION]...",
		"Prints the daemon's counts: articles, stories, memory, requests, verdicts, commits; of a store, what it holds.",
		"stats", false, true, NULL,
	};

	return command(&a, argc, argv);
}

int cmd_health(int argc, char **argv)
{
	const struct asking a = {
		"newsdup health [OPTION]...",
		"Tells whether the daemon is ready and its store well. Exits with 0 when it is, with 1 when it is not, with "
		"5 when\nthere is none.",
		"health", false, false, judge_health,
	};

	return command(&a, argc, argv);
}
