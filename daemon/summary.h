/*
 * The counts of a run: summary.json, and the summary for people.
 */
#ifndef ND_DAEMON_SUMMARY_H
#define ND_DAEMON_SUMMARY_H

#include <stdio.h>

#include "daemon/keep.h"
#include "daemon/work.h"
#include "wire/out.h"

/* Codes of rejects.jsonl, in the order in which they are printed. */
#define REJECT_CODES 10
extern const char *const reject_codes[REJECT_CODES];

struct summary {
	uint64_t files, articles, bytes; /* bytes: of the lines read */
	uint64_t verdicts[ND_RELATIONS];
	uint64_t stories, in_stories, largest_story, syndicated;
	uint64_t lead_stories;           /* of two articles or more */
	uint64_t kept, dropped;          /* ids */
	uint64_t rejected, rejects[REJECT_CODES];
	uint64_t published_missing, published_unreadable;
	uint8_t *seen; /* while articles are counted: what of each has been counted already */
};

/* Counts a rejection. */
void summary_reject(struct summary *s, const struct reject *r);

/* Counts what an index knows of the articles of the input: begin, the article of every line, end. Errors of begin:
 * -ENOMEM. */
int summary_begin(struct summary *s, const struct nd_index *ix);
void summary_article(struct summary *s, const struct nd_index *ix, const struct nd_report *r);

/* A line that has only repeated this article; r as result_repeat has it. */
void summary_repeat(struct summary *s, const struct nd_report *r);
void summary_end(struct summary *s, const struct keep *k);

/* The fields of summary.json, into an object that is open. */
void summary_json(const struct summary *s, struct out *o);

void summary_print(const struct summary *s, FILE *to);

#endif
