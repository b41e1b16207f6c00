/*
 * Slices of a store, by the layers below.
 */
#include <errno.h>
#include <stdlib.h>

#include "index/slice.h"
#include "index_face.h"
#include "store_face.h"

struct nd_slice {
	struct slice *core;
};

int nd_slice_new(struct nd_store *s, struct nd_slice **ret)
{
	struct nd_slice *slice = calloc(1, sizeof(*slice));
	int err;

	if (!slice)
		return -ENOMEM;
	err = slice_new(s->core, &slice->core);
	if (err)
		free(slice);
	else
		*ret = slice;
	return err;
}

void nd_slice_free(struct nd_slice *s)
{
	if (!s)
		return;
	slice_free(s->core);
	free(s);
}

void nd_slice_read(struct nd_slice *s, nd_seq from, size_t max)
{
	slice_read(s->core, from, max);
}

int nd_index_take(struct nd_index *ix, struct nd_slice *s)
{
	return index_take(ix->core, s->core);
}

uint64_t nd_index_needs(const struct nd_index *ix)
{
	return index_needs(ix->core);
}

nd_seq nd_index_nth(const struct nd_index *ix, uint64_t n)
{
	return index_nth(ix->core, n);
}
