/*
 * Loans: the payloads that a reader has handed out, unpacked, each in memory of its own. One that is asked for again is not
 * unpacked again.
 *
 * They lie in a ring, and when another one comes, the oldest is taken back. One that is asked for again moves to the newest,
 * unless it is among these: so every one is good until STORE_LOANS others have been asked for, from when it was asked for
 * last. When they take more than LOAN_BYTES together, the oldest are taken back but for twice STORE_LONG_LOANS: it is good
 * until STORE_LONG_LOANS others have been asked for.
 */
#ifndef ND_STORE_LOAN_H
#define ND_STORE_LOAN_H

#include "store/store.h"

#define LOANS (2 * STORE_LOANS)
#define LOAN_BYTES ((size_t)64 << 20)

struct loan {
	struct buf payload;
	uint64_t seq;
	int64_t received;
};

struct loans {
	struct loan at[LOANS]; /* a ring */
	uint16_t of[LOANS];    /* by seq % LOANS: the newest of these + 1; 0: none */
	unsigned next, used;   /* so many of the ring have been lent since it was ended */
	size_t bytes;          /* of memory */
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

/* What is lent already of seq, as if it were lent now. False: nothing is. */
bool loans_again(struct loans *l, uint64_t seq, struct store_item *ret);

/* Lends the payload of an item as a store with this codec has it. Errors: -ENOMEM, those of the codec. */
int loans_lend(struct loans *l, const struct store_codec *codec, const struct store_item *packed, struct store_item *ret);

/* The same until the next one is passed on. */
int loans_pass(struct loans *l, const struct store_codec *codec, const struct store_item *packed, struct store_item *ret);

#endif
