/*
 * A compact multimap from 64-bit keys to 32-bit values: the memory of the index.
 *
 * 1,024 shards; a shard is an array of 64-byte lines of eight entries, four bytes of key (the tag)
 * and four of value each, so an entry costs 8 bytes / load (0.41 to 0.81):
 *
 *     key   | not kept 22 bits | shard 10 bits | tag 32 bits |      (keys are hashes: any bits do)
 *     line  | tag x 8 | value x 8 |      home line = tag * lines >> 32; a full line spills to the next
 *
 * The highest bit of the eight values together are a small Bloom filter of what a line has spilled: a
 * look-up of an absent key mostly ends in its home line, full or not.
 *
 * Two keys that agree in shard and tag (42 bits) are one key to the table: with n keys in it, a
 * look-up of a new key meets a stranger with probability n / 2^42 (1 in 40,000 at 100 million keys).
 * Whoever cannot live with that compares what the value names.
 *
 * When a shard is full, all of them move to twice the room, a shard every few insertions. The mapping they stand in
 * grows to twice its size for that, and what two neighbours have left is room for one that has still to move: the
 * table never holds more than its new size, and no insertion waits for more than a shard or two. Values of the
 * caller's choice; one thread.
 */
#ifndef ND_BASE_TABLE_H
#define ND_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define TABLE_SHARD_BITS 10
#define TABLE_SHARDS (1u << TABLE_SHARD_BITS)
#define TABLE_LINE 8
#define TABLE_VALUE_MAX 0x7FFFFFFFu
#define TABLE_SPILLED 0x80000000u /* the table's own bit of a value */

struct table_line {
	uint32_t tag[TABLE_LINE];
	uint32_t value[TABLE_LINE]; /* 0 but for the table's own bit: free */
} __attribute__((aligned(64)));

struct table_shard {
	struct table_line *lines;
	uint32_t n_lines;
	uint32_t used;
};

/* Room for all shards, of n_lines each, in no order. While they move there, those that have not yet stand in the first
 * half, as they stood before. */
struct table_map {
	char *at; /* NULL: none */
	uint32_t n_lines;
	uint32_t moved;   /* shards that have been moved in order */
	uint32_t unused;  /* rooms from here on were never used */
	uint32_t n_empty; /* of the rooms in the first half that both have left, */
	uint16_t empty[TABLE_SHARDS / 2]; /* which */
	uint8_t left[TABLE_SHARDS / 2];   /* how many of the two that stood in it have left */
};

struct table {
	struct table_shard shards[TABLE_SHARDS];
	struct table_map map;
	size_t used;  /* entries */
	size_t bytes; /* of all lines */
	uint64_t moves; /* changes whenever slots that were found may have moved */
};

void table_init(struct table *t);
void table_done(struct table *t);

static inline const struct table_shard *table_shard(const struct table *t, uint64_t key)
{
	return &t->shards[(key >> 32) % TABLE_SHARDS];
}

static inline uint32_t table_home(const struct table_shard *s, uint32_t tag)
{
	return (uint32_t)((uint64_t)tag * s->n_lines >> 32);
}

/* Asks for the line of a key that will be looked up soon. (The empty asm: gcc 12 takes a function that
 * only prefetches for one without effect, and drops its calls.) */
static inline void table_prefetch(const struct table *t, uint64_t key)
{
	const struct table_shard *s = table_shard(t, key);

	if (!s->n_lines)
		return;
	__builtin_prefetch(&s->lines[table_home(s, (uint32_t)key)]);
	__asm__ volatile("");
}

/* The same of a key that was looked up, is not there, and will be inserted: where its line is full, for the next line. */
static inline void table_prefetch_room(const struct table *t, uint64_t key)
{
	const struct table_shard *s = table_shard(t, key);
	const struct table_line *line;

	if (!s->n_lines)
		return;
	line = &s->lines[table_home(s, (uint32_t)key)];
	__builtin_prefetch(line + (line->value[TABLE_LINE - 1] % TABLE_SPILLED != 0));
	__asm__ volatile("");
}

/* The value of a slot, and its change (never to 0). */
static inline uint32_t table_value(const uint32_t *slot)
{
	return *slot & TABLE_VALUE_MAX;
}

static inline void table_set(uint32_t *slot, uint32_t value)
{
	*slot = value | (*slot & TABLE_SPILLED);
}

/* Walks all slots of a key: start with *cursor = 0; NULL ends. */
uint32_t *table_next(const struct table *t, uint64_t key, uint64_t *cursor);

/* Bit i is set where eight[i] equals want. */
static inline unsigned table_match(const uint32_t *eight, uint32_t want)
{
#ifdef __SSE2__
	const __m128i wanted = _mm_set1_epi32((int)want);
	const __m128i *at = (const __m128i *)eight;
	__m128i low = _mm_cmpeq_epi32(_mm_load_si128(at), wanted);
	__m128i high = _mm_cmpeq_epi32(_mm_load_si128(at + 1), wanted);

	return (unsigned)_mm_movemask_epi8(_mm_packs_epi16(_mm_packs_epi32(low, high), _mm_setzero_si128()));
#else
	unsigned ret = 0;

	for (unsigned i = 0; i < TABLE_LINE; i++)
		ret |= (unsigned)(eight[i] == want) << i;
	return ret;
#endif
}

/* Bit i is set where an entry is free. */
static inline unsigned table_match_free(const struct table_line *line)
{
#ifdef __SSE2__
	const __m128i *at = (const __m128i *)line->value;
	__m128i low = _mm_cmpeq_epi32(_mm_slli_epi32(_mm_load_si128(at), 1), _mm_setzero_si128());
	__m128i high = _mm_cmpeq_epi32(_mm_slli_epi32(_mm_load_si128(at + 1), 1), _mm_setzero_si128());

	return (unsigned)_mm_movemask_epi8(_mm_packs_epi16(_mm_packs_epi32(low, high), _mm_setzero_si128()));
#else
	unsigned ret = 0;

	for (unsigned i = 0; i < TABLE_LINE; i++)
		ret |= (unsigned)!table_value(&line->value[i]) << i;
	return ret;
#endif
}

/* The entries of a line with this tag, but for those before `from`. A free entry looks as if its tag were 0. */
static inline unsigned table_match_tag(const struct table_line *line, uint32_t tag, unsigned from)
{
	unsigned hits = table_match(line->tag, tag) >> from << from;

	return hits && tag == 0 ? hits & ~table_match_free(line) : hits;
}

/* Which of the eight bits of its home line a spilled tag sets. */
static inline unsigned table_spill_bit(uint32_t tag)
{
	return tag & 7;
}

static inline bool table_may_have_spilled(const struct table_line *home, uint32_t tag)
{
	return home->value[table_spill_bit(tag)] & TABLE_SPILLED;
}

/* The slot of a key; NULL when it is not there. Valid until `moves` changes. */
static inline uint32_t *table_find(const struct table *t, uint64_t key)
{
	const struct table_shard *s = table_shard(t, key);
	uint32_t tag = (uint32_t)key;
	uint64_t cursor = TABLE_LINE;
	struct table_line *line;
	unsigned hits;

	if (!s->n_lines)
		return NULL;
	line = &s->lines[table_home(s, tag)];
	hits = table_match_tag(line, tag, 0);
	if (hits)
		return &line->value[__builtin_ctz(hits)];
	return table_may_have_spilled(line, tag) ? table_next(t, key, &cursor) : NULL;
}

/* Takes out the entry of a slot that was found for this key. What had spilled over moves back, so every other
 * slot that was found is void; the line's filter keeps its bits: a look-up may go on for nothing, never end
 * too early. */
void table_remove(struct table *t, uint64_t key, uint32_t *slot);

/* Whether an entry with this value stays. */
typedef bool table_keep_fn(void *arg, uint32_t value);

/* Takes out the entries of a shard that `keep` does not want, each asked once: much cheaper than one by one, and
 * the line's filters are as new. Every slot of the shard that was found is void. Without memory nothing happens. */
void table_sweep(struct table *t, size_t shard, table_keep_fn *keep, void *arg);

/* Makes room for about n entries in all, as if they had come one after the other. Errors: -ENOMEM. */
int table_reserve(struct table *t, size_t n);

/* What `bytes` will have grown by, and what is being moved by then, when so many entries more have come: a shard takes its
 * share of them, and some more than that. */
size_t table_growth(const struct table *t, size_t n);

/* Adds an entry, without looking whether the key is there. value is 1 to TABLE_VALUE_MAX. Errors: -ENOMEM. */
int table_insert(struct table *t, uint64_t key, uint32_t value);

/* The slot of a key, as table_find; where there is none, *ret becomes NULL and the key has an entry with this value.
 * Errors: -ENOMEM. */
int table_meet(struct table *t, uint64_t key, uint32_t value, uint32_t **ret);

#endif
