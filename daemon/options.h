/*
 * Command-line options from a table: one row an option, which also makes its line of --help.
 */
#ifndef ND_DAEMON_OPTIONS_H
#define ND_DAEMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_type {
	OPTION_FLAG,  /* bool */
	OPTION_TEXT,  /* const char *, borrowed from argv */
	OPTION_COUNT, /* uint64_t between min and max */
	OPTION_LIST,  /* struct option_list: may be given more than once */
};

/* Borrowed from argv; the caller gives room for argc of them. */
struct option_list {
	const char **at;
	unsigned n;
};

struct option_row {
	const char *name; /* without the dashes */
	enum option_type type;
	const char *value; /* what --help calls the value */
	const char *help;
	uint64_t min, max;
	void *to; /* what the type says; it holds the default */
};

struct usage {
	const char *line; /* "newsdup bulk [OPTION]... FILE..." */
	const char *about;
	const struct option_row *options; /* ends with a row without a name */
};

enum options_result { OPTIONS_OK, OPTIONS_HELP, OPTIONS_BAD };

/*
 * Reads argv[1...]; options and operands may be mixed, `--` ends the options, `-` is an operand. On
 * OPTIONS_OK the operands stand in argv[1...*argc - 1]. OPTIONS_HELP: help was printed on stdout;
 * OPTIONS_BAD: an error and how to get help, on stderr.
 */
enum options_result options_read(const struct usage *u, int *argc, char **argv);

/* The same for a command; false: it is over, with the exit code in *code. */
bool options_begin(const struct usage *u, int *argc, char **argv, int *code);

/* Says what is wrong with the operands, and how to get help; returns OPTIONS_BAD. */
enum options_result options_complain(const struct usage *u, const char *what);

#endif
