#include "index/slice.h"

#include <errno.h>
#include <stdlib.h>

#define BATCH 32u /* records read at once: what a cache can hold */

int slice_new(struct store *store, struct slice **ret)
{
	struct slice *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	err = store_reader_new(store, &s->reader);
	if (err)
		free(s);
	else
		*ret = s;
	return err;
}

void slice_free(struct slice *s)
{
	if (!s)
		return;
	store_reader_free(s->reader);
	free(s->digests);
	free(s->keys);
	free(s);
}

/* Whether an item, whose checksum is right, has the shape of a record. */
static bool is_record(const struct store_item *item)
{
	const struct record *r = item->at;

	return item->bytes >= sizeof(*r) && r->version == FP_VERSION && r->verdict < ND_RELATIONS &&
	       r->n_matches <= ND_MATCHES_MAX &&
	       r->bytes + r->n_matches * sizeof(struct nd_match) <= item->bytes && r->fp_at < r->bytes &&
	       r->bytes - r->fp_at >= sizeof(struct fingerprint) &&
	       record_fingerprint(r)->bytes <= r->bytes - r->fp_at;
}

/* Room for n elements in all; what is there stays. */
static int reserve(void *at, size_t *cap, size_t n, size_t size)
{
	void **array = at, *grown;

	if (n <= *cap)
		return 0;
	n += n / 2;
	grown = realloc(*array, n * size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*cap = n;
	return 0;
}

/* Keys may move while more are added: until all are there, a digest holds its keys' place. */
static int add(struct slice *s, const struct record *r)
{
	int err = reserve(&s->digests, &s->cap, s->n + (size_t)1, sizeof(*s->digests));
	struct digest *d;

	if (!err)
		err = reserve(&s->keys, &s->cap_keys, s->n_keys + digest_keys_max(r), sizeof(*s->keys));
	if (err)
		return err;
	d = &s->digests[s->n++];
	digest_draw(d, r, s->keys + s->n_keys);
	s->n_keys += d->n_body + d->n_lead;
	return 0;
}

static void place_keys(struct slice *s)
{
	const uint64_t *at = s->keys;

	for (uint32_t i = 0; i < s->n; i++) {
		s->digests[i].keys = at;
		at += s->digests[i].n_body + s->digests[i].n_lead;
	}
}

static int read_batch(struct slice *s, size_t max)
{
	struct store_item items[BATCH];
	size_t n;
	int err = store_reader_next(s->reader, s->first + (uint64_t)s->n, items, max < BATCH ? max : BATCH, &n);

	if (err)
		return err;
	s->ends = !n;
	for (size_t i = 0; i < n && !err; i++)
		err = is_record(&items[i]) ? add(s, items[i].at) : -EBADMSG;
	return err;
}

void slice_read(struct slice *s, uint32_t from, size_t max)
{
	s->first = from;
	s->n = s->taken = 0;
	s->n_keys = 0;
	s->ends = false;
	s->err = 0;
	while (s->n < max && !s->ends && !s->err)
		s->err = read_batch(s, max - s->n);
	place_keys(s);
}
