/*
 * The one door to simdjson: its on-demand parser, made strict.
 *
 * On-demand validates only what is visited, so everything is: what a visitor leaves is walked here.
 * Tokens that are no strings are checked by our own grammar, because on-demand's would refuse
 * numbers that do not fit 64 bits.
 *
 * Once one of simdjson's iterators has reported an error it must not be touched again (it would
 * follow a null pointer): every error leaves all loops at once.
 *
 * Strings are decoded into a buffer of ours, one behind another. What they need never exceeds the
 * part of the line that has been read, since a decoded string is no longer than its source and the
 * quotes leave room for what json_append puts between; the padding takes the parser's wide stores.
 */
/* newsdup.h has a struct and a function of one name, as in C one may. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#include "wire/json.h"
#pragma GCC diagnostic pop

#include <cassert>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>
#include <simdjson.h>
#include <string_view>

#include "wire/fault.h"

using namespace simdjson;

struct json {
	ondemand::parser parser;
	ondemand::document document;
	std::unique_ptr<uint8_t[]> strings;
	uint8_t *next = nullptr; /* in strings: where the next one goes */
	size_t capacity = 0;     /* of parser and strings, bytes of line */
	size_t line_max;
	unsigned depth_max;
	unsigned depth = 0;
	const char *line = nullptr;
	size_t len = 0;
	struct wire_error *error = nullptr;
};

namespace
{

constexpr size_t small_line = 64 << 10;
constexpr size_t large_line = 1 << 20;

int fail(struct json *j, const char *code, size_t offset, const char *reason)
{
	return wire_fail(j->error, code, offset, "%s", reason);
}

int resize(struct json *j, size_t capacity)
{
	j->capacity = 0;
	j->strings.reset(new (std::nothrow) uint8_t[capacity + SIMDJSON_PADDING]);
	if (!j->strings || j->parser.allocate(capacity, j->depth_max + 1) != SUCCESS)
		return -ENOMEM;
	j->capacity = capacity;
	return 0;
}

/* Grows by doubling; one long line must not hold its memory for ever. */
int make_room(struct json *j, size_t len)
{
	bool wasteful = j->capacity > large_line && len < j->capacity / 16;
	size_t want = len < small_line ? small_line : len < j->line_max / 2 ? 2 * len : j->line_max;

	return len > j->capacity || wasteful ? resize(j, want) : 0;
}

/*
 * The byte at which the parser stands, the length of the line at its end. After a syntax error it
 * is the byte that was not expected.
 */
size_t here(struct json *j)
{
	const char *at;

	if (j->document.current_location().get(at) != SUCCESS || at > j->line + j->len)
		return j->len;
	return static_cast<size_t>(at - j->line);
}

int fail_syntax(struct json *j, error_code code)
{
	if (code == INCOMPLETE_ARRAY_OR_OBJECT)
		return fail(j, "bad_json", j->len, "the line does not end with its object");
	return fail(j, "bad_json", here(j), "a comma, colon, key or bracket is missing or misplaced");
}

/* Errors of the first pass, before anything is visited. */
int fail_scan(struct json *j, error_code code)
{
	switch (code) {
	case MEMALLOC:
		return -ENOMEM;
	case UTF8_ERROR:
		return fault_utf8(j->line, j->len, j->error);
	case UNESCAPED_CHARS:
	case UNCLOSED_STRING:
		return fault_string(j->line, j->len, j->error);
	case EMPTY:
		return fail(j, "bad_json", 0, "the line is empty");
	default:
		return fail(j, "bad_json", 0, "the line is not json");
	}
}

std::string_view without_blanks(std::string_view s)
{
	while (!s.empty() && memchr(" \t\r\n", s.back(), 4))
		s.remove_suffix(1);
	return s;
}

const char *digits(const char *at, const char *end)
{
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return at;
}

/* RFC 8259, section 6. */
bool is_number(std::string_view s)
{
	const char *at = s.data(), *end = at + s.size(), *start;

	at += at < end && *at == '-';
	start = at;
	at = digits(at, end);
	if (at == start || (*start == '0' && at > start + 1))
		return false;
	if (at < end && *at == '.') {
		start = ++at;
		at = digits(at, end);
		if (at == start)
			return false;
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		at += at < end && (*at == '+' || *at == '-');
		start = at;
		at = digits(at, end);
		if (at == start)
			return false;
	}
	return at == end;
}

ondemand::value &inner(struct json_value *v)
{
	return *static_cast<ondemand::value *>(v->inner);
}

bool token_is_valid(enum json_kind kind, std::string_view token)
{
	switch (kind) {
	case JSON_NULL:
		return token == "null";
	case JSON_BOOL:
		return token == "true" || token == "false";
	default:
		return is_number(token);
	}
}

/* What begins with this byte; false when no value does. */
bool kind_of(char first, enum json_kind *ret)
{
	switch (first) {
	case '{':
		*ret = JSON_OBJECT;
		return true;
	case '[':
		*ret = JSON_ARRAY;
		return true;
	case '"':
		*ret = JSON_STRING;
		return true;
	case 't':
	case 'f':
		*ret = JSON_BOOL;
		return true;
	case 'n':
		*ret = JSON_NULL;
		return true;
	default:
		*ret = JSON_NUMBER;
		return first == '-' || (first >= '0' && first <= '9');
	}
}

int decode(struct json *j, ondemand::raw_json_string raw, uint8_t **next, struct nd_str *ret)
{
	std::string_view decoded;

	if (j->parser.unescape(raw, *next).get(decoded) != SUCCESS)
		return fault_escape(j->line, j->len, static_cast<size_t>(raw.raw() - j->line),
				    j->error);
	*ret = {decoded.data(), decoded.size()};
	return 0;
}

/* Decodes a string to *next and moves it on. */
int take_string(struct json_value *v, uint8_t **next, struct nd_str *ret)
{
	ondemand::raw_json_string raw;

	v->taken = true;
	/* This must advance the parser: left to itself it takes `"a"` in {"k":"a":1} for a key. */
	if (inner(v).get_raw_json_string().get(raw) != SUCCESS)
		return fail(v->json, "bad_json", v->offset, "a string is bad");
	return decode(v->json, raw, next, ret);
}

int take_token(struct json_value *v, struct nd_str *ret)
{
	std::string_view token = without_blanks(inner(v).raw_json_token());

	v->taken = true;
	if (!token_is_valid(v->kind, token))
		return fail(v->json, "bad_json", v->offset,
			    v->kind == JSON_NUMBER ? "a number is malformed"
						   : "a word is not true, false or null");
	*ret = {token.data(), token.size()};
	return 0;
}

/* Validates a value that nobody wanted. */
int take(struct json_value *v)
{
	uint8_t *scratch = v->json->next;
	struct nd_str ignored;

	switch (v->kind) {
	case JSON_ARRAY:
	case JSON_OBJECT:
		return json_each(v, nullptr, nullptr);
	case JSON_STRING:
		return take_string(v, &scratch, &ignored);
	default:
		return take_token(v, &ignored);
	}
}

int visit_value(struct json *j, ondemand::value value, struct nd_str key, json_visit *visit,
		void *user)
{
	const char *at = value.raw_json_token().data();
	struct json_value v = {JSON_NULL, false, static_cast<size_t>(at - j->line), j, &value};
	int err = 0;

	if (!kind_of(*at, &v.kind))
		return fail(j, "bad_json", v.offset, "a value is missing or malformed");
	if (visit)
		err = visit(user, key, &v);
	return err || v.taken ? err : take(&v);
}

int visit_field(struct json *j, ondemand::field &field, json_visit *visit, void *user)
{
	uint8_t *scratch = j->next;
	struct nd_str key;
	/* A key is kept during its visit only if somebody listens. */
	int err = decode(j, field.key(), visit ? &j->next : &scratch, &key);

	return err ? err : visit_value(j, field.value(), key, visit, user);
}

int each_field(struct json *j, ondemand::object object, json_visit *visit, void *user)
{
	for (simdjson_result<ondemand::field> result : object) {
		ondemand::field field;
		error_code code = std::move(result).get(field);
		int err = code ? fail_syntax(j, code) : visit_field(j, field, visit, user);

		if (err)
			return err;
	}
	return 0;
}

int each_element(struct json *j, ondemand::array array, json_visit *visit, void *user)
{
	for (simdjson_result<ondemand::value> result : array) {
		ondemand::value value;
		error_code code = std::move(result).get(value);
		int err = code ? fail_syntax(j, code)
			       : visit_value(j, value, {nullptr, 0}, visit, user);

		if (err)
			return err;
	}
	return 0;
}

int read_object(struct json *j, json_visit *visit, void *user)
{
	ondemand::object object;
	ondemand::json_type type;
	error_code code;
	int err;

	if (j->document.type().get(type) != SUCCESS)
		return fail(j, "bad_json", here(j), "the line is not json");
	if (type != ondemand::json_type::object)
		return fail(j, "bad_request", 0, "the line is not an object");
	code = j->document.get_object().get(object);
	if (code)
		return fail_syntax(j, code);
	j->depth = 1;
	err = each_field(j, object, visit, user);
	if (!err && here(j) != j->len)
		return fail(j, "bad_json", here(j), "something stands behind the object");
	return err;
}

} // namespace

int json_new(size_t line_max, unsigned depth_max, struct json **ret)
{
	struct json *j;

	if (line_max >= JSON_LINE_MAX)
		return -EINVAL;
	j = new (std::nothrow) json;
	if (!j)
		return -ENOMEM;
	j->line_max = line_max;
	j->depth_max = depth_max;
	*ret = j;
	return 0;
}

void json_free(struct json *j)
{
	delete j;
}

int json_read(struct json *j, const char *line, size_t len, json_visit *visit, void *user,
	      struct wire_error *error)
{
	error_code code;
	int err;

	j->line = line;
	j->len = len;
	j->error = error;
	if (len > j->line_max)
		return wire_fail(error, "too_large", 0, "the line is longer than %zu bytes",
				 j->line_max);
	err = make_room(j, len);
	if (err)
		return err;
	j->next = j->strings.get();
	code = j->parser.iterate(line, len, len + SIMDJSON_PADDING).get(j->document);
	return code ? fail_scan(j, code) : read_object(j, visit, user);
}

int json_string(struct json_value *v, struct nd_str *ret)
{
	return take_string(v, &v->json->next, ret);
}

int json_append(struct json_value *v, char between, struct nd_str *text)
{
	struct json *j = v->json;
	struct nd_str added;
	int err;

	if (!text->at)
		return json_string(v, text);
	assert(text->at + text->len == reinterpret_cast<char *>(j->next));
	*j->next++ = static_cast<uint8_t>(between);
	err = json_string(v, &added);
	if (!err)
		text->len += 1 + added.len;
	return err;
}

int json_raw(struct json_value *v, struct nd_str *ret)
{
	struct json *j = v->json;
	int err = take(v);
	std::string_view raw;

	if (err)
		return err;
	/* The parser peeks at a token and leaves it, but stands behind what it has walked. */
	raw = inner(v).raw_json_token();
	if (v->kind >= JSON_STRING)
		raw = {raw.data(), here(j) - v->offset};
	raw = without_blanks(raw);
	memcpy(j->next, raw.data(), raw.size());
	*ret = {reinterpret_cast<char *>(j->next), raw.size()};
	j->next += raw.size();
	return 0;
}

int json_each(struct json_value *v, json_visit *visit, void *user)
{
	struct json *j = v->json;
	ondemand::array array;
	ondemand::object object;
	error_code code;
	int err;

	v->taken = true;
	if (j->depth >= j->depth_max)
		return wire_fail(j->error, "too_deep", v->offset, "nesting is deeper than %u",
				 j->depth_max);
	code = v->kind == JSON_ARRAY ? inner(v).get_array().get(array)
				     : inner(v).get_object().get(object);
	if (code)
		return fail_syntax(j, code);
	j->depth++;
	err = v->kind == JSON_ARRAY ? each_element(j, array, visit, user)
				    : each_field(j, object, visit, user);
	j->depth--;
	return err;
}
