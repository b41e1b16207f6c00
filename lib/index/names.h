/*
 * Names: which article has an id, a url or a title of an outlet, a text. The newest has a name, the first has a text.
 */
#ifndef ND_INDEX_NAMES_H
#define ND_INDEX_NAMES_H

#include "index/arrival.h"

/* What the tables held, to put it back. */
struct names_before {
	uint32_t n;               /* names that were set or cleared */
	uint8_t of[DIGEST_NAMES]; /* which */
	uint32_t was[DIGEST_NAMES]; /* an article + 1; 0: none had it */
};

/* The newest article has all of these names. On failure, what *ret says is to be undone. Errors: -ENOMEM. */
int names_add(struct library *l, const uint64_t names[DIGEST_NAMES], uint32_t seq, struct names_before *ret);

/* Its text is its own if it is nobody's, or a later article's. Errors: -ENOMEM. */
int names_add_text(struct library *l, const struct record *r, uint32_t seq, struct names_before *ret);

/* If it is its own, it is nobody's now. */
void names_leave_text(struct library *l, const struct record *r, uint32_t seq, struct names_before *ret);

/* The article that a name went to from this one; r is its record. ND_NONE: it has the name itself, never had it, or
 * more than NAMES_WALK have had it since. */
#define NAMES_WALK 128u
uint32_t names_successor(const struct library *l, const struct record *r, uint32_t seq, enum library_name name);

/* Those that are its own are those of whom they were before. Its text is nobody's. */
void names_leave(struct library *l, const struct record *r, uint32_t seq, struct names_before *ret);

/* r: the record of the article that it was about. */
void names_undo(struct library *l, const struct record *r, const struct names_before *before);

#endif
