/*
 * Comparing one text, loaded once, with others: exact counts over their whole shingle sets, each shingle by its weight
 * (weigh.h).
 *
 * Around each key that both texts have, a run of shingles that both have is followed in both directions. What is left
 * of the two, mostly little, is looked up in a table; of what is found there as many are taken off as are alike by chance,
 * which are some in texts of many thousand words alone.
 */
#ifndef ND_INDEX_COMPARE_H
#define ND_INDEX_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "index/judge.h"
#include "index/weigh.h"
#include "sketch/fingerprint.h"

/* Of the evidence, rare_a, rare_b and rare_shared are weights. */
#define COMPARE_WEIGHT WEIGH_FULL

#define COMPARE_KEYS_MAX 128u /* keys of a text that compare_anchored looks at */
#define COMPARE_KEY_SLOTS 512u
#define COMPARE_HEAD_MAX 160u /* short shingles of a head that count: weight 375 at 3 a unit, and room */

struct compare {
	const struct fingerprint *fp; /* the text loaded */
	uint32_t *slots;   /* of what is left of it, open addressing: place of the shingle + 1 */
	uint32_t mask, shift;
	size_t cap_slots;
	uint8_t *weights;  /* of each shingle; 0 when it is not rare */
	size_t cap_weights;
	uint16_t head_slots[512]; /* of its head, likewise */
	uint8_t key_slots[COMPARE_KEY_SLOTS]; /* of its keys, likewise */
	const float *lead_weights; /* of each short shingle of its head */
	float lead_weight;         /* sum over the lead */
	uint32_t rare;             /* sum of weights */
	bool all_full;             /* each weighs COMPARE_WEIGHT */
};

void compare_init(struct compare *c);
void compare_done(struct compare *c);

/* Loads the head of a text for compare_leads: weights[i] is what its short shingle i says. Both must live
 * as long as it is loaded. */
void compare_load_head(struct compare *c, const struct fingerprint *fp, const float *weights);

/* Loads the keys of a text for compare_anchored. */
void compare_load_keys(struct compare *c, const struct fingerprint *fp);

/*
 * Whether the text loaded and b may share a passage: next to a key that both have stands another shingle that
 * both have. A set phrase that two texts share by chance is one shingle, and most candidates share no more.
 * Texts of many keys always may.
 */
bool compare_anchored(const struct compare *c, const struct fingerprint *b);

/* Loads the body of a text, and its keys, for all of below; counts[i] is in how many stories its key i stands. The text
 * must live as long as it is loaded. Errors: -ENOMEM. */
int compare_load_body(struct compare *c, const struct fingerprint *fp, const uint32_t *counts);

/* What all shingles of a text would weigh if they were rare. */
uint32_t compare_full(const struct fingerprint *fp);

/* What the rare shingles of a text weigh, by the counts of its keys. */
uint32_t compare_rare(const struct fingerprint *fp, const uint32_t *counts);

/* Fills a, b, shared, rare_a, rare_shared of *ret for the text loaded against b. */
void compare_count(struct compare *c, const struct fingerprint *b, struct evidence *ret);

/* What the shingles [from, to) of b weigh in the text loaded. */
uint32_t compare_range(const struct compare *c, const struct fingerprint *b, uint32_t from, uint32_t to);

/* What its own shingles [from, to) weigh, of those that stand in b. */
uint32_t compare_own_range(const struct compare *c, const struct fingerprint *b, uint32_t from, uint32_t to);

/* Weighted containment of the lead of one, the text loaded or b, in the head of the other: the better
 * one. Short shingles that the loaded head does not have weigh 1. */
float compare_leads(const struct compare *c, const struct fingerprint *b);

/* The same of one lead in the other lead alone. */
float compare_leads_alone(const struct compare *c, const struct fingerprint *b);

#endif
