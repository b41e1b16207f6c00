/*
 * newsdup get, story, stats, health: what the daemon knows.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/command.h"
#include "daemon/talk.h"
#include "daemon/told.h"

/* A command that asks for each of its operands, or once without any. */
struct asking {
	const char *line, *about;
	bool keys;
	int (*ask)(struct nd_client *c, const char *key, struct nd_client_reply *ret);
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

/* An exit code; a refusal is told, and is EXIT_NONE_SEEN when it says that there is nothing. */
static int ask_one(const struct asking *a, struct nd_client *c, const char *key, bool json, bool first)
{
	struct nd_client_reply r;
	int err = a->ask(c, key, &r), code;
	char what[32];

	if (err)
		return talk_fail(c, err);
	if (!nd_client_ok(&r)) {
		talk_refusal(a->keys ? key : NULL, &r);
		nd_client_code(&r, what, sizeof(what));
		return !strcmp(what, "not_found") ? EXIT_NONE_SEEN : EXIT_IO;
	}
	code = show(&r, json, first);
	return code || !a->judge ? code : a->judge(&r);
}

static int run(const struct asking *a, const struct talk_options *o, char **keys, int n)
{
	struct nd_client *c;
	int code = talk_open(o, &c), worst = 0;

	if (code)
		return code;
	for (int i = 0; i < n && worst <= EXIT_NONE_SEEN; i++) {
		code = ask_one(a, c, keys[i], o->json, i == 0);
		worst = code > worst ? code : worst;
	}
	nd_client_free(c);
	return worst;
}

static int command(const struct asking *a, int argc, char **argv)
{
	struct talk_options o = TALK_DEFAULTS;
	const struct option_row rows[] = {
		TALK_ROWS(o),
		{ "json", OPTION_FLAG, NULL, "print the daemon's replies as they are, a line each", 0, 0, &o.json },
		{ 0 },
	};
	const struct usage usage = { a->line, a->about, rows };
	int ret;

	if (!options_begin(&usage, &argc, argv, &ret))
		return ret;
	if (a->keys != (argc > 1)) {
		options_complain(&usage, a->keys ? "no id to ask for" : "nothing but options is wanted");
		return EXIT_USAGE;
	}
	return run(a, &o, argv + 1, a->keys ? argc - 1 : 1);
}

static int ask_stats(struct nd_client *c, const char *key, struct nd_client_reply *ret)
{
	(void)key;
	return nd_client_ask(c, "stats", ret);
}

static int ask_health(struct nd_client *c, const char *key, struct nd_client_reply *ret)
{
	(void)key;
	return nd_client_ask(c, "health", ret);
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
		"Prints what the daemon knows of articles by now: verdict, story, matches, earlier versions. Exits with 1 "
		"when it\ndoes not have one of them.",
		true, nd_client_get, NULL,
	};

	return command(&a, argc, argv);
}

int cmd_story(int argc, char **argv)
{
	const struct asking a = {
		"newsdup story [OPTION]... ID...",
		"Prints the stories that these articles stand in, with all members. Exits with 1 when the daemon does not "
		"have\none of the articles.",
		true, nd_client_story, NULL,
	};

	return command(&a, argc, argv);
}

int cmd_stats(int argc, char **argv)
{
	const struct asking a = {
		"newsdup stats [OPTION]...",
		"Prints the daemon's counts: articles, stories, memory, requests, verdicts, commits.",
		false, ask_stats, NULL,
	};

	return command(&a, argc, argv);
}

int cmd_health(int argc, char **argv)
{
	const struct asking a = {
		"newsdup health [OPTION]...",
		"Tells whether the daemon is ready and its store well. Exits with 0 when it is, with 1 when it is not, with "
		"5 when\nthere is none.",
		false, ask_health, judge_health,
	};

	return command(&a, argc, argv);
}
