/*
 * One line of JSON to one article: the only way in, for bulk mode and for the daemon.
 */
#ifndef ND_WIRE_ARTICLE_H
#define ND_WIRE_ARTICLE_H

#include "newsdup.h"
#include "wire/error.h"

/* Bytes that must be readable (with any content) behind the end of every line given to a reader. */
#define WIRE_PADDING 64

/*
 * An article as the wire has it. When raw.at is not NULL the text came as bytes of the given
 * charset (absent: unknown) and article.text is absent: decoding is the caller's. Otherwise
 * article.text is there, empty or not.
 */
struct wire_article {
	struct nd_article article;
	struct nd_str raw, charset;
};

struct wire_limits {
	size_t line, text, id, paragraphs; /* bytes, bytes, bytes, lines of text */
	unsigned depth;                    /* the line's own object is depth 1 */
};

extern const struct wire_limits wire_limits_default; /* 16 MiB, 8 MiB, 1 KiB, 100,000, 32 */

struct wire_reader;

/*
 * One reader a thread; it owns what the articles it returns point into. Its memory grows with the
 * longest line, about five bytes a byte, and shrinks again when lines are much shorter.
 * Errors: -ENOMEM; -EINVAL for a line limit of 2 GiB or more.
 */
int wire_reader_new(const struct wire_limits *limits, struct wire_reader **ret);
void wire_reader_free(struct wire_reader *r);

/*
 * Parses one line (an object; no newline) into *ret. Strings of *ret live until the next call with
 * the same reader and do not point into the line. All of the line is validated, what is ignored
 * too. Of a field that is there twice the last one counts.
 *
 * Fields: id (string or number), url, outlet, published, title, lang, text, paragraphs (strings,
 * joined by newline), text_base64 with charset. null is absent, so is an empty id. Of several
 * texts the first of text, paragraphs, text_base64 counts. An id that is a number keeps its digits
 * as they stand, beyond 64 bits too. `published` of another type than string is kept as it stands:
 * unreadable, never a rejection.
 *
 * Returns 0; -EBADMSG with *error filled; -ENOMEM. Codes: bad_json bad_utf8 bad_request too_large
 * too_deep missing_text.
 */
int wire_read_article(struct wire_reader *r, const char *line, size_t len, struct wire_article *ret,
		      struct wire_error *error);

#endif
