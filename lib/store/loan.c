#include "store/loan.h"

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

static void clear(struct loan *a, bool keep)
{
	if (!keep || a->payload.cap > KEEP_BYTES)
		buf_done(&a->payload);
	buf_clear(&a->payload);
}

void loans_end(struct loans *l)
{
	for (unsigned i = 0; i < l->used; i++) {
		l->of[l->at[i].seq % LOANS] = 0;
		clear(&l->at[i], i < KEEP);
	}
	l->next = l->used = 0;
	clear(&l->passing, true);
}

const struct loan *loans_find(const struct loans *l, uint64_t seq)
{
	unsigned at = l->of[seq % LOANS];

	return at && l->at[at - 1].seq == seq ? &l->at[at - 1] : NULL;
}

static int fill(struct loan *a, const struct store_codec *codec, const struct store_item *packed, struct store_item *ret)
{
	int err = codec ? codec->unpack(packed->at, packed->bytes, &a->payload) :
			  buf_add(&a->payload, packed->at, packed->bytes);

	if (err)
		return err;
	a->seq = packed->seq;
	a->received = packed->received;
	*ret = loan_item(a);
	return 0;
}

/* The next of the ring, taken back. */
static struct loan *turn(struct loans *l)
{
	unsigned i = l->next;
	struct loan *a = &l->at[i];

	if (i < l->used && l->of[a->seq % LOANS] == i + 1)
		l->of[a->seq % LOANS] = 0;
	clear(a, true);
	l->next = (i + 1) % LOANS;
	if (l->used < LOANS)
		l->used++;
	return a;
}

int loans_lend(struct loans *l, const struct store_codec *codec, const struct store_item *packed, struct store_item *ret)
{
	struct loan *a = turn(l);
	int err = fill(a, codec, packed, ret);

	if (!err)
		l->of[a->seq % LOANS] = (uint16_t)(a - l->at + 1);
	return err;
}

int loans_pass(struct loans *l, const struct store_codec *codec, const struct store_item *packed, struct store_item *ret)
{
	clear(&l->passing, true);
	return fill(&l->passing, codec, packed, ret);
}
