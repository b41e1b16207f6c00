#include "tests/unit/wire_lines.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const struct wire_limits small_limits = {
	.line = 4096, .text = 100, .id = 10, .paragraphs = 5, .depth = 4
};

/* What stands behind a line must never matter. */
static const char paddings[] = "\0}]\"{,: 1\\\xff";

struct wire_reader *reader;

struct wire_reader *new_reader(const struct wire_limits *limits)
{
	struct wire_reader *ret;

	assert_int_equal(wire_reader_new(limits, &ret), 0);
	return ret;
}

int open_reader(void **state)
{
	reader = new_reader(&wire_limits_default);
	return 0;
}

int close_reader(void **state)
{
	wire_reader_free(reader);
	return 0;
}

/* The padding ends where the memory ends: a sanitizer sees the first byte beyond. */
int read_padded(struct wire_reader *r, const char *line, size_t len, char padding,
		       struct wire_article *ret, struct wire_error *error)
{
	char *copy = malloc(len + WIRE_PADDING);
	int err;

	assert_non_null(copy);
	memcpy(copy, line, len);
	memset(copy + len, padding, WIRE_PADDING);
	err = wire_read_article(r, copy, len, ret, error);
	free(copy);
	return err;
}

struct wire_article read_bytes(struct wire_reader *r, const char *line, size_t len)
{
	struct wire_article ret;
	struct wire_error error = { 0 };

	for (size_t i = 0; i < sizeof(paddings); i++)
		if (read_padded(r, line, len, paddings[i], &ret, &error))
			fail_msg("%.*s: %s at %zu, %s", (int)len, line, error.code, error.offset,
				 error.reason);
	return ret;
}

struct wire_article read_line(const char *line)
{
	return read_bytes(reader, line, strlen(line));
}

struct wire_error refuse_bytes(struct wire_reader *r, const char *line, size_t len)
{
	struct wire_error first = { 0 };

	for (size_t i = 0; i < sizeof(paddings); i++) {
		struct wire_article untouched, got;
		struct wire_error error;

		memset(&untouched, 0x55, sizeof(untouched));
		memset(&got, 0x55, sizeof(got));
		if (read_padded(r, line, len, paddings[i], &got, &error) != -EBADMSG)
			fail_msg("%.*s: accepted", (int)len, line);
		assert_memory_equal(&got, &untouched, sizeof(got));
		assert_true(error.offset <= len);
		if (i == 0)
			first = error;
		if (strcmp(error.code, first.code) || error.offset != first.offset ||
		    strcmp(error.reason, first.reason))
			fail_msg("%.*s\n%s at %zu, %s, but before padding 0x%02x\n%s at %zu, %s",
				 (int)len, line, first.code, first.offset, first.reason,
				 (uint8_t)paddings[i], error.code, error.offset, error.reason);
	}
	return first;
}

void check_error(struct wire_error got, const char *line, const char *code, size_t offset,
			const char *reason)
{
	if (strcmp(got.code, code) || got.offset != offset ||
	    (reason && strcmp(got.reason, reason)))
		fail_msg("%s\ngot  %s at %zu, %s\nwant %s at %zu, %s", line, got.code, got.offset,
			 got.reason, code, offset, reason ? reason : "any reason");
}

void refuse(const char *line, const char *code, size_t offset, const char *reason)
{
	check_error(refuse_bytes(reader, line, strlen(line)), line, code, offset, reason);
}

void refuse_small(const char *line, const char *code, size_t offset, const char *reason)
{
	struct wire_reader *r = new_reader(&small_limits);

	check_error(refuse_bytes(r, line, strlen(line)), line, code, offset, reason);
	wire_reader_free(r);
}

void accept_small(const char *line)
{
	struct wire_reader *r = new_reader(&small_limits);

	read_bytes(r, line, strlen(line));
	wire_reader_free(r);
}

void is_bytes(struct nd_str got, const char *want, size_t len)
{
	assert_non_null(got.at);
	assert_int_equal(got.len, len);
	assert_memory_equal(got.at, want, len);
}

void is(struct nd_str got, const char *want)
{
	is_bytes(got, want, strlen(want));
}
