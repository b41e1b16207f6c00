#include "store/salvage_part.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/hash.h"
#include "store/frame.h"

#define PARTS_MAX (1u << STORE_PART_BITS)
#define TRIES_MAX 4096u  /* of a record: parts that are taken */
#define UNNAMED_TRIES 100000u
#define BYTES_PER_TRY 4096u /* of a long value: reading it is what takes time */

int salvage_add(struct part_list *l, struct part p)
{
	if (array_reserve(&l->at, &l->cap, l->n + 1, sizeof(*l->at)))
		return -ENOMEM;
	l->at[l->n++] = p;
	return 0;
}

int salvage_reserve(struct salvage *s, uint64_t n)
{
	uint64_t cap = n + n / 2 + 1024, *places;

	if (n > s->cap) {
		places = reallocarray(s->places, cap, sizeof(*places));
		if (!places)
			return -ENOMEM;
		s->places = places;
		s->cap = cap;
	}
	for (; s->n < n; s->n++)
		s->places[s->n] = LOST;
	return 0;
}

int salvage_fetch(struct salvage *s, uint64_t offset, size_t bytes)
{
	int err;

	buf_clear(&s->value);
	err = buf_reserve(&s->value, bytes + 1);
	return err ? err : pages_read(&s->pages, offset, s->value.at, bytes);
}

/* The parts that there are of a record, some of them maybe of other versions: the first way in which they fit together is
 * taken, and a second one is told. */
struct puzzle {
	struct salvage *s;
	uint64_t seq;
	const struct part *parts; /* in order of their keys; of one key, those to which the tree leads first */
	uint64_t n;
	size_t bytes; /* that the first part tells */
	const struct part *taken[PARTS_MAX];
	unsigned n_taken, tries, fits;
};

static int take_fit(struct puzzle *z)
{
	struct salvage *s = z->s;
	uint64_t place = s->whole.n + 1;
	int err = salvage_reserve(s, z->seq + 1);

	for (unsigned i = 0; i < z->n_taken && !err; i++) {
		err = salvage_add(&s->whole, *z->taken[i]);
		if (z->taken[i]->stray)
			place |= STRAY;
	}
	if (err)
		return err;
	s->places[z->seq] = place;
	s->strays += place >= STRAY;
	return 0;
}

/* All bytes are there. */
static int judge_fit(struct puzzle *z)
{
	struct store_item item;

	if (frame_read(z->s->value.at, z->s->value.len, z->seq, &item) || frame_verify(z->s->value.at, z->seq))
		return 0;
	return z->fits++ ? 0 : take_fit(z);
}

/* Tries each part `next` behind those that were taken, which are `len` bytes. Errors: -ENOMEM. */
static int fit(struct puzzle *z, unsigned next, size_t len)
{
	struct salvage *s = z->s;
	int err = 0;

	for (uint64_t i = 0; i < z->n && !err && z->tries < TRIES_MAX && z->fits < 2; i++) {
		const struct part *p = &z->parts[i];

		if (store_key_part(p->key) != next)
			continue;
		z->tries++;
		err = buf_reserve(&s->value, p->bytes);
		if (err || pages_read(&s->pages, p->offset, s->value.at + len, p->bytes))
			continue;
		if (!next && frame_whole(s->value.at, p->bytes, &z->bytes))
			continue;
		if (len + p->bytes > z->bytes)
			continue;
		z->taken[next] = p;
		z->n_taken = next + 1;
		s->value.len = len + p->bytes;
		if (s->value.len == z->bytes)
			err = judge_fit(z);
		else if (next + 1 < PARTS_MAX)
			err = fit(z, next + 1, s->value.len);
		s->value.len = len;
	}
	return err == -E2BIG ? 0 : err;
}

int salvage_put_together(struct salvage *s, uint64_t seq, const struct part *parts, uint64_t n)
{
	struct puzzle z = { .s = s, .seq = seq, .parts = parts, .n = n };
	int err;

	buf_clear(&s->value);
	err = fit(&z, 0, 0);
	s->doubts += z.fits > 1 || (z.fits && z.tries == TRIES_MAX);
	return err ? err : z.fits > 0;
}

/* In order of their keys, and of one key those first to which the tree leads. */
static int by_key(const void *x, const void *y)
{
	const struct part *a = x, *b = y;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->stray != b->stray ? (a->stray ? 1 : -1) : (a->offset > b->offset) - (a->offset < b->offset);
}

/* Copies of a part are one: of the n parts of a record, in order of their keys, returns how many are left. */
static uint64_t drop_copies(struct salvage *s, struct part *parts, uint64_t n)
{
	uint64_t kept = 0, first = 0; /* of this key */

	for (uint64_t i = 0; i < n; i++) {
		struct part p = parts[i];
		uint64_t k;

		if (kept && parts[kept - 1].key != p.key)
			first = kept;
		if (salvage_fetch(s, p.offset, p.bytes))
			continue; /* it cannot be read */
		p.hash = hash_bytes(s->value.at, p.bytes);
		for (k = first; k < kept && (parts[k].hash != p.hash || parts[k].bytes != p.bytes); k++)
			;
		if (k == kept)
			parts[kept++] = p;
	}
	for (uint64_t i = kept; kept && i < n; i++) /* the keys stay in order */
		parts[i] = parts[kept - 1];
	return kept;
}

int salvage_join_left(struct salvage *s)
{
	struct part_list *l = &s->left;
	int state = 0;

	if (l->n)
		qsort(l->at, l->n, sizeof(*l->at), by_key);
	for (uint64_t i = 0, n; i < l->n && state >= 0; i += n) {
		uint64_t seq = store_key_seq(l->at[i].key);

		for (n = 1; i + n < l->n && store_key_seq(l->at[i + n].key) == seq; n++)
			;
		state = salvage_is_lost(s, seq) ? salvage_put_together(s, seq, l->at + i, drop_copies(s, l->at + i, n)) : 0;
	}
	return state < 0 ? state : 0;
}

/* A long value tells by its checksum whose it is. */
static int name_unnamed(struct salvage *s, struct part p, uint64_t *tries)
{
	size_t bytes = 0;
	uint8_t head[sizeof(struct frame)];

	if (pages_read(&s->pages, p.offset, head, sizeof(head)) || frame_whole(head, sizeof(head), &bytes) || bytes > p.bytes)
		return 0;
	p.bytes = (uint32_t)bytes;
	p.stray = true;
	for (uint64_t seq = s->from; seq < s->n && *tries < UNNAMED_TRIES; seq++) {
		int state;

		if (!salvage_is_lost(s, seq))
			continue;
		*tries += 1 + bytes / BYTES_PER_TRY;
		p.key = store_part_key(STORE_ARTICLE_MARK, seq, 0);
		state = salvage_put_together(s, seq, &p, 1);
		if (state)
			return state < 0 ? state : 0;
	}
	return 0;
}

int salvage_join_strays(struct salvage *s)
{
	uint64_t tries = 0;
	int err = salvage_join_left(s);

	for (uint64_t i = 0; i < s->unnamed.n && !err; i++)
		err = name_unnamed(s, s->unnamed.at[i], &tries);
	s->unnamed.n = 0;
	return err;
}
