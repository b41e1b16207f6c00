#include "store/salvage_part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/dir.h"
#include "store/format.h"
#include "store/frame.h"
#include "store/pages.h"
#include "store/parts.h"
#include "store/text.h"

#define PAGE_HEAD 16u    /* bytes; the last four tell where the places of nodes end, and where nodes begin */
#define PAGE_BOUNDS 12u
#define NODE_KEY 8u      /* bytes in front of a key in a leaf: lengths and flags */

/* --- by the tree --- */

/* The run of parts is at its end. */
static int end_run(struct salvage *s)
{
	uint64_t seq = s->run.n ? store_key_seq(s->run.at[0].key) : 0;
	int state;

	if (!s->run.n)
		return 0;
	state = salvage_is_lost(s, seq) ? salvage_put_together(s, seq, s->run.at, s->run.n) : 1;
	for (uint64_t i = 0; i < s->run.n && !state; i++)
		state = salvage_add(&s->left, s->run.at[i]);
	s->run.n = 0;
	return state < 0 ? state : salvage_reserve(s, seq + 1);
}

static bool is_of_article(const struct salvage *s, const struct pages_value *v, struct part *ret)
{
	*ret = (struct part){ .offset = v->offset, .bytes = (uint32_t)v->bytes };
	if (v->n_key != sizeof(ret->key))
		return false;
	memcpy(&ret->key, v->key, sizeof(ret->key));
	return store_key_mark(ret->key) == STORE_ARTICLE_MARK && store_key_seq(ret->key) < s->max &&
	       v->bytes <= FRAME_PAYLOAD_MAX && v->bytes <= s->pages.bytes && v->offset <= s->pages.bytes - v->bytes;
}

static int see_record(void *arg, const struct pages_value *v)
{
	struct salvage *s = arg;
	struct part p;
	int err = 0;

	if (!is_of_article(s, v, &p))
		return 0;
	if (s->run.n && store_key_seq(s->run.at[0].key) != store_key_seq(p.key))
		err = end_run(s);
	return err ? err : salvage_add(&s->run, p);
}

static int walk_records(struct salvage *s)
{
	int err = pages_walk(&s->pages, &s->articles, see_record, s);

	return err ? err : end_run(s);
}

/* Whether a whole frame of seq stands there, of at most so many bytes. */
static int read_frame(struct salvage *s, uint64_t offset, size_t bytes, uint64_t seq)
{
	struct store_item item;
	int err = salvage_fetch(s, offset, bytes);

	if (!err)
		err = frame_read(s->value.at, bytes, seq, &item);
	return err ? err : frame_verify(s->value.at, seq);
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

static int see_text(void *arg, const struct pages_value *v)
{
	struct part p = { .offset = v->offset, .bytes = (uint32_t)v->bytes };
	struct salvage *s = arg;

	memcpy(&p.key, v->key, sizeof(p.key));
	return v->bytes > UINT32_MAX ? 0 : salvage_add(&s->texts, p);
}

static int see_dictionary(void *arg, const struct pages_value *v)
{
	struct salvage *s = arg;
	uint64_t number;
	int err;

	memcpy(&number, v->key, sizeof(number));
	err = read_frame(s, v->offset, v->bytes, number);
	if (number > DICTIONARIES_MAX)
		return err == -ENOMEM ? err : 0;
	if (!err)
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

static bool read_count(const struct salvage *s, const struct pages_value *v, uint64_t *ret)
{
	if (!is_named(v, STORE_COUNT) || v->bytes != sizeof(*ret) || !v->at)
		return false;
	memcpy(ret, v->at, sizeof(*ret));
	return *ret <= most_records(s); /* else it cannot be */
}

static int walk_texts(struct salvage *s, const struct pages_table *t)
{
	uint64_t faults = s->pages.faults;
	int err = pages_walk(&s->pages, t, see_text, s);

	s->texts_whole = s->pages.faults == faults;
	return err;
}

static int see_table(void *arg, const struct pages_value *v)
{
	struct salvage *s = arg;
	struct pages_table t;

	if (read_count(s, v, &s->count)) {
		s->counted = true;
		s->max = s->count;
	}
	if (!pages_table_of(v, &t))
		return 0;
	if (is_named(v, STORE_META))
		return pages_walk(&s->pages, &t, see_format, s);
	if (is_named(v, STORE_TEXTS) || is_named(v, STORE_DICTIONARIES)) {
		t.flags = PAGES_INTEGER_KEYS;
		return is_named(v, STORE_TEXTS) ? walk_texts(s, &t) : pages_walk(&s->pages, &t, see_dictionary, s);
	}
	if (is_named(v, STORE_ARTICLES)) {
		s->articles = t;
		s->articles.flags = PAGES_INTEGER_KEYS;
		s->n_articles = true;
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
		err = walk_records(s);
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

static int see_stray(void *arg, const struct pages_value *v)
{
	struct salvage *s = arg;
	struct part p;
	uint64_t count;

	if (read_count(s, v, &count) && count > s->told)
		s->told = count;
	if (!v->n_key)
		return v->bytes > FRAME_PAYLOAD_MAX ?
			       0 :
			       salvage_add(&s->unnamed, (struct part){ .offset = v->offset, .bytes = (uint32_t)v->bytes });
	if (!is_of_article(s, v, &p) || store_key_seq(p.key) < s->from || !salvage_is_lost(s, store_key_seq(p.key)))
		return 0;
	p.stray = true;
	return salvage_add(&s->left, p);
}

/* A page that is not as it should be: of a part, its length, no flags, the length of its key and the key stand together. */
static bool is_node(const struct salvage *s, uint64_t page, const uint8_t *at, size_t i, struct pages_value *ret)
{
	size_t value = i + NODE_KEY + sizeof(uint64_t);
	uint16_t head[4];

	if (value > s->pages.size)
		return false;
	memcpy(head, at + i, sizeof(head));
	*ret = (struct pages_value){ .key = at + i + NODE_KEY, .n_key = sizeof(uint64_t), .page = page,
				     .bytes = (uint32_t)head[1] << 16 | head[0],
				     .offset = page * s->pages.size + value };
	return !head[2] && head[3] == sizeof(uint64_t) && ret->bytes <= s->pages.size - value;
}

/* Whether nodes stand one behind the other from i to the end of the page. */
static bool is_full_from(const struct salvage *s, uint64_t page, const uint8_t *at, size_t i)
{
	struct pages_value v;

	while (i < s->pages.size && is_node(s, page, at, i, &v))
		i += (NODE_KEY + sizeof(uint64_t) + v.bytes + 1) & ~(size_t)1;
	return i == s->pages.size;
}

/* Where the nodes begin: before them may stand what was there once. The head of the page tells, and so do the places of
 * the nodes behind it; if these do not agree, one of them is damaged. */
static size_t first_node(const struct salvage *s, uint64_t page, const uint8_t *at)
{
	uint16_t bounds[2], place;
	size_t first = s->pages.size;

	memcpy(bounds, at + PAGE_BOUNDS, sizeof(bounds));
	for (size_t i = PAGE_HEAD; i + 2 <= bounds[0] && i + 2 <= s->pages.size; i += 2) {
		memcpy(&place, at + i, sizeof(place));
		first = place < first ? place : first;
	}
	if (bounds[1] != first && (is_full_from(s, page, at, bounds[1]) || bounds[1] < first))
		return bounds[1];
	return first;
}

static int search_page(struct salvage *s, uint64_t page, const uint8_t *at)
{
	struct pages_value v;
	int err = 0;

	for (size_t i = first_node(s, page, at) & ~(size_t)1; i < s->pages.size && !err; i += 2)
		if (is_node(s, page, at, i, &v))
			err = see_stray(s, &v);
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
	int err = scan(s, false);

	if (!err && s->headless) {
		s->from = s->count;
		s->max = most_records(s);
		err = scan(s, true);
	}
	if (!err && !s->counted)
		err = salvage_reserve(s, s->told);
	return err ? err : salvage_join_strays(s);
}

/* For what is still lost the tree is believed, and not the free list. */
static int by_tree_alone(struct salvage *s)
{
	int err;

	pages_forget(&s->pages);
	err = s->n_articles ? walk_records(s) : 0;
	return err ? err : salvage_join_left(s);
}

/* --- */

int salvage_open(const char *dir, uint64_t profile, struct salvage **ret)
{
	struct salvage *s = calloc(1, sizeof(*s));
	int err, state = 0;

	if (!s)
		return -ENOMEM;
	s->dir = s->fd = -1;
	s->profile = profile;
	parts_init(&s->text, STORE_TEXT_MARK, text_size, PACKED_MAX);
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
	if (!err || err == -EBADMSG)
		state = pages_take_cut(&s->pages);
	if (state)
		err = state < 0 ? state : 0;
	if (!err)
		err = by_tree(s);
	else if (err == -EBADMSG)
		err = 0; /* no head: all pages are looked at */
	if (!err)
		err = salvage_reserve(s, s->count);
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
	free(s->run.at);
	free(s->whole.at);
	free(s->left.at);
	free(s->unnamed.at);
	free(s->texts.at);
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

bool salvage_maybe_more(const struct salvage *s)
{
	return !s->counted;
}

bool salvage_maybe_more_texts(const struct salvage *s)
{
	return !s->texts_whole;
}

uint64_t salvage_strays(const struct salvage *s)
{
	return s->strays;
}

uint64_t salvage_doubts(const struct salvage *s)
{
	return s->doubts;
}

/* The first part that is left with this key, or behind it: they are in order once they have been joined. */
static uint64_t first_left(const struct salvage *s, uint64_t key)
{
	uint64_t from = 0, to = s->left.n;

	while (from < to) {
		uint64_t middle = from + (to - from) / 2;

		if (s->left.at[middle].key < key)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* The first bytes of a record that is lost, as far as its first part can be read. */
static int get_lost(struct salvage *s, uint64_t seq, struct store_item *ret)
{
	const uint64_t key = store_part_key(STORE_ARTICLE_MARK, seq, 0);

	*ret = (struct store_item){ .seq = seq };
	for (uint64_t i = first_left(s, key); i < s->left.n && s->left.at[i].key == key; i++) {
		const struct part *p = &s->left.at[i];
		struct frame f;

		if (p->bytes < sizeof(f) || salvage_fetch(s, p->offset, p->bytes))
			continue;
		memcpy(&f, s->value.at, sizeof(f));
		ret->received = f.received;
		ret->at = s->value.at + sizeof(f);
		ret->bytes = p->bytes - sizeof(f);
		break;
	}
	return -ENOENT;
}

int salvage_get(struct salvage *s, uint64_t seq, struct store_item *ret)
{
	uint64_t place = seq < s->n ? s->places[seq] & ~STRAY : LOST;
	int err = 0;

	if (place == LOST)
		return get_lost(s, seq, ret);
	buf_clear(&s->value);
	for (uint64_t i = place - 1; i < s->whole.n && store_key_seq(s->whole.at[i].key) == seq && !err; i++) {
		const struct part *p = &s->whole.at[i];

		err = buf_reserve(&s->value, p->bytes);
		if (!err)
			err = pages_read(&s->pages, p->offset, s->value.at + s->value.len, p->bytes);
		if (!err)
			s->value.len += p->bytes;
	}
	return err ? err : frame_read(s->value.at, s->value.len, seq, ret);
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
		err = salvage_fetch(s, at, frame_size(f.bytes));
	return err ? err : frame_read(s->value.at, frame_size(f.bytes), number, ret);
}

/* Returns as parts_take; the text is whole once it has been proven. */
static int take_part(struct salvage *s, const struct part *p)
{
	int state = salvage_fetch(s, p->offset, p->bytes);

	if (!state)
		state = parts_take(&s->text, p->key, s->value.at, p->bytes);
	if (state == 1)
		state = text_verify(s->text.value.at, s->text.value.len) ? -EBADMSG : 1;
	return state < 0 && state != -ENOMEM ? -EBADMSG : state;
}

int salvage_text(struct salvage *s, uint64_t seq, const struct text_head **ret)
{
	int state = -ENOENT;

	parts_end(&s->text);
	while (s->next_text < s->texts.n && store_key_seq(s->texts.at[s->next_text].key) < seq)
		s->next_text++;
	for (; s->next_text < s->texts.n && store_key_seq(s->texts.at[s->next_text].key) == seq; s->next_text++)
		if (state == 0 || state == -ENOENT)
			state = take_part(s, &s->texts.at[s->next_text]);
	if (state < 0)
		return state;
	*ret = (const struct text_head *)(const void *)s->text.value.at;
	return state ? 0 : -EBADMSG;
}
