/*
 * Loans: the payloads that a reader has handed out, unpacked, each in memory of its own. The newest LOANS are good; when
 * another one comes, the oldest is taken back. One that is asked for again is not unpacked again.
 */
#ifndef ND_STORE_LOAN_H
#define ND_STORE_LOAN_H

#include "store/store.h"

#define LOANS STORE_LOANS

struct loan {
	struct buf payload;
	uint64_t seq;
	int64_t received;
};

struct loans {
	struct loan at[LOANS]; /* a ring */
	uint16_t of[LOANS];    /* by seq % LOANS: the newest of these + 1; 0: none */
	unsigned next, used;   /* so many of the ring have been lent since it was ended */
	struct loan passing;
};

void loans_init(struct loans *l);
void loans_done(struct loans *l);

/* Takes back all of them. */
void loans_end(struct loans *l);

static inline struct store_item loan_item(const struct loan *a)
{
	return (struct store_item){
		.seq = a->seq, .received = a->received, .at = a->payload.at, .bytes = a->payload.len
	};
}

/* What is lent already of seq; NULL. */
const struct loan *loans_find(const struct loans *l, uint64_t seq);

/* Lends the payload of an item as a store with this codec has it. Errors: -ENOMEM, those of the codec. */
int loans_lend(struct loans *l, const struct store_codec *codec, const struct store_item *packed, struct store_item *ret);

/* The same until the next one is passed on. */
int loans_pass(struct loans *l, const struct store_codec *codec, const struct store_item *packed, struct store_item *ret);

#endif
