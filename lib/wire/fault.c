#include "wire/fault.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "wire/utf8.h"

int fault_utf8(const char *line, size_t len, struct wire_error *e)
{
	const uint8_t *at = (const uint8_t *)line;
	size_t i = 0;

	while (i < len) {
		size_t n = utf8_sequence(at + i, len - i);

		if (n == 0)
			break;
		i += n;
	}
	return wire_fail(e, "bad_utf8", i, "the line is not utf-8");
}

int fault_string(const char *line, size_t len, struct wire_error *e)
{
	bool inside = false;
	size_t start = 0;

	for (size_t i = 0; i < len; i++) {
		if (line[i] == '"') {
			inside = !inside;
			start = i;
		} else if (inside && (uint8_t)line[i] < 0x20) {
			return wire_fail(e, "bad_json", i,
					 "control character 0x%02x stands in a string", line[i]);
		} else if (inside && line[i] == '\\') {
			i++;
		}
	}
	return wire_fail(e, "bad_json", start, "a string does not end");
}

/* The four hex digits at `at`, or -1. */
static int hex4(const char *at, const char *end)
{
	static const char digits[] = "0123456789abcdef";
	int ret = 0;

	if (end - at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		const char *digit = memchr(digits, at[i] | (at[i] >= 'A' ? 0x20 : 0), 16);

		if (!digit)
			return -1;
		ret = ret << 4 | (int)(digit - digits);
	}
	return ret;
}

static bool is_high(int unit)
{
	return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low(int unit)
{
	return unit >= 0xdc00 && unit < 0xe000;
}

/* What is wrong with the escape at `at` (a backslash), or NULL and its length. */
static const char *escape_fault(const char *at, const char *end, size_t *len)
{
	int unit;

	*len = 2;
	if (end - at < 2 || !memchr("\"\\/bfnrtu", at[1], 9))
		return "an escape is unknown";
	if (at[1] != 'u')
		return NULL;
	*len = 6;
	unit = hex4(at + 2, end);
	if (unit < 0)
		return "an escape \\u has no four hex digits";
	if (is_low(unit))
		return "a low surrogate stands alone";
	if (!is_high(unit))
		return NULL;
	*len = 12;
	if (end - at < 12 || at[6] != '\\' || at[7] != 'u' || !is_low(hex4(at + 8, end)))
		return "a high surrogate stands alone";
	return NULL;
}

int fault_escape(const char *line, size_t len, size_t start, struct wire_error *e)
{
	const char *end = line + len;
	const char *at = line + start;

	while (at < end && *at != '"') {
		size_t n = 1;
		const char *why = *at == '\\' ? escape_fault(at, end, &n) : NULL;

		if (why)
			return wire_fail(e, "bad_json", (size_t)(at - line), "%s", why);
		at += n;
	}
	return wire_fail(e, "bad_json", start, "a string is bad");
}
