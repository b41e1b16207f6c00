/*
 * newsdup delete, deny, allow: what the daemon has is corrected.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/command.h"
#include "daemon/talk.h"
#include "daemon/told.h"
#include "wire/out.h"

#define REQUEST_MAX ((size_t)1 << 16)

struct delete_options {
	struct talk_options talk;
	const char *outlet, *published_from, *published_before, *received_from, *received_before;
};

static void put_word(struct out *o, const char *key, const char *word)
{
	if (!word)
		return;
	out_key(o, key);
	out_string(o, (struct nd_str){ word, strlen(word) });
}

/* Sends what is whole in b, and tells the reply. Returns an exit code. */
static int ask(struct nd_client *c, const struct buf *b, const char *key, bool json)
{
	struct nd_client_reply r;
	char code[32];
	int err = nd_client_call(c, (const char *)b->at, b->len, &r);

	if (err)
		return talk_fail(c, err);
	if (!nd_client_ok(&r)) {
		talk_refusal(key, &r);
		nd_client_code(&r, code, sizeof(code));
		return !strcmp(code, "not_found") ? EXIT_NONE_SEEN : EXIT_IO;
	}
	if (json)
		return fwrite(r.at, 1, r.len, stdout) == r.len && putchar('\n') != EOF ? EXIT_DONE : EXIT_IO;
	return told_fields(stdout, &r) ? EXIT_NO_DAEMON : EXIT_DONE;
}

/* --- delete --- */

static int delete_one(struct nd_client *c, const struct delete_options *d, const char *key)
{
	struct buf b;
	struct out o;
	int code;

	buf_init(&b, REQUEST_MAX);
	out_init(&o, &b);
	out_begin_object(&o);
	put_word(&o, "op", "delete");
	put_word(&o, "key", key);
	put_word(&o, "outlet", d->outlet);
	put_word(&o, "published_from", d->published_from);
	put_word(&o, "published_before", d->published_before);
	put_word(&o, "received_from", d->received_from);
	put_word(&o, "received_before", d->received_before);
	out_end_object(&o);
	code = o.err ? EXIT_USAGE : ask(c, &b, key, d->talk.json);
	buf_done(&b);
	return code;
}

static int delete_all(const struct delete_options *d, char **keys, int n)
{
	struct nd_client *c;
	int code = talk_open(&d->talk, &c), worst = 0;

	if (code)
		return code;
	if (!n)
		worst = delete_one(c, d, NULL);
	for (int i = 0; i < n && worst <= EXIT_NONE_SEEN; i++) {
		code = delete_one(c, d, keys[i]);
		worst = code > worst ? code : worst;
	}
	nd_client_free(c);
	return worst;
}

int cmd_delete(int argc, char **argv)
{
	struct delete_options d = { .talk = TALK_DEFAULTS };
	const struct option_row rows[] = {
		TALK_ROWS(d.talk),
		{ "json", OPTION_FLAG, NULL, "print the daemon's replies as they are, a line each", 0, 0, &d.talk.json },
		{ "outlet", OPTION_TEXT, "NAME", "those of this outlet", 0, 0, &d.outlet },
		{ "published-from", OPTION_TEXT, "TIME", "those published then or later", 0, 0, &d.published_from },
		{ "published-before", OPTION_TEXT, "TIME", "those published earlier", 0, 0, &d.published_before },
		{ "received-from", OPTION_TEXT, "TIME", "those that came then or later", 0, 0, &d.received_from },
		{ "received-before", OPTION_TEXT, "TIME", "those that came earlier", 0, 0, &d.received_before },
		{ 0 },
	};
	const struct usage usage = {
		"newsdup delete [OPTION]... [ID]...",
		"Takes articles out of the daemon's store for good, with all their versions: those with these ids, or all that "
		"the\noptions name together. A TIME is a date, or like 2026-03-03T13:40:00Z. Exits with 1 when one of the ids is "
		"not there.",
		rows,
	};
	int ret;

	if (!options_begin(&usage, &argc, argv, &ret))
		return ret;
	if (argc == 1 && !d.outlet && !d.published_from && !d.published_before && !d.received_from && !d.received_before) {
		options_complain(&usage, "nothing says which articles are meant");
		return EXIT_USAGE;
	}
	return delete_all(&d, argv + 1, argc - 1);
}

/* --- deny, allow --- */

static int rule(const struct talk_options *talk, const char *op, char **ids)
{
	struct nd_client *c;
	struct buf b;
	struct out o;
	int code = talk_open(talk, &c);

	if (code)
		return code;
	buf_init(&b, REQUEST_MAX);
	out_init(&o, &b);
	out_begin_object(&o);
	put_word(&o, "op", op);
	put_word(&o, "a", ids[0]);
	put_word(&o, "b", ids[1]);
	out_end_object(&o);
	code = o.err ? EXIT_USAGE : ask(c, &b, NULL, talk->json);
	buf_done(&b);
	nd_client_free(c);
	return code;
}

static int ruling(const char *op, const char *line, const char *about, int argc, char **argv)
{
	struct talk_options talk = TALK_DEFAULTS;
	const struct option_row rows[] = {
		TALK_ROWS(talk),
		{ "json", OPTION_FLAG, NULL, "print the daemon's reply as it is", 0, 0, &talk.json },
		{ 0 },
	};
	const struct usage usage = { line, about, rows };
	int ret;

	if (!options_begin(&usage, &argc, argv, &ret))
		return ret;
	if (argc != 3) {
		options_complain(&usage, "two ids are wanted");
		return EXIT_USAGE;
	}
	return rule(&talk, op, argv + 1);
}

int cmd_deny(int argc, char **argv)
{
	return ruling("deny", "newsdup deny [OPTION]... A B",
		      "Two articles of the daemon, by their ids, are never one story, now and in all versions to come. Exits with 1 "
		      "when\none of them is not there.",
		      argc, argv);
}

int cmd_allow(int argc, char **argv)
{
	return ruling("allow", "newsdup allow [OPTION]... A B",
		      "Two articles of the daemon, by their ids, are one story, whatever they say; their stories become one. Exits "
		      "with\n1 when one of them is not there.",
		      argc, argv);
}
