/*
 * Judging: from what was measured of two texts to what the one is to the other. Every threshold of
 * newsdup stands in judge.c.
 */
#ifndef ND_INDEX_JUDGE_H
#define ND_INDEX_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "newsdup.h"

/* What was measured: this article (a) against an earlier one (b). Counts are of distinct shingles. */
struct evidence {
	uint32_t a, b, shared;
	uint32_t rare_a, rare_b, rare_shared; /* of those, in few stories; quoted ones count for less */
	uint32_t numbers_a, numbers_b, numbers_shared; /* distinct ones; of long texts 0 */
	uint32_t places, places_same; /* numbers that stand at the same place of both texts; those that are the same there */
	uint32_t names_a, names_b, names_shared;       /* likewise */
	float lead;       /* containment of one lead in the other's head, 0 to 1 */
	float lead_alone; /* the same in the other lead itself; 0 when `lead` is not that of one lead */
	float lead_unshared; /* of a lead's words that are no quotation, what the other head lacks; 0: neither opens with one */
	float within;     /* of one lead, what stands in the other's body; 0: not measured, or nothing */
	bool same_text;   /* the folded bodies are equal, and not empty */
	uint32_t rest_a, rest_b; /* shingles of each outside of the frame that is all they share (frame.h); 0: not measured, or
				  * they share more */
	int64_t days;     /* between them; 0 when unknown */
};

/* A key in at most so many stories is rare: what it says, it says of these stories. */
uint32_t judge_rare_max(void);

/* What a shingle that stands in a quotation weighs, in quarters of another: reporters of one speech quote the
 * same words. */
uint32_t judge_quote_weight(void);

/*
 * Whether two texts that share so many keys (one that n stories have counts an n-th) may share a passage
 * worth telling; the shorter of them has so many rare shingles, and one key in `scale` of these, the coarser
 * of their scales.
 */
bool judge_worth_comparing(float keys, uint32_t shingles, uint32_t scale);

/*
 * Whether the verdict may depend on how much of b is rare, which costs as many look-ups as b has keys.
 * When it does not, rare_b may be estimated.
 */
bool judge_needs_rare_b(const struct evidence *e);

/* What a is to b; ND_NEW when nothing worth a line. */
enum nd_relation judge(const struct evidence *e);

/* Which rule decided. reason.h says each in a sentence. */
enum judge_rule {
	JUDGED_SAME_TEXT,
	JUDGED_MOSTLY_SHARED, /* containment of the rare shingles; what a copy needs */
	JUDGED_MOSTLY_ADDS,   /* share of the later, longer text that is new; what a digest needs */
	JUDGED_INSIDE,        /* the same, and what an excerpt or a digest needs */
	JUDGED_FAR_IN_TIME,   /* days */
	JUDGED_OTHER_AT_PLACES, /* share of the numbers at the same places */
	JUDGED_OTHER_NUMBERS, /* share of the numbers */
	JUDGED_OTHER_NAMES,   /* of the names */
	JUDGED_FRAME,         /* share of the text that has less outside of it */
	JUDGED_PASSAGE,       /* containment */
	JUDGED_LITTLE,        /* containment, below what a copy or an excerpt needs */
	JUDGED_SHORT_PASSAGE, /* rare shingles shared */
	JUDGED_NOTHING_RARE,  /* rare shingles of the text that has fewer */
	JUDGED_SAME_LEAD,     /* weighted containment of a lead */
	JUDGED_LEAD_WITHIN,   /* containment of a lead in the other's body */
	JUDGED_SAME_ID,
	JUDGED_SAME_URL,
	JUDGED_SAME_TITLE,
	JUDGED_TOO_SHORT, /* shingles of a */
};

struct judgement {
	enum nd_relation relation;
	enum judge_rule rule;
	float value, threshold; /* what the rule has measured, and what it asks for */
};

/* What else is known of two articles than their texts. */
struct circumstances {
	uint32_t n_lead; /* short shingles of a's lead */
	bool same_id, same_url, same_title; /* url, title: of the same outlet */
	bool same_day; /* both are known to have been published on one */
};

/* Whether of two notices that fill in one form, and have one title, outlet and day, one corrects the other: a figure is
 * another, and all else the same. Later ones are new notices. */
bool judge_corrects(const struct evidence *e);

/* What a is to b, and by which rule: judge(), then what an arrival makes of names and leads. */
struct judgement judge_pair(const struct evidence *e, const struct circumstances *c);

/* The thresholds that apply to two texts of these sizes; returns how many, at most ND_THRESHOLDS_MAX. */
size_t judge_thresholds(const struct evidence *e, const struct circumstances *c, struct nd_threshold *ret);

/* Of the rare shingles of the text that has fewer, the share that both have; 0 when these are too few. */
float judge_rare_containment(const struct evidence *e);

/* Whether the texts are of like size and most of one stands in the other: their leads may have been edited, or moved. */
bool judge_is_like(const struct evidence *e);

/* Whether two versions of one id, by the shares of each in the other, are one article, be one longer; else the id was given
 * to another one. */
bool judge_alike(float containment, float contained);

/* Whether a, whose relation to b that is, belongs into b's story. */
bool judge_joins(const struct evidence *e, enum nd_relation relation);

/* Whether what two texts share may be the frame of their site's pages, though they pass for copies. */
bool judge_may_be_frame(const struct evidence *e);

/* Whether a member adds nothing to its story's frequencies: its lead is the story's, or nearly all of it
 * stands there. Another member counts as another story, else furniture that two pages of one cluster
 * share would stay rare for ever (../../ README, "Frequencies count stories"). */
bool judge_adds_nothing(const struct evidence *e);

/* The same of two leads, one of which has so many keys. */
bool judge_lead_worth_comparing(float keys, uint32_t keys_lead);

/* What a short shingle of a lead says that stands in so many lead stories. */
float judge_lead_weight(uint32_t count);

/* Whether two leads may be one, from the weighted containment of one in the other's head. */
bool judge_may_share_lead(float lead, uint32_t n_lead);

/* Whether they are, where a is that to b: a form's beginning is no lead, nor are words that come again days later;
 * copies may have edited theirs. */
bool judge_same_lead(const struct evidence *e, enum nd_relation relation, uint32_t n_lead);

/* Whether a paragraph of so many units that stands in so many stories, so many of them of the outlet or the host at
 * hand, is furniture there. */
bool judge_furniture(uint32_t stories, uint32_t of_site, uint32_t units);

/* Whether an article is a form, of whose units, `all`, so many stand in lines that would be furniture but for their
 * numbers. */
bool judge_form(uint32_t masked, uint32_t all);

/* Whether a paragraph that is no furniture yet, and came `ago` articles before the n-th, has been forgotten. Once
 * it has, it stays so. */
bool judge_forgotten(uint32_t ago, uint32_t n);

/* Whether of two texts that are no copies one has the other's lead in its head, but behind its own. */
bool judge_lead_elsewhere(const struct evidence *e);

/* Whether it may be worth looking for the lead of one text in the body of the other. */
bool judge_needs_within(const struct evidence *e);

/* Whether a lead of so many body shingles can be found in a body; whether it was, from the share of these. */
bool judge_lead_within_worth(const struct evidence *e, uint32_t shingles);
bool judge_lead_within(float within);

/* Whether a text of so many shingles is too short to be compared other than for equality. */
bool judge_too_short(uint32_t shingles);

#endif
