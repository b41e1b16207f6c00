#include "text/wrap.h"

#include <string.h>

#define WIDTH_MIN 40
#define WIDTH_MAX 132
#define SLACK 4 /* a line may stand out by as much: no two programs count a line's end alike */

struct tally {
	size_t inner;  /* line ends within a paragraph, as far as blanks tell */
	size_t inside; /* those inside a sentence */
	size_t full;   /* those of them where the next word would not have fitted; the first line's, too */
};

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool lower(char c)
{
	return c >= 'a' && c <= 'z';
}

/* Line [line, end): where its text stops. */
static size_t text_end(const char *text, size_t line, size_t end)
{
	while (end > line && blank(text[end - 1]))
		end--;
	return end;
}

static size_t line_end(const char *text, size_t len, size_t line)
{
	const char *newline = memchr(text + line, '\n', len - line);

	return newline ? (size_t)(newline - text) : len;
}

static bool ends_sentence(const char *text, size_t line, size_t end)
{
	while (end > line && (text[end - 1] == '"' || text[end - 1] == '\'' || text[end - 1] == ')'))
		end--;
	return end > line && memchr(".!?:", text[end - 1], 4);
}

/* Whether the line that starts at `line` is blank or indented. */
static bool sets_off(const char *text, size_t len, size_t line)
{
	return line >= len || text[line] == '\n' || blank(text[line]);
}

/* The width that the text [line, end) would have had with the next line's first word. */
static size_t with_next_word(const char *text, size_t len, size_t line, size_t end, size_t next)
{
	size_t stop = next;

	while (stop < len && text[stop] != '\n' && !blank(text[stop]))
		stop++;
	return end - line + 1 + stop - next;
}

/* The longest line; more than WIDTH_MAX as soon as one is. */
static size_t width_of(const char *text, size_t len)
{
	size_t ret = 0;

	for (size_t line = 0, at; line < len && ret <= WIDTH_MAX; line = at + 1) {
		at = line_end(text, len, line);
		if (text_end(text, line, at) - line > ret)
			ret = text_end(text, line, at) - line;
	}
	return ret;
}

static void count_line_end(struct tally *t, const char *text, size_t len, size_t line, size_t at, size_t width)
{
	size_t end = text_end(text, line, at);

	if (end == line || sets_off(text, len, at + 1))
		return;
	t->inner++;
	if (ends_sentence(text, line, end) || !lower(text[at + 1]))
		return;
	t->inside++;
	t->full += line == 0 || with_next_word(text, len, line, end, at + 1) + SLACK > width;
}

struct wrap wrap_detect(const char *text, size_t len)
{
	struct wrap ret = { false, len ? width_of(text, len) : 0 };
	struct tally t = { 0 };

	if (ret.width < WIDTH_MIN || ret.width > WIDTH_MAX)
		return ret;
	for (size_t line = 0, at; line < len; line = at + 1) {
		at = line_end(text, len, line);
		count_line_end(&t, text, len, line, at, ret.width);
	}
	ret.wrapped = t.inside >= 3 && 2 * t.inside >= t.inner && 5 * t.full >= 4 * t.inside;
	return ret;
}

bool wrap_ends_paragraph(const struct wrap *w, const char *text, size_t len, size_t line, size_t at)
{
	size_t next = at + 1, end = text_end(text, line, at);

	if (end == line || sets_off(text, len, next))
		return true;
	if (with_next_word(text, len, line, end, next) > w->width * 2 / 3)
		return false;
	return ends_sentence(text, line, end) || !lower(text[next]);
}
