/*
 * Archives of made-up words: every text is a list of ranges of one endless stream of words, so what two texts
 * share is known beforehand. For the tests of the index.
 */
#ifndef ND_TESTS_MADE_H
#define ND_TESTS_MADE_H

#include <stdint.h>

#include "newsdup.h"
#include "tests/unit/random.h"

#define TEXT_MAX (1 << 17)

/* Words [from, to) of the stream, behind what the text holds. */
void words(char *text, uint32_t from, uint32_t to);

/* The same as a text of its own; the fourth call from here overwrites it. */
const char *text_of(uint32_t from, uint32_t to);

struct nd_str str(const char *s);

struct piece {
	const char *id, *url, *outlet, *published, *title, *text;
};

struct nd_article article_of(const struct piece *p);

struct made {
	char id[16], url[40], outlet[8], published[24], title[16], text[TEXT_MAX / 8];
};

/* Article i of a random archive: copies, parts, leads, a footer, repeated ids, urls and titles. */
struct piece random_piece(struct made *m, unsigned i);

/* All but the strings: they may stand in two places. */
void assert_same_report(const struct nd_report *a, const struct nd_report *b);

void assert_same_index(struct nd_index *a, struct nd_index *b);

/* Puts what is no record into a store, as number seq. */
void commit_junk(struct nd_store *s, uint64_t seq);

#endif
