#include "index/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "index/arrival.h"

struct index {
	struct library library;
	struct arrival arrival;
	uint64_t n_stories; /* of two articles or more */
};

int index_new(const char *dir, struct index **ret)
{
	struct index *ix = calloc(1, sizeof(*ix));
	struct library *l;
	int err;

	if (!ix)
		return -ENOMEM;
	l = &ix->library;
	err = spool_new(dir, &l->spool);
	if (err) {
		free(ix);
		return err;
	}
	postings_init(&l->bodies);
	postings_init(&l->leads);
	table_init(&l->ids);
	table_init(&l->texts);
	table_init(&l->names);
	arrival_init(&ix->arrival);
	*ret = ix;
	return 0;
}

void index_free(struct index *ix)
{
	struct library *l;

	if (!ix)
		return;
	l = &ix->library;
	spool_free(l->spool);
	free(l->entries);
	postings_done(&l->bodies);
	postings_done(&l->leads);
	table_done(&l->ids);
	table_done(&l->texts);
	table_done(&l->names);
	arrival_done(&ix->arrival);
	free(ix);
}

nd_seq index_count(const struct index *ix)
{
	return ix->library.n;
}

const struct record *index_record(const struct index *ix, nd_seq seq)
{
	return library_record(&ix->library, seq);
}

struct index_state index_state(const struct index *ix, nd_seq seq)
{
	const struct entry *e = &ix->library.entries[seq], *leader = &ix->library.entries[e->story];

	return (struct index_state){
		.story = e->story,
		.origin = leader->origin,
		.lead_story = e->lead_story,
		.next_member = e->next,
		.syndicated = leader->syndicated,
		.superseded = e->superseded,
	};
}

void index_stats(const struct index *ix, struct nd_index_stats *ret)
{
	const struct library *l = &ix->library;

	*ret = (struct nd_index_stats){
		.articles = l->n,
		.stories = ix->n_stories,
		.keys = l->bodies.table.used,
		.stop_keys = l->bodies.stop_keys,
		.index_bytes = postings_bytes(&l->bodies) + postings_bytes(&l->leads) + l->ids.bytes +
			       l->texts.bytes + l->names.bytes + l->cap * sizeof(*l->entries),
		.spool_bytes = spool_bytes(l->spool),
		.candidates = ix->arrival.bodies.seen,
		.verified = ix->arrival.verified,
	};
}

const struct library *index_library(const struct index *ix)
{
	return &ix->library;
}

/* --- posting --- */

static bool has_story(const struct library *l, const struct posting *p, uint32_t story)
{
	for (uint32_t i = 0; i < p->kept; i++)
		if (l->entries[p->articles[i]].story == story)
			return true;
	return false;
}

static int post_body(struct index *ix, uint32_t seq)
{
	const struct arrival *a = &ix->arrival;
	struct library *l = &ix->library;
	int err = 0;

	for (uint32_t i = 0; i < a->fp->n_keys && !err; i++) {
		uint64_t key = fp_key(a->fp, i);
		bool moved = l->bodies.table.moves != a->moves;
		uint32_t *slot = moved ? table_find(&l->bodies.table, key) : a->slots[i];
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

/* A lead is posted once for each lead story. */
static int post_lead(struct index *ix, uint32_t seq)
{
	const struct fingerprint *fp = ix->arrival.fp;
	int err = 0;

	if (ix->arrival.lead_story != ND_NONE)
		return 0;
	for (uint32_t i = 0; i < fp->n_lead && i < COMPARE_HEAD_MAX && !err; i++) {
		uint64_t key;

		if (arrival_lead_key(fp, i, &key))
			err = postings_add(&ix->library.leads, key, seq);
	}
	return err;
}

/* Makes key name the article: the newest has the name, the first has the text. */
static int name(struct table *t, uint64_t key, uint32_t seq, bool newest)
{
	uint32_t *slot;

	if (!key)
		return 0;
	slot = table_find(t, key);
	if (!slot)
		return table_insert(t, key, seq + 1);
	if (newest)
		table_set(slot, seq + 1);
	return 0;
}

static int post(struct index *ix, uint32_t seq)
{
	const struct record *r = ix->arrival.record;
	struct library *l = &ix->library;
	int err = post_body(ix, seq);

	if (!err)
		err = post_lead(ix, seq);
	if (!err)
		err = name(&l->ids, r->id_key, seq, true);
	if (!err)
		err = name(&l->texts, ix->arrival.fp->body_hash, seq, false);
	if (!err)
		err = name(&l->names, r->url_key, seq, true);
	return err ? err : name(&l->names, r->title_key, seq, true);
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

/* An outlet that joins a story: the first that is known waits for another one. */
static void outlet_join(const struct library *l, uint32_t seq, struct entry *leader)
{
	struct nd_str own = record_string(library_record(l, seq), RECORD_OUTLET), first;

	if (!own.len)
		return;
	if (leader->outlet == ND_NONE) {
		leader->outlet = seq;
		return;
	}
	first = record_string(library_record(l, leader->outlet), RECORD_OUTLET);
	leader->syndicated |= own.len != first.len || memcmp(own.at, first.at, own.len);
}

static void story_join(struct index *ix, uint32_t seq, uint32_t story)
{
	const struct library *l = &ix->library;
	const struct record *r = library_record(l, seq);
	struct entry *leader = &l->entries[story];

	ix->n_stories += leader->last == story;
	l->entries[leader->last].next = seq;
	leader->last = seq;
	if (when_before(&r->published, &library_record(l, leader->origin)->published))
		leader->origin = seq;
	outlet_join(l, seq, leader);
}

static int write_record(struct index *ix, uint64_t *ret)
{
	const struct arrival *a = &ix->arrival;
	size_t tail = a->n_matches * sizeof(struct nd_match);
	struct record *r;
	void *at;
	int err = spool_append(ix->library.spool, a->record->bytes + tail, &at, ret);

	if (err)
		return err;
	memcpy(at, a->record, a->record->bytes);
	memcpy((char *)at + a->record->bytes, a->matches, tail);
	r = at;
	r->n_matches = (uint32_t)a->n_matches;
	r->verdict = a->verdict;
	return 0;
}

static int enter(struct index *ix, nd_seq *ret)
{
	const struct arrival *a = &ix->arrival;
	struct library *l = &ix->library;
	uint32_t seq = l->n;
	uint64_t place;
	int err = entries_reserve(l);

	if (!err)
		err = write_record(ix, &place);
	if (err)
		return err;
	l->entries[seq] = (struct entry){
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
	l->n++;
	if (a->same_id != ND_NONE)
		l->entries[a->same_id].superseded = true;
	if (a->story != ND_NONE)
		story_join(ix, seq, a->story);
	*ret = seq;
	return post(ix, seq);
}

void index_expect(const struct index *ix, const struct record *r)
{
	if (r->version == FP_VERSION)
		arrival_expect(&ix->library, r);
}

int index_add(struct index *ix, const struct record *r, nd_seq *ret)
{
	int err;

	if (r->version != FP_VERSION)
		return -EPROTO;
	err = arrival_judge(&ix->arrival, &ix->library, r);
	return err ? err : enter(ix, ret);
}
