/*
 * A judgement in one plain sentence.
 */
#ifndef ND_INDEX_REASON_H
#define ND_INDEX_REASON_H

#include <stddef.h>

#include "index/judge.h"

#define REASON_MAX 240 /* bytes of the longest sentence, with its NUL */

/* "62 % of the rare shingles of the shorter text stand in the other; a copy needs 45 %". */
void reason_say(const struct judgement *j, char *ret, size_t room);

#endif
