/*
 * newsdup leads: the articles that begin with the same words.
 */
#include <stdio.h>

#include "daemon/command.h"
#include "daemon/pages.h"
#include "daemon/told.h"

struct leads_options {
	struct talk_options talk;
	const char *outlet;
	unsigned told;
};

/* pages_visit */
static int tell_lead(void *user, struct nd_str item)
{
	struct leads_options *o = user;
	const struct nd_client_reply r = { .at = item.at, .len = item.len };

	if (o->told++)
		putchar('\n');
	return told_lead(stdout, &r) ? EXIT_NO_DAEMON : 0;
}

static int run(struct leads_options *o, char **keys, int n)
{
	struct source_request q = { .op = "leads", .outlet = o->outlet };
	pages_visit *visit = o->talk.json ? pages_print : tell_lead;
	struct source *s;
	int code = source_open(&o->talk, &s), worst = 0;

	if (code)
		return code;
	if (!n)
		worst = pages_each(s, q, visit, o);
	for (int i = 0; i < n && worst <= EXIT_NONE_SEEN; i++) {
		q.key = keys[i];
		code = pages_each(s, q, visit, o);
		worst = code > worst ? code : worst;
	}
	source_close(s);
	return worst;
}

int cmd_leads(int argc, char **argv)
{
	struct leads_options o = { .talk = TALK_DEFAULTS };
	const struct option_row rows[] = {
		TALK_ROWS(o.talk),
		TALK_STORE_ROW(o.talk),
		{ "json", OPTION_FLAG, NULL, "print a line of JSON for each, as in leads.jsonl", 0, 0, &o.talk.json },
		{ "outlet", OPTION_TEXT, "NAME", "only those in which it takes part", 0, 0, &o.outlet },
		{ 0 },
	};
	const struct usage usage = {
		"newsdup leads [OPTION]... [ID]...",
		"Prints the leads that two articles or more have in common, and these articles; with ID, those in which one "
		"of\nthese articles takes part. Exits with 1 when one of them is not there.",
		rows,
	};
	int ret;

	if (!options_begin(&usage, &argc, argv, &ret))
		return ret;
	if (talk_complaint(&o.talk)) {
		options_complain(&usage, talk_complaint(&o.talk));
		return EXIT_USAGE;
	}
	return run(&o, argv + 1, argc - 1);
}
