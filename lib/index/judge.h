/*
 * Judging: from what was measured of two texts to what the one is to the other. Every threshold of
 * newsdup stands in judge.c.
 */
#ifndef ND_INDEX_JUDGE_H
#define ND_INDEX_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "newsdup.h"

/* What was measured: this article (a) against an earlier one (b). Counts are of distinct shingles. */
struct evidence {
	uint32_t a, b, shared;
	uint32_t rare_a, rare_b, rare_shared; /* of those, in few stories */
	float lead;       /* containment of one lead in the other's head, 0 to 1 */
	bool same_text;   /* the folded bodies are equal */
	int64_t days;     /* between them; 0 when unknown */
};

/* A key in at most so many stories is rare: what it says, it says of these stories. */
uint32_t judge_rare_max(void);

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

/* Whether a, whose relation to b that is, belongs into b's story. */
bool judge_joins(const struct evidence *e, enum nd_relation relation);

/* Whether a member adds nothing to its story's frequencies: its lead is the story's, or nearly all of it
 * stands there. Another member counts as another story, else furniture that two pages of one cluster
 * share would stay rare for ever (../../ README, "Frequencies count stories"). */
bool judge_adds_nothing(const struct evidence *e);

/* The same of two leads, one of which has so many keys. */
bool judge_lead_worth_comparing(float keys, uint32_t keys_lead);

/* What a short shingle of a lead says that stands in so many lead stories. */
float judge_lead_weight(uint32_t count);

/* Whether two leads are one, from the weighted containment of one in the other's head. */
bool judge_same_lead(float lead, uint32_t n_lead);

/* Whether a text of so many shingles is too short to be compared other than for equality. */
bool judge_too_short(uint32_t shingles);

#endif
