/*
 * newsdup furniture: what pages print around their articles.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/command.h"
#include "daemon/grid.h"
#include "daemon/order.h"
#include "daemon/pages.h"
#include "daemon/talk.h"

#define WORD_MAX 512

/* A paragraph, until all are known and can be put in order. */
struct line {
	uint64_t stories, outlets;
	size_t where, text; /* words */
};

struct furniture_options {
	struct talk_options talk;
	const char *outlet;
	struct buf words; /* each with a NUL */
	struct line *lines;
	size_t n, cap;
};

static int keep_word(struct furniture_options *o, const char *word, size_t *ret)
{
	*ret = o->words.len;
	return buf_add(&o->words, word, strlen(word) + 1);
}

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

static int keep_where(struct furniture_options *o, struct nd_str json, size_t *ret)
{
	char scope[WORD_MAX], word[WORD_MAX];

	read_word(json, "scope", scope);
	read_word(json, !strcmp(scope, "host") ? "host" : "outlet", word);
	return keep_word(o, strcmp(scope, "all") ? word : "everywhere", ret);
}

/* How it begins; when that is not known any more, the article that has it. */
static int keep_text(struct furniture_options *o, struct nd_str json, size_t *ret)
{
	char word[WORD_MAX], article[WORD_MAX];

	read_word(json, "text", word);
	if (!word[0]) {
		read_word(json, "article", article);
		snprintf(word, sizeof(word), "(line %llu of %.400s)", (unsigned long long)read_count(json, "line"), article);
	}
	return keep_word(o, word, ret);
}

static int keep(struct furniture_options *o, struct nd_str json)
{
	struct line line = { .stories = read_count(json, "stories"), .outlets = read_count(json, "outlets") }, *at;
	int err = keep_where(o, json, &line.where);

	if (!err)
		err = keep_text(o, json, &line.text);
	if (!err && o->n == o->cap) {
		o->cap = o->cap ? 2 * o->cap : 64;
		at = realloc(o->lines, o->cap * sizeof(*at));
		if (!at)
			return -ENOMEM;
		o->lines = at;
	}
	if (!err)
		o->lines[o->n++] = line;
	return err;
}

/* pages_visit */
static int take(void *user, struct nd_str json)
{
	struct furniture_options *o = user;
	int err;

	if (o->talk.json)
		return fwrite(json.at, 1, json.len, stdout) == json.len && putchar('\n') != EOF ? 0 : EXIT_IO;
	err = keep(o, json);
	if (err)
		fprintf(stderr, "newsdup: %s\n", strerror(-err));
	return err ? EXIT_IO : 0;
}

static const char *word_at(const struct furniture_options *o, size_t at)
{
	return (const char *)o->words.at + at;
}

static bool line_before(const void *arg, uint32_t a, uint32_t b)
{
	const struct furniture_options *o = arg;
	const struct line *x = &o->lines[a], *y = &o->lines[b];

	if (x->stories != y->stories)
		return x->stories > y->stories;
	return strcmp(word_at(o, x->text), word_at(o, y->text)) < 0;
}

static void add_word(struct grid *g, const char *word)
{
	grid_add(g, (struct nd_str){ word, strlen(word) });
}

static void add_line(struct grid *g, const struct furniture_options *o, const struct line *line)
{
	grid_addf(g, "%llu", (unsigned long long)line->stories);
	grid_addf(g, "%llu", (unsigned long long)line->outlets);
	add_word(g, word_at(o, line->where));
	add_word(g, word_at(o, line->text));
}

static int print_lines(const struct furniture_options *o)
{
	static const char *const heads[] = { "stories", "outlets", "where", "begins" };
	struct order order;
	struct grid g;
	int err = order_init(&order, o->n);

	if (err)
		return err;
	while (order_step(&order, line_before, o, SIZE_MAX))
		;
	grid_init(&g, "rrll");
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		add_word(&g, heads[i]);
	for (size_t i = 0; i < o->n; i++)
		add_line(&g, o, &o->lines[order.at[i]]);
	grid_print(&g, stdout);
	err = g.err;
	grid_done(&g);
	order_done(&order);
	return err;
}

static int run(struct furniture_options *o)
{
	const struct pages p = { .op = "furniture", .outlet = o->outlet };
	struct nd_client *c;
	int code = talk_open(&o->talk, &c), err = 0;

	if (code)
		return code;
	buf_init(&o->words, (size_t)1 << 31);
	code = pages_each(c, &p, take, o);
	if (!code && !o->talk.json && o->n)
		err = print_lines(o);
	if (err)
		fprintf(stderr, "newsdup: %s\n", strerror(-err));
	buf_done(&o->words);
	free(o->lines);
	nd_client_free(c);
	return err ? EXIT_IO : code;
}

int cmd_furniture(int argc, char **argv)
{
	struct furniture_options o = { .talk = TALK_DEFAULTS };
	const struct option_row rows[] = {
		TALK_ROWS(o.talk),
		{ "json", OPTION_FLAG, NULL, "print a line of JSON for each", 0, 0, &o.talk.json },
		{ "outlet", OPTION_TEXT, "NAME", "only what was seen in this outlet and is furniture there", 0, 0, &o.outlet },
		{ 0 },
	};
	const struct usage usage = {
		"newsdup furniture [OPTION]...",
		"Prints the paragraphs that the daemon takes for furniture, since several stories have them: in how many stories "
		"and\noutlets each stands, where it is left out of every score, and how it begins. Copies of one story count "
		"once.",
		rows,
	};
	int ret;

	if (!options_begin(&usage, &argc, argv, &ret))
		return ret;
	if (argc > 1) {
		options_complain(&usage, "nothing but options is wanted");
		return EXIT_USAGE;
	}
	return run(&o);
}
