#include "wire/article.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/base64.h"
#include "wire/json.h"
#include "wire/reader.h"

_Static_assert(WIRE_PADDING >= JSON_PADDING, "callers pad too little");

const struct wire_limits wire_limits_default = {
	.line = 16u << 20,
	.text = ND_TEXT_MAX,
	.id = ND_ID_MAX,
	.paragraphs = ND_PARAGRAPHS_MAX,
	.depth = 32,
};

/* A string that may turn out to be the article's text, and where it was. */
struct source {
	struct nd_str str;
	size_t offset;
};

/* An article while its line is being read. */
struct reading {
	const struct wire_limits *limits;
	struct wire_error *error;
	struct wire_article got;
	struct source text, paragraphs, base64;
	size_t paragraph_count;
};

struct field {
	const char *name;
	int (*read)(struct reading *r, const struct field *f, struct walk_value *v);
	size_t at; /* of the nd_str in struct wire_article, or of the source in struct reading */
};

static int bad_type(struct reading *r, const struct field *f, const struct walk_value *v,
		    const char *wanted)
{
	return wire_fail(r->error, "bad_request", v->offset, "field \"%s\" is not %s", f->name,
			 wanted);
}

/* These fields end up in keys, file names and lines of other formats. */
static int check_nul(struct reading *r, const struct field *f, const struct walk_value *v,
		     struct nd_str str)
{
	if (str.len && memchr(str.at, 0, str.len))
		return wire_fail(r->error, "bad_request", v->offset,
				 "field \"%s\" has a NUL character", f->name);
	return 0;
}

/* A string or null. */
static int read_string(struct reading *r, const struct field *f, struct walk_value *v)
{
	struct nd_str *ret = (struct nd_str *)((char *)&r->got + f->at);
	int err = 0;

	*ret = (struct nd_str){ 0 };
	if (v->kind == WALK_STRING)
		err = walk_string(v, ret);
	else if (v->kind != WALK_NULL)
		return bad_type(r, f, v, "a string");
	return err ? err : check_nul(r, f, v, *ret);
}

static int read_published(struct reading *r, const struct field *f, struct walk_value *v)
{
	if (v->kind == WALK_STRING || v->kind == WALK_NULL)
		return read_string(r, f, v);
	return walk_raw(v, &r->got.article.published);
}

static int read_id(struct reading *r, const struct field *f, struct walk_value *v)
{
	struct nd_str *id = &r->got.article.id;
	int err;

	r->got.article.id_is_number = v->kind == WALK_NUMBER;
	if (v->kind == WALK_NUMBER)
		err = walk_raw(v, id);
	else if (v->kind == WALK_STRING || v->kind == WALK_NULL)
		err = read_string(r, f, v);
	else
		return bad_type(r, f, v, "a string or a number");
	if (err)
		return err;
	if (id->len > r->limits->id)
		return wire_fail(r->error, "too_large", v->offset,
				 "field \"id\" is longer than %zu bytes", r->limits->id);
	if (id->len == 0)
		*id = (struct nd_str){ 0 };
	return 0;
}

/* text, text_base64: only the one that counts in the end is looked at more closely. */
static int read_source(struct reading *r, const struct field *f, struct walk_value *v)
{
	struct source *ret = (struct source *)((char *)r + f->at);

	*ret = (struct source){ .offset = v->offset };
	if (v->kind == WALK_STRING)
		return walk_string(v, &ret->str);
	return v->kind == WALK_NULL ? 0 : bad_type(r, f, v, "a string");
}

static int read_paragraph(void *user, struct nd_str key, struct walk_value *v)
{
	struct reading *r = user;

	(void)key;
	if (v->kind != WALK_STRING)
		return wire_fail(r->error, "bad_request", v->offset,
				 "field \"paragraphs\" has an element that is not a string");
	if (++r->paragraph_count > r->limits->paragraphs)
		return wire_fail(r->error, "too_large", v->offset,
				 "field \"paragraphs\" has more than %zu elements",
				 r->limits->paragraphs);
	return walk_append(v, '\n', &r->paragraphs.str);
}

static int read_paragraphs(struct reading *r, const struct field *f, struct walk_value *v)
{
	int err;

	r->paragraphs = (struct source){ .offset = v->offset };
	r->paragraph_count = 0;
	if (v->kind == WALK_NULL)
		return 0;
	if (v->kind != WALK_ARRAY)
		return bad_type(r, f, v, "an array");
	err = walk_each(v, read_paragraph, r);
	if (!err && !r->paragraphs.str.at)
		r->paragraphs.str.at = ""; /* no paragraphs are an empty text, not none */
	return err;
}

static const struct field fields[] = {
	{ "id", read_id, offsetof(struct wire_article, article.id) },
	{ "url", read_string, offsetof(struct wire_article, article.url) },
	{ "outlet", read_string, offsetof(struct wire_article, article.outlet) },
	{ "published", read_published, offsetof(struct wire_article, article.published) },
	{ "title", read_string, offsetof(struct wire_article, article.title) },
	{ "text", read_source, offsetof(struct reading, text) },
	{ "paragraphs", read_paragraphs, 0 },
	{ "lang", read_string, offsetof(struct wire_article, article.lang) },
	{ "text_base64", read_source, offsetof(struct reading, base64) },
	{ "charset", read_string, offsetof(struct wire_article, charset) },
};

/* Unknown fields are left to the walk, which validates them. */
static int read_field(void *user, struct nd_str key, struct walk_value *v)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (strlen(fields[i].name) == key.len && !memcmp(fields[i].name, key.at, key.len))
			return fields[i].read(user, &fields[i], v);
	return 0;
}

static bool has_more_lines(struct nd_str text, size_t max)
{
	const char *at = text.at, *end = text.at + text.len;
	size_t lines = 1;

	if (text.len < max) /* each line but the last costs a byte: nearly always enough to know */
		return false;
	while (lines <= max && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		lines++;
		at++;
	}
	return lines > max;
}

static int use_text(struct reading *r, const struct source *s)
{
	if (s->str.len > r->limits->text)
		return wire_fail(r->error, "too_large", s->offset,
				 "the text is longer than %zu bytes", r->limits->text);
	if (has_more_lines(s->str, r->limits->paragraphs))
		return wire_fail(r->error, "too_large", s->offset,
				 "the text has more than %zu lines", r->limits->paragraphs);
	r->got.article.text = s->str;
	r->got.article.is_utf8 = true; /* all of the line is, and what its escapes stand for */
	return 0;
}

static int use_base64(struct reading *r, struct buf *raw)
{
	int err;

	buf_clear(raw);
	err = base64_decode(raw, r->base64.str);
	if (err == -E2BIG)
		return wire_fail(r->error, "too_large", r->base64.offset,
				 "the text is longer than %zu bytes", r->limits->text);
	if (err == -EINVAL)
		return wire_fail(r->error, "bad_request", r->base64.offset,
				 "field \"text_base64\" is not base64");
	if (err)
		return err;
	r->got.raw = (struct nd_str){ raw->len ? (const char *)raw->at : "", raw->len };
	return 0;
}

static int choose_text(struct reading *r, struct buf *raw)
{
	if (r->text.str.at)
		return use_text(r, &r->text);
	if (r->paragraphs.str.at)
		return use_text(r, &r->paragraphs);
	if (r->base64.str.at)
		return use_base64(r, raw);
	return wire_fail(r->error, "missing_text", 0, "the article has no text");
}

int wire_read_article(struct wire_reader *r, const char *line, size_t len, struct wire_article *ret,
		      struct wire_error *error)
{
	struct reading reading = { .limits = &r->limits, .error = error };
	int err = walk_line(r->walk, line, len, read_field, &reading, error);

	if (!err)
		err = choose_text(&reading, &r->raw);
	if (!err)
		*ret = reading.got;
	return err;
}

int reader_article(struct wire_reader *r, struct walk_value *v, struct wire_article *ret, struct wire_error *error)
{
	struct reading reading = { .limits = &r->limits, .error = error };
	int err;

	if (v->kind != WALK_OBJECT)
		return wire_fail(error, "bad_request", v->offset, "field \"article\" is not an object");
	err = walk_each(v, read_field, &reading);
	if (!err)
		err = choose_text(&reading, &r->raw);
	if (!err)
		*ret = reading.got;
	return err;
}

int wire_reader_new(const struct wire_limits *limits, struct wire_reader **ret)
{
	struct wire_reader *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->limits = *limits;
	buf_init(&r->raw, limits->text);
	err = walk_new(limits->line, limits->depth, &r->walk);
	if (err) {
		wire_reader_free(r);
		return err;
	}
	*ret = r;
	return 0;
}

void wire_reader_free(struct wire_reader *r)
{
	if (!r)
		return;
	walk_free(r->walk);
	buf_done(&r->raw);
	free(r);
}
