/*
 * The entrance: how an article that was judged enters the library; how one that was judged again enters a second time,
 * at its place; rollback.h tells how what is not committed leaves it again.
 *
 * A new article is written on the shelf, joins its story, its keys are posted, its names and its text are noted. What
 * was judged again posts other keys, and moves. Which keys an article has posted stands in its record, so taking them
 * back is exact, whoever has come and gone since.
 */
#ifndef ND_INDEX_ENTRANCE_H
#define ND_INDEX_ENTRANCE_H

#include "index/arrival.h"
#include "index/names.h"
#include "index/story.h"

enum undo_kind { UNDO_NEW, UNDO_AGAIN, UNDO_GONE };

/* One write that is not committed: an article that came, that was judged again, that was taken out. */
struct undo {
	uint32_t seq;
	uint32_t kind;
	uint64_t place;               /* of the record's version before */
	struct entry leader;          /* of a new one: that of its story's leader, before it came */
	uint32_t same_id;             /* the article that it superseded, or that is the newest since it has gone; ND_NONE */
	uint32_t heir;                /* of one that has gone: who leads those it led; ND_NONE */
	struct names_before names;
};

/* The article that `a` has judged. On failure nothing has changed. Errors: -ENOMEM, those of the shelf,
 * -EOVERFLOW (too many articles or keys). */
int entrance_enter(struct library *l, struct arrival *a, int64_t received, struct undo *ret);

/* What an article has posted leaves, and comes back; r is its record. That cannot fail when nothing was added meanwhile. */
void entrance_take_keys(struct library *l, const struct record *r, uint32_t seq);
void entrance_give_keys(struct library *l, const struct record *r, uint32_t seq);

/*
 * An article whose keys were taken, and that `a` has judged again. Returns 1 when that has changed anything, and then
 * ret is to be kept; 0: all is as before; on failure too, but its keys are not given back. Errors: as entrance_enter.
 */
int entrance_again(struct library *l, struct arrival *a, uint32_t seq, struct story_hint *hint, struct undo *ret);

/* An article's lead belongs to another lead story, or begins one: that of its own was taken out. r is a copy of its
 * record. Errors: as entrance_enter; nothing has changed then. */
int entrance_lead(struct library *l, const struct record *r, uint32_t seq, uint32_t lead, struct undo *ret);

/* A ruling, whose record r names itself as its story and is copied. On failure nothing has changed. Errors: as
 * entrance_enter. */
int entrance_rule(struct library *l, const struct record *r, int64_t received, struct undo *ret);

/*
 * What was judged before it was stored comes back, in order of arrival and after room was made for it. Its keys are
 * the caller's. What failed may be tried again. Errors: -ENOMEM.
 */
int entrance_return(struct library *l, const struct digest *d);

/* Fetches the memory that the return of one will change. */
void entrance_expect(const struct library *l, const struct digest *d);

#endif
