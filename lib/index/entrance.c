#include "index/entrance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- which keys to post --- */

/* Whether the story is known for a key already; members whose turn is still to come do not count. Of a stop key only
 * the first are looked at: how many more are kept depends on who has left. */
static bool has_story(const struct library *l, const struct posting *p, uint32_t story)
{
	uint32_t n = p->kept < POSTINGS_STOP ? p->kept : POSTINGS_STOP;

	for (uint32_t i = 0; i < n; i++) {
		const struct entry *e = &l->entries[p->articles[i]];

		if (e->story == story && !e->waits)
			return true;
	}
	return false;
}

/* Where key i stands; NULL: nowhere. */
static uint32_t *slot_of(const struct library *l, const struct arrival *a, uint32_t i)
{
	return l->bodies.table.moves == a->moves ? a->slots[i] : table_find(&l->bodies.table, a->digest.keys[i]);
}

/* A member that adds nothing posts what its story has not: a key that it brings first. */
static int choose_posted(const struct library *l, struct arrival *a, uint32_t story)
{
	uint32_t n = a->digest.n_body;
	int err;

	a->n_posted = a->retired ? 0 : n;
	if (!a->adds_nothing || !n)
		return 0;
	err = arrival_reserve_posted(a);
	if (err)
		return err;
	memset(a->posted, 0, (n + (size_t)7) / 8);
	a->n_posted = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct posting p;

		postings_read(&l->bodies, slot_of(l, a, i), &p);
		if (has_story(l, &p, story))
			continue;
		a->posted[i / 8] |= (uint8_t)(1u << i % 8);
		a->n_posted++;
	}
	return 0;
}

/* --- posting --- */

/* Of the first n keys, those that are posted. */
static void take_body(struct library *l, const struct record *r, uint32_t seq, uint32_t n)
{
	const struct fingerprint *fp = record_fingerprint(r);

	for (uint32_t i = 0; i < n && r->n_posted; i++)
		if (record_posted(r, i))
			postings_remove(&l->bodies, fp_key(fp, i), seq);
}

static int post_body(struct library *l, const struct arrival *a, const struct record *r, uint32_t seq)
{
	uint32_t i, n = r->n_posted ? a->digest.n_body : 0;
	int err = 0;

	for (i = 0; i < n && !err; i += !err)
		if (record_posted(r, i))
			err = postings_add_at(&l->bodies, slot_of(l, a, i), a->digest.keys[i], seq);
	if (err)
		take_body(l, r, seq, i);
	return err;
}

/* A lead is posted once for each lead story. */
static uint32_t lead_keys(const struct record *r, uint32_t seq, uint64_t keys[COMPARE_HEAD_MAX])
{
	const struct fingerprint *fp = record_fingerprint(r);
	uint8_t places[COMPARE_HEAD_MAX];
	uint32_t n = digest_lead_places(fp, r->lead_story == seq ? digest_lead_len(fp) : 0, places);

	for (uint32_t i = 0; i < n; i++)
		keys[i] = digest_lead_key(fp, places[i]);
	return n;
}

static int post_lead_keys(struct library *l, const uint64_t *keys, uint32_t n, uint32_t seq)
{
	uint32_t i;
	int err = 0;

	for (i = 0; i < n && !err; i += !err)
		err = postings_add(&l->leads, keys[i], seq);
	while (err && i--)
		postings_remove(&l->leads, keys[i], seq);
	return err;
}

static int post_lead(struct library *l, const struct record *r, uint32_t seq)
{
	uint64_t keys[COMPARE_HEAD_MAX];
	uint32_t n = lead_keys(r, seq, keys);

	return post_lead_keys(l, keys, n, seq);
}

static void take_lead(struct library *l, const struct record *r, uint32_t seq)
{
	uint64_t keys[COMPARE_HEAD_MAX];
	uint32_t n = lead_keys(r, seq, keys);

	for (uint32_t i = 0; i < n; i++)
		postings_remove(&l->leads, keys[i], seq);
}

void entrance_take_keys(struct library *l, const struct record *r, uint32_t seq)
{
	links_leave(&l->links, seq, record_matches(r), r->n_matches);
	take_lead(l, r, seq);
	take_body(l, r, seq, record_fingerprint(r)->n_keys);
}

void entrance_give_keys(struct library *l, const struct record *r, uint32_t seq)
{
	const struct fingerprint *fp = record_fingerprint(r);

	for (uint32_t i = 0; i < fp->n_keys && r->n_posted; i++)
		if (record_posted(r, i))
			postings_add(&l->bodies, fp_key(fp, i), seq);
	post_lead(l, r, seq);
	links_enter(&l->links, seq, record_matches(r), r->n_matches);
}

static int post(struct library *l, const struct arrival *a, const struct record *r, uint32_t seq)
{
	uint32_t n_lead = r->lead_story == seq ? a->digest.n_lead : 0;
	int err = post_body(l, a, r, seq);

	if (err)
		return err;
	err = post_lead_keys(l, a->digest.keys + a->digest.n_body, n_lead, seq);
	if (!err) {
		err = links_enter(&l->links, seq, record_matches(r), r->n_matches);
		if (err)
			take_lead(l, r, seq);
	}
	if (err)
		take_body(l, r, seq, a->digest.n_body);
	return err;
}

/* --- the record --- */

static size_t matches_bytes(const struct arrival *a)
{
	return a->n_matches * sizeof(struct nd_match);
}

static size_t posted_bytes(const struct arrival *a)
{
	return record_posted_bytes(a->fp->n_keys, a->n_posted);
}

static void fill_record(void *at, const struct arrival *a, uint32_t story, uint32_t lead_story)
{
	char *tail = (char *)at + a->record->bytes;
	struct record *r = at;

	memcpy(at, a->record, a->record->bytes);
	memcpy(tail, a->matches, matches_bytes(a));
	r->n_excerpts = around_excerpts(&a->around, a->given, (struct excerpt *)(void *)(tail + matches_bytes(a)));
	r->n_matches = (uint32_t)a->n_matches;
	if (posted_bytes(a))
		memcpy((uint8_t *)(uintptr_t)record_bits(r), a->posted, posted_bytes(a));
	r->judged = true;
	r->retired = a->retired;
	r->allowed = a->ally != ND_NONE;
	r->revision = (uint16_t)(a->revision < UINT16_MAX ? a->revision : UINT16_MAX);
	r->verdict = a->verdict;
	r->n_posted = a->n_posted;
	r->story = story;
	r->lead_story = lead_story;
	r->earlier = a->same_id;
	r->earlier_url = a->same_url;
	r->earlier_title = a->same_title;
	r->earlier_headline = a->headline;
}

static uint32_t story_of(const struct arrival *a, uint32_t seq)
{
	return a->story == ND_NONE ? seq : a->story;
}

static uint32_t lead_story_of(const struct arrival *a, uint32_t seq)
{
	return a->lead_story == ND_NONE && a->digest.has_lead ? seq : a->lead_story;
}

static int write_record(struct library *l, const struct arrival *a, uint32_t seq, int64_t received,
			struct record **ret, uint64_t *ret_place)
{
	void *at;
	size_t bytes = a->record->bytes + matches_bytes(a) + posted_bytes(a) +
		       around_excerpts(&a->around, a->given, NULL) * sizeof(struct excerpt);
	int err = l->shelf->kind->write(l->shelf, seq, bytes, received, &at, ret_place);

	if (err)
		return err;
	fill_record(at, a, story_of(a, seq), lead_story_of(a, seq));
	*ret = at;
	return 0;
}

/* --- entering --- */

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
		.heir = ND_NONE,
		.shingles = d->shingles,
		.scale = d->scale,
		.gone = d->gone,
	};
}

/* An article has another version, which came last. */
static void supersede(struct library *l, const struct record *by)
{
	uint32_t earlier = by->gone ? ND_NONE : library_earlier(l, by, NAME_ID);

	if (earlier != ND_NONE)
		l->entries[earlier].superseded = true;
}

static struct joining joining(const struct library *l, const struct digest *d)
{
	const struct member m = { library_first(l, d->record), d->outlet, d->record };

	return d->story == l->n ? (struct joining){ false, false, false } : story_joining(l, &m, d->story);
}

/* Into the library, but for its keys and names. */
static void join(struct library *l, const struct digest *d, const struct joining *j, uint64_t place)
{
	uint32_t seq = l->n;

	l->entries[l->n++] = entry_of(d, seq, place);
	l->n_gone += d->gone;
	if (d->earlier != ND_NONE)
		supersede(l, d->record);
	if (d->story != seq)
		story_join(l, seq, j);
}

/* The digest of what was judged, as its record has it. */
static struct digest judged(const struct arrival *a, const struct record *r)
{
	struct digest d = a->digest;

	d.record = r;
	d.story = r->story;
	d.lead_story = r->lead_story;
	d.earlier = r->earlier;
	return d;
}

/* Keys, paragraphs and names come first: only they can fail. */
static int enter(struct library *l, struct arrival *a, struct record *r, uint64_t place, struct undo *u)
{
	const struct digest d = judged(a, r);
	const struct joining j = joining(l, &d);
	int err = post(l, a, r, l->n);

	if (err)
		return err;
	u->names.n = 0;
	err = around_count(&a->around, l, r, l->n);
	if (!err)
		err = names_add(l, d.names, l->n, &u->names);
	if (!err)
		err = l->shelf->fault;
	if (err) {
		names_undo(l, r, &u->names);
		around_discount(l, r, NULL, l->n);
		a->around.n_crossed = 0;
		entrance_take_keys(l, r, l->n);
	} else {
		join(l, &d, &j, place);
	}
	return err;
}

int entrance_enter(struct library *l, struct arrival *a, int64_t received, struct undo *ret)
{
	struct record *r;
	struct undo u = { .seq = l->n, .kind = UNDO_NEW };
	uint64_t place;
	int err = entries_reserve(l);

	if (!err)
		err = choose_posted(l, a, story_of(a, l->n));
	around_choose(&a->around, l, a->record, a->apart ? l->n : story_of(a, l->n), a->adds_nothing, false);
	if (!err)
		err = write_record(l, a, l->n, received, &r, &place);
	if (err)
		return err;
	u.same_id = r->earlier;
	if (r->story != l->n)
		u.leader = l->entries[r->story];
	err = enter(l, a, r, place, &u);
	if (err)
		l->shelf->kind->drop(l->shelf, place);
	else
		*ret = u;
	return err;
}

/* --- entering again --- */

/* Whether it was judged as before. */
static bool is_same(const struct arrival *a, uint32_t seq)
{
	const struct record *r = a->given;
	const char *tail = (const char *)record_matches(r);

	return around_is_same(&a->around, r, a->record) && r->verdict == a->verdict && r->retired == a->retired &&
	       r->allowed == (a->ally != ND_NONE) &&
	       r->story == story_of(a, seq) && r->lead_story == lead_story_of(a, seq) &&
	       r->n_matches == a->n_matches && !memcmp(tail, a->matches, matches_bytes(a)) &&
	       r->n_posted == a->n_posted &&
	       (!posted_bytes(a) || !memcmp(record_bits(r), a->posted, posted_bytes(a)));
}

static int count_again(struct library *l, struct arrival *a, struct record *written, uint32_t seq)
{
	int err;

	if (!a->retired)
		return around_count(&a->around, l, written, seq);
	err = around_leave_reserve(&a->around);
	if (!err)
		around_retire(&a->around, l, a->given, written, seq);
	return err;
}

static int write_again(struct library *l, struct arrival *a, uint32_t seq, struct undo *u)
{
	struct record *r;
	uint64_t place;
	int64_t received = l->shelf->kind->received(l->shelf, seq, l->entries[seq].record);
	int err = l->shelf->fault;

	if (!err)
		err = write_record(l, a, seq, received, &r, &place);
	if (err)
		return err;
	err = post(l, a, r, seq);
	if (!err) {
		err = count_again(l, a, r, seq);
		if (err)
			entrance_take_keys(l, r, seq);
	}
	if (err) {
		l->shelf->kind->drop(l->shelf, place);
		return err;
	}
	u->seq = seq;
	u->kind = UNDO_AGAIN;
	u->place = l->entries[seq].record;
	l->entries[seq].record = place;
	l->entries[seq].lead_story = r->lead_story;
	l->entries[seq].shingles = a->digest.shingles;
	return 0;
}

static int enter_again(struct library *l, struct arrival *a, uint32_t seq, bool has_text, struct undo *u)
{
	int err = choose_posted(l, a, story_of(a, seq));

	if (err)
		return err;
	around_choose(&a->around, l, a->record, a->apart ? seq : story_of(a, seq), a->adds_nothing, a->retired);
	if (!is_same(a, seq) || has_text) {
		err = write_again(l, a, seq, u);
		return err ? err : 1;
	}
	entrance_give_keys(l, a->given, seq);
	return 0;
}

/* A text whose first article has been taken out, or is found no more, is the next one's. */
int entrance_again(struct library *l, struct arrival *a, uint32_t seq, struct story_hint *hint, struct undo *ret)
{
	const struct record *named = a->retired ? a->given : a->record;
	struct undo u = { .same_id = ND_NONE };
	int wrote = 0;

	if (a->retired)
		names_leave_text(l, named, seq, &u.names);
	else
		wrote = names_add_text(l, named, seq, &u.names);

	if (!wrote)
		wrote = enter_again(l, a, seq, u.names.n, &u);
	if (wrote < 0) {
		names_undo(l, named, &u.names);
		return wrote;
	}
	if (wrote)
		*ret = u;
	story_move(l, seq, story_of(a, seq), hint);
	return wrote;
}

/* --- another lead --- */

int entrance_lead(struct library *l, const struct record *r, uint32_t seq, uint32_t lead, struct undo *ret)
{
	struct record *led;
	uint64_t place;
	void *at;
	int err = library_rewrite(l, seq, record_size(r), &at, &place);

	if (err)
		return err;
	memcpy(at, r, record_size(r));
	led = at;
	led->lead_story = lead;
	err = post_lead(l, led, seq);
	if (err) {
		l->shelf->kind->drop(l->shelf, place);
		return err;
	}
	*ret = (struct undo){ .seq = seq, .kind = UNDO_AGAIN, .place = l->entries[seq].record, .same_id = ND_NONE };
	l->entries[seq].record = place;
	l->entries[seq].lead_story = lead;
	return 0;
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
static int return_article(struct library *l, const struct digest *d)
{
	struct names_before before;
	int err = names_add(l, d->names, l->n, &before);
	const struct joining j = joining(l, d);

	if (!err)
		err = l->shelf->fault;
	if (!err && d->n_links)
		err = links_enter(&l->links, l->n, record_matches(d->record), d->n_links);
	if (!err)
		join(l, d, &j, 0);
	return err;
}

static int add_ruling(struct library *l, const struct record *r)
{
	enum nd_ruling kind;
	uint64_t ids[2];

	ruling_read(r, &kind, ids);
	return rulings_add(&l->rulings, kind, ids[0], ids[1]);
}

int entrance_return(struct library *l, const struct digest *d)
{
	int err = return_article(l, d);

	if (err || !d->gone || d->record->gone != RECORD_RULING)
		return err;
	err = add_ruling(l, d->record);
	if (err)
		l->n_gone -= l->entries[--l->n].gone;
	return err;
}

int entrance_rule(struct library *l, const struct record *r, int64_t received, struct undo *ret)
{
	const struct joining alone = { false, false, false };
	struct digest d;
	uint64_t place;
	void *at;
	int err = entries_reserve(l);

	if (!err)
		err = l->shelf->kind->write(l->shelf, l->n, record_size(r), received, &at, &place);
	if (err)
		return err;
	err = add_ruling(l, r);
	if (err) {
		l->shelf->kind->drop(l->shelf, place);
		return err;
	}
	memcpy(at, r, record_size(r));
	digest_draw(&d, at, NULL);
	*ret = (struct undo){ .seq = l->n, .kind = UNDO_NEW, .same_id = ND_NONE };
	join(l, &d, &alone, place);
	return 0;
}
