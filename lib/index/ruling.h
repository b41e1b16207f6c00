/*
 * Rulings: what somebody has said about two articles, whatever their texts say: that they are never one story (deny), or
 * that they are (allow). Of a pair the newest ruling counts.
 *
 * A ruling is about ids, so it holds for every version of an article, and for one that is deleted and comes again. It has
 * a record of its own in the store and a number in the order of arrival like an article's (RECORD_RULING: a and b are the
 * strings RECORD_ID and RECORD_URL, what was ruled is the verdict), so it is committed, rolled back and loaded as articles
 * are; whoever walks the articles takes it for one that is gone. But when it came does not matter to anybody: an article
 * that came before it is judged again, and one that comes later is judged by it. So the index is what its articles make
 * in their order, under all rulings there are:
 *
 *     deny   the later of the two does not join the story that the earlier one is in, nor name it as a match
 *     allow  the later joins the story that the earlier one is in, unless another ruling closes that; articles that are
 *            like the later one may follow it there, as if it led the story. Articles that are allowed with one and the
 *            same are allowed with each other
 */
#ifndef ND_INDEX_RULING_H
#define ND_INDEX_RULING_H

#include "base/table.h"
#include "newsdup.h"

struct library;
struct record;

struct ruling {
	uint64_t ids[2];  /* hashes, as in a record */
	uint32_t next[2]; /* the ruling before this one with the same id, + 1 */
	uint32_t before;  /* the one that this one takes the place of, + 1; 0: none */
	bool replaced;
	enum nd_ruling kind;
};

struct rulings {
	struct table table; /* hash of an id -> its newest ruling + 1 */
	struct ruling *at;
	uint32_t n, cap;
};

void rulings_init(struct rulings *r);
void rulings_done(struct rulings *r);

/* The newest; it leaves by rulings_drop alone. Errors: -ENOMEM. */
int rulings_add(struct rulings *r, enum nd_ruling kind, uint64_t a, uint64_t b);
void rulings_drop(struct rulings *r);

/* The next ruling that counts of an article with this id; false behind the last. *place is 0 at first. */
bool rulings_next(const struct rulings *r, uint64_t id, uint32_t *place, uint64_t *ret_other, enum nd_ruling *ret_kind);

/* Whether two articles are never to be one story. */
bool rulings_deny(const struct rulings *r, uint64_t a, uint64_t b);

/* The newest article with that id; ND_NONE. */
uint32_t ruling_article(const struct library *l, uint64_t id);

/* Whether an article that comes next behind `before` others may not join a story: one that it is denied is there. */
bool ruling_closes(const struct library *l, const struct record *r, uint32_t before, uint32_t story);

#define ALLIES_MAX 64u

/* The articles that are allowed with that id, be it through others that are there, in no order; of more, some. Returns how
 * many. */
size_t ruling_allies(const struct library *l, uint64_t id, uint32_t ret[ALLIES_MAX]);

/* The earlier article whose story it is to join, whatever they say; the first of several; ND_NONE. */
uint32_t ruling_ally(const struct library *l, const struct record *r, uint32_t before);

/* What the record of a ruling says. */
void ruling_read(const struct record *r, enum nd_ruling *ret_kind, uint64_t ret_ids[2]);

#endif
