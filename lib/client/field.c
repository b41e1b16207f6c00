#include "client/field.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "newsdup_client.h"

/* What is still to be read. */
struct cursor {
	const char *at, *end;
};

static void skip_space(struct cursor *c)
{
	while (c->at < c->end && memchr(" \t\r\n", *c->at, 4))
		c->at++;
}

static bool skip_byte(struct cursor *c, char byte)
{
	skip_space(c);
	if (c->at == c->end || *c->at != byte)
		return false;
	c->at++;
	return true;
}

/* Whether a quote is escaped: by an odd number of backslashes, none of them before start. */
static bool is_escaped(const char *quote, const char *start)
{
	const char *at = quote;

	while (at > start && at[-1] == '\\')
		at--;
	return (quote - at) % 2;
}

/* Behind the closing quote; at the end of all when there is none. Most of a line is text: from quote to quote. */
static void skip_string(struct cursor *c)
{
	const char *start = ++c->at, *quote;

	while ((quote = memchr(c->at, '"', (size_t)(c->end - c->at))) && is_escaped(quote, start))
		c->at = start = quote + 1;
	c->at = quote ? quote + 1 : c->end;
}

/* Behind a value: at depth 0, before what ends it. False when it is missing or does not end. */
static bool skip_value(struct cursor *c)
{
	const char *start;
	unsigned depth = 0;

	skip_space(c);
	start = c->at;
	while (c->at < c->end) {
		char byte = *c->at;

		if (!depth && memchr(",:]} \t\r\n", byte, 8))
			break;
		if (byte == '"') {
			skip_string(c);
		} else {
			depth += byte == '{' || byte == '[';
			depth -= byte == '}' || byte == ']';
			c->at++;
		}
		if (!depth && memchr("\"}]", byte, 3))
			break;
	}
	return c->at > start && !depth;
}

bool field_is_object(const char *json, size_t len)
{
	struct cursor c = { json, json + len };

	skip_space(&c);
	if (c.at == c.end || *c.at != '{' || !skip_value(&c))
		return false;
	skip_space(&c);
	return c.at == c.end;
}

bool nd_client_field(const char *json, size_t len, const char *name, const char **ret, size_t *ret_len)
{
	struct cursor c = { json, json + len };
	size_t name_len = strlen(name);

	if (!skip_byte(&c, '{'))
		return false;
	do {
		const char *key, *value;
		size_t key_len;

		skip_space(&c);
		if (c.at == c.end || *c.at != '"')
			return false;
		key = c.at + 1;
		skip_string(&c);
		key_len = (size_t)(c.at - key);
		if (!skip_byte(&c, ':'))
			return false;
		skip_space(&c);
		value = c.at;
		if (!skip_value(&c))
			return false;
		if (key_len == name_len + 1 && !memcmp(key, name, name_len)) {
			*ret = value;
			*ret_len = (size_t)(c.at - value);
			return true;
		}
	} while (skip_byte(&c, ','));
	return false;
}

/* --- values --- */

/* Where a decoded string goes: it may be longer than there is room. */
struct sink {
	char *to;
	size_t size, len;
};

static void put(struct sink *s, unsigned byte)
{
	if (s->len < s->size)
		s->to[s->len] = (char)byte;
	s->len++;
}

static void put_utf8(struct sink *s, uint32_t c)
{
	if (c < 0x80) {
		put(s, c);
	} else if (c < 0x800) {
		put(s, 0xC0 | c >> 6);
		put(s, 0x80 | (c & 0x3F));
	} else if (c < 0x10000) {
		put(s, 0xE0 | c >> 12);
		put(s, 0x80 | (c >> 6 & 0x3F));
		put(s, 0x80 | (c & 0x3F));
	} else {
		put(s, 0xF0 | c >> 18);
		put(s, 0x80 | (c >> 12 & 0x3F));
		put(s, 0x80 | (c >> 6 & 0x3F));
		put(s, 0x80 | (c & 0x3F));
	}
}

/* The four digits of \uXXXX behind c->at; U+FFFD when they are none. */
static uint32_t read_hex4(struct cursor *c)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++) {
		static const char digits[] = "0123456789abcdef0123456789ABCDEF";
		const char *d = c->at < c->end && *c->at ? strchr(digits, *c->at) : NULL;

		if (!d)
			return 0xFFFD;
		value = value << 4 | ((uint32_t)(d - digits) & 15);
		c->at++;
	}
	return value;
}

/* c->at stands behind the u. Two surrogates make one character, a lone one is U+FFFD. */
static uint32_t read_escape(struct cursor *c)
{
	uint32_t high = read_hex4(c), low;
	struct cursor behind;

	if (high < 0xD800 || high > 0xDFFF)
		return high;
	if (high > 0xDBFF || c->end - c->at < 6 || c->at[0] != '\\' || c->at[1] != 'u')
		return 0xFFFD;
	behind = (struct cursor){ c->at + 2, c->end };
	low = read_hex4(&behind);
	if (low < 0xDC00 || low > 0xDFFF)
		return 0xFFFD;
	c->at = behind.at;
	return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

static void decode(struct cursor c, struct sink *s)
{
	static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";

	while (c.at < c.end) {
		const char *short_one;

		if (*c.at != '\\' || c.end - c.at < 2) {
			put(s, (unsigned char)*c.at++);
			continue;
		}
		c.at += 2;
		short_one = strchr(from, c.at[-1]);
		if (c.at[-1] == 'u')
			put_utf8(s, read_escape(&c));
		else
			put(s, short_one && *short_one ? (unsigned char)to[short_one - from] : (unsigned char)c.at[-1]);
	}
}

/* The border of a character at or before end; the byte that stands there is cut off. */
static size_t border(const char *text, size_t end)
{
	while (end && ((unsigned char)text[end] & 0xC0) == 0x80)
		end--;
	return end;
}

static void finish(struct sink *s)
{
	size_t end = s->len;

	if (!s->size)
		return;
	if (end >= s->size)
		end = border(s->to, s->size - 1);
	s->to[end] = '\0';
}

long nd_client_string(const char *json, size_t len, const char *name, char *to, size_t size)
{
	struct sink s = { to, size, 0 };
	struct cursor value;
	const char *at;
	size_t n;

	if (!nd_client_field(json, len, name, &at, &n) || (n == 4 && !memcmp(at, "null", 4)))
		return -ENOENT;
	value = (struct cursor){ at, at + n };
	if (*at == '"' && n >= 2)
		value = (struct cursor){ at + 1, at + n - 1 };
	else if (*at != '-' && (*at < '0' || *at > '9'))
		return -EINVAL;
	decode(value, &s);
	finish(&s);
	return (long)s.len;
}

bool nd_client_ok(const struct nd_client_reply *reply)
{
	const char *at;
	size_t len;

	return nd_client_field(reply->at, reply->len, "ok", &at, &len) && len == 4 && !memcmp(at, "true", 4);
}

size_t nd_client_code(const struct nd_client_reply *reply, char *to, size_t size)
{
	const char *at;
	size_t len;
	long n = -1;

	if (size)
		*to = '\0';
	if (!nd_client_ok(reply) && nd_client_field(reply->at, reply->len, "error", &at, &len))
		n = nd_client_string(at, len, "code", to, size);
	return n < 0 ? 0 : (size_t)n;
}

long field_number_in(const char *json, size_t len, const char *object, const char *name)
{
	const char *at, *digits;
	size_t n, count;
	long value = 0;

	if (!nd_client_field(json, len, object, &at, &n) || !nd_client_field(at, n, name, &digits, &count))
		return 0;
	for (size_t i = 0; i < count && i < 9 && digits[i] >= '0' && digits[i] <= '9'; i++)
		value = 10 * value + (digits[i] - '0');
	return value;
}
