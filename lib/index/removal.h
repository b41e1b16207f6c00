/*
 * Removal: an article is taken out for good. What stays is its number, and a record that says what came before it.
 */
#ifndef ND_INDEX_REMOVAL_H
#define ND_INDEX_REMOVAL_H

#include "index/entrance.h"

/*
 * r is a copy of its record. Its names are those of whom they were before, and its story's members go on without it:
 * *ret_heir leads them; ND_NONE: it was alone. hint: as for story_part. All of them are to be judged again, and those that follow its lead want
 * another one. Errors: those of the shelf; nothing has changed then.
 */
int removal_do(struct library *l, const struct record *r, uint32_t seq, uint32_t *hint, uint32_t *ret_heir,
	       struct undo *ret);

#endif
