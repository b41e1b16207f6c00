#include "daemon/keep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int keep_init(struct keep *k, const struct nd_index *ix)
{
	nd_seq n = nd_index_count(ix);

	*k = (struct keep){ .state = calloc(1, n ? n : 1) };
	return k->state ? 0 : -ENOMEM;
}

void keep_done(struct keep *k)
{
	free(k->state);
	memset(k, 0, sizeof(*k));
}

static bool drops(uint32_t relation)
{
	return relation == ND_IDENTICAL || relation == ND_COPY || relation == ND_EXCERPT || relation == ND_REVISION;
}

static bool same_id(struct nd_index *ix, nd_seq a, nd_seq b)
{
	struct nd_report x, y;

	nd_index_get(ix, a, &x);
	nd_index_get(ix, b, &y);
	return x.article.id.len == y.article.id.len && !memcmp(x.article.id.at, y.article.id.at, x.article.id.len);
}

const struct nd_match *keep_reason(const struct keep *k, struct nd_index *ix, const struct nd_report *dropped)
{
	for (size_t i = 0; i < dropped->n_matches; i++) {
		const struct nd_match *m = &dropped->matches[i];

		if (drops(m->relation) && k->state[m->article] == KEEP_KEPT && !same_id(ix, m->article, dropped->seq))
			return m;
	}
	return NULL;
}

enum keep_state keep_next(struct keep *k, struct nd_index *ix, const struct nd_report *r)
{
	enum keep_state state = r->superseded ? KEEP_SUPERSEDED : keep_reason(k, ix, r) ? KEEP_DROPPED : KEEP_KEPT;

	k->state[r->seq] = (uint8_t)state;
	k->kept += state == KEEP_KEPT;
	k->dropped += state == KEEP_DROPPED;
	return state;
}
