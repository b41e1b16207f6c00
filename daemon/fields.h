/*
 * What is told of articles and stories, field by field: bulk mode's files and the daemon's replies are
 * written by the same functions, into an object that the caller has begun.
 */
#ifndef ND_DAEMON_FIELDS_H
#define ND_DAEMON_FIELDS_H

#include "newsdup.h"
#include "wire/out.h"

/* An id as it came: a number stays one. */
void fields_id(struct out *o, const struct nd_article *article);

/* The id of an article of the index; null when there is none. */
void fields_id_of(struct out *o, struct nd_index *ix, nd_seq seq);

/* All fields of a line of articles.jsonl behind the id. */
void fields_article(struct out *o, struct nd_index *ix, const struct nd_report *r);

/* "furniture_within", of a fingerprint of n paragraphs: what is furniture in lines that are none, as [start, end) in bytes
 * of the text; nothing, when there is none. */
void fields_furniture_within(struct out *o, const struct nd_fingerprint *fp, uint32_t n);

/* The match that ties a member to its story: with the leader, else the best with another member; NULL: none. */
const struct nd_match *fields_tie(struct nd_index *ix, const struct nd_report *r);

/* Those of a story, in three parts, so that a long one can be written in pieces: what stands before its
 * members, each member (its similarity to the story is returned; the weakest counts), what follows. A version that was
 * replaced, and has not left its story yet, is no member. */
void fields_story_begin(struct out *o, struct nd_index *ix, const struct nd_report *leader);
float fields_story_member(struct out *o, struct nd_index *ix, nd_seq seq);
void fields_story_end(struct out *o, float weakest);

/* The same of a lead story, as an object: the article whose lead it is, each that takes part, the end. */
void fields_lead_begin(struct out *o, struct nd_index *ix, nd_seq lead);
void fields_lead_member(struct out *o, struct nd_index *ix, nd_seq seq);
void fields_lead_end(struct out *o);

#endif
