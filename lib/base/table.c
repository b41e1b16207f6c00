#include "base/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/*
 * Shards of so many lines or more stand side by side in one mapping, of large pages where the system has
 * them: with small ones, every second look-up would wait for the address as long as for the line. Smaller
 * shards come from malloc.
 */
#define MAP_LINES 64u
#define GIVE_BACK ((size_t)2 << 20) /* a large page */
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

static void unmap(const struct table_map *m)
{
	if (m->at)
		munmap(m->at + m->given_back, all_bytes(m->n_lines) - m->given_back);
}

void table_done(struct table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < TABLE_SHARDS; i++)
		if (t->shards[i].n_lines < MAP_LINES)
			free(t->shards[i].lines);
	unmap(&t->map);
	unmap(&t->next);
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

static void shard_put(struct table_shard *s, uint32_t tag, uint32_t value)
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

/* Moves a shard to new lines, which are empty. */
static void shard_move(struct table *t, struct table_shard *s, struct table_line *lines, uint32_t n)
{
	struct table_shard old = *s;

	s->lines = lines;
	s->n_lines = n;
	t->moves++;
	t->bytes += shard_bytes(n) - shard_bytes(old.n_lines);
	for (uint32_t l = 0; l < old.n_lines; l++)
		for (unsigned i = 0; i < TABLE_LINE && table_value(&old.lines[l].value[i]); i++)
			shard_put(s, old.lines[l].tag[i], table_value(&old.lines[l].value[i]));
	if (old.n_lines < MAP_LINES)
		free(old.lines);
}

static int shard_grow(struct table *t, struct table_shard *s, uint32_t n)
{
	struct table_line *lines = aligned_alloc(sizeof(*lines), shard_bytes(n));

	if (!lines)
		return -ENOMEM;
	memset(lines, 0, shard_bytes(n));
	shard_move(t, s, lines, n);
	return 0;
}

/* --- moving all shards to a larger mapping, one after the other --- */

static int next_map(struct table *t, uint32_t n)
{
	void *at = mmap(NULL, all_bytes(n), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return -ENOMEM;
	madvise(at, all_bytes(n), MADV_HUGEPAGE);
	t->next = (struct table_map){ .at = at, .n_lines = n };
	t->moved = 0;
	return 0;
}

static void move_to_next(struct table *t, size_t i)
{
	char *at = t->next.at + i * shard_bytes(t->next.n_lines);

	if (t->shards[i].n_lines < t->next.n_lines)
		shard_move(t, &t->shards[i], (struct table_line *)(void *)at, t->next.n_lines);
}

/* Gives back what the first `moved` shards have left, so that there are never two whole tables. */
static void give_back(struct table *t)
{
	size_t left = t->moved * shard_bytes(t->map.n_lines);

	if (!t->map.at || (left - t->map.given_back < GIVE_BACK && t->moved < TABLE_SHARDS))
		return;
	left = t->moved < TABLE_SHARDS ? left / GIVE_BACK * GIVE_BACK : left;
	munmap(t->map.at + t->map.given_back, left - t->map.given_back);
	t->map.given_back = left;
}

/* Moves the next shard; after the last one the old mapping is gone. */
static void move_one(struct table *t)
{
	move_to_next(t, t->moved++);
	give_back(t);
	if (t->moved < TABLE_SHARDS)
		return;
	t->map = t->next;
	t->next = (struct table_map){ 0 };
}

static void move_rest(struct table *t)
{
	while (t->next.at)
		move_one(t);
}

/* Makes room in shard i. One shard that is full is a sign that all soon will be. */
static int make_room(struct table *t, size_t i)
{
	struct table_shard *s = &t->shards[i];
	uint32_t n = s->n_lines ? 2 * s->n_lines : 1;
	int err = 0;

	if (n < MAP_LINES)
		return shard_grow(t, s, n);
	if (t->next.at && n > t->next.n_lines)
		move_rest(t);
	if (!t->next.at)
		err = next_map(t, n);
	if (!err)
		move_to_next(t, i);
	return err;
}

int table_insert(struct table *t, uint64_t key, uint32_t value)
{
	size_t i = (key >> 32) % TABLE_SHARDS;
	struct table_shard *s = &t->shards[i];
	int err;

	if (!has_room(s->n_lines, s->used + 1)) {
		err = make_room(t, i);
		if (err)
			return err;
	}
	shard_put(s, (uint32_t)key, value);
	s->used++;
	t->used++;
	if (t->next.at && t->used % MOVE_EVERY == 0)
		move_one(t);
	return 0;
}

int table_reserve(struct table *t, size_t n)
{
	uint32_t lines = 1;
	int err = 0;

	while (!has_room(lines, (uint32_t)(n / TABLE_SHARDS)))
		lines *= 2;
	move_rest(t);
	if (lines >= MAP_LINES && lines > t->map.n_lines) {
		err = next_map(t, lines);
		if (!err)
			move_rest(t);
		return err;
	}
	for (size_t i = 0; i < TABLE_SHARDS && !err; i++)
		if (t->shards[i].n_lines < lines)
			err = shard_grow(t, &t->shards[i], lines);
	return err;
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
			shard_put(s, kept[i].tag, kept[i].value);
		t->used -= s->used - n;
		s->used = n;
		t->moves++;
	}
	free(kept);
}
