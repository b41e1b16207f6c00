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

static bool has_id(struct nd_index *ix, nd_seq seq, struct nd_str id)
{
	struct nd_article a;

	return !nd_index_id(ix, seq, &a) && a.id.len == id.len && !memcmp(a.id.at, id.at, id.len);
}

const struct nd_match *keep_reason(const struct keep *k, struct nd_index *ix, const struct nd_report *dropped)
{
	for (size_t i = 0; i < dropped->n_matches; i++) {
		const struct nd_match *m = &dropped->matches[i];

		if (drops(m->relation) && k->state[m->article] == KEEP_KEPT && !has_id(ix, m->article, dropped->article.id))
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
