/*
 * The result directory of a bulk run: articles.jsonl, stories.jsonl, leads.jsonl, outlets.json, keep.txt,
 * drop.txt, rejects.jsonl, summary.json. Each file appears when it is whole; no clock is in any.
 */
#ifndef ND_DAEMON_RESULT_H
#define ND_DAEMON_RESULT_H

#include "daemon/arrivals.h"
#include "daemon/input.h"
#include "daemon/outfile.h"
#include "daemon/summary.h"

enum result_file {
	RESULT_ARTICLES,
	RESULT_KEPT,
	RESULT_DROPPED,
	RESULT_STORIES,
	RESULT_LEADS,
	RESULT_OUTLETS,
	RESULT_SUMMARY,
	RESULT_FILES
};

struct result {
	const char *path; /* of the directory; borrowed */
	int dir;
	struct outfile rejects, files[RESULT_FILES];
	const char *failed; /* the file that an error is about */
};

/*
 * Makes the directory if it is not there, and takes it: two runs at once would leave a mixture. What a run that
 * was killed left there goes. Errors: -EBUSY, another run has it; those of mkdir and open; failed names the file.
 */
int result_open(struct result *r, const char *path);

/* Whether the file at `path` is one that the results will replace. */
bool result_replaces(const struct result *r, const char *path);
void result_done(struct result *r);

/* A line of rejects.jsonl. */
int result_reject(struct result *r, const char *file, const struct reject *reject);

/* Opens the other files. */
int result_begin(struct result *r);

/* What drop.txt says of an article that was there before. */
void result_dropped(struct result *r, const struct nd_report *article);

/* What articles.jsonl, and keep.txt or drop.txt, say of an article that k has decided on. */
int result_article(struct result *r, struct nd_index *ix, const struct keep *k, const struct nd_report *article);

/* What is said of a line that has repeated an article: it is a revision of that, with the same text. */
struct result_repeat {
	struct nd_report report;
	struct nd_match matches[ND_MATCHES_MAX];
};

void result_repeat(struct result_repeat *to, struct nd_index *ix, const struct nd_report *article);

/* Its line of articles.jsonl; no other file has one. */
int result_line(struct result *r, struct nd_index *ix, const struct nd_report *article);

/* The files of stories, of leads, of outlets, as far as the input has a part in them, and of counts; then all are made
 * whole. */
int result_end(struct result *r, struct nd_index *ix, const struct arrivals *a, const struct summary *s);

#endif
