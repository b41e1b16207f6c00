/*
 * The lines of `newsdup export`, which `newsdup import` reads: JSON, format 2; newsdup(1) tells what they hold.
 *
 *     {"kind":"export","format":2,"records":N,...}    the head; N: there were so many at first
 *     {"kind":"article","seq":0,...}                  record by record, without a gap; what has changed since comes again
 *     {"kind":"end","records":N,"lines":M}            so many there are; lines of records
 *
 * Every line is proven by its own hash and by the record in it, the whole by the counts at its end. Format 1 had every
 * record once, no count of lines, and no proof of lang.
 */
#ifndef ND_DAEMON_DUMP_H
#define ND_DAEMON_DUMP_H

#include "newsdup_store.h"
#include "wire/error.h"
#include "wire/out.h"

#define DUMP_FORMAT 2u /* that is written; earlier ones are read */
#define DUMP_LINE_MAX ((size_t)512 << 20) /* bytes: a record of the longest text, and the text */

enum dump_kind { DUMP_ARTICLE, DUMP_GONE, DUMP_DENY, DUMP_ALLOW, DUMP_HEAD, DUMP_END, DUMP_KINDS };

void dump_head(struct out *o, uint64_t records);
void dump_end(struct out *o, uint64_t records, uint64_t lines);

/* Of two versions of a record it differs. */
uint64_t dump_mark(const struct nd_stored *s);

/* text NULL: none is kept. */
void dump_record(struct out *o, const struct nd_stored *s, const struct nd_stored_contents *c, const struct nd_kept *text);

struct dump_reader;

/* Errors: -ENOMEM. */
int dump_reader_new(struct dump_reader **ret);
void dump_reader_free(struct dump_reader *r);

/* A line; strings and the record live until the next one. */
struct dump_line {
	enum dump_kind kind;
	uint64_t format, profile, records; /* of the head; records: of the end, too */
	uint64_t lines;                    /* of the end */
	struct nd_stored stored;           /* of a record; its text is not there */
	struct nd_stored_contents contents;
	struct nd_kept text;               /* its text, absent: none */
};

/* `at` as walk_line wants it. Errors: -EBADMSG with *error filled, -ENOMEM. */
int dump_read(struct dump_reader *r, const char *at, size_t len, struct dump_line *ret, struct wire_error *error);

#endif
