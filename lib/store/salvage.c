#include "store/salvage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/dir.h"
#include "store/format.h"
#include "store/frame.h"
#include "store/pages.h"
#include "store/parts.h"
#include "store/text.h"

#define LOST 0u /* no frame stands at the beginning of the file */
#define STRAY ((uint64_t)1 << 63) /* of a place: the tree does not lead there */

/* A part of a text. */
struct part {
	uint64_t key, offset;
	size_t bytes;
};

struct salvage {
	int dir, fd;
	struct pages pages;
	struct pages_table articles;
	bool n_articles, scanning;
	bool headless;   /* one of the heads is damaged, maybe the newest */
	uint64_t from;   /* records before it are not sought any more */
	int format;
	uint64_t profile;
	uint64_t *places;  /* offsets of whole frames; LOST */
	uint64_t *damaged; /* of those that are not whole; LOST */
	uint64_t n, cap;
	uint64_t count; /* that their table tells; 0: that is not known */
	uint64_t max;   /* no record has this seq, or a later one */
	uint64_t strays, doubts;
	struct buf value;
	struct part *parts; /* of texts, in order of their keys */
	uint64_t n_parts, cap_parts, next_part;
	struct parts text;
	uint64_t dictionaries[DICTIONARIES_MAX + 1]; /* offsets, by number */
	unsigned n_dictionaries;
};

/* Room for the places of so many records. */
static int reserve(struct salvage *s, uint64_t n)
{
	uint64_t cap = n + n / 2 + 1024, *places, *damaged;

	if (n <= s->cap)
		return 0;
	places = reallocarray(s->places, cap, sizeof(*places));
	if (!places)
		return -ENOMEM;
	s->places = places;
	damaged = reallocarray(s->damaged, cap, sizeof(*damaged));
	if (!damaged)
		return -ENOMEM;
	s->damaged = damaged;
	s->cap = cap;
	return 0;
}

static int note(struct salvage *s, uint64_t seq, uint64_t offset, bool whole)
{
	int err = reserve(s, seq + 1);

	if (err)
		return err;
	for (; s->n <= seq; s->n++)
		s->places[s->n] = s->damaged[s->n] = LOST;
	if (whole && s->places[seq] == LOST) {
		s->places[seq] = s->scanning ? offset | STRAY : offset;
		s->strays += s->scanning;
	} else if (whole) {
		s->doubts += s->places[seq] >= STRAY;
	} else {
		s->damaged[seq] = offset;
	}
	return 0;
}

static int fetch(struct salvage *s, uint64_t offset, size_t bytes)
{
	int err;

	buf_clear(&s->value);
	err = buf_reserve(&s->value, bytes + 1);
	return err ? err : pages_read(&s->pages, offset, s->value.at, bytes);
}

/* Whether a whole frame stands there, of at most so many bytes: its own seq tells of which record. */
static int read_frame(struct salvage *s, uint64_t offset, size_t most, uint64_t *ret_seq)
{
	struct store_item item;
	struct frame f;
	int err;

	if (most < sizeof(f) || pages_read(&s->pages, offset, &f, sizeof(f)) || f.magic != FRAME_MAGIC ||
	    f.version != FRAME_VERSION || f.seq >= s->max || f.bytes > most - sizeof(f) || frame_size(f.bytes) > most)
		return -EBADMSG;
	err = fetch(s, offset, frame_size(f.bytes));
	if (!err)
		err = frame_read(s->value.at, frame_size(f.bytes), f.seq, &item);
	if (!err)
		err = frame_verify(s->value.at);
	if (!err)
		*ret_seq = f.seq;
	return err;
}

/* --- by the tree --- */

static int see_record(void *arg, const struct pages_value *v)
{
	struct salvage *s = arg;
	uint64_t seq;
	int err = read_frame(s, v->offset, v->bytes, &seq);

	if (err == -ENOMEM)
		return err;
	if (err)
		memcpy(&seq, v->key, sizeof(seq));
	return seq < s->max ? note(s, seq, v->offset, !err) : 0;
}

static bool is_named(const struct pages_value *v, const char *name)
{
	return v->n_key == strlen(name) && !memcmp(v->key, name, v->n_key);
}

static int see_format(void *arg, const struct pages_value *v)
{
	struct salvage *s = arg;

	if (is_named(v, STORE_FORMAT) && v->at)
		s->format = format_judge(v->at, v->bytes, s->profile);
	return 0;
}

static int see_part(void *arg, const struct pages_value *v)
{
	struct salvage *s = arg;

	if (s->n_parts == s->cap_parts) {
		uint64_t cap = 2 * s->cap_parts + 1024;
		struct part *at = reallocarray(s->parts, cap, sizeof(*at));

		if (!at)
			return -ENOMEM;
		s->parts = at;
		s->cap_parts = cap;
	}
	s->parts[s->n_parts] = (struct part){ .offset = v->offset, .bytes = v->bytes };
	memcpy(&s->parts[s->n_parts++].key, v->key, sizeof(uint64_t));
	return 0;
}

static int see_dictionary(void *arg, const struct pages_value *v)
{
	struct salvage *s = arg;
	uint64_t seq, number;
	int err = read_frame(s, v->offset, v->bytes, &seq);

	memcpy(&number, v->key, sizeof(number));
	if (number > DICTIONARIES_MAX)
		return err == -ENOMEM ? err : 0;
	if (!err && seq == number)
		s->dictionaries[number] = v->offset;
	if (number > s->n_dictionaries)
		s->n_dictionaries = (unsigned)number;
	return err == -ENOMEM ? err : 0;
}

/* More have no room in the file. */
static uint64_t most_records(const struct salvage *s)
{
	return s->pages.bytes / sizeof(struct frame);
}

static int see_table(void *arg, const struct pages_value *v)
{
	struct salvage *s = arg;
	struct pages_table t;

	if (!pages_table_of(v, &t))
		return 0;
	if (is_named(v, STORE_META))
		return pages_walk(&s->pages, &t, see_format, s);
	if (is_named(v, STORE_TEXTS) || is_named(v, STORE_DICTIONARIES)) {
		t.flags = PAGES_INTEGER_KEYS;
		return pages_walk(&s->pages, &t, is_named(v, STORE_TEXTS) ? see_part : see_dictionary, s);
	}
	if (is_named(v, STORE_ARTICLES)) {
		s->articles = t;
		s->articles.flags = PAGES_INTEGER_KEYS;
		s->n_articles = true;
		if (t.entries <= s->max) /* else it cannot be */
			s->max = s->count = t.entries;
	}
	return 0;
}

/* The free list comes first: where the tree leads to a free page, it is the tree that leads astray, as a rule. */
static int by_tree(struct salvage *s)
{
	uint64_t n_free;
	int err = pages_walk_free(&s->pages, &n_free);

	if (!err)
		err = pages_walk(&s->pages, &s->pages.main, see_table, s);
	if (!err && (s->format == -ESTALE || s->format == -EPROTO))
		err = s->format;
	if (!err && s->n_articles)
		err = pages_walk(&s->pages, &s->articles, see_record, s);
	return err;
}

/* --- by looking at all pages that are left --- */

static bool all_there(const struct salvage *s)
{
	if (!s->count || s->headless)
		return false;
	for (uint64_t i = 0; i < s->n; i++)
		if (s->places[i] == LOST)
			return false;
	return true;
}

static int try_frame(struct salvage *s, uint64_t offset, size_t most)
{
	uint64_t seq;
	int err = read_frame(s, offset, most, &seq);

	if (err == -ENOMEM)
		return err;
	return err || seq < s->from ? 0 : note(s, seq, offset, true);
}

static int see_stray(void *arg, const struct pages_value *v)
{
	return try_frame(arg, v->offset, v->bytes);
}

/* A page of which not even the head is right. Values stand at multiples of 8 bytes; what was there before them, nearer
 * to its beginning. */
static int search_page(struct salvage *s, uint64_t page, const uint8_t *at)
{
	uint64_t offset = page * s->pages.size;
	int err = 0;

	for (size_t i = s->pages.size - sizeof(struct frame) + 8; i >= 8 && !err; i -= 8) {
		uint32_t magic;

		memcpy(&magic, at + i - 8, sizeof(magic));
		if (magic == FRAME_MAGIC)
			err = try_frame(s, offset + i - 8, s->pages.bytes - offset - i + 8);
	}
	return err;
}

/* Without its newest head a file is what it was one commit earlier: what that added stands on pages that were free then,
 * or behind the last. */
static int scan(struct salvage *s, bool all)
{
	uint64_t n = all ? s->pages.bytes / s->pages.size : s->pages.n, i = 2;
	uint8_t *at = aligned_alloc(8, s->pages.size);
	int64_t pages = at ? 0 : -ENOMEM;

	for (; i < n && pages >= 0; i += pages > 0 ? (uint64_t)pages : 1) {
		pages = 0;
		if ((!all && pages_was_seen(&s->pages, i)) || pages_read(&s->pages, i * s->pages.size, at, s->pages.size))
			continue;
		pages = pages_look(&s->pages, i, at, see_stray, s);
		if (!pages)
			pages = search_page(s, i, at);
	}
	free(at);
	return pages < 0 ? (int)pages : 0;
}

static int by_pages(struct salvage *s)
{
	int err;

	s->scanning = true;
	err = scan(s, false);
	if (!err && s->headless) {
		s->from = s->count;
		s->max = most_records(s);
		err = scan(s, true);
	}
	return err;
}

/* For what is still lost the tree is believed, and not the free list. */
static int by_tree_alone(struct salvage *s)
{
	s->scanning = false;
	pages_forget(&s->pages);
	return s->n_articles ? pages_walk(&s->pages, &s->articles, see_record, s) : 0;
}

/* --- */

int salvage_open(const char *dir, uint64_t profile, struct salvage **ret)
{
	struct salvage *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->dir = s->fd = -1;
	s->profile = profile;
	parts_init(&s->text);
	buf_init(&s->value, FRAME_PAYLOAD_MAX + (size_t)128);
	err = dir_open(dir, false, &s->dir);
	if (!err)
		err = dir_open_file(s->dir, STORE_FILE, O_RDONLY, &s->fd);
	if (err) {
		salvage_free(s);
		return err;
	}
	err = pages_init(&s->pages, s->fd, NULL, NULL);
	s->headless = s->pages.faults;
	s->max = most_records(s);
	if (!err)
		err = by_tree(s);
	else if (err == -EBADMSG)
		err = 0; /* no head: all pages are looked at */
	if (!err && s->n < s->count)
		err = note(s, s->count - 1, LOST, false);
	if (!err && !all_there(s))
		err = by_pages(s);
	if (!err && !all_there(s))
		err = by_tree_alone(s);
	if (err)
		salvage_free(s);
	else
		*ret = s;
	return err;
}

void salvage_free(struct salvage *s)
{
	if (!s)
		return;
	pages_done(&s->pages);
	buf_done(&s->value);
	free(s->places);
	free(s->damaged);
	free(s->parts);
	parts_done(&s->text);
	if (s->fd >= 0)
		close(s->fd);
	if (s->dir >= 0)
		close(s->dir);
	free(s);
}

uint64_t salvage_count(const struct salvage *s)
{
	return s->n;
}

uint64_t salvage_strays(const struct salvage *s)
{
	return s->strays;
}

uint64_t salvage_doubts(const struct salvage *s)
{
	return s->doubts;
}

/* What stands where the frame of seq was; its length is what the head says, when that can be. */
static int get_damaged(struct salvage *s, uint64_t seq, struct store_item *ret)
{
	struct frame f;
	uint64_t at = s->damaged[seq];

	*ret = (struct store_item){ .seq = seq };
	if (at == LOST || pages_read(&s->pages, at, &f, sizeof(f)) || f.magic != FRAME_MAGIC || f.seq != seq ||
	    f.bytes > s->pages.bytes - at || fetch(s, at, frame_size(f.bytes)))
		return -ENOENT;
	ret->received = f.received;
	ret->at = s->value.at + sizeof(f);
	ret->bytes = f.bytes;
	return -ENOENT;
}

int salvage_get(struct salvage *s, uint64_t seq, struct store_item *ret)
{
	struct frame f;
	uint64_t at = seq < s->n ? s->places[seq] & ~STRAY : LOST;
	int err;

	if (at == LOST)
		return seq < s->n ? get_damaged(s, seq, ret) : -ENOENT;
	err = pages_read(&s->pages, at, &f, sizeof(f));
	if (!err)
		err = fetch(s, at, frame_size(f.bytes));
	if (!err)
		err = frame_read(s->value.at, frame_size(f.bytes), seq, ret);
	return err;
}

/* --- texts --- */

unsigned salvage_dictionaries(const struct salvage *s)
{
	return s->n_dictionaries;
}

int salvage_dictionary(struct salvage *s, unsigned number, struct store_item *ret)
{
	uint64_t at = number && number <= s->n_dictionaries ? s->dictionaries[number] : LOST;
	struct frame f;
	int err = at == LOST ? -ENOENT : pages_read(&s->pages, at, &f, sizeof(f));

	if (!err)
		err = fetch(s, at, frame_size(f.bytes));
	return err ? err : frame_read(s->value.at, frame_size(f.bytes), number, ret);
}

/* Returns as parts_take. */
static int take_part(struct salvage *s, const struct part *p)
{
	uint64_t seq;
	int err = fetch(s, p->offset, p->bytes);

	if (err)
		return err == -ENOMEM ? err : -EBADMSG;
	return parts_take(&s->text, p->key, s->value.at, p->bytes, &seq);
}

int salvage_text(struct salvage *s, uint64_t seq, const struct text_head **ret)
{
	uint64_t unused;
	int state = -ENOENT;

	parts_end(&s->text, &unused);
	while (s->next_part < s->n_parts && s->parts[s->next_part].key >> STORE_PART_BITS < seq)
		s->next_part++;
	for (; s->next_part < s->n_parts && s->parts[s->next_part].key >> STORE_PART_BITS == seq; s->next_part++)
		if (state == 0 || state == -ENOENT)
			state = take_part(s, &s->parts[s->next_part]);
	if (state < 0)
		return state;
	*ret = (const struct text_head *)(const void *)s->text.text.at;
	return state ? 0 : -EBADMSG;
}
