/*
 * Again: stories whose members are judged a second time, each at its place in the order of arrival, because what they
 * were judged by is no longer so: a paragraph turned out to be furniture, an article was taken out.
 *
 * Stories wait in a queue, those of the earliest articles first. A step takes one member, in order of arrival: what it has
 * posted leaves, it is judged against the articles that came before it, by what they alone tell of keys, enters again
 * with its old number and name, and moves to the story that it now belongs to. So the index is whole after every step, and
 * a story of any size can be worked through a few members at a time. Until their turn comes, members stay where they were;
 * when their leader moves, they move along.
 *
 *     queue    stories that wait        again_ask
 *     members  of the story at hand     judged | ... their turn is to come
 *     unsettled stories that were left or joined: origin and outlets are found anew, before the next story
 *     scan     articles whose lead followed one that was taken out: the first of them is followed now
 *
 * What does not change: names (which article has an id, a url, a title, a text), articles outside of the story. Their
 * matches are facts of two texts and stay. One that follows a member's lead goes on following it, wherever it leads to.
 *
 * An article that is taken out leaves a record without content in its place. The others of its story are judged again, and
 * so are the later articles that may rest on it (resting.h); wherever else it is a match, it is left out when matches are
 * told. One that another version of its id replaces is judged again for the last time: it is alone in its story then, and
 * what it has posted is gone. When an article moves to another story, or posts more or fewer keys than before, or has other
 * paragraphs set aside, those that may rest on it are judged again, too: a few times each time that the queue is worked off, for
 * two could send each other on for ever.
 */
#ifndef ND_INDEX_AGAIN_H
#define ND_INDEX_AGAIN_H

#include "base/buf.h"
#include "index/entrance.h"
#include "index/list.h"

struct again {
	struct list queue;     /* an article of each story that waits, a heap */
	struct list members;
	struct list unsettled, origins; /* and the origin that each had */
	struct story_facts facts;
	struct story_hint hint;
	uint32_t scan;         /* the next article to look at; ND_NONE: there is no need to */
	struct list resting;   /* on the article at hand */
	size_t n_respread;     /* of these, those that have been there before in this round */
	struct list spread;    /* articles that lead now, or no more: those that they are a match of are asked for */
	uint32_t part_hint;    /* where the last member that was taken out of a story stood */
	struct buf record;     /* a copy of the one at hand */
	bool quiet;            /* nobody asks what has changed */
	struct nd_change *changes;
	size_t n_changes, cap_changes;
};

void again_init(struct again *g);
void again_done(struct again *g);

/* The story of this article is to be judged again, when its turn comes. Errors: -ENOMEM. */
int again_ask(struct again *g, struct library *l, uint32_t article);

/*
 * Takes an article out for good; *ret is to be kept for its undoing. No story may be at hand (again_is_between). Errors:
 * as again_step; nothing has changed then, but that more may be judged again.
 */
int again_remove(struct again *g, struct library *l, uint32_t seq, struct undo *ret);
bool again_is_between(const struct again *g);

/* Who is allowed with an id is to be judged again: an article that has it came, and may bring them together. Errors:
 * -ENOMEM. */
int again_ask_allies(struct again *g, struct library *l, uint64_t id);

/* The articles of a ruling's pair, by its record, and who is allowed with them, are to be judged by it. Errors: -ENOMEM. */
int again_ask_pair(struct again *g, struct library *l, const struct record *ruling);

/* A later article has its id: it retires when its turn comes. Errors: -ENOMEM, those of the shelf. */
int again_retire(struct again *g, struct library *l, uint32_t seq);

/* Nothing waits, and nothing is at hand. */
bool again_is_idle(const struct again *g);

/*
 * One step, or settling up to a few hundred members. Returns 1 when ret holds a write that is to be kept for its undoing,
 * 0 when there is none; what changed is added to g->changes. After an error the same step may be tried again: -ENOMEM,
 * those of the shelf, -EIO and -EBADMSG (a record cannot be read).
 */
int again_step(struct again *g, struct library *l, struct arrival *a, struct undo *ret);

/* Forgets all that waits, before a rollback. */
void again_forget(struct again *g, struct library *l);

#endif
