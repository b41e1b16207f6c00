/*
 * newsdup outlets: who copies whom.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/command.h"
#include "daemon/pages.h"
#include "daemon/rows.h"
#include "wire/walk.h"

#define NAME_MAX_BYTES (ND_ID_MAX + 1)
#define WORDS_MAX 256
#define PAIRS_SHOWN 100u /* without --outlet, --all */

/* A pair, until all are known and can be put in order. */
struct pair {
	size_t from, to; /* names */
	uint64_t copies;
	double delay_median, delay_p90, containment; /* below 0: unknown */
};

struct outlets_options {
	struct talk_options talk;
	const char *outlet;
	bool all;
	struct grid outlets;
	struct rows pairs;
};

static double number_of(struct nd_str json, const char *name)
{
	char text[64];

	return nd_client_string(json.at, json.len, name, text, sizeof(text)) < 0 ? -1 : strtod(text, NULL);
}

/* --- what comes --- */

static int keep_name(struct rows *pairs, struct nd_str json, const char *name, size_t *ret)
{
	char text[NAME_MAX_BYTES] = "";

	nd_client_string(json.at, json.len, name, text, sizeof(text));
	return rows_add_word(pairs, text, ret);
}

static int keep_pair(struct rows *pairs, struct nd_str json)
{
	struct pair p = {
		.copies = (uint64_t)number_of(json, "copies"),
		.delay_median = number_of(json, "delay_median_s"),
		.delay_p90 = number_of(json, "delay_p90_s"),
		.containment = number_of(json, "containment_median"),
	};
	int err = keep_name(pairs, json, "from", &p.from);

	if (!err)
		err = keep_name(pairs, json, "to", &p.to);
	return err ? err : rows_add(pairs, &p);
}

/* What an item's visitors share. */
struct item {
	struct outlets_options *o;
	char outlet[NAME_MAX_BYTES];
	char agencies[WORDS_MAX];
};

/* Each pair stands with both of its outlets, unless only one is asked for. */
static int take_pair(void *user, struct nd_str key, struct walk_value *v)
{
	struct item *item = user;
	char from[NAME_MAX_BYTES] = "";
	struct nd_str json;
	int err = walk_raw(v, &json);

	(void)key;
	if (err)
		return err;
	nd_client_string(json.at, json.len, "from", from, sizeof(from));
	return item->o->outlet || !strcmp(from, item->outlet) ? keep_pair(&item->o->pairs, json) : 0;
}

static int take_agency(void *user, struct nd_str key, struct walk_value *v)
{
	struct item *item = user;
	size_t len = strlen(item->agencies);
	struct nd_str json;
	char name[64] = "";
	int err = walk_raw(v, &json);

	(void)key;
	if (err)
		return err;
	nd_client_string(json.at, json.len, "agency", name, sizeof(name));
	snprintf(item->agencies + len, sizeof(item->agencies) - len, "%s%s %.0f", len ? ", " : "", name,
		 number_of(json, "articles"));
	return 0;
}

static int take_field(void *user, struct nd_str key, struct walk_value *v)
{
	if (v->kind == WALK_ARRAY && key.len == 5 && !memcmp(key.at, "pairs", 5))
		return walk_each(v, take_pair, user);
	if (v->kind == WALK_ARRAY && key.len == 8 && !memcmp(key.at, "agencies", 8))
		return walk_each(v, take_agency, user);
	return 0;
}

static void add_part(struct grid *g, double part, double all)
{
	grid_addf(g, "%.0f", part);
	grid_addf(g, "%.1f %%", all > 0 ? 100 * part / all : 0);
}

/* pages_visit */
static int take_outlet(void *user, struct nd_str json)
{
	struct outlets_options *o = user;
	struct item item = { .o = o };
	double articles = number_of(json, "articles");
	int err;

	nd_client_string(json.at, json.len, "outlet", item.outlet, sizeof(item.outlet));
	err = pages_fields(json, take_field, &item);
	if (err)
		return EXIT_NO_DAEMON;
	grid_add_text(&o->outlets, item.outlet);
	grid_addf(&o->outlets, "%.0f", articles);
	add_part(&o->outlets, number_of(json, "original"), articles);
	add_part(&o->outlets, number_of(json, "copied"), articles);
	add_part(&o->outlets, number_of(json, "repeated"), articles);
	grid_add_text(&o->outlets, item.agencies);
	return 0;
}

/* --- what is printed --- */

static bool pair_before(const void *arg, uint32_t a, uint32_t b)
{
	const struct rows *r = arg;
	const struct pair *x = rows_at(r, a), *y = rows_at(r, b);
	int from = strcmp(rows_word(r, x->from), rows_word(r, y->from));

	if (x->copies != y->copies)
		return x->copies > y->copies;
	return from ? from < 0 : strcmp(rows_word(r, x->to), rows_word(r, y->to)) < 0;
}

/* The two largest units that say something. */
static void add_delay(struct grid *g, double seconds)
{
	unsigned long long s = (unsigned long long)seconds;

	if (seconds < 0)
		grid_add_text(g, "-");
	else if (s < 60)
		grid_addf(g, "%llu s", s);
	else if (s < 3600)
		grid_addf(g, "%llu min", s / 60);
	else if (s < 86400)
		grid_addf(g, "%llu h %02llu min", s / 3600, s / 60 % 60);
	else
		grid_addf(g, "%llu d %02llu h", s / 86400, s / 3600 % 24);
}

static void add_pair(struct grid *g, const struct rows *r, const void *row)
{
	const struct pair *p = row;

	grid_add_text(g, rows_word(r, p->from));
	grid_add_text(g, rows_word(r, p->to));
	grid_addf(g, "%" PRIu64, p->copies);
	add_delay(g, p->delay_median);
	add_delay(g, p->delay_p90);
	if (p->containment < 0)
		grid_add_text(g, "-");
	else
		grid_addf(g, "%.1f %%", 100 * p->containment);
}

static int print_pairs(const struct outlets_options *o)
{
	static const char *const heads[] = { "from", "to", "copies", "median delay", "90 % within", "of the text" };
	const struct rows_table table = { "llrrrr", heads, pair_before, add_pair };
	size_t n = rows_count(&o->pairs), shown = o->outlet || o->all || n < PAIRS_SHOWN ? n : PAIRS_SHOWN;
	int err;

	putchar('\n');
	err = rows_print(&o->pairs, &table, shown);
	if (!err && shown < n)
		printf("and %zu more pairs: --all prints them\n", n - shown);
	return err;
}

static int print_tables(const struct outlets_options *o)
{
	int err = o->outlets.err;

	if (o->talk.json)
		return 0;
	grid_print(&o->outlets, stdout);
	if (!err && rows_count(&o->pairs))
		err = print_pairs(o);
	if (err)
		fprintf(stderr, "newsdup: %s\n", strerror(-err));
	return err ? EXIT_IO : 0;
}

static void add_heads(struct grid *g)
{
	static const char *const heads[] = { "outlet", "articles", "original", "", "copied", "", "repeated", "", "agencies" };

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		grid_add_text(g, heads[i]);
}

static int run(struct outlets_options *o)
{
	const struct source_request q = { .op = "outlets", .outlet = o->outlet };
	struct source *s;
	int code = source_open(&o->talk, &s);

	if (code)
		return code;
	rows_init(&o->pairs, sizeof(struct pair));
	grid_init(&o->outlets, "lrrrrrrrl");
	add_heads(&o->outlets);
	code = pages_each(s, q, o->talk.json ? pages_print : take_outlet, o);
	if (!code)
		code = print_tables(o);
	grid_done(&o->outlets);
	rows_done(&o->pairs);
	source_close(s);
	return code;
}

int cmd_outlets(int argc, char **argv)
{
	struct outlets_options o = { .talk = TALK_DEFAULTS };
	const struct option_row rows[] = {
		TALK_ROWS(o.talk),
		TALK_STORE_ROW(o.talk),
		{ "json", OPTION_FLAG, NULL, "print a line of JSON for each outlet, with its pairs", 0, 0, &o.talk.json },
		{ "outlet", OPTION_TEXT, "NAME", "only this one, and whom it copies or is copied by", 0, 0, &o.outlet },
		{ "all", OPTION_FLAG, NULL, "print all pairs, not only the 100 with most copies", 0, 0, &o.all },
		{ 0 },
	};
	const struct usage usage = {
		"newsdup outlets [OPTION]...",
		"Prints who copies whom: how many articles of each outlet are its own, copied from others, or repeated from "
		"itself;\nthen for pairs of outlets how many articles the second has copied from the first, after what time, "
		"and how much\nof the copy stands in the original. The first is the outlet that published the story first.",
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
