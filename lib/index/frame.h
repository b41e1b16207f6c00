/*
 * Whether all that two texts share is a frame: what both begin with and end with, around something that is each one's
 * own. Two pages of one site do, whose line breaks are lost: a menu, a text, a footer. Edits of one text do not: they
 * share something here and there.
 */
#ifndef ND_INDEX_FRAME_H
#define ND_INDEX_FRAME_H

#include "index/judge.h"
#include "index/record.h"

/* Sets rest_a and rest_b of what was counted of a and b; 0 when they are of different sites, or share more than a
 * frame. */
void frame_measure(const struct record *a, const struct record *b, struct evidence *e);

#endif
