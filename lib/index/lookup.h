/*
 * The first step of an arrival: who has its keys, and those of its head.
 */
#ifndef ND_INDEX_LOOKUP_H
#define ND_INDEX_LOOKUP_H

#include "index/arrival.h"

/* Asks for the memory that looking a record up will read. */
void lookup_expect(const struct library *l, const struct record *r);

/* An array of n elements in place of *at, whose content is not kept. Errors: -ENOMEM. */
int lookup_reserve(void *at, size_t *cap, size_t n, size_t size);

/* Draws the digest of the record at hand, and finds the slots and counts of its keys and the candidates of its body.
 * Errors: -ENOMEM. */
int lookup_body(struct arrival *a, const struct library *l);

/* The same of its head: candidates of its lead, and what each short shingle of the head weighs. Errors: -ENOMEM. */
int lookup_lead(struct arrival *a, const struct library *l);

#endif
