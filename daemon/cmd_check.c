/*
 * newsdup check and newsdup put: what of these articles has been seen before?
 */
#include "daemon/command.h"
#include "daemon/feed.h"

/* A command of articles; *ret_seen as in feed_run. */
static int run(const char *line, const char *about, feed_send *send, int argc, char **argv, uint64_t *ret_seen)
{
	struct feed_options o = { .talk = TALK_DEFAULTS, .window = 64 };
	const struct option_row rows[] = {
		TALK_ROWS(o.talk),
		{ "json", OPTION_FLAG, NULL, "print the daemon's replies as they are, a line each", 0, 0, &o.talk.json },
		{ "quiet", OPTION_FLAG, NULL, "print nothing but what is wrong", 0, 0, &o.quiet },
		{ "window", OPTION_COUNT, "N", "requests under way at once; 1 keeps the order even when the daemon is busy "
		  "(default: 64)", 1, FEED_WINDOW_MAX, &o.window },
		{ "strict", OPTION_FLAG, NULL, "exit with 4 when something was rejected", 0, 0, &o.strict },
		{ 0 },
	};
	const struct usage usage = { line, about, rows };
	int ret;

	if (!options_begin(&usage, &argc, argv, &ret))
		return ret;
	if (argc < 2) {
		options_complain(&usage, "no file to read");
		return EXIT_USAGE;
	}
	*ret_seen = 0;
	return feed_run(&o, send, argv + 1, (unsigned)argc - 1, ret_seen);
}

int cmd_check(int argc, char **argv)
{
	uint64_t seen = 1; /* help is no check */
	int code = run("newsdup check [OPTION]... FILE...",
		       "Asks the daemon what of the articles of FILE has been seen before, and adds none. FILE is JSON "
		       "lines,\nplain, gzip or zstd; `-` is standard input. Exits with 0 when something was seen, with 1 "
		       "when all is new.",
		       nd_client_send_check, argc, argv, &seen);

	return code == EXIT_DONE && !seen ? EXIT_NONE_SEEN : code;
}

int cmd_put(int argc, char **argv)
{
	uint64_t seen;

	return run("newsdup put [OPTION]... FILE...",
		   "Gives the articles of FILE to the daemon, which remembers them, and prints what of each was seen "
		   "before.\nFILE is JSON lines, plain, gzip or zstd; `-` is standard input.",
		   nd_client_send_put, argc, argv, &seen);
}
