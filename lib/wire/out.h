/*
 * JSON out: appends to a buffer, puts commas where they belong, remembers the first error.
 *
 *     struct out o;
 *
 *     out_init(&o, &buf);
 *     out_begin_object(&o);
 *     out_key(&o, "id");
 *     out_string(&o, article.id);
 *     out_end_object(&o);
 *     out_line(&o);
 *     if (o.err) ...
 *
 * After an error nothing more is written; what was written before stays in the buffer. That begins
 * and ends match and that keys stand in objects is the caller's care. Output is the same on every
 * machine: no locale, no rounding of the platform's.
 */
#ifndef ND_WIRE_OUT_H
#define ND_WIRE_OUT_H

#include <string.h>

#include "base/buf.h"
#include "newsdup.h"

struct out {
	struct buf *b;
	int err;    /* 0, -E2BIG or -ENOMEM */
	bool comma; /* one is due before the next key or element */
};

void out_init(struct out *o, struct buf *b);

void out_begin_object(struct out *o);
void out_end_object(struct out *o);
void out_begin_array(struct out *o);
void out_end_array(struct out *o);

/* Makes room for n bytes of a value or key and puts the comma before it, if one is due; false: there is none. */
bool out_begin(struct out *o, size_t n);

/* A name of ours: nothing in it is escaped. Inline, as names are known when this is compiled. */
static inline void out_key(struct out *o, const char *name)
{
	size_t len = strlen(name);
	uint8_t *to;

	if (!out_begin(o, len + 3))
		return;
	to = o->b->at + o->b->len;
	*to++ = '"';
	memcpy(to, name, len);
	memcpy(to + len, "\":", 2);
	o->b->len += len + 3;
	o->comma = false;
}

/* UTF-8; every byte that is no part of a well-formed sequence becomes U+FFFD. Absent: null. */
void out_string(struct out *o, struct nd_str str);

/* A name of ours as a value; NULL: null. */
void out_word(struct out *o, const char *word);

/* JSON that is known to be valid, as it stands: a number of any size, an echoed value. */
void out_raw(struct out *o, struct nd_str json);

void out_null(struct out *o);
void out_bool(struct out *o, bool value);
void out_u64(struct out *o, uint64_t value);
void out_i64(struct out *o, int64_t value);

/* A similarity: "0.0000" to "1.0000", halves up. What lies outside is clamped; NaN is 0.0000. */
void out_fixed4(struct out *o, double value);

/* A quoted hash, 16 lower case hex digits: a u64 as a number would not survive most readers. */
void out_hex64(struct out *o, uint64_t value);

/* A newline, between one document and the next. */
void out_line(struct out *o);

#endif
