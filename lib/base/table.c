#include "base/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Larger shards come from mmap: what they leave behind when they grow goes back to the system. */
#define MMAP_FROM 16384u

static size_t shard_bytes(uint32_t n_lines)
{
	return (size_t)n_lines * sizeof(struct table_line);
}

static struct table_line *lines_new(uint32_t n)
{
	size_t bytes = shard_bytes(n);
	void *at;

	if (bytes >= MMAP_FROM) {
		at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		return at == MAP_FAILED ? NULL : at;
	}
	at = aligned_alloc(sizeof(struct table_line), bytes);
	if (at)
		memset(at, 0, bytes);
	return at;
}

static void lines_free(struct table_line *lines, uint32_t n)
{
	if (shard_bytes(n) >= MMAP_FROM)
		munmap(lines, shard_bytes(n));
	else
		free(lines);
}

void table_init(struct table *t)
{
	memset(t, 0, sizeof(*t));
}

void table_done(struct table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < TABLE_SHARDS; i++)
		if (t->shards[i].lines)
			lines_free(t->shards[i].lines, t->shards[i].n_lines);
	memset(t, 0, sizeof(*t));
}

/* Bit i is set where tag[i] equals the tag (free entries included). */
static inline unsigned line_match(const struct table_line *line, uint32_t tag)
{
#ifdef __SSE2__
	const __m128i want = _mm_set1_epi32((int)tag);
	const __m128i *at = (const __m128i *)line->tag;
	__m128i low = _mm_cmpeq_epi32(_mm_load_si128(at), want);
	__m128i high = _mm_cmpeq_epi32(_mm_load_si128(at + 1), want);

	return (unsigned)_mm_movemask_ps(_mm_castsi128_ps(low)) |
	       (unsigned)_mm_movemask_ps(_mm_castsi128_ps(high)) << 4;
#else
	unsigned ret = 0;

	for (unsigned i = 0; i < TABLE_LINE; i++)
		ret |= (unsigned)(line->tag[i] == tag) << i;
	return ret;
#endif
}

/* Entries of a line are filled from the left and never freed, so a free last entry ends the search. */
static inline bool line_full(const struct table_line *line)
{
	return line->value[TABLE_LINE - 1] != 0;
}

uint32_t *table_next(const struct table *t, uint64_t key, uint64_t *cursor)
{
	const struct table_shard *s = table_shard(t, key);
	uint32_t tag = (uint32_t)key, at, steps;
	unsigned from;

	if (!s->n_lines)
		return NULL;
	steps = (uint32_t)(*cursor >> 3);
	from = *cursor & 7;
	at = table_home(s, tag) + steps;
	for (at %= s->n_lines; steps < s->n_lines; steps++, from = 0) {
		struct table_line *line = &s->lines[at];
		unsigned hits = line_match(line, tag) >> from << from;

		while (hits) {
			unsigned i = (unsigned)__builtin_ctz(hits);

			if (line->value[i]) {
				*cursor = ((uint64_t)steps << 3) + i + 1;
				return &line->value[i];
			}
			hits &= hits - 1;
		}
		if (!line_full(line))
			return NULL;
		at = at + 1 == s->n_lines ? 0 : at + 1;
	}
	return NULL;
}

uint32_t *table_find(const struct table *t, uint64_t key)
{
	uint64_t cursor = 0;

	return table_next(t, key, &cursor);
}

static void shard_put(struct table_shard *s, uint32_t tag, uint32_t value)
{
	uint32_t at = table_home(s, tag);

	for (;;) {
		struct table_line *line = &s->lines[at];

		for (unsigned i = 0; i < TABLE_LINE; i++) {
			if (line->value[i])
				continue;
			line->tag[i] = tag;
			line->value[i] = value;
			return;
		}
		at = at + 1 == s->n_lines ? 0 : at + 1;
	}
}

static int shard_grow(struct table *t, struct table_shard *s)
{
	uint32_t n = s->n_lines ? s->n_lines + s->n_lines / 2 + 1 : 1;
	struct table_shard old = *s;

	s->lines = lines_new(n);
	if (!s->lines) {
		*s = old;
		return -ENOMEM;
	}
	s->n_lines = n;
	t->bytes += shard_bytes(n) - shard_bytes(old.n_lines);
	for (uint32_t l = 0; l < old.n_lines; l++)
		for (unsigned i = 0; i < TABLE_LINE && old.lines[l].value[i]; i++)
			shard_put(s, old.lines[l].tag[i], old.lines[l].value[i]);
	if (old.lines)
		lines_free(old.lines, old.n_lines);
	return 0;
}

int table_insert(struct table *t, uint64_t key, uint32_t value)
{
	struct table_shard *s = &t->shards[(key >> 32) % TABLE_SHARDS];
	int err;

	/* load at most 27/32 = 0.84 */
	if ((uint64_t)(s->used + 1) * 4 > (uint64_t)s->n_lines * 27) {
		err = shard_grow(t, s);
		if (err)
			return err;
	}
	shard_put(s, (uint32_t)key, value);
	s->used++;
	t->used++;
	return 0;
}
