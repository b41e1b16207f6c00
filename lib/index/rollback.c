#include "index/rollback.h"

/* Names, and who is the newest of an id. r: the version that had them. */
static void undo_names(struct library *l, const struct undo *u, const struct record *r)
{
	names_undo(l, r, &u->names);
	if (u->same_id != ND_NONE)
		l->entries[u->same_id].superseded = u->kind == UNDO_GONE;
}

/* The newest article, which nothing has touched since it came: no other record is read. */
static void leave(struct library *l, const struct undo *u)
{
	const struct record *r = library_record(l, u->seq);

	undo_names(l, u, r);
	around_discount(l, r, NULL, u->seq);
	entrance_take_keys(l, r, u->seq);
	if (r->story != u->seq)
		story_unjoin(l, u->seq, &u->leader);
	if (r->gone == RECORD_RULING)
		rulings_drop(&l->rulings);
	l->n_gone -= l->entries[--l->n].gone;
}

/* Unless it was taken already. */
static void take_story_of(struct library *l, uint32_t article, struct members *m)
{
	if (l->entries[article].story != ND_NONE)
		members_take(m, l, l->entries[article].story);
}

/*
 * What it posted, and its story with all that are in it, as they are by now; then its former version counts again, and
 * the story that this one names is to be made anew too.
 */
static void undo_one(struct library *l, const struct undo *u, struct members *m)
{
	const struct record *r = library_record(l, u->seq);
	struct entry *e = &l->entries[u->seq];
	bool retired = false;

	if (!e->undone)
		entrance_take_keys(l, r, u->seq);
	e->undone = true;
	take_story_of(l, u->seq, m);
	if (u->kind != UNDO_NEW) {
		const struct record *now = r;

		e->record = u->place;
		r = library_record(l, u->seq);
		around_discount(l, now, r, u->seq);
		retired = now->retired && !r->retired;
		take_story_of(l, r->story, m);
	} else {
		around_discount(l, r, NULL, u->seq);
		if (r->gone == RECORD_RULING)
			rulings_drop(&l->rulings);
	}
	if (u->kind == UNDO_GONE || retired)
		around_recount(l, r, u->seq);
	if (u->kind == UNDO_GONE && u->heir != ND_NONE)
		take_story_of(l, u->heir, m);
	undo_names(l, u, r);
}

static void rejoin(struct library *l, uint32_t seq)
{
	const struct record *r = library_record(l, seq);
	const struct member m = story_member(l, r);
	struct entry *e = &l->entries[seq];

	e->story = r->story;
	e->lead_story = r->lead_story;
	e->shingles = digest_shingles(record_fingerprint(r));
	l->n_gone -= e->gone && !r->gone;
	e->gone = r->gone;
	e->next = ND_NONE;
	e->last = e->origin = seq;
	e->outlet = m.outlet ? seq : ND_NONE;
	e->syndicated = e->asked = e->waits = e->unsettled = false;
	if (r->story != seq) {
		const struct joining j = story_joining(l, &m, r->story);

		story_join(l, seq, &j);
	}
	if (e->undone)
		entrance_give_keys(l, r, seq);
	e->undone = false;
}

void entrance_leave(struct library *l, const struct undo *u)
{
	uint64_t place = l->entries[u->seq].record;

	leave(l, u);
	l->shelf->kind->drop(l->shelf, place);
}

/* Stories are made anew from the records of their members. */
static void undo_all(struct library *l, const struct undo *log, size_t n)
{
	uint32_t end = l->n, next;
	struct members m;

	members_init(&m);
	for (size_t i = n; i--;)
		undo_one(l, &log[i], &m);
	for (size_t i = 0; i < n; i++)
		end -= log[i].kind == UNDO_NEW;
	for (uint32_t seq = members_sorted(&m, l); seq < end; seq = next) {
		next = l->entries[seq].next;
		rejoin(l, seq);
	}
	while (l->n > end)
		l->n_gone -= l->entries[--l->n].gone;
}

int entrance_rollback(struct library *l, const struct undo *log, size_t n)
{
	struct shelf *shelf = l->shelf;
	bool again = false;
	int err = 0;

	for (size_t i = 0; i < n; i++)
		again |= log[i].kind != UNDO_NEW;
	if (again && shelf->fault)
		shelf->kind->refresh(shelf);
	if (again)
		undo_all(l, log, n);
	if (again)
		err = shelf->fault;
	for (size_t i = n; i--;) {
		if (!again)
			leave(l, &log[i]);
		shelf->kind->drop(shelf, 0);
	}
	return err;
}
