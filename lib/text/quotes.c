#include "text/quotes.h"

#include <string.h>

/* A longer one has lost its other half. */
#define BYTES_MAX 3000u

enum mark { OPENS, CLOSES, IN_TURN };

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* What a mark does by its shape; *ret_bracket: always. */
static enum mark shape_of(const char *at, size_t left, bool *ret_bracket)
{
	static const struct {
		char bytes[4];
		enum mark mark;
		bool bracket;
	} shapes[] = {
		{ "\u300C", OPENS, true },  { "\u300E", OPENS, true },  { "\u300D", CLOSES, true },
		{ "\u300F", CLOSES, true }, { "\u201C", OPENS, false }, { "\u201D", CLOSES, false },
		{ "\u201E", OPENS, false }, { "\u00AB", OPENS, false }, { "\u00BB", CLOSES, false },
	};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		size_t len = strlen(shapes[i].bytes);

		if (len <= left && memcmp(at, shapes[i].bytes, len) == 0) {
			*ret_bracket = shapes[i].bracket;
			return shapes[i].mark;
		}
	}
	*ret_bracket = false;
	return IN_TURN;
}

static size_t bytes_of(char first)
{
	unsigned char c = (unsigned char)first;

	return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

/* What the mark at text[at] does; the paragraph is [from, end). */
static enum mark mark_at(const char *text, uint32_t at, uint32_t from, uint32_t end)
{
	bool bracket, opens, closes;
	enum mark ret = shape_of(text + at, end - at, &bracket);
	size_t behind = at + bytes_of(text[at]);

	if (bracket)
		return ret;
	opens = at == from || is_blank(text[at - 1]) || strchr("([", text[at - 1]);
	closes = behind >= end || is_blank(text[behind]) || strchr(".,;:!?)]", text[behind]);
	return opens == closes ? ret : opens ? OPENS : CLOSES;
}

bool quotes_next(struct quotes *q, uint32_t from, uint32_t end, struct quote *ret)
{
	bool open = false;
	uint32_t start = 0;

	while (q->at < q->n && q->marks[q->at] < from)
		q->at++;
	for (; q->at < q->n && q->marks[q->at] < end; q->at++) {
		uint32_t at = q->marks[q->at];
		enum mark mark = mark_at(q->text, at, from, end);

		if (mark == OPENS || (mark == IN_TURN && !open) ||
		    (open && at - start > BYTES_MAX)) {
			open = mark != CLOSES;
			start = at;
		} else if (open) {
			q->at++;
			*ret = (struct quote){ start, at };
			return true;
		}
	}
	return false;
}
