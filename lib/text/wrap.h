/*
 * Hard-wrapped text: old newswire and plain mail break lines at a column, in mid-sentence. Such lines
 * are no paragraphs.
 */
#ifndef ND_TEXT_WRAP_H
#define ND_TEXT_WRAP_H

#include <stdbool.h>
#include <stddef.h>

struct wrap {
	bool wrapped;
	size_t width; /* bytes of the longest line */
};

/*
 * A text is hard-wrapped when no line is longer than 132 bytes and at least half of its inner line
 * ends (and three or more) stand inside a sentence: no end of a sentence before, a lower-case letter
 * behind.
 */
struct wrap wrap_detect(const char *text, size_t len);

/* Whether the newline at `at` ends a paragraph of a hard-wrapped text: the next line is blank,
 * indented, or this line stops early at the end of a sentence. line is where this line starts. */
bool wrap_ends_paragraph(const struct wrap *w, const char *text, size_t len, size_t line, size_t at);

#endif
