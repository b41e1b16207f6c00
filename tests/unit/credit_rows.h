/*
 * Credits around a sentence, for the tests of lib/text/credits*: what stands before and behind it, and whose agency that
 * tells. With rules_up.
 */
#ifndef ND_TESTS_CREDIT_ROWS_H
#define ND_TESTS_CREDIT_ROWS_H

#include <stddef.h>

#include "text/fold.h"
#include "text/roles.h"

/* A sentence of each language. No row of the tests lets a byte of it go. */
enum { KO, EN, JA, ZH, DE, FR, ES, PT, RU, AR, LANGUAGES };

extern const char *const sentences[LANGUAGES];

struct row {
	int language;
	const char *before, *behind; /* of the sentence */
	const char *agency;          /* NULL: none */
};

/* The text, folded; its page is the_page. */
struct folded read_rows(const char *text);

/* Of a row around `want`, that is left, as the lead. */
void expect_left(const struct row *row, const char *want);

/* The same of the sentence of each row's language. */
void expect_rows(const struct row *rows, size_t n);

/* A text of two paragraphs and a line: what the line is, and whom the credits name, "" for nobody. */
void expect_end(const char *line, enum part_role role, const char *byline);

#define ROWS(r) (r), sizeof(r) / sizeof((r)[0])

#endif
