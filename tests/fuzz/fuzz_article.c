/*
 * Any bytes as a line: no crash, the same answer whatever stands behind the line, and what was read
 * is read again from what lib/wire/out makes of it.
 */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "wire/article.h"
#include "wire/out.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Exactly padded: a sanitizer sees the first byte beyond. */
static int read_padded(struct wire_reader *r, const uint8_t *data, size_t size, int padding,
		       struct wire_article *ret, struct wire_error *error)
{
	char *line = malloc(size + WIRE_PADDING);
	int err;

	assert(line);
	if (size)
		memcpy(line, data, size);
	memset(line + size, padding, WIRE_PADDING);
	err = wire_read_article(r, line, size, ret, error);
	free(line);
	assert(err == 0 || err == -EBADMSG);
	return err;
}

static void check_error(const struct wire_error *e, const struct wire_error *again, size_t size)
{
	assert(!strcmp(e->code, again->code));
	assert(!strcmp(e->reason, again->reason));
	assert(e->offset == again->offset && e->offset <= size);
	for (const char *at = e->reason; *at; at++)
		assert(*at >= ' ' && *at <= '~');
}

static void check_str(struct nd_str a, struct nd_str b)
{
	assert(!a.at == !b.at);
	assert(a.len == b.len);
	assert(a.len == 0 || !memcmp(a.at, b.at, a.len));
}

static void check_same(const struct wire_article *a, const struct wire_article *b)
{
	check_str(a->article.id, b->article.id);
	assert(!a->article.id.at || a->article.id_is_number == b->article.id_is_number);
	check_str(a->article.url, b->article.url);
	check_str(a->article.outlet, b->article.outlet);
	check_str(a->article.published, b->article.published);
	check_str(a->article.title, b->article.title);
	check_str(a->article.lang, b->article.lang);
	check_str(a->article.text, b->article.text);
	check_str(a->raw, b->raw);
	check_str(a->charset, b->charset);
}

static void put_base64(struct out *o, struct nd_str raw)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = malloc(raw.len * 4 / 3 + 4);
	size_t len = 0;
	uint32_t bits = 0;
	unsigned n = 0; /* bits not written yet */

	assert(text);
	for (size_t i = 0; i < raw.len; i++) {
		bits = bits << 8 | (uint8_t)raw.at[i];
		for (n += 8; n >= 6; n -= 6)
			text[len++] = digits[bits >> (n - 6) & 63];
	}
	if (n)
		text[len++] = digits[bits << (6 - n) & 63];
	out_string(o, (struct nd_str){ text, len });
	free(text);
}

static void put_field(struct out *o, const char *name, struct nd_str str)
{
	out_key(o, name);
	out_string(o, str);
}

static void write_article(struct out *o, const struct wire_article *a)
{
	out_begin_object(o);
	out_key(o, "id");
	if (a->article.id.at && a->article.id_is_number)
		out_raw(o, a->article.id);
	else
		out_string(o, a->article.id);
	put_field(o, "url", a->article.url);
	put_field(o, "outlet", a->article.outlet);
	put_field(o, "published", a->article.published);
	put_field(o, "title", a->article.title);
	put_field(o, "lang", a->article.lang);
	put_field(o, "text", a->article.text);
	put_field(o, "charset", a->charset);
	if (a->raw.at) {
		out_key(o, "text_base64");
		put_base64(o, a->raw);
	}
	out_end_object(o);
	assert(o->err == 0);
}

static void check_round_trip(struct wire_reader *r, const struct wire_article *a)
{
	struct wire_article again;
	struct wire_error error;
	struct buf b;
	struct out o;

	buf_init(&b, SIZE_MAX);
	out_init(&o, &b);
	write_article(&o, a);
	if (read_padded(r, b.at, b.len, 0, &again, &error))
		abort();
	check_same(a, &again);
	buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct wire_reader *first, *second;
	struct wire_article a, b;
	struct wire_error e, f;
	int err;

	if (!first && (wire_reader_new(&wire_limits_default, &first) ||
		       wire_reader_new(&wire_limits_default, &second)))
		abort();
	err = read_padded(first, data, size, 0, &a, &e);
	/* A byte of the input itself is the likeliest to be mistaken for a part of it. */
	if (read_padded(second, data, size, size ? data[size / 2] : '}', &b, &f) != err)
		abort();
	if (err) {
		check_error(&e, &f, size);
	} else {
		check_same(&a, &b);
		check_round_trip(second, &a);
	}
	return 0;
}
