/*
 * What of a page is no text, though it stands among it.
 */
#ifndef ND_TEXT_ROLES_PART_H
#define ND_TEXT_ROLES_PART_H

#include "text/roles.h"

/* Marks what the site says and lines of links from paragraph `from` on; whether that is all there is: then the page is
 * furniture. */
bool roles_mark_site(struct page *p, const struct rules *r, const struct folded *t, const char *source, size_t from);

/* Marks a page that is nothing but listings, lines of links among them: no two are alike other than by chance. */
void roles_mark_listings(struct page *p, const struct folded *t, size_t from);

#endif
