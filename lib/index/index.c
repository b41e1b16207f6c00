#include "index/index_part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "index/again.h"
#include "index/entrance.h"
#include "index/lookup.h"
#include "index/rollback.h"
#include "index/room.h"
#include "index/slice.h"

#define EXPECT_RECORDS 8u  /* that are fetched ahead of the one that is read: whoever reads one mostly reads all */
#define EXPECT_LEADERS 4u  /* the same of the leaders of their stories */
#define FURNITURE_STEP 8192u /* rows looked at before others have their turn */

static struct index *index_alloc(void)
{
	struct index *ix = calloc(1, sizeof(*ix));
	struct library *l;

	if (!ix)
		return NULL;
	l = &ix->library;
	postings_init(&l->bodies);
	postings_init(&l->leads);
	links_init(&l->links);
	table_init(&l->ids);
	table_init(&l->texts);
	table_init(&l->names);
	furniture_init(&l->furniture);
	rulings_init(&l->rulings);
	arrival_init(&ix->arrival);
	again_init(&ix->again);
	buf_init(&ix->blank, UINT32_MAX);
	return ix;
}

int index_new(const char *dir, struct index **ret)
{
	struct index *ix = index_alloc();
	int err;

	if (!ix)
		return -ENOMEM;
	err = shelf_spool_new(dir, &ix->library.shelf);
	if (err) {
		index_free(ix);
		return err;
	}
	ix->loaded = ix->again.quiet = true;
	*ret = ix;
	return 0;
}

int index_open(struct store *store, const char *beside, struct index **ret)
{
	struct index *ix = index_alloc();
	int err;

	if (!ix)
		return -ENOMEM;
	ix->over_store = !beside;
	ix->again.quiet = beside;
	ix->store = store;
	err = record_blank(&ix->blank);
	if (!err)
		err = beside ? shelf_beside_new(store, beside, ix->blank.at, &ix->library.shelf)
			     : shelf_store_new(store, ix->blank.at, &ix->library.shelf);
	if (err)
		index_free(ix);
	else
		*ret = ix;
	return err;
}

void index_free(struct index *ix)
{
	struct library *l;

	if (!ix)
		return;
	l = &ix->library;
	if (l->shelf)
		l->shelf->kind->free(l->shelf);
	slice_free(ix->slice);
	free(l->known);
	free(l->entries);
	postings_done(&l->bodies);
	postings_done(&l->leads);
	links_done(&l->links);
	table_done(&l->ids);
	table_done(&l->texts);
	table_done(&l->names);
	furniture_done(&l->furniture);
	rulings_done(&l->rulings);
	arrival_done(&ix->arrival);
	again_done(&ix->again);
	buf_done(&ix->blank);
	free(ix->log);
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

void index_expect_record(const struct index *ix, nd_seq seq)
{
	const struct library *l = &ix->library;
	uint32_t leader;

	if (seq >= l->n || l->n - seq <= EXPECT_RECORDS)
		return;
	l->shelf->kind->expect(l->shelf, l->entries[seq + EXPECT_RECORDS].record);
	entry_prefetch(&l->entries[l->entries[seq + EXPECT_RECORDS].story]);
	leader = l->entries[seq + EXPECT_LEADERS].story;
	if (leader != seq + EXPECT_LEADERS)
		l->shelf->kind->expect(l->shelf, l->entries[leader].record);
}

void index_stats(const struct index *ix, struct nd_index_stats *ret)
{
	const struct library *l = &ix->library;
	uint64_t held = l->shelf->kind->bytes(l->shelf);

	*ret = (struct nd_index_stats){
		.articles = l->ids.used,
		.versions = l->n - l->n_gone,
		.stories = l->n_stories,
		.keys = l->bodies.table.used,
		.stop_keys = l->bodies.stop_keys,
		.index_bytes = postings_bytes(&l->bodies) + postings_bytes(&l->leads) + links_bytes(&l->links) +
			       l->ids.bytes + l->texts.bytes + l->names.bytes + furniture_bytes(&l->furniture) +
			       l->cap * sizeof(*l->entries),
		.spool_bytes = ix->over_store ? 0 : held,
		.pending = l->shelf->kind->n_pending(l->shelf),
		.pending_bytes = ix->over_store ? held : 0,
		.candidates = ix->arrival.bodies.seen,
		.verified = ix->arrival.verified,
	};
}

size_t index_growth(const struct index *ix, size_t keys)
{
	return room_growth(&ix->library, keys);
}

const struct library *index_library(const struct index *ix)
{
	return &ix->library;
}

/* --- judging and entering --- */

void index_expect(const struct index *ix, const struct record *r)
{
	if (r->version == FP_VERSION)
		lookup_expect(&ix->library, r);
}

static int judge_record(struct index *ix, const struct record *r)
{
	struct shelf *shelf = ix->library.shelf;
	int err = 0;

	if (r->version != FP_VERSION)
		return -EPROTO;
	if (!ix->loaded)
		return -EBUSY;
	if (ix->damage)
		return ix->damage;
	if (shelf->fault)
		err = shelf->kind->refresh(shelf);
	if (!err)
		err = arrival_judge(&ix->arrival, &ix->library, r);
	return err ? err : shelf->fault;
}

static int log_reserve(struct index *ix)
{
	size_t cap = ix->cap_log ? 2 * ix->cap_log : 64;
	struct undo *at;

	if (!ix->over_store || ix->n_log < ix->cap_log)
		return 0;
	at = realloc(ix->log, cap * sizeof(*at));
	if (!at)
		return -ENOMEM;
	ix->log = at;
	ix->cap_log = cap;
	return 0;
}

/* What an article that came has set off is done before it may be committed. */
static void log_write(struct index *ix, const struct undo *u)
{
	if (!ix->over_store)
		return;
	ix->log[ix->n_log++] = *u;
	if (again_is_idle(&ix->again))
		ix->n_whole = ix->n_log;
}

static int newest_first(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	return (a < b) - (a > b);
}

/* Articles with a paragraph that has become furniture are judged again, in order of arrival: against what the earlier
 * ones are without it. */
static int ask_crossed(struct index *ix)
{
	struct around *x = &ix->arrival.around;
	int err = 0;

	if (x->n_crossed)
		qsort(x->crossed, x->n_crossed, sizeof(*x->crossed), newest_first);
	while (x->n_crossed && !err) {
		err = again_ask(&ix->again, &ix->library, x->crossed[x->n_crossed - 1]);
		x->n_crossed -= !err;
	}
	return err;
}

/* And so are those that had the title of the newest one among other headlines before. */
static int ask_headlines(struct index *ix, uint64_t title_hash, uint32_t seq)
{
	const struct library *l = &ix->library;
	const uint32_t *slot = title_hash ? table_find(&l->furniture.table, title_hash) : NULL;
	struct sightings single, s = *furniture_read(&l->furniture, slot, seq, &single);
	int err = 0;

	for (uint32_t i = 0; i < s.kept && !err; i++)
		if (s.article[i] != seq && around_has_new_headlines(l, library_record(l, s.article[i])))
			err = again_ask(&ix->again, &ix->library, s.article[i]);
	return err;
}

/* And so is the version of its id that it replaces: that one first, since it takes back what it has counted. */
static int ask_around(struct index *ix, const struct record *r, uint32_t seq, uint32_t same_id)
{
	int err = same_id == ND_NONE ? 0 : again_retire(&ix->again, &ix->library, same_id);

	if (!err && ix->library.rulings.n)
		err = again_ask_allies(&ix->again, &ix->library, r->id_key);
	if (!err)
		err = ask_crossed(ix);
	return err ? err : ask_headlines(ix, record_fingerprint(r)->title_hash, seq);
}

/* The record that is written now is the one that the text belongs to. */
static int enter_beside(struct index *ix, const struct text_head *text, int64_t received, struct undo *ret)
{
	struct shelf *shelf = ix->library.shelf;
	int err;

	shelf->beside = text;
	err = entrance_enter(&ix->library, &ix->arrival, received, ret);
	shelf->beside = NULL;
	return err;
}

int index_add(struct index *ix, const struct record *r, const struct text_head *text, int64_t received, nd_seq *ret)
{
	struct undo undo;
	int err = index_again(ix, SIZE_MAX);

	if (!err)
		err = judge_record(ix, r);
	if (!err)
		err = log_reserve(ix);
	if (!err)
		err = enter_beside(ix, text, received, &undo);
	if (err)
		return err;
	err = ask_around(ix, r, ix->library.n - 1, undo.same_id);
	if (err) {
		again_forget(&ix->again, &ix->library);
		entrance_leave(&ix->library, &undo);
		ix->arrival.around.n_crossed = 0;
		return err;
	}
	furniture_sweep(&ix->library.furniture, ix->library.n);
	log_write(ix, &undo);
	*ret = ix->library.n - 1;
	return 0;
}

void index_set_window(struct index *ix, uint32_t days)
{
	ix->library.window = days;
}

/* r: as for entrance_rule. */
static int rule(struct index *ix, const struct record *r, int64_t received)
{
	struct library *l = &ix->library;
	struct undo undo;
	int err = entrance_rule(l, r, received, &undo);

	if (err)
		return err;
	err = again_ask_pair(&ix->again, l, r);
	if (err) {
		again_forget(&ix->again, l);
		entrance_leave(l, &undo);
		return err;
	}
	log_write(ix, &undo);
	return 0;
}

int index_rule(struct index *ix, enum nd_ruling kind, struct nd_str a, struct nd_str b, int64_t received)
{
	struct buf record;
	int err = ix->loaded ? index_again(ix, SIZE_MAX) : -EBUSY;

	if (!err)
		err = ix->damage ? ix->damage : log_reserve(ix);
	buf_init(&record, UINT32_MAX);
	if (!err)
		err = record_ruling(&record, kind, a, b, ix->library.n);
	if (!err)
		err = rule(ix, (const struct record *)record.at, received);
	buf_done(&record);
	return err;
}

int index_furniture(struct index *ix, uint32_t *cursor, struct nd_str outlet, struct nd_furniture *ret)
{
	struct library *l = &ix->library;
	const struct sightings *s = furniture_next(&l->furniture, cursor, FURNITURE_STEP);
	uint16_t of = outlet.at ? record_source_key(outlet) : 0;
	int there = s && (!of || furniture_seen_in(s, of)) && around_tell(l, s, of, ret);

	return l->shelf->fault ? l->shelf->fault : there;
}

/* --- judging again --- */

int index_ask_again(struct index *ix, nd_seq article)
{
	if (!ix->loaded)
		return -EBUSY;
	return article < ix->library.n ? again_ask(&ix->again, &ix->library, article) : -ENOENT;
}

static int again_step_logged(struct index *ix)
{
	struct undo undo;
	int err = log_reserve(ix);

	if (!err)
		err = again_step(&ix->again, &ix->library, &ix->arrival, &undo);
	if (err > 0)
		log_write(ix, &undo);
	return err < 0 ? err : ask_crossed(ix);
}

int index_again(struct index *ix, size_t max)
{
	struct shelf *shelf = ix->library.shelf;
	int err = ask_crossed(ix);

	if (err || again_is_idle(&ix->again))
		return err;
	if (ix->damage)
		return ix->damage;
	if (shelf->fault)
		err = shelf->kind->refresh(shelf);
	while (max-- && !err && !again_is_idle(&ix->again))
		err = again_step_logged(ix);
	if (err)
		return err;
	if (!again_is_idle(&ix->again))
		return 1;
	ix->n_whole = ix->n_log;
	return 0;
}

static int remove_logged(struct index *ix, uint32_t seq)
{
	struct library *l = &ix->library;
	struct undo undo;
	int err = around_leave_reserve(&ix->arrival.around);

	if (!err)
		err = again_remove(&ix->again, l, seq, &undo);
	if (err)
		return err;
	around_leave(&ix->arrival.around, l, (const struct record *)ix->again.record.at, seq);
	ask_crossed(ix); /* what memory ended for, the next step asks for */
	log_write(ix, &undo);
	return 0;
}

/* What is at hand comes first; what waits may go on waiting. */
int index_remove(struct index *ix, nd_seq seq)
{
	struct library *l = &ix->library;
	int err = ix->damage;

	if (!ix->loaded)
		return -EBUSY;
	if (seq >= l->n || l->entries[seq].gone)
		return -ENOENT;
	if (!err && l->shelf->fault)
		err = l->shelf->kind->refresh(l->shelf);
	while (!err && !again_is_between(&ix->again))
		err = again_step_logged(ix);
	if (!err)
		err = log_reserve(ix);
	if (!err)
		err = remove_logged(ix, seq);
	return err;
}

size_t index_changes(struct index *ix, const struct nd_change **ret)
{
	size_t n = ix->again.n_changes;

	*ret = ix->again.changes;
	ix->again.n_changes = 0;
	return n;
}

int index_check(struct index *ix, const struct record *r, struct index_judged *ret)
{
	const struct arrival *a = &ix->arrival;
	struct index_judged j;
	int err = judge_record(ix, r);

	if (err)
		return err;
	j = (struct index_judged){
		.verdict = a->verdict,
		.state = index_state_with(&ix->library, a),
		.has_lead = a->fp->n_lead || a->lead_story != ND_NONE,
		.record = a->record,
		.matches = a->matches,
		.n_matches = a->n_matches,
	};
	if (!ix->library.shelf->fault)
		*ret = j;
	return ix->library.shelf->fault;
}

/* --- what is pending --- */

size_t index_pending(const struct index *ix, size_t from, struct store_item *ret, size_t max)
{
	struct shelf *shelf = ix->library.shelf;
	size_t n;

	if (from > ix->n_whole)
		return 0;
	n = shelf->kind->pending(shelf, from, ret, max < ix->n_whole - from ? max : ix->n_whole - from);
	for (size_t i = 0; i < n; i++)
		ret[i].drop_text = ((const struct record *)ret[i].at)->gone == RECORD_GONE;
	return n;
}

int index_text(struct index *ix, nd_seq seq, struct buf *to)
{
	return ix->library.shelf->kind->text(ix->library.shelf, seq, to);
}

void index_committed(struct index *ix, size_t n)
{
	if (n > ix->n_log)
		n = ix->n_log;
	ix->library.shelf->kind->committed(ix->library.shelf, n);
	ix->n_log -= n;
	ix->n_whole -= n < ix->n_whole ? n : ix->n_whole;
	if (ix->n_log)
		memmove(ix->log, ix->log + n, ix->n_log * sizeof(*ix->log));
}

void index_rollback(struct index *ix)
{
	int err;

	if (!ix->over_store)
		return;
	again_forget(&ix->again, &ix->library);
	err = entrance_rollback(&ix->library, ix->log, ix->n_log);
	ix->damage = ix->damage ? ix->damage : err;
	ix->n_log = ix->n_whole = 0;
}

int index_refresh(struct index *ix)
{
	return ix->library.shelf->kind->refresh(ix->library.shelf);
}

int index_let_go(struct index *ix)
{
	if (!ix->loaded)
		return -EBUSY;
	return ix->store && !ix->over_store ? shelf_beside_let_go(ix->library.shelf) : 0;
}

int index_fault(const struct index *ix)
{
	return ix->damage ? ix->damage : ix->library.shelf->fault;
}

/* --- one article --- */

int64_t index_received(const struct index *ix, nd_seq seq)
{
	return ix->library.shelf->kind->received(ix->library.shelf, seq, ix->library.entries[seq].record);
}
