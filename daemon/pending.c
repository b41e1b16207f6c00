#include "daemon/pending.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void pending_done(struct pending *p)
{
	free(p->records);
	memset(p, 0, sizeof(*p));
}

static int reserve(struct pending *p, size_t n)
{
	struct nd_stored *at;

	if (n <= p->cap)
		return 0;
	at = reallocarray(p->records, n, sizeof(*at));
	if (!at)
		return -ENOMEM;
	p->records = at;
	p->cap = n;
	return 0;
}

int pending_commit(struct pending *p, struct nd_index *ix, struct nd_store *to)
{
	struct nd_index_stats stats;
	size_t n;
	int err;

	nd_index_stats(ix, &stats);
	err = reserve(p, stats.pending);
	if (err)
		return err;
	n = nd_index_pending(ix, 0, p->records, p->cap);
	err = nd_store_commit(to, p->records, n);
	if (!err)
		nd_index_committed(ix, n);
	return err;
}
