/*
 * A recursive descent over tokens that json.h has found:
 *
 *     {"id": 7, "text": "a"}        w->tokens.at   0 1 5 7 8 10 16 18 21
 *     ^^   ^ ^^ ^     ^ ^  ^        w->token       the next one to be looked at
 *
 * Strings are decoded into one buffer, one behind another. What they need never exceeds the part of
 * the line that has been read: a decoded string is no longer than its source, and its quotes leave
 * room for what walk_append puts between.
 */
#include "wire/walk.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/fault.h"
#include "wire/json.h"

/* Lines up to the small size share one allocation; more than the large one is given back. */
#define SMALL_LINE ((size_t)64 << 10)
#define LARGE_LINE ((size_t)1 << 20)

struct walk {
	struct json *json;
	char *strings;
	char *next;      /* in strings: where the next one goes */
	size_t capacity; /* of json and strings, in bytes of line */
	size_t line_max;
	const char *line;
	size_t len;
	struct json_tokens tokens;
	size_t token;
	unsigned depth, depth_max;
	struct wire_error *error;
};

static void give_back(struct walk *w)
{
	json_free(w->json);
	free(w->strings);
	w->json = NULL;
	w->strings = NULL;
	w->capacity = 0;
}

/* Grows by doubling; one long line must not hold its memory for ever. */
static int make_room(struct walk *w, size_t len)
{
	bool wasteful = w->capacity > LARGE_LINE && len < w->capacity / 16;
	size_t want = len < w->line_max / 2 ? 2 * len : w->line_max;

	if (w->capacity && len <= w->capacity && !wasteful)
		return 0;
	if (want < SMALL_LINE)
		want = SMALL_LINE;
	give_back(w);
	w->strings = malloc(want + JSON_PADDING);
	if (!w->strings || json_new(want, &w->json))
		return -ENOMEM;
	w->capacity = want;
	return 0;
}

/* Where a token begins; the end of the line for the one behind the last. */
static size_t offset_of(const struct walk *w, size_t token)
{
	return token < w->tokens.count ? w->tokens.at[token] : w->len;
}

/* The first byte of the next token, 0 at the end of the line. */
static char peek(const struct walk *w)
{
	return w->token < w->tokens.count ? w->line[w->tokens.at[w->token]] : 0;
}

static bool skip(struct walk *w, char token)
{
	if (peek(w) != token)
		return false;
	w->token++;
	return true;
}

static int fail_here(struct walk *w, const char *reason)
{
	return wire_fail(w->error, "bad_json", offset_of(w, w->token), "%s", reason);
}

/* The text of the token that begins at `offset`, which is the one before the next. */
static struct nd_str text_of(const struct walk *w, size_t offset)
{
	const char *at = w->line + offset;
	const char *end = w->line + offset_of(w, w->token);

	while (end > at && memchr(" \t\r\n", end[-1], 4))
		end--;
	return (struct nd_str){ at, (size_t)(end - at) };
}

/* Decodes the string token at `offset` to *to and moves that on. */
static int decode(struct walk *w, size_t offset, char **to, struct nd_str *ret)
{
	char *end = json_decode(w->json, w->line + offset + 1, *to);

	if (!end)
		return fault_escape(w->line, w->len, offset + 1, w->error);
	*ret = (struct nd_str){ *to, (size_t)(end - *to) };
	*to = end;
	return 0;
}

static size_t skip_digits(struct nd_str s, size_t i)
{
	while (i < s.len && s.at[i] >= '0' && s.at[i] <= '9')
		i++;
	return i;
}

static bool is_one_of(struct nd_str s, size_t i, const char *two)
{
	return i < s.len && (s.at[i] == two[0] || s.at[i] == two[1]);
}

/* RFC 8259, section 6. */
static bool is_number(struct nd_str s)
{
	size_t start = is_one_of(s, 0, "--") ? 1 : 0;
	size_t i = skip_digits(s, start);

	if (i == start || (s.at[start] == '0' && i > start + 1))
		return false;
	if (is_one_of(s, i, "..")) {
		start = i + 1;
		i = skip_digits(s, start);
		if (i == start)
			return false;
	}
	if (is_one_of(s, i, "eE")) {
		start = is_one_of(s, i + 1, "+-") ? i + 2 : i + 1;
		i = skip_digits(s, start);
		if (i == start)
			return false;
	}
	return i == s.len;
}

static bool equals(struct nd_str s, const char *word)
{
	return s.len == strlen(word) && !memcmp(s.at, word, s.len);
}

static int check_word(struct walk_value *v)
{
	struct nd_str word = text_of(v->walk, v->offset);
	bool good = v->kind == WALK_NUMBER ? is_number(word)
		    : v->kind == WALK_NULL ? equals(word, "null")
					   : equals(word, "true") || equals(word, "false");

	if (good)
		return 0;
	return wire_fail(v->walk->error, "bad_json", v->offset, "%s",
			 v->kind == WALK_NUMBER ? "a number is malformed"
						: "a word is not true, false or null");
}

/* Validates a value that nobody wanted. */
static int take(struct walk_value *v)
{
	char *scratch = v->walk->next;
	struct nd_str ignored;

	switch (v->kind) {
	case WALK_ARRAY:
	case WALK_OBJECT:
		return walk_each(v, NULL, NULL);
	case WALK_STRING:
		return decode(v->walk, v->offset, &scratch, &ignored);
	default:
		return check_word(v);
	}
}

/* What begins with this byte, -1 when no value does. */
static int kind_of(char first)
{
	switch (first) {
	case '{':
		return WALK_OBJECT;
	case '[':
		return WALK_ARRAY;
	case '"':
		return WALK_STRING;
	case 't':
	case 'f':
		return WALK_BOOL;
	case 'n':
		return WALK_NULL;
	default:
		return first == '-' || (first >= '0' && first <= '9') ? WALK_NUMBER : -1;
	}
}

static int visit_value(struct walk *w, struct nd_str key, walk_visit *visit, void *user)
{
	struct walk_value v = { .offset = offset_of(w, w->token), .walk = w };
	int kind = kind_of(peek(w));
	int err = 0;

	if (kind < 0)
		return fail_here(w, "a value is missing or malformed");
	v.kind = (enum walk_kind)kind;
	w->token++;
	if (visit)
		err = visit(user, key, &v);
	return err || v.taken ? err : take(&v);
}

static int visit_field(struct walk *w, walk_visit *visit, void *user)
{
	size_t offset = offset_of(w, w->token);
	char *scratch = w->next;
	struct nd_str key;
	int err;

	if (!skip(w, '"'))
		return fail_here(w, "a key is missing");
	/* A key is kept during its visit, if somebody listens. */
	err = decode(w, offset, visit ? &w->next : &scratch, &key);
	if (err)
		return err;
	if (!skip(w, ':'))
		return fail_here(w, "a colon is missing");
	return visit_value(w, key, visit, user);
}

static int each_field(struct walk *w, walk_visit *visit, void *user)
{
	if (skip(w, '}'))
		return 0;
	do {
		int err = visit_field(w, visit, user);

		if (err)
			return err;
	} while (skip(w, ','));
	return skip(w, '}') ? 0 : fail_here(w, "a comma or a closing brace is missing");
}

static int each_element(struct walk *w, walk_visit *visit, void *user)
{
	if (skip(w, ']'))
		return 0;
	do {
		int err = visit_value(w, (struct nd_str){ 0 }, visit, user);

		if (err)
			return err;
	} while (skip(w, ','));
	return skip(w, ']') ? 0 : fail_here(w, "a comma or a closing bracket is missing");
}

int walk_each(struct walk_value *v, walk_visit *visit, void *user)
{
	struct walk *w = v->walk;
	int err;

	v->taken = true;
	if (w->depth >= w->depth_max)
		return wire_fail(w->error, "too_deep", v->offset, "nesting is deeper than %u",
				 w->depth_max);
	w->depth++;
	err = v->kind == WALK_ARRAY ? each_element(w, visit, user) : each_field(w, visit, user);
	w->depth--;
	return err;
}

int walk_string(struct walk_value *v, struct nd_str *ret)
{
	v->taken = true;
	return decode(v->walk, v->offset, &v->walk->next, ret);
}

int walk_append(struct walk_value *v, char between, struct nd_str *text)
{
	struct walk *w = v->walk;
	struct nd_str added = { 0 };
	int err;

	if (!text->at)
		return walk_string(v, text);
	assert(text->at + text->len == w->next);
	*w->next++ = between;
	err = walk_string(v, &added);
	if (!err)
		text->len += 1 + added.len;
	return err;
}

int walk_raw(struct walk_value *v, struct nd_str *ret)
{
	struct walk *w = v->walk;
	struct nd_str raw;
	int err = take(v);

	v->taken = true;
	if (err)
		return err;
	raw = text_of(w, v->offset);
	memcpy(w->next, raw.at, raw.len);
	*ret = (struct nd_str){ w->next, raw.len };
	w->next += raw.len;
	return 0;
}

static int visit_line(struct walk *w, walk_visit *visit, void *user)
{
	struct walk_value v = { .offset = offset_of(w, 0), .walk = w };
	int kind = kind_of(peek(w));
	int err;

	if (kind < 0)
		return fail_here(w, "the line is not json");
	v.kind = (enum walk_kind)kind;
	w->token++;
	err = kind == WALK_OBJECT ? walk_each(&v, visit, user) : take(&v);
	if (err)
		return err;
	if (w->token < w->tokens.count)
		return fail_here(w, kind == WALK_OBJECT ? "something stands behind the object" : "the line is not json");
	return kind == WALK_OBJECT ? 0 : wire_fail(w->error, "bad_request", 0, "the line is not an object");
}

int walk_line(struct walk *w, const char *line, size_t len, walk_visit *visit, void *user,
	      struct wire_error *error)
{
	int err;

	if (len > w->line_max)
		return wire_fail(error, "too_large", 0, "the line is longer than %zu bytes",
				 w->line_max);
	err = make_room(w, len);
	if (!err)
		err = json_scan(w->json, line, len, &w->tokens, error);
	if (err)
		return err;
	w->line = line;
	w->len = len;
	w->next = w->strings;
	w->token = 0;
	w->depth = 0;
	w->error = error;
	return visit_line(w, visit, user);
}

int walk_new(size_t line_max, unsigned depth_max, struct walk **ret)
{
	struct walk *w;

	if (line_max >= WALK_LINE_MAX)
		return -EINVAL;
	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->line_max = line_max;
	w->depth_max = depth_max;
	*ret = w;
	return 0;
}

void walk_free(struct walk *w)
{
	if (!w)
		return;
	give_back(w);
	free(w);
}
