/*
 * newsdup furniture: what pages print around their articles.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/command.h"
#include "daemon/pages.h"
#include "daemon/rows.h"

#define WORD_MAX 512

/* A paragraph, until all are known and can be put in order. */
struct line {
	uint64_t stories, outlets;
	size_t where, text; /* words */
};

struct furniture_options {
	struct talk_options talk;
	const char *outlet;
};

/* A string of an item; empty when it is null. */
static void read_word(struct nd_str json, const char *name, char ret[WORD_MAX])
{
	ret[0] = '\0';
	if (nd_client_string(json.at, json.len, name, ret, WORD_MAX) < 0)
		ret[0] = '\0';
}

static uint64_t read_count(struct nd_str json, const char *name)
{
	char word[WORD_MAX];

	read_word(json, name, word);
	return strtoull(word, NULL, 10);
}

static int keep_where(struct rows *r, struct nd_str json, size_t *ret)
{
	char scope[WORD_MAX], word[WORD_MAX];

	read_word(json, "scope", scope);
	read_word(json, !strcmp(scope, "host") ? "host" : "outlet", word);
	return rows_add_word(r, strcmp(scope, "all") ? word : "everywhere", ret);
}

/* How it begins; when that is not known any more, the article that has it. */
static int keep_text(struct rows *r, struct nd_str json, size_t *ret)
{
	char word[WORD_MAX], article[WORD_MAX];

	read_word(json, "text", word);
	for (char *at = word; *at; at++)
		if ((unsigned char)*at < ' ')
			*at = ' ';
	if (!word[0]) {
		read_word(json, "article", article);
		snprintf(word, sizeof(word), "(line %llu of %.400s)", (unsigned long long)read_count(json, "line"), article);
	}
	return rows_add_word(r, word, ret);
}

/* pages_visit */
static int keep(void *user, struct nd_str json)
{
	struct rows *r = user;
	struct line line = { .stories = read_count(json, "stories"), .outlets = read_count(json, "outlets") };
	int err = keep_where(r, json, &line.where);

	if (!err)
		err = keep_text(r, json, &line.text);
	if (!err)
		err = rows_add(r, &line);
	if (err)
		fprintf(stderr, "newsdup: %s\n", strerror(-err));
	return err ? EXIT_IO : 0;
}

static bool line_before(const void *arg, uint32_t a, uint32_t b)
{
	const struct rows *r = arg;
	const struct line *x = rows_at(r, a), *y = rows_at(r, b);

	if (x->stories != y->stories)
		return x->stories > y->stories;
	return strcmp(rows_word(r, x->text), rows_word(r, y->text)) < 0;
}

static void add_line(struct grid *g, const struct rows *r, const void *row)
{
	const struct line *line = row;

	grid_addf(g, "%llu", (unsigned long long)line->stories);
	grid_addf(g, "%llu", (unsigned long long)line->outlets);
	grid_add_text(g, rows_word(r, line->where));
	grid_add_text(g, rows_word(r, line->text));
}

static int print_lines(const struct rows *r)
{
	static const char *const heads[] = { "stories", "outlets", "where", "begins" };
	const struct rows_table table = { "rrll", heads, line_before, add_line };
	int err = rows_count(r) ? rows_print(r, &table, SIZE_MAX) : 0;

	if (err)
		fprintf(stderr, "newsdup: %s\n", strerror(-err));
	return err ? EXIT_IO : 0;
}

static int run(const struct furniture_options *o)
{
	const struct source_request q = { .op = "furniture", .outlet = o->outlet };
	struct source *s;
	struct rows lines;
	int code = source_open(&o->talk, &s);

	if (code)
		return code;
	rows_init(&lines, sizeof(struct line));
	code = pages_each(s, q, o->talk.json ? pages_print : keep, &lines);
	if (!code)
		code = print_lines(&lines);
	rows_done(&lines);
	source_close(s);
	return code;
}

int cmd_furniture(int argc, char **argv)
{
	struct furniture_options o = { .talk = TALK_DEFAULTS };
	const struct option_row rows[] = {
		TALK_ROWS(o.talk),
		TALK_STORE_ROW(o.talk),
		{ "json", OPTION_FLAG, NULL, "print a line of JSON for each", 0, 0, &o.talk.json },
		{ "outlet", OPTION_TEXT, "NAME", "only what was seen in this outlet and is furniture there", 0, 0, &o.outlet },
		{ 0 },
	};
	const struct usage usage = {
		"newsdup furniture [OPTION]...",
		"Prints the paragraphs, and the pieces of long lines, that are taken for furniture, since several stories\n"
		"have them: in how many stories and outlets each stands, where it is left out of every score, and how it\n"
		"begins. Copies of one story count once.",
		rows,
	};
	const char *what;
	int ret;

	if (!options_begin(&usage, &argc, argv, &ret))
		return ret;
	what = argc > 1 ? "nothing but options is wanted" : talk_complaint(&o.talk);
	if (what) {
		options_complain(&usage, what);
		return EXIT_USAGE;
	}
	return run(&o);
}
