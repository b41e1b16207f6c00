/*
 * Lines for the reader of articles: each is read with every kind of padding behind it, for that must not matter.
 */
#ifndef ND_TESTS_WIRE_LINES_H
#define ND_TESTS_WIRE_LINES_H

#include <stddef.h>
#include <stdint.h>

#include "wire/article.h"

extern const struct wire_limits small_limits;
extern struct wire_reader *reader; /* with the default limits; from open_reader to close_reader */

int open_reader(void **state);
int close_reader(void **state);

/* To be freed. */
struct wire_reader *new_reader(const struct wire_limits *limits);

/* What wire_read_article returns of a line before so much of one byte. */
int read_padded(struct wire_reader *r, const char *line, size_t len, char padding, struct wire_article *ret,
		struct wire_error *error);

/* A line that is good; `read_line` by `reader`. */
struct wire_article read_bytes(struct wire_reader *r, const char *line, size_t len);
struct wire_article read_line(const char *line);

/* A line that is refused with that code at that offset, for that reason (NULL: any). */
struct wire_error refuse_bytes(struct wire_reader *r, const char *line, size_t len);
void refuse(const char *line, const char *code, size_t offset, const char *reason);
void check_error(struct wire_error got, const char *line, const char *code, size_t offset, const char *reason);

/* The same with small_limits. */
void refuse_small(const char *line, const char *code, size_t offset, const char *reason);
void accept_small(const char *line);

void is_bytes(struct nd_str got, const char *want, size_t len);
void is(struct nd_str got, const char *want);

#endif
