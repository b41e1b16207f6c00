/*
 * newsdup: the command line.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "daemon/command.h"
#include "daemon/std_fds.h"
#include "newsdup.h"

static const struct command {
	const char *name;
	const char *about;
	command_fn *run;
} commands[] = {
	{ "allow", "rule that two articles are one story", cmd_allow },
	{ "bulk", "find what is repeated in an archive of articles", cmd_bulk },
	{ "check", "ask the daemon what of articles has been seen before", cmd_check },
	{ "check-store", "tell whether a store is whole, and repair one that is not", cmd_check_store },
	{ "config", "tell what the daemon's configuration says, and what is wrong with it", cmd_config },
	{ "delete", "take articles out of the daemon's store", cmd_delete },
	{ "deny", "rule that two articles are never one story", cmd_deny },
	{ "explain", "tell why two articles are what they are to each other", cmd_explain },
	{ "export", "print all that a store keeps", cmd_export },
	{ "fingerprint", "print what is remembered of articles: hashes, keys, paragraphs", cmd_fingerprint },
	{ "get", "print what the daemon knows of articles", cmd_get },
	{ "health", "tell whether the daemon is well", cmd_health },
	{ "import", "make a store of what export has printed", cmd_import },
	{ "leads", "print the leads that articles have in common", cmd_leads },
	{ "furniture", "print what pages print around their articles", cmd_furniture },
	{ "outlets", "print who copies whom, and how fast", cmd_outlets },
	{ "put", "give articles to the daemon", cmd_put },
	{ "reindex", "make a store anew from its texts", cmd_reindex },
	{ "stats", "print the daemon's counts", cmd_stats },
	{ "story", "print the stories of articles", cmd_story },
	{ "watch", "print what happens in the daemon, as it happens", cmd_watch },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_commands(FILE *to)
{
	fputs("usage: newsdup COMMAND [OPTION]...\n\n", to);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(to, "  %-14s %s\n", commands[i].name, commands[i].about);
	fputs("\n`newsdup COMMAND --help` tells the options of a command; `newsdup --version` the version.\n", to);
}

static int run(int argc, char **argv)
{
	if (argc >= 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))) {
		print_commands(stdout);
		return EXIT_DONE;
	}
	if (argc >= 2 && (!strcmp(argv[1], "--version") || !strcmp(argv[1], "version"))) {
		puts("newsdup " ND_VERSION);
		return EXIT_DONE;
	}
	for (size_t i = 0; argc >= 2 && i < N_COMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	if (argc >= 2)
		fprintf(stderr, "newsdup: unknown command '%.100s'\n", argv[1]);
	print_commands(stderr);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	int ret;

	std_fds_hold();
	signal(SIGXFSZ, SIG_IGN); /* a file past `ulimit -f` is an error of write(2), no death */
	ret = run(argc, argv);
	if (ret == EXIT_DONE && (fflush(stdout) || ferror(stdout))) {
		fprintf(stderr, "newsdup: cannot write to standard output\n");
		ret = EXIT_IO;
	}
	return ret;
}
