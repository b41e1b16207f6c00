/*
 * newsdup watch: what happens in the daemon, as it happens.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "daemon/command.h"
#include "daemon/talk.h"
#include "daemon/told.h"

#define NAMES_MAX 4096u /* bytes of JSON */

struct watch_options {
	struct talk_options talk;
	struct option_list events;
	uint64_t count;
};

static int show(const struct nd_client_reply *event, bool json)
{
	char name[32];
	long n = nd_client_string(event->at, event->len, "event", name, sizeof(name));

	if (json) {
		fwrite(event->at, 1, event->len, stdout);
		putchar('\n');
	} else {
		told_event(stdout, event);
	}
	if (n > 0 && !strcmp(name, "overrun"))
		fprintf(stderr, "newsdup: events were missed: they came faster than they were read\n");
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	fprintf(stderr, "newsdup: cannot write to standard output\n");
	return EXIT_IO;
}

/* Prints events until the connection is lost: 0 then; or until there were enough, *left 0. Else an exit code. */
static int print_events(const struct watch_options *o, struct nd_client *c, uint64_t *left)
{
	struct nd_client_reply event;
	int err = 0, code = 0;

	while (!code && *left && !(err = nd_client_event(c, -1, &event))) {
		code = show(&event, o->talk.json);
		*left -= *left != UINT64_MAX;
	}
	return err && err != -ECONNRESET ? talk_fail(c, err) : code;
}

static int subscribe(struct nd_client *c, const char *names)
{
	struct nd_client_reply r;
	int err = nd_client_subscribe(c, names, &r);

	if (err)
		return talk_fail(c, err);
	if (nd_client_ok(&r))
		return 0;
	talk_refusal(NULL, &r);
	return EXIT_IO;
}

static int run(const struct watch_options *o, const char *names)
{
	uint64_t left = o->count ? o->count : UINT64_MAX;
	struct nd_client *c;
	int code = talk_open(&o->talk, &c);

	if (code)
		return code;
	code = subscribe(c, names);
	while (!code && left) {
		code = print_events(o, c, &left);
		if (code || !left)
			break;
		code = subscribe(c, names); /* with the client's patience */
		if (!code)
			fprintf(stderr, "newsdup: the connection was lost and made again: events may be missing\n");
	}
	nd_client_free(c);
	return code;
}

/* The names as a JSON array, ended by NUL. -EINVAL for what no event is called. */
static int add_names(struct buf *b, const struct option_list *events)
{
	int err = buf_add(b, "[", 1);

	for (unsigned i = 0; i < events->n && !err; i++) {
		const char *name = events->at[i];

		if (strspn(name, "abcdefghijklmnopqrstuvwxyz_") != strlen(name))
			return -EINVAL;
		err = buf_addf(b, "%s\"%s\"", i ? "," : "", name);
	}
	return err ? err : buf_add(b, "]", 2);
}

static int start(const struct watch_options *o, const struct usage *usage)
{
	struct buf names;
	int code = EXIT_USAGE;

	buf_init(&names, NAMES_MAX);
	if (add_names(&names, &o->events))
		options_complain(usage, "--event wants the name of an event");
	else
		code = run(o, o->events.n ? (const char *)names.at : NULL);
	buf_done(&names);
	return code;
}

int cmd_watch(int argc, char **argv)
{
	struct watch_options o = { .talk = TALK_DEFAULTS, .events.at = calloc((size_t)argc + 1, sizeof(char *)) };
	const struct option_row rows[] = {
		TALK_ROWS(o.talk),
		{ "json", OPTION_FLAG, NULL, "print the events as they come, a line of JSON each", 0, 0, &o.talk.json },
		{ "event", OPTION_LIST, "NAME", "only these: new copy origin_changed moved changed growth memory_full (may be given again)", 0,
		  0, &o.events },
		{ "count", OPTION_COUNT, "N", "stop after so many (default: never)", 1, UINT64_MAX, &o.count },
		{ 0 },
	};
	const struct usage usage = {
		"newsdup watch [OPTION]...",
		"Prints what happens in the daemon, a line an event, until it is stopped.",
		rows,
	};
	int ret = EXIT_USAGE;

	if (!o.events.at)
		return EXIT_IO;
	if (options_begin(&usage, &argc, argv, &ret)) {
		if (argc > 1)
			options_complain(&usage, "nothing but options is wanted");
		else
			ret = start(&o, &usage);
	}
	free(o.events.at);
	return ret;
}
