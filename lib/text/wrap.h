/*
 * Hard-wrapped text: old newswire and plain mail break lines at a column, in mid-sentence. Such lines
 * are no paragraphs.
 *
 * Found in scripts whose sentences begin with a capital, and there by ASCII letters alone; Korean,
 * Chinese and Japanese lines are always paragraphs.
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
 * A text is hard-wrapped when its longest line has 40 to 132 bytes and at least half of its inner line
 * ends (and three or more) stand inside a sentence: no end of a sentence before, a lower-case letter
 * behind. A line end before a blank or indented line is no inner one. Four in five of those inside a
 * sentence must stand where the next word would not have fitted: verse and lists break earlier. (The
 * first line, from which a dateline may have been cut, may.)
 */
struct wrap wrap_detect(const char *text, size_t len);

/*
 * Whether the newline at `at` ends a paragraph of a hard-wrapped text: the next line is blank or
 * indented, this one is blank, or it stops early (at two thirds of the width with the next word) at the
 * end of a sentence or before a line that begins without a lower-case letter. line is where it starts.
 */
bool wrap_ends_paragraph(const struct wrap *w, const char *text, size_t len, size_t line, size_t at);

#endif
