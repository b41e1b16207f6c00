#include "daemon/told.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/clean.h"
#include "daemon/padded.h"
#include "wire/walk.h"

#define KEY_MAX (ND_ID_MAX + 1)

/* A field of a JSON object, to be printed; absent is an empty one. */
struct word {
	char text[KEY_MAX];
};

static struct word word_of(const char *json, size_t len, const char *name)
{
	struct word ret;

	if (nd_client_string(json, len, name, ret.text, sizeof(ret.text)) < 0)
		ret.text[0] = '\0';
	return ret;
}

static void print_word(FILE *to, const struct word *w)
{
	clean_print(to, (struct nd_str){ w->text, strlen(w->text) });
}

/* A word, filled up to a width; a long one is followed by two blanks all the same. */
static void print_column(FILE *to, const struct word *w, int width)
{
	int characters = 0;

	print_word(to, w);
	for (const char *c = w->text; *c; c++)
		characters += ((unsigned char)*c & 0xC0) != 0x80;
	fprintf(to, "%*s", characters < width ? width - characters + 2 : 2, "");
}

/* --- an article's line --- */

/* The first match, the best: an object. */
static bool best_match(const struct nd_client_reply *r, const char **ret, size_t *ret_len)
{
	const char *at;
	size_t len;

	if (!nd_client_field(r->at, r->len, "matches", &at, &len))
		return false;
	*ret = at + 1; /* behind the bracket; fields are looked for in the object that comes first */
	*ret_len = len - 1;
	return nd_client_field(*ret, *ret_len, "id", &at, &len);
}

static double percent(const char *json, size_t len, const char *name)
{
	return 100 * strtod(word_of(json, len, name).text, NULL);
}

static void print_match(FILE *to, const char *match, size_t len)
{
	struct word id = word_of(match, len, "id"), relation = word_of(match, len, "relation");

	if (!strcmp(relation.text, "digest"))
		fprintf(to, ", holds %.1f %% of ", percent(match, len, "contained"));
	else
		fprintf(to, ", %.1f %% of it in ", percent(match, len, "containment"));
	print_word(to, &id);
}

void told_article(FILE *to, const struct nd_client_reply *r)
{
	struct word key = word_of(r->at, r->len, "key"), verdict = word_of(r->at, r->len, "verdict");
	struct word story = word_of(r->at, r->len, "story");
	const char *match;
	size_t len;

	print_column(to, &key, 24);
	if (nd_client_field(r->at, r->len, "unchanged", &match, &len)) {
		fputs("unchanged", to);
	} else if (!best_match(r, &match, &len)) {
		print_word(to, &verdict);
	} else {
		print_column(to, &verdict, 9);
		fputs("story ", to);
		print_word(to, &story);
		print_match(to, match, len);
	}
	fputs(r->resent ? " (sent again after a lost connection)\n" : "\n", to);
}

/* --- all fields --- */

/* Where the fields of an object go: a line each, or all in one. */
struct listing {
	FILE *to;
	int indent;
	bool one_line;
	unsigned n; /* told so far */
	const char *const *left_out;
};

static bool is_left_out(const struct listing *t, struct nd_str key)
{
	for (const char *const *name = t->left_out; name && *name; name++)
		if (strlen(*name) == key.len && !memcmp(*name, key.at, key.len))
			return true;
	return false;
}

static int print_scalar(FILE *to, struct walk_value *v)
{
	struct nd_str text;
	int err = v->kind == WALK_STRING ? walk_string(v, &text) : walk_raw(v, &text);

	if (!err && v->kind == WALK_BOOL)
		text = *text.at == 't' ? (struct nd_str){ "yes", 3 } : (struct nd_str){ "no", 2 };
	if (!err)
		clean_print(to, text);
	return err;
}

/* The name of a value; of what stands below it when heading. */
static void print_name(const struct listing *t, struct nd_str name, bool heading)
{
	if (t->one_line)
		fprintf(t->to, "%s%.*s ", t->n ? ", " : "", (int)name.len, name.at);
	else if (heading)
		fprintf(t->to, "%*s%.*s", t->indent, "", (int)name.len, name.at);
	else
		fprintf(t->to, "%*s%-*.*s ", t->indent, "", 18 - t->indent, (int)name.len, name.at);
}

static int tell_field(void *user, struct nd_str key, struct walk_value *v);

/* The elements of an array: words in a line, objects in a line each. */
struct elements {
	const struct listing *in;
	struct nd_str name;
	unsigned n;
};

static int tell_element(void *user, struct nd_str key, struct walk_value *v)
{
	struct elements *e = user;
	const struct listing *in = e->in;
	struct listing inner = { .to = in->to, .one_line = true };
	bool object = v->kind == WALK_OBJECT;
	int err;

	(void)key;
	if (v->kind == WALK_NULL || v->kind == WALK_ARRAY)
		return 0;
	if (!e->n++)
		print_name(in, e->name, object);
	else if (!object || in->one_line)
		fputs(", ", in->to);
	if (!object || in->one_line)
		return object ? walk_each(v, tell_field, &inner) : print_scalar(in->to, v);
	fprintf(in->to, "\n%*s", in->indent + 2, "");
	err = walk_each(v, tell_field, &inner);
	return err;
}

static int tell_array(struct listing *t, struct nd_str key, struct walk_value *v)
{
	struct elements e = { .in = t, .name = key };
	int err = walk_each(v, tell_element, &e);

	if (!e.n)
		return err;
	t->n++;
	if (!t->one_line)
		fputc('\n', t->to);
	return err;
}

static int tell_object(struct listing *t, struct nd_str key, struct walk_value *v)
{
	struct listing inner = { .to = t->to, .indent = t->indent + 2, .one_line = t->one_line };

	print_name(t, key, true);
	t->n++;
	if (!t->one_line)
		fputc('\n', t->to);
	return walk_each(v, tell_field, &inner);
}

static int tell_field(void *user, struct nd_str key, struct walk_value *v)
{
	struct listing *t = user;
	int err;

	if (v->kind == WALK_NULL || is_left_out(t, key))
		return 0;
	if (v->kind == WALK_ARRAY)
		return tell_array(t, key, v);
	if (v->kind == WALK_OBJECT)
		return tell_object(t, key, v);
	print_name(t, key, false);
	t->n++;
	err = print_scalar(t->to, v);
	if (!t->one_line)
		fputc('\n', t->to);
	return err;
}

static int tell(const struct nd_client_reply *r, struct listing *t)
{
	struct walk *w = NULL;
	struct wire_error wrong;
	struct buf line;
	int err = padded_init(&line, r);

	if (!err)
		err = walk_new(REPLY_MAX, 32, &w);
	if (!err)
		err = walk_line(w, (const char *)line.at, r->len, tell_field, t, &wrong);
	walk_free(w);
	buf_done(&line);
	return err;
}

int told_fields(FILE *to, const struct nd_client_reply *reply)
{
	static const char *const left_out[] = { "id", "ok", NULL };
	struct listing t = { .to = to, .left_out = left_out };

	return tell(reply, &t);
}

int told_lead(FILE *to, const struct nd_client_reply *item)
{
	struct word id = word_of(item->at, item->len, "id");
	static const char *const left_out[] = { "id", NULL };
	struct listing t = { .to = to, .left_out = left_out };

	fputs("lead               ", to);
	print_word(to, &id);
	fputc('\n', to);
	return tell(item, &t);
}

void told_event(FILE *to, const struct nd_client_reply *event)
{
	static const char *const left_out[] = { "event", "key", NULL };
	struct listing t = { .to = to, .one_line = true, .left_out = left_out };
	struct word name = word_of(event->at, event->len, "event"), key = word_of(event->at, event->len, "key");

	print_column(to, &name, 14);
	if (*key.text)
		print_column(to, &key, 24);
	tell(event, &t);
	fputc('\n', to);
}
