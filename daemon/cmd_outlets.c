/*
 * newsdup outlets: who copies whom.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/command.h"
#include "daemon/grid.h"
#include "daemon/order.h"
#include "daemon/pages.h"
#include "daemon/talk.h"
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
	struct buf names; /* of the pairs, each with a NUL */
	struct pair *pairs;
	size_t n_pairs, cap_pairs;
};

static double number_of(struct nd_str json, const char *name)
{
	char text[64];

	return nd_client_string(json.at, json.len, name, text, sizeof(text)) < 0 ? -1 : strtod(text, NULL);
}

/* --- what comes --- */

static int keep_name(struct outlets_options *o, struct nd_str json, const char *name, size_t *ret)
{
	char text[NAME_MAX_BYTES] = "";

	nd_client_string(json.at, json.len, name, text, sizeof(text));
	*ret = o->names.len;
	return buf_add(&o->names, text, strlen(text) + 1);
}

static int keep_pair(struct outlets_options *o, struct nd_str json)
{
	size_t cap = o->cap_pairs ? 2 * o->cap_pairs : 64;
	struct pair p, *at;
	int err = keep_name(o, json, "from", &p.from);

	if (!err)
		err = keep_name(o, json, "to", &p.to);
	if (!err && o->n_pairs == o->cap_pairs) {
		at = realloc(o->pairs, cap * sizeof(*at));
		if (!at)
			return -ENOMEM;
		o->pairs = at;
		o->cap_pairs = cap;
	}
	p.copies = (uint64_t)number_of(json, "copies");
	p.delay_median = number_of(json, "delay_median_s");
	p.delay_p90 = number_of(json, "delay_p90_s");
	p.containment = number_of(json, "containment_median");
	if (!err)
		o->pairs[o->n_pairs++] = p;
	return err;
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
	return item->o->outlet || !strcmp(from, item->outlet) ? keep_pair(item->o, json) : 0;
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

static void add_text(struct grid *g, const char *text)
{
	grid_add(g, (struct nd_str){ text, strlen(text) });
}

static void add_part(struct grid *g, double part, double all)
{
	grid_addf(g, "%.0f", part);
	grid_addf(g, "%.1f %%", all > 0 ? 100 * part / all : 0);
}

static int take_outlet(void *user, struct nd_str json)
{
	struct outlets_options *o = user;
	struct item item = { .o = o };
	double articles = number_of(json, "articles");
	int err;

	if (o->talk.json)
		return fwrite(json.at, 1, json.len, stdout) == json.len && putchar('\n') != EOF ? 0 : EXIT_IO;
	nd_client_string(json.at, json.len, "outlet", item.outlet, sizeof(item.outlet));
	err = pages_fields(json, take_field, &item);
	if (err)
		return EXIT_NO_DAEMON;
	add_text(&o->outlets, item.outlet);
	grid_addf(&o->outlets, "%.0f", articles);
	add_part(&o->outlets, number_of(json, "original"), articles);
	add_part(&o->outlets, number_of(json, "copied"), articles);
	add_part(&o->outlets, number_of(json, "repeated"), articles);
	add_text(&o->outlets, item.agencies);
	return 0;
}

/* --- what is printed --- */

static const char *name_of(const struct outlets_options *o, size_t at)
{
	return (const char *)o->names.at + at;
}

static bool pair_before(const void *arg, uint32_t a, uint32_t b)
{
	const struct outlets_options *o = arg;
	const struct pair *x = &o->pairs[a], *y = &o->pairs[b];
	int from = strcmp(name_of(o, x->from), name_of(o, y->from));

	if (x->copies != y->copies)
		return x->copies > y->copies;
	return from ? from < 0 : strcmp(name_of(o, x->to), name_of(o, y->to)) < 0;
}

/* The two largest units that say something. */
static void add_delay(struct grid *g, double seconds)
{
	unsigned long long s = (unsigned long long)seconds;

	if (seconds < 0)
		add_text(g, "-");
	else if (s < 60)
		grid_addf(g, "%llu s", s);
	else if (s < 3600)
		grid_addf(g, "%llu min", s / 60);
	else if (s < 86400)
		grid_addf(g, "%llu h %02llu min", s / 3600, s / 60 % 60);
	else
		grid_addf(g, "%llu d %02llu h", s / 86400, s / 3600 % 24);
}

static void add_pair(struct grid *g, const struct outlets_options *o, const struct pair *p)
{
	add_text(g, name_of(o, p->from));
	add_text(g, name_of(o, p->to));
	grid_addf(g, "%" PRIu64, p->copies);
	add_delay(g, p->delay_median);
	add_delay(g, p->delay_p90);
	if (p->containment < 0)
		add_text(g, "-");
	else
		grid_addf(g, "%.1f %%", 100 * p->containment);
}

static int print_pairs(const struct outlets_options *o)
{
	static const char *const heads[] = { "from", "to", "copies", "median delay", "90 % within", "of the text" };
	struct order order;
	struct grid g;
	int err = order_init(&order, o->n_pairs);
	size_t shown = o->outlet || o->all || o->n_pairs < PAIRS_SHOWN ? o->n_pairs : PAIRS_SHOWN;

	if (err)
		return err;
	while (order_step(&order, pair_before, o, SIZE_MAX))
		;
	grid_init(&g, "llrrrr");
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		add_text(&g, heads[i]);
	for (size_t i = 0; i < shown; i++)
		add_pair(&g, o, &o->pairs[order.at[i]]);
	putchar('\n');
	grid_print(&g, stdout);
	if (shown < o->n_pairs)
		printf("and %zu more pairs: --all prints them\n", o->n_pairs - shown);
	err = g.err;
	grid_done(&g);
	order_done(&order);
	return err;
}

static int print_tables(const struct outlets_options *o)
{
	int err = o->outlets.err;

	if (o->talk.json)
		return 0;
	grid_print(&o->outlets, stdout);
	if (!err && o->n_pairs)
		err = print_pairs(o);
	if (err)
		fprintf(stderr, "newsdup: %s\n", strerror(-err));
	return err ? EXIT_IO : 0;
}

static void add_heads(struct grid *g)
{
	static const char *const heads[] = { "outlet", "articles", "original", "", "copied", "", "repeated", "", "agencies" };

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		add_text(g, heads[i]);
}

static int run(struct outlets_options *o)
{
	const struct pages p = { .op = "outlets", .outlet = o->outlet };
	struct nd_client *c;
	int code = talk_open(&o->talk, &c);

	if (code)
		return code;
	buf_init(&o->names, (size_t)1 << 31);
	grid_init(&o->outlets, "lrrrrrrrl");
	add_heads(&o->outlets);
	code = pages_each(c, &p, take_outlet, o);
	if (!code)
		code = print_tables(o);
	grid_done(&o->outlets);
	buf_done(&o->names);
	free(o->pairs);
	nd_client_free(c);
	return code;
}

int cmd_outlets(int argc, char **argv)
{
	struct outlets_options o = { .talk = TALK_DEFAULTS };
	const struct option_row rows[] = {
		TALK_ROWS(o.talk),
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
	int ret;

	if (!options_begin(&usage, &argc, argv, &ret))
		return ret;
	if (argc > 1) {
		options_complain(&usage, "nothing but options is wanted");
		return EXIT_USAGE;
	}
	return run(&o);
}
