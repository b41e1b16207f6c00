#include "index/entrance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EXPECT_MAX 512u /* keys fetched ahead: what a cache can hold beside its work */

/* --- posting --- */

static bool has_story(const struct library *l, const struct posting *p, uint32_t story)
{
	for (uint32_t i = 0; i < p->kept; i++)
		if (l->entries[p->articles[i]].story == story)
			return true;
	return false;
}

static int post_body(struct library *l, const struct arrival *a, uint32_t seq, struct undo *u)
{
	int err = 0;

	for (u->n_body = 0; u->n_body < a->fp->n_keys && !err; u->n_body += !err) {
		uint64_t key = fp_key(a->fp, u->n_body);
		bool moved = l->bodies.table.moves != a->moves;
		uint32_t *slot = moved ? table_find(&l->bodies.table, key) : a->slots[u->n_body];
		struct posting p;

		if (a->adds_nothing && slot) {
			postings_read(&l->bodies, slot, &p);
			if (has_story(l, &p, a->story))
				continue;
		}
		err = postings_add_at(&l->bodies, slot, key, seq);
	}
	return err;
}

static uint32_t head_len(const struct fingerprint *fp)
{
	return fp->n_lead < COMPARE_HEAD_MAX ? fp->n_lead : COMPARE_HEAD_MAX;
}

/* A lead is posted once for each lead story. */
static int post_lead(struct library *l, const struct arrival *a, uint32_t seq, struct undo *u)
{
	uint32_t n = a->lead_story == ND_NONE ? head_len(a->fp) : 0;
	int err = 0;

	for (u->n_lead = 0; u->n_lead < n && !err; u->n_lead += !err) {
		uint64_t key;

		if (arrival_lead_key(a->fp, u->n_lead, &key))
			err = postings_add(&l->leads, key, seq);
	}
	return err;
}

/* A key that names an article: the newest has the name, the first has the text. 0: no name. */
struct name {
	struct table *table;
	uint64_t key;
	bool newest;
};

static struct name name_of(struct library *l, const struct record *r, uint32_t i)
{
	switch (i) {
	case ENTRANCE_ID:
		return (struct name){ &l->ids, r->id_key, true };
	case ENTRANCE_TEXT:
		return (struct name){ &l->texts, record_fingerprint(r)->body_hash, false };
	case ENTRANCE_URL:
		return (struct name){ &l->names, r->url_key, true };
	default:
		return (struct name){ &l->names, r->title_key, true };
	}
}

static int name_set(struct name n, uint32_t seq, uint32_t *ret_before)
{
	uint32_t *slot = n.key ? table_find(n.table, n.key) : NULL;

	*ret_before = slot ? table_value(slot) : 0;
	if (slot && n.newest)
		table_set(slot, seq + 1);
	return slot || !n.key ? 0 : table_insert(n.table, n.key, seq + 1);
}

static void name_reset(struct name n, uint32_t before)
{
	uint32_t *slot = n.key ? table_find(n.table, n.key) : NULL;

	if (slot && before)
		table_set(slot, before);
	else if (slot)
		table_remove(n.table, n.key, slot);
}

static int post_names(struct library *l, const struct record *r, uint32_t seq, struct undo *u)
{
	int err = 0;

	for (u->n_names = 0; u->n_names < ENTRANCE_NAMES && !err; u->n_names += !err)
		err = name_set(name_of(l, r, u->n_names), seq, &u->names[u->n_names]);
	return err;
}

static int post(struct library *l, const struct arrival *a, uint32_t seq, struct undo *u)
{
	int err = post_body(l, a, seq, u);

	if (!err)
		err = post_lead(l, a, seq, u);
	return err ? err : post_names(l, a->record, seq, u);
}

/* --- and its undoing, last step first --- */

/* Whether the article, the newest, is in what its key leads to: what is added past the limit leaves no trace
 * but the count. */
static bool was_posted(const struct library *l, const struct undo *u, const struct posting *p, uint32_t seq)
{
	if (!p->count || !u->adds_nothing)
		return p->count;
	if (p->count <= POSTINGS_KEEP)
		return p->articles[p->kept - 1] == seq;
	return !has_story(l, p, l->entries[seq].story);
}

static void unpost_body(struct library *l, const struct undo *u, const struct fingerprint *fp, uint32_t seq)
{
	for (uint32_t i = u->n_body; i--;) {
		uint64_t key = fp_key(fp, i);
		struct posting p;
		uint32_t *slot = postings_get(&l->bodies, key, &p);

		if (was_posted(l, u, &p, seq))
			postings_undo(&l->bodies, slot, key);
	}
}

static void unpost_lead(struct library *l, const struct undo *u, const struct fingerprint *fp)
{
	for (uint32_t i = u->n_lead; i--;) {
		uint64_t key;

		if (arrival_lead_key(fp, i, &key))
			postings_undo(&l->leads, table_find(&l->leads.table, key), key);
	}
}

static void unpost(struct library *l, const struct undo *u, const struct record *r, uint32_t seq)
{
	for (uint32_t i = u->n_names; i--;)
		name_reset(name_of(l, r, i), u->names[i]);
	unpost_lead(l, u, record_fingerprint(r));
	unpost_body(l, u, record_fingerprint(r), seq);
}

/* --- stories --- */

bool entrance_syndicates(const struct library *l, struct nd_str outlet, const struct entry *leader)
{
	struct nd_str first;

	if (!outlet.len || leader->outlet == ND_NONE)
		return false;
	first = record_string(library_record(l, leader->outlet), RECORD_OUTLET);
	return outlet.len != first.len || memcmp(outlet.at, first.at, outlet.len);
}

/* An outlet that joins a story: the first that is known waits for another one. */
static void outlet_join(const struct library *l, struct nd_str outlet, uint32_t seq, struct entry *leader)
{
	leader->syndicated |= entrance_syndicates(l, outlet, leader);
	if (outlet.len && leader->outlet == ND_NONE)
		leader->outlet = seq;
}

static void story_join(struct library *l, const struct record *r, uint32_t seq, uint32_t story, struct undo *u)
{
	struct entry *leader = &l->entries[story];

	u->last = leader->last;
	u->origin = leader->origin;
	u->outlet = leader->outlet;
	u->syndicated = leader->syndicated;
	l->n_stories += leader->last == story;
	l->entries[leader->last].next = seq;
	leader->last = seq;
	if (when_before(&r->published, &library_record(l, leader->origin)->published))
		leader->origin = seq;
	outlet_join(l, record_string(r, RECORD_OUTLET), seq, leader);
}

static void story_leave(struct library *l, uint32_t story, const struct undo *u)
{
	struct entry *leader = &l->entries[story];

	leader->last = u->last;
	leader->origin = u->origin;
	leader->outlet = u->outlet;
	leader->syndicated = u->syndicated;
	l->entries[u->last].next = ND_NONE;
	l->n_stories -= u->last == story;
}

/* --- entering and leaving --- */

static int entries_reserve(struct library *l)
{
	uint32_t cap = l->cap ? l->cap + l->cap / 4 : 1024;
	struct entry *at;

	if (l->n < l->cap)
		return 0;
	at = realloc(l->entries, cap * sizeof(*at));
	if (!at)
		return -ENOMEM;
	l->entries = at;
	l->cap = cap;
	return 0;
}

static struct entry entry_of(const struct arrival *a, uint32_t seq, uint64_t place)
{
	return (struct entry){
		.record = place,
		.story = a->story == ND_NONE ? seq : a->story,
		.lead_story = a->lead_story == ND_NONE && a->fp->n_lead ? seq : a->lead_story,
		.next = ND_NONE,
		.last = seq,
		.origin = seq,
		.outlet = record_string(a->record, RECORD_OUTLET).len ? seq : ND_NONE,
		.shingles = (uint16_t)(a->fp->n_shingles < UINT16_MAX ? a->fp->n_shingles : UINT16_MAX),
		.scale = (uint8_t)a->fp->scale,
	};
}

static int write_record(struct library *l, const struct arrival *a, int64_t received, uint64_t *ret)
{
	size_t tail = a->n_matches * sizeof(struct nd_match);
	struct entry e = entry_of(a, l->n, 0);
	struct record *r;
	void *at;
	int err = l->shelf->kind->append(l->shelf, a->record->bytes + tail, received, &at, ret);

	if (err)
		return err;
	memcpy(at, a->record, a->record->bytes);
	memcpy((char *)at + a->record->bytes, a->matches, tail);
	r = at;
	r->n_matches = (uint32_t)a->n_matches;
	r->verdict = a->verdict;
	r->adds_nothing = a->adds_nothing;
	r->story = e.story;
	r->lead_story = e.lead_story;
	r->earlier = a->same_id;
	return 0;
}

static void leave(struct library *l, const struct record *r, const struct undo *u)
{
	uint32_t seq = l->n - 1, story = l->entries[seq].story;

	unpost(l, u, r, seq);
	if (story != seq)
		story_leave(l, story, u);
	if (u->same_id != ND_NONE)
		l->entries[u->same_id].superseded = false;
	l->n--;
}

static int enter(struct library *l, const struct arrival *a, uint64_t place, struct undo *u)
{
	uint32_t seq = l->n;
	int err;

	*u = (struct undo){ .adds_nothing = a->adds_nothing, .same_id = a->same_id };
	l->entries[l->n++] = entry_of(a, seq, place);
	if (a->same_id != ND_NONE)
		l->entries[a->same_id].superseded = true;
	if (a->story != ND_NONE)
		story_join(l, a->record, seq, a->story, u);
	err = post(l, a, seq, u);
	if (!err)
		err = l->shelf->fault;
	if (err)
		leave(l, a->record, u);
	return err;
}

int entrance_enter(struct library *l, const struct arrival *a, int64_t received, struct undo *ret)
{
	uint64_t place;
	int err = entries_reserve(l);

	if (!err)
		err = write_record(l, a, received, &place);
	if (err)
		return err;
	err = enter(l, a, place, ret);
	if (err)
		l->shelf->kind->drop(l->shelf, place);
	return err;
}

void entrance_expect(const struct library *l, const struct record *r)
{
	const struct fingerprint *fp = record_fingerprint(r);
	uint32_t n_lead = r->lead_story == ND_NONE || r->lead_story < l->n ? 0 : head_len(fp);
	uint64_t key;

	for (uint32_t i = 0; i < fp->n_keys && i < EXPECT_MAX; i++)
		table_prefetch(&l->bodies.table, fp_key(fp, i));
	for (uint32_t i = 0; i < n_lead; i++)
		if (arrival_lead_key(fp, i, &key))
			table_prefetch(&l->leads.table, key);
	table_prefetch(&l->ids, r->id_key);
	table_prefetch(&l->texts, fp->body_hash);
	table_prefetch(&l->names, r->url_key);
	table_prefetch(&l->names, r->title_key);
}

int entrance_return(struct library *l, const struct arrival *a)
{
	struct undo undo;
	int err = entries_reserve(l);

	return err ? err : enter(l, a, 0, &undo);
}

void entrance_leave(struct library *l, const struct undo *u)
{
	uint64_t place = l->entries[l->n - 1].record;

	leave(l, library_record(l, l->n - 1), u);
	l->shelf->kind->drop(l->shelf, place);
}
