/*
 * The one door to simdjson 3.0: its first pass and its string decoder.
 *
 * Not its on-demand parser, with which this began: inside a line that ends too early, such as
 * {"x":[{}, on-demand 3.0.1 walks on behind the last token, and what it then reports depends on
 * the bytes behind the line and on earlier lines. It also tells no place for most errors and takes
 * no number beyond 64 bits. Walking the tokens ourselves (walk.c) costs the same time.
 *
 * Both functions are virtual: simdjson picks those for the processor when the program starts.
 */
#include "wire/json.h"

#include <cerrno>
#include <memory>
#include <new>
#include <simdjson.h>

#include "wire/fault.h"

static_assert(JSON_PADDING >= simdjson::SIMDJSON_PADDING, "the parser reads further than we allow");

struct json {
	std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
};

int json_new(size_t capacity, struct json **ret)
{
	std::unique_ptr<struct json> j(new (std::nothrow) json);
	const simdjson::implementation *best = simdjson::get_active_implementation();

	/* Depth is for its second pass, which is not used; 0 is taken for out of memory. */
	if (!j || best->create_dom_parser_implementation(capacity, 1, j->parser))
		return -ENOMEM;
	*ret = j.release();
	return 0;
}

void json_free(struct json *j)
{
	delete j;
}

static int explain(simdjson::error_code code, const char *line, size_t len,
		   struct wire_error *error)
{
	switch (code) {
	case simdjson::UTF8_ERROR:
		return fault_utf8(line, len, error);
	case simdjson::UNESCAPED_CHARS:
	case simdjson::UNCLOSED_STRING:
		return fault_string(line, len, error);
	case simdjson::EMPTY:
		return wire_fail(error, "bad_json", 0, "the line is empty");
	default:
		return wire_fail(error, "bad_json", 0, "the line is not json");
	}
}

int json_scan(struct json *j, const char *line, size_t len, struct json_tokens *ret,
	      struct wire_error *error)
{
	const uint8_t *at = reinterpret_cast<const uint8_t *>(line);
	simdjson::error_code code = j->parser->stage1(at, len, simdjson::stage1_mode::regular);

	if (code)
		return explain(code, line, len, error);
	*ret = { j->parser->structural_indexes.get(), j->parser->n_structural_indexes };
	return 0;
}

char *json_decode(const struct json *j, const char *string, char *to)
{
	const uint8_t *from = reinterpret_cast<const uint8_t *>(string);

	return reinterpret_cast<char *>(
		j->parser->parse_string(from, reinterpret_cast<uint8_t *>(to)));
}
