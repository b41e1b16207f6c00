#include "daemon/tell_leads.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/call.h"
#include "daemon/fields.h"

#define WALK_STEP 16384u /* articles looked at before others have their turn */
#define READ_STEP 512u   /* the same when their records must be read */
#define SLICE 256u       /* members told, likewise */

enum stage { FIND, GATHER, TELL };

struct member {
	nd_seq article;
	uint32_t next; /* of the same lead story, + 1 */
};

struct lead {
	nd_seq seq; /* whose lead it is */
	uint32_t first, last; /* members, + 1; 0: none */
	uint32_t n;
};

struct tell_leads {
	struct telling telling;
	struct telling_page page;
	nd_seq of, after; /* ND_NONE: no such bound */
	enum stage stage;
	nd_seq at, end;   /* of a walk */
	uint64_t *shared; /* while they are looked for: a bit for each article whose lead others have */
	uint64_t *wanted; /* the same: one of these is of the outlet; NULL: any will do */
	struct lead *leads;
	size_t n_leads;
	bool more; /* there are others behind these */
	struct member *members;
	size_t n_members, cap_members;
	size_t lead;     /* that is being told */
	uint32_t member; /* its next one, + 1 */
	bool begun, is_open;
};

static bool bit(const uint64_t *bits, nd_seq i)
{
	return bits[i / 64] >> i % 64 & 1;
}

static void set_bit(uint64_t *bits, nd_seq i)
{
	bits[i / 64] |= (uint64_t)1 << i % 64;
}

/* --- which lead stories --- */

static bool is_of_outlet(struct tell_leads *t, struct nd_index *ix, nd_seq seq, int *err)
{
	struct nd_report r;

	*err = nd_index_get(ix, seq, &r);
	return !*err && r.article.outlet.len == t->page.outlet_len &&
	       !memcmp(r.article.outlet.at, t->page.outlet, t->page.outlet_len);
}

static int mark(struct tell_leads *t, struct nd_index *ix, nd_seq seq)
{
	nd_seq leads[ND_LEADS_MAX];
	size_t n = nd_index_leads(ix, seq, leads, ND_LEADS_MAX);
	int err = 0;
	bool wanted = n && t->wanted && is_of_outlet(t, ix, seq, &err);

	for (size_t i = 0; i < n && !err; i++) {
		if (leads[i] >= t->end)
			continue;
		if (leads[i] != seq)
			set_bit(t->shared, leads[i]);
		if (wanted)
			set_bit(t->wanted, leads[i]);
	}
	return err;
}

static int add_lead(struct tell_leads *t, nd_seq seq)
{
	if (t->n_leads == t->page.limit) {
		t->more = true;
		return 0;
	}
	if (!t->leads) {
		t->leads = malloc(t->page.limit * sizeof(*t->leads));
		if (!t->leads)
			return -ENOMEM;
	}
	t->leads[t->n_leads++] = (struct lead){ .seq = seq };
	return 0;
}

/* Those behind the last page, up to one too many. */
static int choose(struct tell_leads *t)
{
	int err = 0;

	for (nd_seq i = t->after == ND_NONE ? 0 : t->after + 1; i < t->end && !t->more && !err; i++)
		if (bit(t->shared, i) && (!t->wanted || bit(t->wanted, i)))
			err = add_lead(t, i);
	return err;
}

static int begin_find(struct tell_leads *t, struct nd_index *ix)
{
	size_t words;

	t->end = nd_index_count(ix);
	words = t->end / 64 + 1;
	t->shared = calloc(words, sizeof(*t->shared));
	t->wanted = t->page.outlet ? calloc(words, sizeof(*t->wanted)) : NULL;
	return t->shared && (t->wanted || !t->page.outlet) ? 0 : -ENOMEM;
}

/* A step of a walk; false: it is at its end. What was not in the store yet may have left meanwhile. */
static bool step_of(struct tell_leads *t, struct nd_index *ix, nd_seq step, nd_seq *ret_to)
{
	nd_seq n = nd_index_count(ix);

	if (t->end > n)
		t->end = n;
	if (t->at > t->end)
		t->at = t->end;
	*ret_to = t->end - t->at > step ? t->at + step : t->end;
	return t->at < t->end;
}

static void begin_gather(struct tell_leads *t)
{
	free(t->shared);
	free(t->wanted);
	t->shared = t->wanted = NULL;
	t->at = 0;
	t->stage = GATHER;
}

static int find(struct tell_leads *t, struct nd_index *ix)
{
	nd_seq to;
	int err = t->shared ? 0 : begin_find(t, ix);

	if (err)
		return err;
	if (step_of(t, ix, t->wanted ? READ_STEP : WALK_STEP, &to)) {
		for (; t->at < to && !err; t->at++)
			err = mark(t, ix, t->at);
		return err;
	}
	err = choose(t);
	begin_gather(t);
	return err;
}

static int compare_seqs(const void *x, const void *y)
{
	nd_seq a = *(const nd_seq *)x, b = *(const nd_seq *)y;

	return (a > b) - (a < b);
}

/* Those of one article need not be looked for. */
static int find_of(struct tell_leads *t, struct nd_index *ix)
{
	nd_seq leads[ND_LEADS_MAX];
	size_t n = nd_index_leads(ix, t->of, leads, ND_LEADS_MAX);
	int err = 0;

	qsort(leads, n, sizeof(*leads), compare_seqs);
	for (size_t i = 0; i < n && !err; i++)
		if (t->after == ND_NONE || leads[i] > t->after)
			err = add_lead(t, leads[i]);
	t->end = nd_index_count(ix);
	begin_gather(t);
	return err;
}

/* --- their members --- */

static int add_member(struct tell_leads *t, struct lead *l, nd_seq article)
{
	size_t cap = t->cap_members ? 2 * t->cap_members : 64;
	struct member *at;

	if (t->n_members == t->cap_members) {
		at = realloc(t->members, cap * sizeof(*at));
		if (!at)
			return -ENOMEM;
		t->members = at;
		t->cap_members = cap;
	}
	t->members[t->n_members++] = (struct member){ article, 0 };
	if (l->last)
		t->members[l->last - 1].next = (uint32_t)t->n_members;
	else
		l->first = (uint32_t)t->n_members;
	l->last = (uint32_t)t->n_members;
	l->n++;
	return 0;
}

static struct lead *lead_of(const struct tell_leads *t, nd_seq seq)
{
	size_t low = 0, high = t->n_leads;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (t->leads[mid].seq < seq)
			low = mid + 1;
		else
			high = mid;
	}
	return low < t->n_leads && t->leads[low].seq == seq ? &t->leads[low] : NULL;
}

static int gather_article(struct tell_leads *t, struct nd_index *ix, nd_seq seq)
{
	nd_seq leads[ND_LEADS_MAX];
	size_t n = nd_index_leads(ix, seq, leads, ND_LEADS_MAX);
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		struct lead *l = lead_of(t, leads[i]);

		if (l)
			err = add_member(t, l, seq);
	}
	return err;
}

static int gather(struct tell_leads *t, struct nd_index *ix)
{
	nd_seq to;
	int err = 0;

	if (t->n_leads && step_of(t, ix, WALK_STEP, &to)) {
		for (; t->at < to && !err; t->at++)
			err = gather_article(t, ix, t->at);
		return err;
	}
	t->stage = TELL;
	return 0;
}

/* --- told --- */

/* It may have left since, its number given to another. */
static bool takes_part(const struct nd_index *ix, nd_seq seq, nd_seq lead)
{
	nd_seq leads[ND_LEADS_MAX];
	size_t n = seq < nd_index_count(ix) ? nd_index_leads(ix, seq, leads, ND_LEADS_MAX) : 0;

	for (size_t i = 0; i < n; i++)
		if (leads[i] == lead)
			return true;
	return false;
}

/* Whether two articles still take part, the first of them with its own lead. */
static bool is_shared(const struct tell_leads *t, const struct nd_index *ix, const struct lead *l)
{
	unsigned n = 0;

	if (l->n < 2 || !takes_part(ix, l->seq, l->seq))
		return false;
	for (uint32_t at = l->first; at && n < 2; at = t->members[at - 1].next)
		n += takes_part(ix, t->members[at - 1].article, l->seq);
	return n == 2;
}

static void tell_lead(struct tell_leads *t, struct nd_index *ix, struct out *o)
{
	const struct lead *l = &t->leads[t->lead];

	if (!t->is_open && !is_shared(t, ix, l)) {
		t->lead++;
	} else if (!t->is_open) {
		fields_lead_begin(o, ix, l->seq);
		t->is_open = true;
		t->member = l->first;
	} else if (t->member) {
		const struct member *m = &t->members[t->member - 1];

		if (takes_part(ix, m->article, l->seq))
			fields_lead_member(o, ix, m->article);
		t->member = m->next;
	} else {
		fields_lead_end(o);
		t->is_open = false;
		t->lead++;
	}
}

static void end(const struct tell_leads *t, struct out *o)
{
	out_end_array(o);
	out_key(o, "next");
	if (t->more)
		out_u64(o, t->leads[t->n_leads - 1].seq);
	else
		out_null(o);
	reply_end(o);
}

static bool tell_some(struct telling *telling, struct service *sv, struct out *o)
{
	struct tell_leads *t = (struct tell_leads *)telling;
	struct nd_index *ix = sv->index;
	int err = 0;

	if (t->stage == FIND)
		err = t->of == ND_NONE ? find(t, ix) : find_of(t, ix);
	else if (t->stage == GATHER)
		err = gather(t, ix);
	if (err) {
		telling_page_fail_by(&t->page, sv, o, err);
		return false;
	}
	if (t->stage != TELL)
		return true;
	if (!t->begun)
		telling_page_begin(&t->page, o);
	t->begun = true;
	for (unsigned i = 0; i < SLICE && t->lead < t->n_leads; i++)
		tell_lead(t, ix, o);
	if (t->lead < t->n_leads)
		return true;
	end(t, o);
	return false;
}

static void tell_leads_free(struct telling *telling)
{
	struct tell_leads *t = (struct tell_leads *)telling;

	free(t->shared);
	free(t->wanted);
	free(t->leads);
	free(t->members);
	telling_page_done(&t->page);
	free(t);
}

/* The number of an article, as `next` has it. */
static int read_after(const struct telling_page *p, nd_seq *ret)
{
	uint64_t n = 0;

	*ret = ND_NONE;
	if (!p->after)
		return 0;
	for (size_t i = 0; i < p->after_len; i++) {
		if (p->after[i] < '0' || p->after[i] > '9' || n > UINT32_MAX)
			return -EINVAL;
		n = 10 * n + (uint64_t)(p->after[i] - '0');
	}
	if (n >= ND_NONE)
		return -EINVAL;
	*ret = (nd_seq)n;
	return 0;
}

int tell_leads_new(const struct call *c, nd_seq of, struct telling **ret)
{
	struct tell_leads *t = calloc(1, sizeof(*t));
	int err = t ? telling_page_init(&t->page, c) : -ENOMEM;

	if (!err)
		err = read_after(&t->page, &t->after);
	if (err) {
		if (t)
			telling_page_done(&t->page);
		free(t);
		return err;
	}
	t->telling = (struct telling){ tell_some, tell_leads_free, false };
	t->of = of;
	*ret = &t->telling;
	return 0;
}
