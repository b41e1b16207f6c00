/*
 * Numbers that look random and are the same in every run: SplitMix64 (Steele, Lea, Flood 2014).
 */
#ifndef ND_TESTS_RANDOM_H
#define ND_TESTS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

extern uint64_t made_seed; /* from which rnd goes on; 0 at the start */

uint64_t rnd(void);

/* One to one, and of what is close nothing is close. */
uint64_t mix(uint64_t z);

/* A text of n words of a vocabulary; some lines repeat. */
void random_lines(char *to, size_t n, uint32_t vocabulary);

#endif
