/*
 * An order of numbers 0 to n - 1 by whatever they stand for, made in slices: a merge sort that can stop anywhere.
 */
#ifndef ND_DAEMON_ORDER_H
#define ND_DAEMON_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether a comes before b; of equals neither does, and the smaller number stays first. */
typedef bool order_less(const void *arg, uint32_t a, uint32_t b);

struct order {
	uint32_t *at;       /* the numbers in order, once it is made */
	uint32_t *other;    /* where the runs of `at` are merged to, then the two change places */
	size_t n, width;    /* of a run */
	size_t mid, end;    /* of the two runs that are being merged */
	size_t i, j, k;     /* what is next of either, and where it goes */
};

/* Errors: -ENOMEM. */
int order_init(struct order *o, size_t n);
void order_done(struct order *o);

/* Places up to max numbers; returns whether there is more to do. */
bool order_step(struct order *o, order_less *less, const void *arg, size_t max);

#endif
