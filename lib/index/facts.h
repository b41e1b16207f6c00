/*
 * The facts of two forms: which of their numbers and names are the same, wherever these stand, and which numbers are at
 * the same place. Two notices of one form have many of the same numbers by chance, as temperatures are small ones; at the
 * same places they have few.
 */
#ifndef ND_INDEX_FACTS_H
#define ND_INDEX_FACTS_H

#include "index/judge.h"
#include "sketch/fingerprint.h"

/* Sets what is told of numbers, places and names; 0 of texts that are too long to keep them. */
void facts_count(const struct fingerprint *a, const struct fingerprint *b, struct evidence *ret);

#endif
