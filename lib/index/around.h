/*
 * Around: what other articles tell of the paragraphs of one, and what the article is without them.
 *
 *     furniture  a paragraph that stands in several stories (furniture.h)
 *     related    a run of short lines, most of which are titles of other articles
 *
 * Either is known by what its line says, whatever its bullet or its counter is (text/line.h). An article that is made
 * of lines with other numbers in them is a form, and keeps these.
 *
 * Both are set aside (sketch/arrange.h): the article is judged, and kept, as if it were printed without them.
 *
 * A paragraph is counted for its article when it enters: a member that adds nothing to its story leaves out what
 * the story has (judge_adds_nothing). What has been counted is noted in the record, so a count never changes when
 * the article is judged again, but for what it had left out before.
 */
#ifndef ND_INDEX_AROUND_H
#define ND_INDEX_AROUND_H

#include "base/buf.h"
#include "index/record.h"
#include "sketch/arrange.h"

#define AROUND_LINES_MAX 1024u /* paragraphs of an article that may be counted; of more, the first */

struct library;

/* One of its distinct paragraphs. */
struct line {
	uint64_t hash;
	uint32_t *slot; /* where it stands in the furniture; NULL: nowhere */
	uint32_t paragraph, units, length; /* length: as a paragraph's that is judged */
	bool chosen;    /* to be counted */
	bool shown;     /* and others have it already: its record keeps how it begins */
};

struct around {
	struct line *lines;
	size_t n_lines, cap_lines;
	bool has_run;     /* of short lines, which may be headlines */
	uint64_t moves;   /* slots are good while the table's is the same */
	uint8_t *learned; /* of each paragraph: a part_role; 0: nothing but what it says itself */
	size_t cap_learned;
	uint32_t *crossed; /* articles to be judged again */
	size_t n_crossed, cap_crossed;
	struct buf record;
	struct arranger arranger;
};

/* The units by which paragraph i is judged: a piece of a glued line is prose until many have it. */
static inline uint32_t around_length(const struct fingerprint *fp, uint32_t i)
{
	return fp_is_piece(fp, i) ? FP_UNITS_MAX : fp_paragraphs(fp)[i].units;
}

void around_init(struct around *x);
void around_done(struct around *x);

/* Fetches the memory that looking around an article will read first. */
void around_expect(const struct library *l, const struct record *r);

/* *r becomes a record of the same size, without what is set aside, which lives until the next call; when nothing
 * is, it stays. Errors: -ENOMEM. */
int around_look(struct around *x, const struct library *l, const struct record **r);

/* Chooses what is to be counted of the article at hand, when it counts for that story; of one that is retired, nothing. */
void around_choose(struct around *x, const struct library *l, const struct record *r, uint32_t story,
		   bool adds_nothing, bool retired);

/* The excerpts that the record keeps, of those that were given; ret NULL: how many. */
uint32_t around_excerpts(const struct around *x, const struct record *given, struct excerpt *ret);

/* Whether the article at hand is what its record says, and nothing was chosen. */
bool around_is_same(const struct around *x, const struct record *given, const struct record *now);

/* Counts what was chosen, and notes it in the record that is written. Articles whose paragraphs have become
 * furniture by that are listed in x->crossed; the one at hand may be among them. On failure nothing has changed.
 * Errors: -ENOMEM, -EOVERFLOW. */
int around_count(struct around *x, struct library *l, struct record *written, uint32_t seq);

/* Takes back what a version of the record counts that the one before, NULL: none, does not. */
void around_discount(struct library *l, const struct record *r, const struct record *before, uint32_t seq);

/* Counts anew what a record that was taken out had counted. */
void around_recount(struct library *l, const struct record *r, uint32_t seq);

/* An article is taken out for good, after room was made for that: what it counted goes. Articles whose paragraphs are
 * no furniture any more by that are listed in x->crossed. Errors: -ENOMEM. */
int around_leave_reserve(struct around *x);
void around_leave(struct around *x, struct library *l, const struct record *r, uint32_t seq);

/* The same of one that retires, and whose record is written: what it counted before goes. */
void around_retire(struct around *x, struct library *l, const struct record *given, struct record *written,
		   uint32_t seq);

/* The same paragraph of a record that was stored, where it was found before. Errors: -ENOMEM, -EOVERFLOW. */
int around_return(struct library *l, uint32_t *slot, uint64_t hash, uint32_t seq);

/* Whether lines of an article are headlines of others by now that were not. */
bool around_has_new_headlines(const struct library *l, const struct record *r);

/* --- around_tell.c --- */

/* Tells of a row what newsdup.h says, when it is furniture, in that outlet if it is not 0; false: it is not. */
bool around_tell(const struct library *l, const struct sightings *s, uint16_t outlet, struct nd_furniture *ret);

#endif
