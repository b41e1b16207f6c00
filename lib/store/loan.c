#include "store/loan.h"

#include <errno.h>

#define KEEP 32u /* that keep their memory for the next ones, if it is not more than */
#define KEEP_BYTES ((size_t)64 << 10)

void loans_init(struct loans *l)
{
	*l = (struct loans){ .next = 0 };
	for (unsigned i = 0; i < LOANS; i++)
		buf_init(&l->at[i].payload, UINT32_MAX);
	buf_init(&l->passing.payload, UINT32_MAX);
}

void loans_done(struct loans *l)
{
	for (unsigned i = 0; i < LOANS; i++)
		buf_done(&l->at[i].payload);
	buf_done(&l->passing.payload);
}

static void clear(struct loans *l, struct loan *a, bool keep)
{
	if (!keep || a->payload.cap > KEEP_BYTES) {
		l->bytes -= a->payload.cap;
		buf_done(&a->payload);
	}
	buf_clear(&a->payload);
}

void loans_end(struct loans *l)
{
	for (unsigned i = 0; i < l->used; i++) {
		l->of[l->at[i].seq % LOANS] = 0;
		clear(l, &l->at[i], i < KEEP);
	}
	l->next = l->used = 0;
	clear(l, &l->passing, true);
}

/* Place i of the ring has nothing lent any more. */
static void take_back(struct loans *l, unsigned i, bool keep)
{
	struct loan *a = &l->at[i];

	if (i < l->used && l->of[a->seq % LOANS] == i + 1)
		l->of[a->seq % LOANS] = 0;
	clear(l, a, keep);
}

/* The next place of the ring. */
static unsigned turn(struct loans *l)
{
	unsigned i = l->next;

	take_back(l, i, true);
	l->next = (i + 1) % LOANS;
	if (l->used < LOANS)
		l->used++;
	return i;
}

/* From the oldest on, while they are too many bytes; never the newest. */
static void take_back_long(struct loans *l)
{
	for (unsigned age = LOANS; age > 2 * STORE_LONG_LOANS && l->bytes > LOAN_BYTES; age--) {
		unsigned i = (l->next + LOANS - age) % LOANS;

		if (i < l->used)
			take_back(l, i, false);
	}
}

/* The loan at place `from` becomes the newest. */
static void move(struct loans *l, unsigned from)
{
	uint64_t seq = l->at[from].seq;
	struct loan moved;
	unsigned to;

	if (from == l->next) { /* the oldest: it is the next place */
		l->next = (from + 1) % LOANS;
		return;
	}
	to = turn(l);
	moved = l->at[from];
	l->at[from] = l->at[to];
	l->at[to] = moved;
	l->of[seq % LOANS] = (uint16_t)(to + 1);
}

bool loans_again(struct loans *l, uint64_t seq, struct store_item *ret)
{
	unsigned at = l->of[seq % LOANS];

	if (!at || l->at[at - 1].seq != seq)
		return false;
	*ret = loan_item(&l->at[at - 1]);
	if ((l->next + LOANS - at) % LOANS >= STORE_LONG_LOANS)
		move(l, at - 1);
	return true;
}

static int fill(struct loans *l, struct loan *a, const struct store_codec *codec, const struct store_item *packed,
		struct store_item *ret)
{
	size_t before = a->payload.cap;
	int err = codec ? codec->unpack(packed->at, packed->bytes, &a->payload) :
			  buf_add(&a->payload, packed->at, packed->bytes);

	l->bytes += a->payload.cap - before;
	if (err)
		return err == -E2BIG ? -EBADMSG : err;
	a->seq = packed->seq;
	a->received = packed->received;
	*ret = loan_item(a);
	return 0;
}

int loans_lend(struct loans *l, const struct store_codec *codec, const struct store_item *packed, struct store_item *ret)
{
	unsigned i = turn(l);
	int err = fill(l, &l->at[i], codec, packed, ret);

	if (!err)
		l->of[packed->seq % LOANS] = (uint16_t)(i + 1);
	if (l->bytes > LOAN_BYTES)
		take_back_long(l);
	return err;
}

int loans_pass(struct loans *l, const struct store_codec *codec, const struct store_item *packed, struct store_item *ret)
{
	clear(l, &l->passing, true);
	return fill(l, &l->passing, codec, packed, ret);
}
