/*
 * The index: every article that came, what it repeats, and the stories they form.
 *
 * It is a pure function of the records added, in their order. An arrival (arrival.h) is judged first,
 * while nothing changes; then it enters (entrance.h). Records lie on a shelf (store/shelf.h): over a store,
 * the index is loaded from it without judging, and what the store has not committed can leave again.
 */
#ifndef ND_INDEX_INDEX_H
#define ND_INDEX_INDEX_H

#include "index/record.h"

struct index;
struct library;
struct slice;
struct store;
struct store_item;
struct text_head;

/* dir: where the working file lies. */
int index_new(const char *dir, struct index **ret);

/* Over a store: empty until index_load has read all of it. beside: where the working file of what is added lies, which
 * is never committed then; NULL: it is. */
int index_open(struct store *store, const char *beside, struct index **ret);
void index_free(struct index *ix);

/* Errors: as nd_index_load. */
int index_load(struct index *ix, size_t max, bool *ret_done);

/* The same of a slice that was read, by whatever thread. Returns and errors: as nd_index_take. */
int index_take(struct index *ix, struct slice *s);
bool index_is_loaded(const struct index *ix);

/* The record is copied, and so is the text that is kept with it; NULL: none is. Errors: as nd_index_put. */
int index_add(struct index *ix, const struct record *r, const struct text_head *text, int64_t received, nd_seq *ret);

/* Fetches what adding the record will need. */
void index_expect(const struct index *ix, const struct record *r);

nd_seq index_count(const struct index *ix);

/* Valid until the next add. seq must be below the count. */
const struct record *index_record(const struct index *ix, nd_seq seq);

/* Tells that the record of an article is read, and those behind it may be soon. */
void index_expect_record(const struct index *ix, nd_seq seq);

/* What may change after an article came. */
struct index_state {
	nd_seq story, origin, lead_story, next_member;
	bool syndicated, superseded, gone;
};

/* What an article would be. */
struct index_judged {
	enum nd_relation verdict;
	struct index_state state; /* ND_NONE: itself */
	bool has_lead;
	const struct record *record;    /* with the roles of its paragraphs; until the next article is judged */
	const struct nd_match *matches; /* the same */
	size_t n_matches;
};

int index_check(struct index *ix, const struct record *r, struct index_judged *ret);

/* As in newsdup.h. */
int index_furniture(struct index *ix, uint32_t *cursor, struct nd_str outlet, struct nd_furniture *ret);

/* The story of this article is to be judged again (again.h). Errors: -ENOENT, -EBUSY (not loaded), -ENOMEM. */
int index_ask_again(struct index *ix, nd_seq article);

/* Up to max steps of it. Returns 1: there is more to do, 0: nothing waits. Errors: as nd_index_again_step. */
int index_again(struct index *ix, size_t max);

/* As nd_index_set_window. */
void index_set_window(struct index *ix, uint32_t days);

/* As nd_index_rule. */
int index_rule(struct index *ix, enum nd_ruling kind, struct nd_str a, struct nd_str b, int64_t received);

/* Takes an article out for good. Errors: as nd_index_remove. */
int index_remove(struct index *ix, nd_seq seq);

/* What has changed since it was asked last; until the next step. */
size_t index_changes(struct index *ix, const struct nd_change **ret);

/* What is pending, as in newsdup.h. */
size_t index_pending(const struct index *ix, size_t from, struct store_item *ret, size_t max);
void index_committed(struct index *ix, size_t n);
void index_rollback(struct index *ix);
int index_refresh(struct index *ix);
int index_let_go(struct index *ix);

/* Why a record could not be read since the last refresh; 0. */
int index_fault(const struct index *ix);

/* Appends the text that is kept with an article. Errors: as store_reader_text. */
int index_text(struct index *ix, nd_seq seq, struct buf *to);

nd_seq index_find(const struct index *ix, struct nd_str id);

/* Whether an article that is there has the id of r and says the same; the newest of that id, when it does, else ND_NONE. */
bool index_is_same(const struct index *ix, nd_seq seq, const struct record *r);
nd_seq index_same(const struct index *ix, const struct record *r);
int64_t index_received(const struct index *ix, nd_seq seq);

struct index_state index_state(const struct index *ix, nd_seq seq);

/* As nd_index_nth. */
nd_seq index_nth(const struct index *ix, uint64_t n);
/* As nd_index_lead_story, nd_index_leads. */
nd_seq index_lead_story(const struct index *ix, nd_seq seq);
size_t index_leads(const struct index *ix, nd_seq seq, nd_seq *ret, size_t max);
void index_stats(const struct index *ix, struct nd_index_stats *ret);

/* As nd_index_needs. */
uint64_t index_needs(const struct index *ix);

/* As nd_index_growth. */
size_t index_growth(const struct index *ix, size_t keys);

/* What there is to look up, for pair.h. Valid until the next add. */
const struct library *index_library(const struct index *ix);

#endif
