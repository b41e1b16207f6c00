/*
 * Quantiles of many numbers, exactly and in linear time: the digits of the one that is wanted are found one by one,
 * as a radix sort would find those of all.
 */
#ifndef ND_DAEMON_QUANTILE_H
#define ND_DAEMON_QUANTILE_H

#include <stddef.h>
#include <stdint.h>

/* The number that has `rank` others before it when they are in order; rank must be below n. */
uint32_t quantile_rank(const uint32_t *at, size_t n, size_t rank);

/* The one in the middle, or the mean of the two; n must not be 0. */
double quantile_median(const uint32_t *at, size_t n);

/* The least that 90 % of them do not exceed; n must not be 0. */
uint32_t quantile_p90(const uint32_t *at, size_t n);

#endif
