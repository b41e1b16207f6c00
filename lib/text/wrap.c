#include "text/wrap.h"

#include <string.h>

#define LINE_MAX_WRAPPED 132

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Line [line, end): where its text stops. */
static size_t text_end(const char *text, size_t line, size_t end)
{
	while (end > line && blank(text[end - 1]))
		end--;
	return end;
}

static bool ends_sentence(const char *text, size_t line, size_t end)
{
	while (end > line && (text[end - 1] == '"' || text[end - 1] == '\'' || text[end - 1] == ')'))
		end--;
	return end > line && memchr(".!?:", text[end - 1], 4);
}

static bool inside_sentence(const char *text, size_t len, size_t line, size_t at)
{
	size_t end = text_end(text, line, at);

	return end > line && !ends_sentence(text, line, end) && at + 1 < len && text[at + 1] >= 'a' &&
	       text[at + 1] <= 'z';
}

struct wrap wrap_detect(const char *text, size_t len)
{
	struct wrap ret = { false, 0 };
	size_t line = 0, inner = 0, inside = 0;

	while (line < len) {
		const char *newline = memchr(text + line, '\n', len - line);
		size_t at = newline ? (size_t)(newline - text) : len;

		if (at - line > LINE_MAX_WRAPPED)
			return ret;
		if (at - line > ret.width)
			ret.width = at - line;
		if (newline && text_end(text, line, at) > line) {
			inner++;
			inside += inside_sentence(text, len, line, at);
		}
		line = at + 1;
	}
	ret.wrapped = inside >= 3 && 2 * inside >= inner;
	return ret;
}

bool wrap_ends_paragraph(const struct wrap *w, const char *text, size_t len, size_t line, size_t at)
{
	size_t next = at + 1, end = text_end(text, line, at);

	if (next >= len || text[next] == '\n' || blank(text[next]))
		return true;
	return end == line || (end - line < w->width * 2 / 3 && ends_sentence(text, line, end));
}
