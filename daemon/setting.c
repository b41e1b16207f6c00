#include "daemon/setting.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS 86400000u
#define TEXT_SHOWN 100 /* bytes of a wrong value that are repeated in the message */

struct unit {
	const char *name;
	uint64_t factor;
};

/* The largest first; the last is what the field counts. */
static const struct unit durations[] = {
	{ "d", DAY_MS }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 }, { 0 },
};
static const struct unit sizes[] = {
	{ "g", 1 << 30 }, { "m", 1 << 20 }, { "k", 1 << 10 }, { "", 1 }, { 0 },
};
static const struct unit counts[] = { { "", 1 }, { 0 } };

static const struct unit *units_of(const struct setting *row)
{
	switch (row->type) {
	case SETTING_DURATION:
	case SETTING_DAYS:
		return durations;
	case SETTING_SIZE:
	case SETTING_LIMIT:
		return sizes;
	default:
		return counts;
	}
}

static bool fits(const struct setting *row, uint64_t n)
{
	if (row->type == SETTING_DAYS && n % DAY_MS)
		return false;
	return (n >= row->min && n <= row->max) || (row->type == SETTING_LIMIT && !n);
}

/* --- numbers --- */

static int number_read(const struct setting *row, const char *text, uint64_t *field)
{
	const struct unit *u = units_of(row);
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || errno)
		return -EINVAL;
	while (u->name && strcasecmp(u->name, end))
		u++;
	if (!u->name && (n || *end)) /* zero needs no unit */
		return -EINVAL;
	if (u->name && n > UINT64_MAX / u->factor)
		return -EINVAL;
	n *= u->name ? u->factor : 0;
	if (!fits(row, n))
		return -EINVAL;
	*field = n;
	return 0;
}

static void number_print(const struct setting *row, uint64_t n, struct buf *to)
{
	const struct unit *u = units_of(row);

	while (n % u->factor)
		u++;
	buf_addf(to, "%" PRIu64 "%s", n / u->factor, n ? u->name : "");
}

static void number_range(const struct setting *row, struct buf *to)
{
	static const char *const kinds[SETTING_TYPES] = {
		[SETTING_DURATION] = "a duration (ms, s, m, h, d)", [SETTING_DAYS] = "whole days (h, d)",
		[SETTING_SIZE] = "a size (k, m, g)",                [SETTING_LIMIT] = "0 or a size (k, m, g)",
		[SETTING_COUNT] = "a whole number",
	};

	buf_addf(to, "%s from ", kinds[row->type]);
	number_print(row, row->min, to);
	buf_addf(to, " to ");
	number_print(row, row->max, to);
}

static int mode_read(const struct setting *row, const char *text, uint64_t *field)
{
	size_t digits = strspn(text, "01234567");
	uint64_t mode;

	if (!digits || digits > 4 || text[digits])
		return -EINVAL;
	mode = strtoull(text, NULL, 8);
	if (!fits(row, mode))
		return -EINVAL;
	*field = mode;
	return 0;
}

static void mode_range(const struct setting *row, struct buf *to)
{
	buf_addf(to, "an octal mode from %04" PRIo64 " to %04" PRIo64, row->min, row->max);
}

/* --- words --- */

static int yesno_read(const char *text, bool *field)
{
	if (strcmp(text, "yes") && strcmp(text, "no"))
		return -EINVAL;
	*field = *text == 'y';
	return 0;
}

static int word_read(const struct setting *row, const char *text, uint64_t *field)
{
	uint64_t i = 0;

	while (row->words[i] && strcmp(row->words[i], text))
		i++;
	if (!row->words[i])
		return -EINVAL;
	*field = i;
	return 0;
}

static void word_range(const struct setting *row, struct buf *to)
{
	for (size_t i = 0; row->words[i]; i++)
		buf_addf(to, "%s%s", i == 0 ? "" : row->words[i + 1] ? ", " : " or ", row->words[i]);
}

/* --- paths --- */

static int path_read(const struct setting *row, const char *text, char **field)
{
	size_t len = strlen(text);
	char *copy;

	if (!len || (row->max && len > row->max))
		return -EINVAL;
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	*field = copy;
	return 0;
}

static void path_range(const struct setting *row, struct buf *to)
{
	buf_addf(to, "a path");
	if (row->max)
		buf_addf(to, " of at most %" PRIu64 " bytes", row->max);
}

/* --- users and groups --- */

/* Whether the whole word is an id; (uint32_t)-1 is none: the kernel's "no change". */
static bool id_read(const char *word, uint32_t *ret)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(word, &end, 10);
	if (!isdigit((unsigned char)*word) || *end || errno || n >= UINT32_MAX)
		return false;
	*ret = (uint32_t)n;
	return true;
}

static int unknown(const char *what, const char *word, struct buf *why)
{
	if (errno == ENOMEM)
		return -ENOMEM;
	buf_addf(why, "no %s is called '%.*s'", what, TEXT_SHOWN, word);
	return -EINVAL;
}

static int group_find(const char *word, struct principal *ret, struct buf *why)
{
	const struct group *g;

	ret->group = true;
	if (id_read(word, &ret->id))
		return 0;
	errno = 0;
	g = *word ? getgrnam(word) : NULL;
	if (!g)
		return unknown("group", word, why);
	ret->id = g->gr_gid;
	return 0;
}

static int principal_find(const char *word, struct principal *ret, struct buf *why)
{
	const struct passwd *u;

	if (*word == '@')
		return group_find(word + 1, ret, why);
	ret->group = false;
	if (id_read(word, &ret->id))
		return 0;
	errno = 0;
	u = getpwnam(word);
	if (!u)
		return unknown("user", word, why);
	ret->id = u->pw_uid;
	return 0;
}

static int principals_add(struct principals *p, const char *word, struct buf *why)
{
	struct principal *more, found;
	int err = principal_find(word, &found, why);

	if (err)
		return err;
	if (p->n == SETTING_PRINCIPALS_MAX) {
		buf_addf(why, "takes %u users and groups at most", SETTING_PRINCIPALS_MAX);
		return -EINVAL;
	}
	more = realloc(p->at, (p->n + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	p->at = more;
	p->at[p->n++] = found;
	return 0;
}

static int principals_add_all(struct principals *p, char *text, struct buf *why)
{
	static const char gaps[] = ", \t";
	char *rest;
	int err = 0;

	for (char *word = strtok_r(text, gaps, &rest); word && !err; word = strtok_r(NULL, gaps, &rest))
		err = principals_add(p, word, why);
	return err ? err : p->n ? 0 : -EINVAL;
}

static int principals_read(const char *text, struct principals *p, struct buf *why)
{
	char *copy = strdup(text);
	int err = 0;

	p->text = strdup(text);
	p->everyone = !strcmp(text, "everyone");
	if (!copy || !p->text)
		err = -ENOMEM;
	else if (!p->everyone && strcmp(text, "none"))
		err = principals_add_all(p, copy, why);
	free(copy);
	return err;
}

static int group_read(const char *text, struct principals *p, struct buf *why)
{

	p->text = strdup(text);
	p->at = calloc(1, sizeof(*p->at));
	if (!p->text || !p->at)
		return -ENOMEM;
	if (!strcmp(text, "none"))
		return 0;
	p->n = 1;
	return group_find(text, p->at, why);
}

static bool principals_same(const struct principals *a, const struct principals *b)
{
	if (a->everyone != b->everyone || a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->at[i].group != b->at[i].group || a->at[i].id != b->at[i].id)
			return false;
	return true;
}

/* --- all of them --- */

static bool holds_principals(const struct setting *row)
{
	return row->type == SETTING_PRINCIPALS || row->type == SETTING_GROUP;
}

size_t setting_size(const struct setting *row)
{
	if (row->type == SETTING_PATH)
		return sizeof(char *);
	if (row->type == SETTING_YESNO)
		return sizeof(bool);
	return holds_principals(row) ? sizeof(struct principals) : sizeof(uint64_t);
}

void setting_done(const struct setting *row, void *field)
{
	if (row->type == SETTING_PATH)
		free(*(char **)field);
	if (holds_principals(row)) {
		free(((struct principals *)field)->text);
		free(((struct principals *)field)->at);
	}
	memset(field, 0, setting_size(row));
}

static int read_any(const struct setting *row, const char *text, void *field, struct buf *why)
{
	switch (row->type) {
	case SETTING_PATH:
		return path_read(row, text, field);
	case SETTING_MODE:
		return mode_read(row, text, field);
	case SETTING_YESNO:
		return yesno_read(text, field);
	case SETTING_WORD:
		return word_read(row, text, field);
	case SETTING_PRINCIPALS:
		return principals_read(text, field, why);
	case SETTING_GROUP:
		return group_read(text, field, why);
	default:
		return number_read(row, text, field);
	}
}

int setting_read(const struct setting *row, const char *text, void *field, struct buf *why)
{
	size_t before = why->len;
	int err = read_any(row, text, field, why);

	if (!err)
		return 0;
	setting_done(row, field);
	if (err == -EINVAL && why->len == before) {
		buf_addf(why, "wants ");
		setting_print_range(row, why);
		buf_addf(why, ", not '%.*s'", TEXT_SHOWN, text);
	}
	return err;
}

bool setting_same(const struct setting *row, const void *a, const void *b)
{
	if (row->type == SETTING_PATH)
		return !strcmp(*(char *const *)a, *(char *const *)b);
	if (holds_principals(row))
		return principals_same(a, b);
	return !memcmp(a, b, setting_size(row));
}

void setting_print(const struct setting *row, const void *field, struct buf *to)
{
	switch (row->type) {
	case SETTING_PATH:
		buf_addf(to, "%s", *(char *const *)field);
		break;
	case SETTING_MODE:
		buf_addf(to, "%04" PRIo64, *(const uint64_t *)field);
		break;
	case SETTING_YESNO:
		buf_addf(to, "%s", *(const bool *)field ? "yes" : "no");
		break;
	case SETTING_WORD:
		buf_addf(to, "%s", row->words[*(const uint64_t *)field]);
		break;
	case SETTING_PRINCIPALS:
	case SETTING_GROUP:
		buf_addf(to, "%s", ((const struct principals *)field)->text);
		break;
	default:
		number_print(row, *(const uint64_t *)field, to);
	}
}

void setting_print_range(const struct setting *row, struct buf *to)
{
	switch (row->type) {
	case SETTING_PATH:
		path_range(row, to);
		break;
	case SETTING_MODE:
		mode_range(row, to);
		break;
	case SETTING_YESNO:
		buf_addf(to, "yes or no");
		break;
	case SETTING_WORD:
		word_range(row, to);
		break;
	case SETTING_PRINCIPALS:
		buf_addf(to, "everyone, none, or users and @groups, by name or number");
		break;
	case SETTING_GROUP:
		buf_addf(to, "none or a group, by name or number");
		break;
	default:
		number_range(row, to);
	}
}

const char *setting_value_name(const struct setting *row)
{
	static const char *const names[SETTING_TYPES] = {
		[SETTING_PATH] = "PATH",   [SETTING_MODE] = "MODE",    [SETTING_DURATION] = "TIME",
		[SETTING_SIZE] = "SIZE",   [SETTING_COUNT] = "N",      [SETTING_YESNO] = "yes|no",
		[SETTING_WORD] = "WORD",   [SETTING_PRINCIPALS] = "WHO", [SETTING_GROUP] = "GROUP",
		[SETTING_DAYS] = "TIME",   [SETTING_LIMIT] = "SIZE",
	};

	return names[row->type];
}
