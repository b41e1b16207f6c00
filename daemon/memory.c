#include "daemon/memory.h"

#include "daemon/log.h"
#include "daemon/service.h"

#define STEP 4096u /* keys that come between two looks at the index */
#define EACH 256u  /* what an article brings besides the keys of its body: of its lead, its names, its paragraphs */
#define QUEUE_SHARE 8u /* of memory_max, for what waits */

uint64_t memory_queue_bytes(const struct service *sv)
{
	const struct settings *s = sv->settings;
	uint64_t share = s->memory_max / QUEUE_SHARE;

	return s->memory_max && share < s->queue_bytes ? share : s->queue_bytes;
}

uint64_t memory_used(const struct service *sv)
{
	struct nd_index_stats stats;

	nd_index_stats(sv->index, &stats);
	return stats.index_bytes + stats.pending_bytes + sv->waiting_bytes;
}

/* What the index alone may take. */
static uint64_t index_max(const struct service *sv)
{
	return sv->settings->memory_max - memory_queue_bytes(sv);
}

bool memory_holds(const struct service *sv)
{
	struct nd_index_stats stats;

	nd_index_stats(sv->index, &stats);
	return !sv->settings->memory_max || stats.index_bytes <= sv->settings->memory_max;
}

#define MIB (1u << 20)

/* What takes articles leaves an eighth to what waits, and grows by leaps, which may double a part. */
void memory_tell_need(const struct service *sv)
{
	unsigned long long need = nd_index_needs(sv->index) / MIB + 1;

	log_error("memory_max = %lluk is too little: the store needs some %llum to be read; set memory_max = %llum or more, or 0%s",
		  (unsigned long long)sv->settings->memory_max / 1024, need, 2 * need + 2,
		  sv->settings->memory_full == MEMORY_EXPIRE ? "; what is to expire can be told once it has been read" : "");
}

static bool fits(const struct service *sv, uint64_t keys)
{
	struct nd_index_stats stats;

	nd_index_stats(sv->index, &stats);
	return stats.index_bytes + nd_index_growth(sv->index, keys) <= index_max(sv);
}

static void note_full(struct service *sv, bool full)
{
	struct memory *m = &sv->memory;

	if (full && !m->full) {
		m->times++;
		log_warning("memory_max is reached: %s", sv->settings->memory_full == MEMORY_EXPIRE
								 ? "the oldest stories expire"
								 : "what is put is answered busy");
		events_note_full(&sv->events, nd_index_count(sv->index), memory_used(sv), sv->settings->memory_max);
		events_publish(&sv->events, commit_done(sv->commit));
	} else if (!full && m->full) {
		log_info("there is room below memory_max again");
	}
	m->full = full;
}

bool memory_takes(struct service *sv, const struct nd_fingerprint *fp)
{
	struct memory *m = &sv->memory;
	struct nd_contents contents;
	uint64_t keys;

	if (!sv->settings->memory_max || nd_fingerprint_contents(fp, &contents))
		return true;
	keys = contents.n_keys + contents.n_paragraphs + EACH;
	if (!m->full && m->credit >= keys) {
		m->credit -= keys;
		return true;
	}
	m->credit = 0;
	note_full(sv, !fits(sv, keys + STEP));
	if (!m->full) {
		m->credit = STEP;
		expiry_release(&sv->expiry);
	}
	if (m->full && sv->settings->memory_full == MEMORY_EXPIRE)
		expiry_press(&sv->expiry, sv);
	return !m->full;
}
