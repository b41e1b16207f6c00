#include "base/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/*
 * Shards of so many lines or more stand side by side in one mapping; smaller ones come from malloc. A mapping of so many
 * bytes or more is one of large pages where the system has them: with small ones, every second look-up would wait for
 * the address as long as for the line. In a smaller one that saves less than it costs to clear them.
 */
#define MAP_LINES 64u
#define LARGE_FROM ((size_t)64 << 20)
#define LARGE_PAGE ((size_t)2 << 20)
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14; an older one refuses it */
#endif
#define MOVE_EVERY 8u /* insertions, while shards move: none of them waits for more than one or two */

static size_t shard_bytes(uint32_t n_lines)
{
	return (size_t)n_lines * sizeof(struct table_line);
}

static size_t all_bytes(uint32_t n_lines)
{
	return TABLE_SHARDS * shard_bytes(n_lines);
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
		if (t->shards[i].n_lines < MAP_LINES)
			free(t->shards[i].lines);
	if (t->map.at)
		munmap(t->map.at, all_bytes(t->map.n_lines));
	memset(t, 0, sizeof(*t));
}

/* Entries of a line stand without gaps from the left, so a free last entry ends the search. */
static inline bool line_full(const struct table_line *line)
{
	return table_value(&line->value[TABLE_LINE - 1]) != 0;
}

uint32_t *table_next(const struct table *t, uint64_t key, uint64_t *cursor)
{
	const struct table_shard *s = table_shard(t, key);
	uint32_t tag = (uint32_t)key, steps = (uint32_t)(*cursor >> 3), at;
	unsigned from = *cursor & 7;

	if (!s->n_lines)
		return NULL;
	at = table_home(s, tag) + steps;
	if (at >= s->n_lines)
		at -= s->n_lines;
	for (; steps < s->n_lines; steps++, from = 0) {
		struct table_line *line = &s->lines[at];
		unsigned hits = table_match_tag(line, tag, from);

		if (hits) {
			unsigned i = (unsigned)__builtin_ctz(hits);

			*cursor = ((uint64_t)steps << 3) + i + 1;
			return &line->value[i];
		}
		if (!line_full(line))
			return NULL;
		at = at + 1 == s->n_lines ? 0 : at + 1;
	}
	return NULL;
}

static void line_give(struct table_line *line, uint32_t tag, uint32_t value)
{
	unsigned i = (unsigned)__builtin_ctz(table_match_free(line));

	line->tag[i] = tag;
	table_set(&line->value[i], value);
}

static inline void shard_put(struct table_shard *s, uint32_t tag, uint32_t value)
{
	uint32_t at = table_home(s, tag);
	struct table_line *line = &s->lines[at];

	if (line_full(line)) {
		line->value[table_spill_bit(tag)] |= TABLE_SPILLED;
		do
			at = at + 1 == s->n_lines ? 0 : at + 1;
		while (line_full(&s->lines[at]));
		line = &s->lines[at];
	}
	line_give(line, tag, value);
}

/* Load at most 13/16 = 0.81. */
static bool has_room(uint32_t n_lines, uint32_t entries)
{
	return (uint64_t)entries * 2 <= (uint64_t)n_lines * 13;
}

/*
 * As shard_put, of a shard whose lines are being filled: the last tag of one that has room counts what stands in it. To
 * look for a free entry in what has just been written would take as long as all the rest.
 */
static inline void shard_fill(struct table_shard *s, uint32_t tag, uint32_t value)
{
	uint32_t at = table_home(s, tag), n;
	struct table_line *line = &s->lines[at];

	if (__builtin_expect(line_full(line), 0)) {
		line->value[table_spill_bit(tag)] |= TABLE_SPILLED;
		do
			at = at + 1 == s->n_lines ? 0 : at + 1;
		while (line_full(&s->lines[at]));
		line = &s->lines[at];
	}
	n = line->tag[TABLE_LINE - 1]++;
	line->tag[n] = tag;
	line->value[n] = value;
}

/* The shard is filled: lines with room count no more. */
static void shard_filled(struct table_shard *s)
{
	for (uint32_t l = 0; l < s->n_lines; l++)
		if (!line_full(&s->lines[l]))
			s->lines[l].tag[TABLE_LINE - 1] = 0;
}

/* Gives a shard new lines, which are empty, in place of n old ones, which stay as they are. */
static void shard_move(struct table *t, struct table_shard *s, const struct table_line *old, struct table_line *lines,
		       uint32_t n_lines)
{
	uint32_t n = s->n_lines;

	s->lines = lines;
	s->n_lines = n_lines;
	t->moves++;
	t->bytes += shard_bytes(n_lines) - shard_bytes(n);
	for (uint32_t l = 0; l < n; l++)
		for (unsigned i = 0; i < TABLE_LINE && table_value(&old[l].value[i]); i++)
			shard_fill(s, old[l].tag[i], table_value(&old[l].value[i]));
	shard_filled(s);
}

static int shard_grow(struct table *t, struct table_shard *s, uint32_t n)
{
	struct table_line *lines = aligned_alloc(sizeof(*lines), shard_bytes(n)), *old = s->lines;

	if (!lines)
		return -ENOMEM;
	memset(lines, 0, shard_bytes(n));
	shard_move(t, s, old, lines, n);
	free(old);
	return 0;
}

/* --- moving all shards to twice the room, one after the other --- */

/* Address space that begins with a large page, so that those of what moves there stay whole; NULL. */
static char *map_aligned(size_t size)
{
	char *at = mmap(NULL, size + LARGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t before = -(uintptr_t)at % LARGE_PAGE;

	if (at == MAP_FAILED)
		return NULL;
	if (before)
		munmap(at, before);
	munmap(at + before + size, LARGE_PAGE - before);
	return at + before;
}

static void use_large_pages(char *at, size_t size)
{
	if (size >= LARGE_FROM)
		madvise(at, size, MADV_HUGEPAGE);
}

/* The shards that stand in the mapping go with it. */
static int map_double(struct table *t)
{
	struct table_map *m = &t->map;
	size_t size = all_bytes(m->n_lines);
	char *at = map_aligned(2 * size);

	if (!at)
		return -ENOMEM;
	if (mremap(m->at, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, at) == MAP_FAILED) {
		munmap(at, 2 * size);
		return -ENOMEM;
	}
	use_large_pages(at, 2 * size);
	for (size_t i = 0; i < TABLE_SHARDS; i++)
		t->shards[i].lines = (struct table_line *)(void *)(at + ((char *)t->shards[i].lines - m->at));
	*m = (struct table_map){ .at = at, .n_lines = 2 * m->n_lines, .unused = TABLE_SHARDS / 2 };
	t->moves++;
	return 0;
}

static int map_new(struct table *t, uint32_t n_lines)
{
	char *at = map_aligned(all_bytes(n_lines));

	if (!at)
		return -ENOMEM;
	use_large_pages(at, all_bytes(n_lines));
	t->map = (struct table_map){ .at = at, .n_lines = n_lines };
	return 0;
}

/* Room for a shard, zeroed; NULL: all that is left is beside a shard that has still to move. */
static struct table_line *room(struct table_map *m)
{
	size_t size = shard_bytes(m->n_lines);

	if (m->n_empty)
		return memset(m->at + m->empty[--m->n_empty] * size, 0, size);
	if (m->unused == TABLE_SHARDS)
		return NULL;
	madvise(m->at + m->unused * size, size, MADV_POPULATE_WRITE); /* at once, not page by page; it does without */
	return (struct table_line *)(void *)(m->at + m->unused++ * size);
}

/* The lines of a shard that had half as many, and no other room than its own and that of its neighbour, who has left. */
static int spread(struct table *t, struct table_shard *s)
{
	size_t size = shard_bytes(t->map.n_lines), place = (size_t)((char *)s->lines - t->map.at) / size;
	struct table_line *old = aligned_alloc(sizeof(*old), size / 2);

	if (!old)
		return -ENOMEM;
	memcpy(old, s->lines, size / 2);
	shard_move(t, s, old, memset(t->map.at + place * size, 0, size), t->map.n_lines);
	free(old);
	return 0;
}

static void leave(struct table_map *m, const struct table_line *old)
{
	size_t place = (size_t)((const char *)old - m->at) / shard_bytes(m->n_lines);

	if (++m->left[place] == 2)
		m->empty[m->n_empty++] = (uint16_t)place;
}

/*
 * Moves shard i, if it has not been. Without a room of its own there is one for it and its neighbour: so many rooms as
 * shards are yet to move, each with one of them in it.
 */
static int move_shard(struct table *t, size_t i)
{
	struct table_shard *s = &t->shards[i];
	struct table_line *old = s->lines, *lines;
	bool own = s->n_lines < MAP_LINES;

	if (s->n_lines == t->map.n_lines)
		return 0;
	lines = room(&t->map);
	if (!lines)
		return spread(t, s);
	shard_move(t, s, old, lines, t->map.n_lines);
	if (own)
		free(old);
	else
		leave(&t->map, old);
	return 0;
}

static bool moving(const struct table *t)
{
	return t->map.at && t->map.moved < TABLE_SHARDS;
}

static int move_one(struct table *t)
{
	int err = move_shard(t, t->map.moved);

	t->map.moved += !err;
	return err;
}

static int move_rest(struct table *t)
{
	int err = 0;

	while (moving(t) && !err)
		err = move_one(t);
	return err;
}

/* Makes room in shard i. One shard that is full is a sign that all soon will be. */
static int make_room(struct table *t, size_t i)
{
	struct table_shard *s = &t->shards[i];
	uint32_t n = s->n_lines ? 2 * s->n_lines : 1;
	int err = 0;

	if (n < MAP_LINES)
		return shard_grow(t, s, n);
	if (n > t->map.n_lines) {
		err = move_rest(t);
		if (!err)
			err = t->map.at ? map_double(t) : map_new(t, n);
	}
	return err ? err : move_shard(t, i);
}

static inline void put_entry(struct table *t, struct table_shard *s, uint32_t tag, uint32_t value)
{
	shard_put(s, tag, value);
	s->used++;
	t->used++;
}

/* On its own, so that what it needs does not burden the many that neither grow a shard nor come while shards move. */
static __attribute__((noinline)) int insert_slowly(struct table *t, uint64_t key, uint32_t value)
{
	size_t i = (key >> 32) % TABLE_SHARDS;
	struct table_shard *s = &t->shards[i];
	int err = has_room(s->n_lines, s->used + 1) ? 0 : make_room(t, i);

	if (err)
		return err;
	put_entry(t, s, (uint32_t)key, value);
	if (moving(t) && t->used % MOVE_EVERY == 0)
		move_one(t); /* without memory, later */
	return 0;
}

static inline int insert(struct table *t, uint64_t key, uint32_t value)
{
	struct table_shard *s = &t->shards[(key >> 32) % TABLE_SHARDS];

	if (moving(t) || !has_room(s->n_lines, s->used + 1))
		return insert_slowly(t, key, value);
	put_entry(t, s, (uint32_t)key, value);
	return 0;
}

int table_insert(struct table *t, uint64_t key, uint32_t value)
{
	return insert(t, key, value);
}

int table_meet(struct table *t, uint64_t key, uint32_t value, uint32_t **ret)
{
	uint32_t *found = table_find(t, key);
	int err = found ? 0 : insert(t, key, value);

	if (!err)
		*ret = found;
	return err;
}

/* Makes room for n_lines in all shards, which are many. */
static int reserve_map(struct table *t, uint32_t n_lines)
{
	int err = move_rest(t);

	while (!err && t->map.n_lines < n_lines) {
		err = t->map.at ? map_double(t) : map_new(t, n_lines);
		if (!err)
			err = move_rest(t);
	}
	return err;
}

int table_reserve(struct table *t, size_t n)
{
	uint32_t lines = 1;
	int err = 0;

	while (!has_room(lines, (uint32_t)(n / TABLE_SHARDS)))
		lines *= 2;
	if (lines >= MAP_LINES)
		return reserve_map(t, lines);
	for (size_t i = 0; i < TABLE_SHARDS && !err; i++)
		if (t->shards[i].n_lines < lines)
			err = shard_grow(t, &t->shards[i], lines);
	return err;
}

/* Lines that a shard of so many has when it takes so many entries more. */
static uint32_t lines_for(const struct table_shard *s, uint32_t more)
{
	uint32_t n = s->n_lines ? s->n_lines : 1;

	while (!has_room(n, s->used + more))
		n *= 2;
	return n;
}

size_t table_growth(const struct table *t, size_t n)
{
	uint32_t more = (uint32_t)(n / (TABLE_SHARDS / 2)) + 8, most = t->map.at ? t->map.n_lines : 0;
	size_t small = 0;

	for (size_t i = 0; i < TABLE_SHARDS; i++) {
		uint32_t lines = lines_for(&t->shards[i], more);

		if (lines > most && lines >= MAP_LINES)
			most = lines;
		small += shard_bytes(lines);
	}
	return (most ? all_bytes(most) : small) - t->bytes;
}

/* --- removal: no entry may stand behind a line with room that lies between it and its home --- */

static uint32_t lines_between(const struct table_shard *s, uint32_t from, uint32_t to)
{
	return to >= from ? to - from : to + s->n_lines - from;
}

/* An entry of line `at` that would rather stand in line `hole`, which lies on its way from home; -1: none. */
static int strayed(const struct table_shard *s, uint32_t at, uint32_t hole)
{
	const struct table_line *line = &s->lines[at];

	for (int i = TABLE_LINE - 1; i >= 0; i--)
		if (table_value(&line->value[i]) && lines_between(s, table_home(s, line->tag[i]), at) >=
							    lines_between(s, hole, at))
			return i;
	return -1;
}

/* Frees entry i of a line (a free entry has the tag 0); its last one moves there. Spill bits stay. */
static void line_take(struct table_line *line, unsigned i)
{
	unsigned last = TABLE_LINE - 1 - (unsigned)__builtin_popcount(table_match_free(line));

	line->tag[i] = line->tag[last];
	table_set(&line->value[i], table_value(&line->value[last]));
	line->tag[last] = 0;
	line->value[last] &= TABLE_SPILLED;
}

void table_remove(struct table *t, uint64_t key, uint32_t *slot)
{
	struct table_shard *s = &t->shards[(key >> 32) % TABLE_SHARDS];
	uint32_t hole = (uint32_t)(((const char *)slot - (const char *)s->lines) / sizeof(struct table_line));
	uint32_t at = hole;
	bool full = line_full(&s->lines[hole]);

	line_take(&s->lines[hole], (unsigned)(slot - s->lines[hole].value));
	for (uint32_t steps = 1; full && steps < s->n_lines; steps++) {
		int i;

		at = at + 1 == s->n_lines ? 0 : at + 1;
		full = line_full(&s->lines[at]);
		i = strayed(s, at, hole);
		if (i < 0)
			continue;
		line_give(&s->lines[hole], s->lines[at].tag[i], table_value(&s->lines[at].value[i]));
		line_take(&s->lines[at], (unsigned)i);
		hole = at;
	}
	s->used--;
	t->used--;
	t->moves++;
}

/* --- many at once --- */

struct kept {
	uint32_t tag, value;
};

static uint32_t gather(const struct table_shard *s, table_keep_fn *keep, void *arg, struct kept *ret)
{
	uint32_t n = 0;

	for (uint32_t l = 0; l < s->n_lines; l++) {
		const struct table_line *line = &s->lines[l];

		for (unsigned i = 0; i < TABLE_LINE && table_value(&line->value[i]); i++) {
			ret[n] = (struct kept){ line->tag[i], table_value(&line->value[i]) };
			n += keep(arg, ret[n].value);
		}
	}
	return n;
}

void table_sweep(struct table *t, size_t shard, table_keep_fn *keep, void *arg)
{
	struct table_shard *s = &t->shards[shard];
	struct kept *kept = s->used ? malloc((s->used + (size_t)1) * sizeof(*kept)) : NULL;
	uint32_t n;

	if (!kept)
		return;
	n = gather(s, keep, arg, kept);
	if (n < s->used) {
		memset(s->lines, 0, shard_bytes(s->n_lines));
		for (uint32_t i = 0; i < n; i++)
			shard_fill(s, kept[i].tag, kept[i].value);
		shard_filled(s);
		t->used -= s->used - n;
		s->used = n;
		t->moves++;
	}
	free(kept);
}
