#include "daemon/pending.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

void pending_done(struct pending *p)
{
	free(p->records);
	memset(p, 0, sizeof(*p));
}

int pending_commit(struct pending *p, struct nd_index *ix, struct nd_store *to)
{
	struct nd_index_stats stats;
	size_t n;
	int err;

	nd_index_stats(ix, &stats);
	err = array_reserve(&p->records, &p->cap, stats.pending, sizeof(*p->records));
	if (err)
		return err;
	n = nd_index_pending(ix, 0, p->records, p->cap);
	err = nd_store_commit(to, p->records, n);
	if (!err)
		nd_index_committed(ix, n);
	return err;
}
