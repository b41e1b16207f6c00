/*
 * What the readers of data files share: where they are, and what they have read so far.
 */
#ifndef ND_TEXT_RULES_PART_H
#define ND_TEXT_RULES_PART_H

#include "text/rules.h"

#define RULES_SEEN (2 * RULES_MAX)

/* What is being read. */
struct reading {
	struct rules *rules;
	struct folder *folder;
	struct rules_fault fault;
	enum rule_kind kind;
	enum rule_place place;
	unsigned choices; /* of this line, so far */
	uint16_t seen[RULES_SEEN]; /* rules by what they look like, open addressing: number + 1 */
};

/* Says why the line at hand is not taken; -EINVAL. */
int rules_refuse(struct reading *rd, const char *reason);

/* Reads a line of agencies: key | name | name ... A NUL stands at `end`. Errors: -EINVAL, -ENOMEM. */
int rules_read_agency(struct reading *rd, const char *at, const char *end);

static inline void rules_set_bit(uint64_t *bloom, uint64_t hash)
{
	uint64_t at = hash >> 40 & (RULES_BLOOM - 1);

	bloom[at / 64] |= (uint64_t)1 << at % 64;
}

/* How much a unit tells apart: a word by its length, two syllables as much as one of seven letters. */
static inline uint32_t rules_telling(const struct unit *u, const struct unit *end)
{
	if (u->weight == UNIT_SYLLABLE)
		return u + 1 < end && u[1].weight == UNIT_SYLLABLE ? 7 : 2;
	return u->end - u->start;
}

#endif
