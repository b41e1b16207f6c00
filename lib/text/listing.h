/*
 * Listings: lines that name things and say nothing of them, as pages have that hold no article.
 *
 *     "https://www.example.com/news/1", "Watch: https://..."     links
 *     "3 12 14 29 41"                                            numbers
 *     "Sign in", "Home | News | Sport | Weather"                 a menu
 */
#ifndef ND_TEXT_LISTING_H
#define ND_TEXT_LISTING_H

#include <stdbool.h>

#include "text/fold.h"

/* Whether more than half of a line of folded text is addresses of pages. */
bool listing_is_links(const char *at, const char *end);

/* Whether it is digits without a word. */
bool listing_is_numbers(const char *at, const char *end);

/* How many names of a menu a line says that no sentence ends; 0: it says more than names. */
unsigned listing_names(const char *at, const char *end, const struct unit *u, uint32_t n_units);

#endif
