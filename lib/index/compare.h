/*
 * Comparing one text, loaded once, with others: exact counts over their whole shingle sets.
 *
 * Rarity is known for keys alone, one shingle in eight. A shingle is taken for as rare as the key
 * nearest to it in the text: furniture, set phrases and quotations are runs, not single shingles.
 */
#ifndef ND_INDEX_COMPARE_H
#define ND_INDEX_COMPARE_H

#include <stddef.h>
#include <stdint.h>

#include "index/judge.h"
#include "sketch/fingerprint.h"

struct compare {
	const struct fingerprint *fp; /* the text loaded; borrowed */
	uint32_t *slots;   /* open addressing: place of the shingle + 1 */
	uint32_t mask;
	size_t cap_slots;
	uint8_t *rare;     /* of each shingle: 1 when rare */
	size_t cap_rare;
	uint16_t head_slots[512]; /* of its head, likewise */
	uint8_t *other_rare;
	size_t cap_other;
	uint32_t n_rare;
};

void compare_init(struct compare *c);
void compare_done(struct compare *c);

/* The full hash of each key of a fingerprint, in order, into ret[n_keys]. */
void compare_keys(const struct fingerprint *fp, uint64_t *ret);

/* Loads a text; counts[i] is in how many stories its key i stands. Errors: -ENOMEM. */
int compare_load(struct compare *c, const struct fingerprint *fp, const uint32_t *counts);

/* The rare shingles of a text by the counts of its keys. Errors: -ENOMEM. */
int compare_rare(struct compare *c, const struct fingerprint *fp, const uint32_t *counts, uint32_t *ret);

/* Fills a, b, shared, rare_a, rare_shared of *ret for the text loaded against b. */
void compare_count(const struct compare *c, const struct fingerprint *b, struct evidence *ret);

/* Containment of the lead of one, the text loaded or b, in the head of the other: the better one. */
float compare_leads(const struct compare *c, const struct fingerprint *b);

#endif
