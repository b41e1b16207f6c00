#include "daemon/space.h"

#include <errno.h>

#include "daemon/service.h"

#define CAUTION_MAX 10u
#define EACH ((uint64_t)128 << 10)  /* bytes of pages that are written for one that goes: its own, others' that are judged again */
#define FIXED ((uint64_t)256 << 10) /* and for a commit */
#define SOME 16384u                 /* bytes of an article that is looked for room for when a commit had none */

static void note(struct service *sv, bool full)
{
	const char *before = service_fault(sv);

	sv->space.full = full;
	service_note_fault(sv, before);
}

static bool takes(const struct service *sv, uint64_t bytes)
{
	struct nd_index_stats stats;

	nd_index_stats(sv->index, &stats);
	return nd_store_takes(sv->store, stats.pending + 1, stats.pending_bytes + bytes);
}

bool space_takes(struct service *sv, const struct nd_fingerprint *fp, const struct nd_packed *text)
{
	uint64_t bytes = fp->bytes + text->bytes;
	bool ret = takes(sv, bytes);

	if (!ret)
		sv->space.wanted = bytes;
	if (ret == sv->space.full)
		note(sv, !ret);
	return ret;
}

void space_tick(struct service *sv)
{
	if (!sv->space.full)
		return;
	if (takes(sv, sv->space.wanted))
		note(sv, false);
	else
		commit_probe(sv->commit);
}

void space_committed(struct service *sv, int err)
{
	unsigned *caution = &sv->space.caution;

	if (err == -ENOSPC) {
		sv->space.full = true;
		sv->space.wanted = sv->space.wanted > SOME ? sv->space.wanted : SOME;
		*caution = *caution + 2 < CAUTION_MAX ? *caution + 2 : CAUTION_MAX;
	} else if (!err && *caution) {
		--*caution;
	}
}

size_t space_removable(const struct service *sv, size_t max)
{
	struct nd_store_stats stats;
	uint64_t n;

	nd_store_stats(sv->store, &stats);
	n = (stats.bytes_spare > FIXED ? stats.bytes_spare - FIXED : 0) / EACH;
	n = (n < max ? n : max) >> sv->space.caution;
	return n ? (size_t)n : 1;
}
