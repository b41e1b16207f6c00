/*
 * An explanation, told to people and to programs.
 */
#ifndef ND_DAEMON_EXPLAINED_H
#define ND_DAEMON_EXPLAINED_H

#include <stdio.h>

#include "newsdup.h"
#include "wire/out.h"
#include "wire/walk.h"

/* What an index answered when the later of the two arrived; all zero without one. */
struct explained_archive {
	nd_seq articles;      /* in all */
	bool b_is_later;
	const char *verdict;  /* of the later one; NULL: no index */
	const char *relation; /* to the other; NULL: that was none of its matches */
};

/* What the later of two articles of an index was found to be when it came. */
struct explained_archive explained_arrival(struct nd_index *ix, nd_seq a, nd_seq b);

/* One line of JSON, without the newline. text: a's, of which passages are shown; absent: they are not known, null. */
void explained_json(struct out *o, const struct nd_explanation *x, const struct explained_archive *archive,
		    struct nd_str text);

/* The same fields, into an object that was begun. */
void explained_fields(struct out *o, const struct nd_explanation *x, const struct explained_archive *archive,
		      struct nd_str text);

/* words: of each passage; NULL: passages are not known. */
void explained_print(FILE *to, const struct nd_explanation *x, const struct explained_archive *archive,
		     const struct nd_str *words);

/* The words of each passage out of a's text; to be freed. NULL: -ENOMEM. */
struct nd_str *explained_words(const struct nd_explanation *x, struct nd_str text);

/* The way back: an explanation out of its line of JSON. */
struct explained {
	struct nd_explanation x; /* strings live until the next line that the walk reads */
	struct explained_archive archive;
	char reason[512];
	char names[ND_THRESHOLDS_MAX][32];
	struct nd_passage *passages;
	struct nd_str *words; /* of each; NULL: passages are not known */
	size_t cap;
};

/* Pointers of *ret point into it; explained_done is right after an error, too. Errors: as walk_line. */
int explained_read(struct walk *w, const char *line, size_t len, struct explained *ret);
void explained_done(struct explained *e);

#endif
