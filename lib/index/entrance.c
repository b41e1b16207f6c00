#include "index/entrance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- posting --- */

static bool has_story(const struct library *l, const struct posting *p, uint32_t story)
{
	for (uint32_t i = 0; i < p->kept; i++)
		if (p->articles[i] == story || l->entries[p->articles[i]].story == story)
			return true;
	return false;
}

/* slot: where the key stands; NULL: nowhere. */
static int post_key(struct library *l, uint32_t *slot, uint64_t key, uint32_t seq, bool adds_nothing)
{
	struct posting p;

	if (adds_nothing && slot) {
		postings_read(&l->bodies, slot, &p);
		if (has_story(l, &p, l->entries[seq].story))
			return 0;
	}
	return postings_add_at(&l->bodies, slot, key, seq);
}

static int post_body(struct library *l, const struct arrival *a, const struct digest *d, uint32_t seq, struct undo *u)
{
	int err = 0;

	for (u->n_body = 0; u->n_body < d->n_body && !err; u->n_body += !err) {
		bool moved = l->bodies.table.moves != a->moves;
		uint64_t key = d->keys[u->n_body];
		uint32_t *slot = moved ? table_find(&l->bodies.table, key) : a->slots[u->n_body];

		err = post_key(l, slot, key, seq, d->adds_nothing);
	}
	return err;
}

/* A lead is posted once for each lead story. */
static int post_lead(struct library *l, const struct digest *d, uint32_t seq, struct undo *u)
{
	uint32_t n = d->lead_story == seq ? d->n_lead : 0;
	int err = 0;

	for (u->n_lead = 0; u->n_lead < n && !err; u->n_lead += !err)
		err = postings_add(&l->leads, d->keys[d->n_body + u->n_lead], seq);
	return err;
}

/* A key that names an article: the newest has the name, the first has the text. 0: no name. */
struct name {
	struct table *table;
	uint64_t key;
	bool newest;
};

static struct name name_of(struct library *l, uint32_t i, uint64_t key)
{
	switch (i) {
	case DIGEST_ID:
		return (struct name){ &l->ids, key, true };
	case DIGEST_TEXT:
		return (struct name){ &l->texts, key, false };
	default:
		return (struct name){ &l->names, key, true };
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

static int post_names(struct library *l, const struct digest *d, uint32_t seq, struct undo *u)
{
	int err = 0;

	for (u->n_names = 0; u->n_names < DIGEST_NAMES && !err; u->n_names += !err)
		err = name_set(name_of(l, u->n_names, d->names[u->n_names]), seq, &u->names[u->n_names]);
	return err;
}

static int post(struct library *l, const struct arrival *a, const struct digest *d, uint32_t seq, struct undo *u)
{
	int err = post_body(l, a, d, seq, u);

	if (!err)
		err = post_lead(l, d, seq, u);
	return err ? err : post_names(l, d, seq, u);
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
	uint64_t keys[COMPARE_HEAD_MAX];
	uint32_t n = 0;

	for (uint32_t i = 0; n < u->n_lead; i++)
		n += digest_lead_key(fp, i, &keys[n]);
	while (n--)
		postings_undo(&l->leads, table_find(&l->leads.table, keys[n]), keys[n]);
}

static void unpost(struct library *l, const struct undo *u, const struct record *r, uint32_t seq)
{
	const struct fingerprint *fp = record_fingerprint(r);
	const uint64_t names[DIGEST_NAMES] = DIGEST_NAMES_OF(r);

	for (uint32_t i = u->n_names; i--;)
		name_reset(name_of(l, i, names[i]), u->names[i]);
	unpost_lead(l, u, fp);
	unpost_body(l, u, fp, seq);
}

/* --- stories --- */

/* Equal hashes are no proof, and seldom: then the records tell. */
static bool another_outlet(const struct library *l, const struct digest *d, uint32_t than)
{
	struct nd_str a, b;

	if (l->known && l->known[than].outlet != d->outlet)
		return true;
	a = record_string(d->record, RECORD_OUTLET);
	b = record_string(library_record(l, than), RECORD_OUTLET);
	return a.len != b.len || memcmp(a.at, b.at, a.len);
}

bool entrance_syndicates(const struct library *l, const struct digest *d, const struct entry *leader)
{
	return d->outlet && leader->outlet != ND_NONE && another_outlet(l, d, leader->outlet);
}

/* An outlet that joins a story: the first that is known waits for another one. */
static void outlet_join(const struct library *l, const struct digest *d, uint32_t seq, struct entry *leader)
{
	leader->syndicated = leader->syndicated || entrance_syndicates(l, d, leader);
	if (d->outlet && leader->outlet == ND_NONE)
		leader->outlet = seq;
}

static const struct when *published(const struct library *l, uint32_t article)
{
	return l->known ? &l->known[article].published : &library_record(l, article)->published;
}

static void story_join(struct library *l, const struct digest *d, uint32_t seq, struct undo *u)
{
	struct entry *leader = &l->entries[d->story];

	u->last = leader->last;
	u->origin = leader->origin;
	u->outlet = leader->outlet;
	u->syndicated = leader->syndicated;
	l->n_stories += leader->last == d->story;
	l->entries[leader->last].next = seq;
	leader->last = seq;
	if (when_before(&d->published, published(l, leader->origin)))
		leader->origin = seq;
	outlet_join(l, d, seq, leader);
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

static struct entry entry_of(const struct digest *d, uint32_t seq, uint64_t place)
{
	return (struct entry){
		.record = place,
		.story = d->story,
		.lead_story = d->lead_story,
		.next = ND_NONE,
		.last = seq,
		.origin = seq,
		.outlet = d->outlet ? seq : ND_NONE,
		.shingles = d->shingles,
		.scale = d->scale,
	};
}

static int write_record(struct library *l, const struct arrival *a, const struct digest *d, int64_t received,
			uint64_t *ret)
{
	size_t tail = a->n_matches * sizeof(struct nd_match);
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
	r->adds_nothing = d->adds_nothing;
	r->story = d->story;
	r->lead_story = d->lead_story;
	r->earlier = d->earlier;
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

/* Into the library, but for its keys and names. */
static void join(struct library *l, const struct digest *d, uint64_t place, struct undo *u)
{
	uint32_t seq = l->n;

	*u = (struct undo){ .adds_nothing = d->adds_nothing, .same_id = d->earlier };
	l->entries[l->n++] = entry_of(d, seq, place);
	if (d->earlier != ND_NONE)
		l->entries[d->earlier].superseded = true;
	if (d->story != seq)
		story_join(l, d, seq, u);
}

static int enter(struct library *l, const struct arrival *a, const struct digest *d, uint64_t place, struct undo *u)
{
	int err;

	err = links_enter(&l->links, l->n, a->matches, a->n_matches);
	if (err)
		return err;
	join(l, d, place, u);
	err = post(l, a, d, l->n - 1, u);
	if (!err)
		err = l->shelf->fault;
	if (err) {
		links_leave(&l->links, l->n - 1, a->matches, a->n_matches);
		leave(l, d->record, u);
	}
	return err;
}

/* The digest of what was judged, as its record will have it. */
static struct digest judged(const struct arrival *a, uint32_t seq)
{
	struct digest d = a->digest;

	d.story = a->story == ND_NONE ? seq : a->story;
	d.lead_story = a->lead_story == ND_NONE && d.has_lead ? seq : a->lead_story;
	d.earlier = a->same_id;
	d.adds_nothing = a->adds_nothing;
	return d;
}

int entrance_enter(struct library *l, const struct arrival *a, int64_t received, struct undo *ret)
{
	const struct digest d = judged(a, l->n);
	uint64_t place;
	int err = entries_reserve(l);

	if (!err)
		err = write_record(l, a, &d, received, &place);
	if (err)
		return err;
	err = enter(l, a, &d, place, ret);
	if (err)
		l->shelf->kind->drop(l->shelf, place);
	return err;
}

/* --- returning --- */

void entrance_expect(const struct library *l, const struct digest *d)
{
	table_prefetch(&l->ids, d->names[DIGEST_ID]);
	table_prefetch(&l->texts, d->names[DIGEST_TEXT]);
	table_prefetch(&l->names, d->names[DIGEST_URL]);
	table_prefetch(&l->names, d->names[DIGEST_TITLE]);
	if (d->story < l->n)
		entry_prefetch(&l->entries[d->story]);
}

/* Names and links come first: only they can fail, and a name that is set again stays what it is. */
int entrance_return(struct library *l, const struct digest *d)
{
	struct undo undo;
	int err = post_names(l, d, l->n, &undo);

	if (!err && d->n_links)
		err = links_enter(&l->links, l->n, record_matches(d->record), d->n_links);
	if (!err)
		join(l, d, 0, &undo);
	return err;
}

int entrance_return_body(struct library *l, uint64_t key, uint32_t seq, bool adds_nothing)
{
	return post_key(l, table_find(&l->bodies.table, key), key, seq, adds_nothing);
}

int entrance_return_lead(struct library *l, uint64_t key, uint32_t seq)
{
	return postings_add(&l->leads, key, seq);
}

void entrance_leave(struct library *l, const struct undo *u)
{
	const struct record *r = library_record(l, l->n - 1);
	uint64_t place = l->entries[l->n - 1].record;

	links_leave(&l->links, l->n - 1, record_matches(r), r->n_matches);
	leave(l, r, u);
	l->shelf->kind->drop(l->shelf, place);
}
