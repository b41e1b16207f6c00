#include "wire/request.h"

#include <errno.h>
#include <string.h>

#include "wire/reader.h"

struct envelope {
	struct wire_reader *reader;
	struct wire_request *got;
	struct wire_error *error;
	uint32_t seen; /* bit i: field i was there */
};

struct envelope_field {
	const char *name;
	int (*read)(struct envelope *e, const struct envelope_field *f, struct walk_value *v);
	size_t at; /* of the nd_str in struct wire_request */
};

static int bad_type(struct envelope *e, const char *name, const struct walk_value *v, const char *wanted)
{
	return wire_fail(e->error, "bad_request", v->offset, "field \"%s\" is not %s", name, wanted);
}

static struct nd_str *place_of(struct envelope *e, const struct envelope_field *f)
{
	return (struct nd_str *)((char *)e->got + f->at);
}

static int read_id(struct envelope *e, const struct envelope_field *f, struct walk_value *v)
{
	struct nd_str id;
	int err = walk_raw(v, &id);

	if (err)
		return err;
	if (id.len > WIRE_REQUEST_ID_MAX)
		return wire_fail(e->error, "too_large", v->offset, "field \"id\" is longer than %u bytes",
				 WIRE_REQUEST_ID_MAX);
	*place_of(e, f) = id;
	return 0;
}

static int read_op(struct envelope *e, const struct envelope_field *f, struct walk_value *v)
{
	return v->kind == WALK_STRING ? walk_string(v, place_of(e, f)) : bad_type(e, f->name, v, "a string");
}

/* The id of an article: what the article reader takes for one. */
static int read_key(struct envelope *e, const struct envelope_field *f, struct walk_value *v)
{
	struct nd_str *key = place_of(e, f);
	size_t max = e->reader->limits.id;
	int err;

	if (v->kind == WALK_NUMBER)
		err = walk_raw(v, key);
	else if (v->kind == WALK_STRING)
		err = walk_string(v, key);
	else
		return bad_type(e, f->name, v, "a string or a number");
	if (!err && key->len > max)
		return wire_fail(e->error, "too_large", v->offset, "field \"%s\" is longer than %zu bytes", f->name, max);
	return err;
}

static int refuse_empty(struct envelope *e, const struct envelope_field *f, const struct walk_value *v)
{
	if (place_of(e, f)->at && !place_of(e, f)->len)
		return wire_fail(e->error, "bad_request", v->offset, "field \"%s\" is empty", f->name);
	return 0;
}

/* What `next` was: null, of no page or of the last one, begins with the first. */
static int read_after(struct envelope *e, const struct envelope_field *f, struct walk_value *v)
{
	int err = v->kind == WALK_NULL ? 0 : read_key(e, f, v);

	return err ? err : refuse_empty(e, f, v);
}

/* A string that is not empty. It says which articles are meant: null, a slip mostly, would mean all of them. */
static int read_word(struct envelope *e, const struct envelope_field *f, struct walk_value *v)
{
	int err = v->kind == WALK_STRING ? read_key(e, f, v) : bad_type(e, f->name, v, "a string");

	return err ? err : refuse_empty(e, f, v);
}

static int read_limit(struct envelope *e, const struct envelope_field *f, struct walk_value *v)
{
	struct nd_str digits = { 0 };
	uint32_t limit = 0;
	int err = 0;

	if (v->kind == WALK_NULL)
		return 0;
	if (v->kind == WALK_NUMBER)
		err = walk_raw(v, &digits);
	for (size_t i = 0; i < digits.len && limit <= WIRE_LIMIT_MAX; i++) {
		bool digit = digits.at[i] >= '0' && digits.at[i] <= '9';

		limit = digit ? limit * 10 + (uint32_t)(digits.at[i] - '0') : WIRE_LIMIT_MAX + 1;
	}
	if (!err && (!limit || limit > WIRE_LIMIT_MAX))
		return bad_type(e, f->name, v, "a whole number from 1 to 1000");
	if (!err)
		e->got->limit = limit;
	return err;
}

static int read_article(struct envelope *e, const struct envelope_field *f, struct walk_value *v)
{
	(void)f;
	e->got->has_article = true;
	return reader_article(e->reader, v, &e->got->article, e->error);
}

static int read_event(void *user, struct nd_str key, struct walk_value *v)
{
	struct envelope *e = user;

	(void)key;
	if (v->kind != WALK_STRING)
		return bad_type(e, "events", v, "an array of strings");
	if (e->got->n_events == WIRE_EVENTS_MAX)
		return wire_fail(e->error, "too_large", v->offset, "field \"events\" has more than %u elements",
				 WIRE_EVENTS_MAX);
	return walk_string(v, &e->got->events[e->got->n_events++]);
}

static int read_events(struct envelope *e, const struct envelope_field *f, struct walk_value *v)
{
	if (v->kind == WALK_NULL)
		return 0;
	if (v->kind != WALK_ARRAY)
		return bad_type(e, f->name, v, "an array of strings");
	e->got->has_events = true;
	return walk_each(v, read_event, e);
}

static const struct envelope_field fields[] = {
	{ "id", read_id, offsetof(struct wire_request, id) },
	{ "op", read_op, offsetof(struct wire_request, op) },
	{ "article", read_article, 0 },
	{ "key", read_key, offsetof(struct wire_request, key) },
	{ "a", read_key, offsetof(struct wire_request, a) },
	{ "b", read_key, offsetof(struct wire_request, b) },
	{ "events", read_events, 0 },
	{ "limit", read_limit, 0 },
	{ "after", read_after, offsetof(struct wire_request, after) },
	{ "outlet", read_word, offsetof(struct wire_request, outlet) },
	{ "published_from", read_word, offsetof(struct wire_request, published_from) },
	{ "published_before", read_word, offsetof(struct wire_request, published_before) },
	{ "received_from", read_word, offsetof(struct wire_request, received_from) },
	{ "received_before", read_word, offsetof(struct wire_request, received_before) },
};

#define N_FIELDS (sizeof(fields) / sizeof(*fields))

static bool is_named(struct nd_str key, const char *name)
{
	return strlen(name) == key.len && !memcmp(name, key.at, key.len);
}

/* The first one's name, in whole characters. */
static void keep_unknown(struct wire_request *r, struct nd_str key)
{
	size_t n = key.len < sizeof(r->unknown) ? key.len : sizeof(r->unknown) - 1;

	if (r->has_unknown)
		return;
	while (n && n < key.len && ((unsigned char)key.at[n] & 0xC0) == 0x80)
		n--;
	r->has_unknown = true;
	if (n)
		memcpy(r->unknown, key.at, n);
	r->unknown[n] = '\0';
}

static int read_field(void *user, struct nd_str key, struct walk_value *v)
{
	struct envelope *e = user;

	for (size_t i = 0; i < N_FIELDS; i++) {
		if (!is_named(key, fields[i].name))
			continue;
		if (e->seen & 1u << i)
			return wire_fail(e->error, "bad_request", v->offset, "field \"%s\" is there twice",
					 fields[i].name);
		e->seen |= 1u << i;
		if (fields[i].read == read_limit || fields[i].read == read_after || fields[i].read == read_events)
			e->got->page = fields[i].name;
		return fields[i].read(e, &fields[i], v);
	}
	keep_unknown(e->got, key);
	return 0;
}

/* --- the id alone --- */

static int keep_id(void *user, struct nd_str key, struct walk_value *v)
{
	struct nd_str id, *ret = user;
	int err;

	if (!is_named(key, "id") || ret->at)
		return 0;
	err = walk_raw(v, &id);
	if (!err && id.len <= WIRE_REQUEST_ID_MAX)
		*ret = id;
	return err;
}

struct nd_str wire_read_id(struct wire_reader *r, const char *line, size_t len)
{
	struct wire_error ignored;
	struct nd_str ret = { 0 };

	/* Of a bad line the id counts if it stands before the fault. */
	walk_line(r->walk, line, len, keep_id, &ret, &ignored);
	return ret;
}

int wire_read_request(struct wire_reader *r, const char *line, size_t len, struct wire_request *ret,
		      struct wire_error *error)
{
	struct envelope e = { .reader = r, .got = ret, .error = error };
	int err;

	memset(ret, 0, sizeof(*ret));
	err = walk_line(r->walk, line, len, read_field, &e, error);
	if (!err && !ret->op.at)
		err = wire_fail(error, "bad_request", 0, "field \"op\" is missing");
	if (err == -EBADMSG && !ret->id.at)
		ret->id = wire_read_id(r, line, len);
	return err;
}
