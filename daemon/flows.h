/*
 * Flows: who copies whom. What an index knows of its outlets and of each ordered pair of them, drawn from it by a
 * walk over all articles that goes in slices.
 *
 * The text of an article belongs to the outlet that published it first: to that of the origin of its story. An
 * article of another outlet in the story has copied it. Of an id the newest version counts; an article whose outlet
 * is not known counts for none, nor does what it is the origin of, for a pair.
 */
#ifndef ND_DAEMON_FLOWS_H
#define ND_DAEMON_FLOWS_H

#include "daemon/order.h"
#include "newsdup.h"

/* articles = original + copied + repeated */
struct flow_outlet {
	size_t name; /* place in the names */
	uint32_t name_len;
	uint32_t articles;
	uint32_t original; /* the origins of their stories, most of which are alone in theirs */
	uint32_t copied;   /* the origin is another outlet's, or nobody knows whose */
	uint32_t repeated; /* the origin is another article of the same outlet */
	uint32_t agency;   /* its first + 1; 0: none */
	uint32_t from, to; /* its first pair + 1 in which it is that; 0: none */
};

struct flow_agency {
	size_t name;
	uint32_t name_len;
	uint32_t articles, next; /* of the outlet; + 1 */
};

struct flow_pair {
	uint32_t from, to; /* outlets: of the origin, of the copy */
	uint32_t next_from, next_to; /* + 1, of the same `from`, of the same `to` */
	uint32_t copies;
	uint32_t timed;    /* of these, where the delay is known: both articles have a time, not only a date */
	uint32_t shared;   /* of these, where the containment is known */
	uint32_t first;    /* while the walk goes on: its newest copy + 1 */
	uint32_t delay_p90;        /* seconds */
	double delay_median;       /* likewise */
	double containment_median; /* share of the copy that stands in the origin */
};

struct flows;

/* Errors: -ENOMEM. */
int flows_new(struct flows **ret);

/* Counts only articles of which takes(arg) is true; before the first step. What they have copied may be of others. */
typedef bool flows_takes(const void *arg, nd_seq article);
void flows_only(struct flows *f, flows_takes *takes, const void *arg);

/* One holder more, one less; the last frees it. */
struct flows *flows_hold(struct flows *f);
void flows_release(struct flows *f);

/* Goes on; a step takes about a ms. Returns 1 while there is more, 0 when the figures are whole. Articles that the
 * index gets meanwhile count too. Errors: -ENOMEM, -EIO, -EBADMSG, -EOVERFLOW (of outlets or copies). */
int flows_step(struct flows *f, struct nd_index *ix);

/* --- what came out --- */

/* Outlets by articles descending, then name. */
size_t flows_count(const struct flows *f);
const struct flow_outlet *flows_outlet(const struct flows *f, size_t place);
struct nd_str flows_name(const struct flows *f, const struct flow_outlet *x);

/* The place of an outlet; flows_count when there is none of that name. */
size_t flows_find(const struct flows *f, struct nd_str name);

/* Agencies of an outlet by articles descending, then name. Errors: -ENOMEM. */
struct flow_agencies {
	const struct flow_agency **at; /* to be freed */
	size_t n;
};

int flows_agencies(const struct flows *f, const struct flow_outlet *x, struct flow_agencies *ret);
struct nd_str flows_agency_name(const struct flows *f, const struct flow_agency *a);

/* Pairs by copies descending, then names. */
struct flow_pairs {
	const struct flows *flows;
	const struct flow_pair **at; /* in no order */
	struct order order;
};

/* All pairs (x NULL), or those in which the outlet has either part. Errors: -ENOMEM. */
int flows_pairs(const struct flows *f, const struct flow_outlet *x, struct flow_pairs *ret);
void flow_pairs_done(struct flow_pairs *p);

/* Puts up to max of them in order; returns whether there is more to do before flow_pairs_at. */
bool flow_pairs_step(struct flow_pairs *p, size_t max);

static inline size_t flow_pairs_count(const struct flow_pairs *p)
{
	return p->order.n;
}

static inline const struct flow_pair *flow_pairs_at(const struct flow_pairs *p, size_t i)
{
	return p->at[p->order.at[i]];
}

const struct flow_outlet *flows_from(const struct flows *f, const struct flow_pair *p);
const struct flow_outlet *flows_to(const struct flows *f, const struct flow_pair *p);

#endif
