#include "daemon/dump.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "daemon/fields.h"
#include "wire/base64.h"
#include "wire/walk.h"

#define DEPTH_MAX 8u

static const char *const kinds[DUMP_KINDS] = { "article", "gone", "deny", "allow", "export", "end" };

uint64_t dump_mark(const struct nd_stored *s)
{
	return hash_seeded(s->at, s->bytes, (uint64_t)s->received);
}

static uint64_t hash_on(uint64_t hash, struct nd_str s)
{
	return s.at ? hash_seeded(s.at, s.len, hash) : hash;
}

/* Of what the line has from nowhere but the store; the record tells the rest. Format 1 left out the language. */
static uint64_t hash_of(const struct nd_stored *s, const struct nd_kept *text, uint64_t format)
{
	uint64_t hash = hash_on(dump_mark(s), text->text);

	return format > 1 ? hash_on(hash, text->lang) : hash;
}

/* --- writing --- */

static void put_count(struct out *o, const char *key, uint64_t count)
{
	out_key(o, key);
	out_u64(o, count);
}

static void begin(struct out *o, enum dump_kind kind)
{
	out_begin_object(o);
	out_key(o, "kind");
	out_word(o, kinds[kind]);
}

static void end(struct out *o)
{
	out_end_object(o);
	out_line(o);
}

void dump_head(struct out *o, uint64_t records)
{
	begin(o, DUMP_HEAD);
	put_count(o, "format", DUMP_FORMAT);
	out_key(o, "version");
	out_word(o, ND_VERSION);
	out_key(o, "profile");
	out_hex64(o, nd_profile());
	put_count(o, "records", records);
	end(o);
}

void dump_end(struct out *o, uint64_t records, uint64_t lines)
{
	begin(o, DUMP_END);
	put_count(o, "records", records);
	put_count(o, "lines", lines);
	end(o);
}

static void put_string(struct out *o, const char *key, struct nd_str s)
{
	if (!s.at)
		return;
	out_key(o, key);
	out_string(o, s);
}

static void put_article(struct out *o, const struct nd_article *a, const struct nd_kept *text)
{
	out_key(o, "id");
	fields_id(o, a);
	put_string(o, "url", a->url);
	put_string(o, "outlet", a->outlet);
	put_string(o, "published", a->published);
	put_string(o, "title", a->title);
	if (!text)
		return;
	put_string(o, "lang", text->lang);
	put_string(o, "text", text->text);
}

static void put_bytes(struct out *o, const void *at, size_t n)
{
	out_raw(o, (struct nd_str){ "\"", 1 });
	if (!o->err)
		o->err = base64_encode(o->b, at, n);
	if (!o->err)
		o->err = buf_add(o->b, "\"", 1);
}

void dump_record(struct out *o, const struct nd_stored *s, const struct nd_stored_contents *c, const struct nd_kept *text)
{
	static const struct nd_kept none;

	begin(o, (enum dump_kind)c->kind);
	put_count(o, "seq", s->seq);
	out_key(o, "received");
	out_i64(o, s->received);
	if (c->kind == ND_STORED_ARTICLE)
		put_article(o, &c->article, text);
	put_string(o, "a", c->a);
	put_string(o, "b", c->b);
	out_key(o, "hash");
	out_hex64(o, hash_of(s, text ? text : &none, DUMP_FORMAT));
	out_key(o, "record");
	put_bytes(o, s->at, s->bytes);
	end(o);
}

_Static_assert((int)DUMP_ARTICLE == (int)ND_STORED_ARTICLE && (int)DUMP_GONE == (int)ND_STORED_GONE &&
	       (int)DUMP_DENY == (int)ND_STORED_DENY && (int)DUMP_ALLOW == (int)ND_STORED_ALLOW,
	       "kinds of records are kinds of lines");

/* --- reading --- */

struct dump_reader {
	struct walk *walk;
	struct buf record;
	uint64_t format; /* of the last head */
};

int dump_reader_new(struct dump_reader **ret)
{
	struct dump_reader *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	buf_init(&r->record, DUMP_LINE_MAX);
	r->format = DUMP_FORMAT;
	err = walk_new(DUMP_LINE_MAX, DEPTH_MAX, &r->walk);
	if (err)
		free(r);
	else
		*ret = r;
	return err;
}

void dump_reader_free(struct dump_reader *r)
{
	if (!r)
		return;
	walk_free(r->walk);
	buf_done(&r->record);
	free(r);
}

enum field { KIND, SEQ, RECEIVED, HASH, RECORD, FORMAT, PROFILE, RECORDS, LINES, TEXT, LANG, ID, URL, OUTLET, PUBLISHED, TITLE,
	     A, B, FIELDS };

static const struct {
	const char *name;
	bool number;
} fields[FIELDS] = {
	[KIND] = { "kind", false },     [SEQ] = { "seq", true },          [RECEIVED] = { "received", true },
	[HASH] = { "hash", false },     [RECORD] = { "record", false },   [FORMAT] = { "format", true },
	[PROFILE] = { "profile", false }, [RECORDS] = { "records", true }, [LINES] = { "lines", true },
	[TEXT] = { "text", false },     [LANG] = { "lang", false },       [ID] = { "id", false },
	[URL] = { "url", false },       [OUTLET] = { "outlet", false },   [PUBLISHED] = { "published", false },
	[TITLE] = { "title", false },   [A] = { "a", false },             [B] = { "b", false },
};

struct reading {
	struct nd_str got[FIELDS];
	bool id_is_number;
	struct wire_error *error;
};

static int visit(void *user, struct nd_str key, struct walk_value *v)
{
	struct reading *r = user;
	int f = 0;

	while (f < FIELDS && (strlen(fields[f].name) != key.len || memcmp(fields[f].name, key.at, key.len)))
		f++;
	if (f == FIELDS)
		return 0;
	if (r->got[f].at)
		return wire_fail(r->error, "bad_request", v->offset, "field \"%s\" is there twice", fields[f].name);
	r->id_is_number |= f == ID && v->kind == WALK_NUMBER;
	if (v->kind == WALK_NUMBER && (fields[f].number || f == ID))
		return walk_raw(v, &r->got[f]);
	if (v->kind != WALK_STRING || fields[f].number)
		return wire_fail(r->error, "bad_request", v->offset, "field \"%s\" is not a %s", fields[f].name,
				 fields[f].number ? "number" : "string");
	return walk_string(v, &r->got[f]);
}

static int missing(const struct reading *r, enum field f)
{
	return wire_fail(r->error, "bad_request", 0, "field \"%s\" is missing or no whole number in its range", fields[f].name);
}

/* A whole number of so many digits; base 16: of a hash. */
static bool number_of(struct nd_str s, int base, bool negative, int64_t *ret)
{
	char text[24], *behind;

	if (!s.len || s.len >= sizeof(text) || (s.at[0] == '-' && !negative))
		return false;
	memcpy(text, s.at, s.len);
	text[s.len] = '\0';
	errno = 0;
	*ret = base == 16 ? (int64_t)strtoull(text, &behind, 16) : strtoll(text, &behind, 10);
	return !errno && !*behind;
}

static int read_number(const struct reading *r, enum field f, int base, void *ret)
{
	int64_t n;

	if (!number_of(r->got[f], base, f == RECEIVED, &n))
		return missing(r, f);
	memcpy(ret, &n, sizeof(n));
	return 0;
}

static int read_kind(const struct reading *r, enum dump_kind *ret)
{
	for (int k = 0; k < DUMP_KINDS; k++)
		if (r->got[KIND].at && strlen(kinds[k]) == r->got[KIND].len && !memcmp(kinds[k], r->got[KIND].at, r->got[KIND].len)) {
			*ret = (enum dump_kind)k;
			return 0;
		}
	return wire_fail(r->error, "bad_request", 0, "field \"kind\" is none of an export's");
}

static int read_head(struct dump_reader *d, const struct reading *r, struct dump_line *ret)
{
	int err = read_number(r, FORMAT, 10, &ret->format);

	if (!err)
		d->format = ret->format;
	if (!err && (!ret->format || ret->format > DUMP_FORMAT))
		return wire_fail(r->error, "bad_request", 0, "the export is of format %llu, which this version does not read",
				 (unsigned long long)ret->format);
	if (!err)
		err = read_number(r, PROFILE, 16, &ret->profile);
	return err ? err : read_number(r, RECORDS, 10, &ret->records);
}

static int read_end(const struct dump_reader *d, const struct reading *r, struct dump_line *ret)
{
	int err = read_number(r, RECORDS, 10, &ret->records);

	ret->lines = ret->records;
	return err || d->format == 1 ? err : read_number(r, LINES, 10, &ret->lines);
}

static bool same(struct nd_str x, struct nd_str y)
{
	return x.len == y.len && (!x.len || !memcmp(x.at, y.at, x.len));
}

static int differs(const struct reading *r, enum field f)
{
	return wire_fail(r->error, "bad_request", 0, "the record has another %s than the line", fields[f].name);
}

/* What the line says besides the record is the same. */
static int check_contents(const struct reading *r, const struct dump_line *l)
{
	const struct nd_stored_contents *c = &l->contents;
	const struct nd_article *a = &c->article;
	const struct {
		enum field field;
		struct nd_str by_record;
	} said[] = {
		{ ID, a->id },       { URL, a->url }, { OUTLET, a->outlet }, { PUBLISHED, a->published },
		{ TITLE, a->title }, { A, c->a },     { B, c->b },
	};

	if ((int)c->kind != (int)l->kind)
		return wire_fail(r->error, "bad_request", 0, "the record is of another kind than the line");
	if (c->article.id_is_number != r->id_is_number)
		return differs(r, ID);
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		if (!same(said[i].by_record, r->got[said[i].field]))
			return differs(r, said[i].field);
	return 0;
}

static int read_record(struct dump_reader *d, const struct reading *r, struct dump_line *ret)
{
	uint64_t hash;
	int err = read_number(r, SEQ, 10, &ret->stored.seq);

	if (!err)
		err = read_number(r, RECEIVED, 10, &ret->stored.received);
	if (!err)
		err = read_number(r, HASH, 16, &hash);
	if (err)
		return err;
	if (r->got[TEXT].len > ND_TEXT_MAX)
		return wire_fail(r->error, "too_large", 0, "the text is over the limit");
	buf_clear(&d->record);
	err = r->got[RECORD].at ? base64_decode(&d->record, r->got[RECORD]) : -EINVAL;
	if (err)
		return err == -ENOMEM ? err : wire_fail(r->error, "bad_request", 0, "field \"record\" is no base64");
	ret->stored.at = d->record.at;
	ret->stored.bytes = d->record.len;
	ret->text = (struct nd_kept){ r->got[TEXT], r->got[LANG] };
	if (hash != hash_of(&ret->stored, &ret->text, d->format))
		return wire_fail(r->error, "bad_request", 0, "the line is damaged: its hash is another");
	err = nd_stored_contents(&ret->stored, &ret->contents);
	if (err)
		return wire_fail(r->error, "bad_request", 0,
				 err == -EPROTO ? "the record is of another version" : "field \"record\" is none, or not of this seq");
	return check_contents(r, ret);
}

int dump_read(struct dump_reader *d, const char *at, size_t len, struct dump_line *ret, struct wire_error *error)
{
	struct reading r = { .error = error };
	int err = walk_line(d->walk, at, len, visit, &r, error);

	memset(ret, 0, sizeof(*ret));
	if (!err)
		err = read_kind(&r, &ret->kind);
	if (err)
		return err;
	if (ret->kind == DUMP_HEAD)
		return read_head(d, &r, ret);
	return ret->kind == DUMP_END ? read_end(d, &r, ret) : read_record(d, &r, ret);
}
