#include "daemon/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/command.h"

/* "--name VALUE"; returns how long that is. */
static int left_side(const struct option_row *o, char *ret, size_t size)
{
	return snprintf(ret, size, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
}

static void print_help(const struct usage *u)
{
	char left[60];
	int width = 20;

	for (const struct option_row *o = u->options; o->name; o++)
		width = left_side(o, left, sizeof(left)) > width ? (int)strlen(left) : width;
	printf("usage: %s\n\n%s\n\noptions:\n", u->line, u->about);
	for (const struct option_row *o = u->options; o->name; o++) {
		left_side(o, left, sizeof(left));
		printf("  %-*s %s\n", width, left, o->help);
	}
	printf("  %-*s %s\n", width, "--help", "this text");
}

enum options_result options_complain(const struct usage *u, const char *what)
{
	int program = (int)strcspn(u->line, " ");

	fprintf(stderr, "%.*s: %s\nusage: %s (--help tells more)\n", program, u->line, what, u->line);
	return OPTIONS_BAD;
}

static enum options_result bad(const struct usage *u, const char *format, const char *name, const char *value)
{
	char what[300];

	snprintf(what, sizeof(what), format, name, value);
	return options_complain(u, what);
}

/* The settings of a configuration file have _ where options have -: both are taken. */
static bool same_name(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (a[i] != b[i] && (a[i] != '-' || b[i] != '_'))
			return false;
	return true;
}

static const struct option_row *find(const struct usage *u, const char *name, size_t len)
{
	for (const struct option_row *o = u->options; o->name; o++)
		if (strlen(o->name) == len && same_name(o->name, name, len))
			return o;
	return NULL;
}

static enum options_result read_count(const struct usage *u, const struct option_row *o, const char *value)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(value, &end, 10);
	if (*value < '0' || *value > '9' || *end || errno)
		return bad(u, "--%s wants a whole number, not '%.100s'", o->name, value);
	if (n < o->min || n > o->max) {
		char range[64];

		snprintf(range, sizeof(range), "from %llu to %llu", (unsigned long long)o->min,
			 (unsigned long long)o->max);
		return bad(u, "--%s wants a number %s", o->name, range);
	}
	*(uint64_t *)o->to = n;
	return OPTIONS_OK;
}

static void list_add(struct option_list *list, const char *value)
{
	list->at[list->n++] = value;
}

/* Reads the option at argv[*at], and its value. */
static enum options_result read_option(const struct usage *u, int argc, char **argv, int *at)
{
	const char *name = argv[*at] + 2, *equals = strchr(name, '='), *value;
	const struct option_row *o = find(u, name, equals ? (size_t)(equals - name) : strlen(name));

	if (!o)
		return bad(u, "unknown option '%.100s%s'", argv[*at], "");
	if (o->type == OPTION_FLAG) {
		if (equals)
			return bad(u, "--%s takes no value%s", o->name, "");
		*(bool *)o->to = true;
		return OPTIONS_OK;
	}
	if (!equals && *at + 1 >= argc)
		return bad(u, "--%s wants a value (%s)", o->name, o->value);
	value = equals ? equals + 1 : argv[++*at];
	if (o->type == OPTION_COUNT)
		return read_count(u, o, value);
	if (!*value)
		return bad(u, "--%s wants a value (%s)", o->name, o->value);
	if (o->type == OPTION_LIST)
		list_add(o->to, value);
	else
		*(const char **)o->to = value;
	return OPTIONS_OK;
}

enum options_result options_read(const struct usage *u, int *argc, char **argv)
{
	enum options_result ret = OPTIONS_OK;
	bool operands_only = false;
	int kept = 1;

	for (int i = 1; i < *argc && ret == OPTIONS_OK; i++) {
		if (operands_only || argv[i][0] != '-' || !argv[i][1]) {
			argv[kept++] = argv[i];
		} else if (!strcmp(argv[i], "--")) {
			operands_only = true;
		} else if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			print_help(u);
			return OPTIONS_HELP;
		} else if (argv[i][1] != '-') {
			ret = bad(u, "unknown option '%.100s%s'", argv[i], "");
		} else {
			ret = read_option(u, *argc, argv, &i);
		}
	}
	*argc = kept;
	return ret;
}

bool options_begin(const struct usage *u, int *argc, char **argv, int *code)
{
	enum options_result r = options_read(u, argc, argv);

	if (r != OPTIONS_OK)
		*code = r == OPTIONS_HELP ? EXIT_DONE : EXIT_USAGE;
	return r == OPTIONS_OK;
}
