/*
 * What reads a text, for the tests of lib/text: a folder, and with rules_up the rules that are built in and a page.
 */
#ifndef ND_TESTS_READING_H
#define ND_TESTS_READING_H

#include "text/roles.h"

extern struct folder *folder;
extern struct rules *rules;
extern struct page the_page;

/* For a group of tests: the folder alone. */
int folder_up(void **state);
int folder_down(void **state);

/* All of it. */
int rules_up(void **state);
int rules_down(void **state);

/* What holds for every folded text: its paragraphs, and its units, stand in order and in the text. */
void check_paragraphs(const char *text, size_t len, const struct folded *f);
void check_units(const char *text, size_t len, const struct folded *f);

#endif
