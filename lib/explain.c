#include "explain.h"

#include <errno.h>
#include <stdlib.h>

#include "index/pair.h"
#include "index/reason.h"
#include "sketch/passages.h"

_Static_assert(sizeof(struct nd_passage) == sizeof(struct passage), "passages are handed out as they are");

struct explainer {
	struct folder *folders[2]; /* both folded texts are needed at once */
	struct passages passages;
	struct buf record;
	char reason[REASON_MAX];
};

int explainer_new(struct explainer **ret)
{
	struct explainer *e = calloc(1, sizeof(*e));
	int err;

	if (!e)
		return -ENOMEM;
	passages_init(&e->passages);
	buf_init(&e->record, UINT32_MAX);
	err = folder_new(&e->folders[0]);
	if (!err)
		err = folder_new(&e->folders[1]);
	if (err)
		explainer_free(e);
	else
		*ret = e;
	return err;
}

void explainer_free(struct explainer *e)
{
	if (!e)
		return;
	folder_free(e->folders[0]);
	folder_free(e->folders[1]);
	passages_done(&e->passages);
	buf_done(&e->record);
	free(e);
}

int explainer_keep(struct explainer *e, const struct nd_fingerprint *fp, const struct record **ret)
{
	int err;

	buf_clear(&e->record);
	err = buf_add(&e->record, fp->at, fp->bytes);
	if (!err)
		*ret = (const struct record *)e->record.at;
	return err;
}

/* The units from the body's first to its last: what shingles are counted of, and what stands between. */
static int body_of(struct folder *f, const struct fingerprint *fp, struct nd_str text, struct stretch *ret)
{
	struct folded t;
	size_t from = 0, end;
	int err = fold_text(f, text.at, text.len, &t);

	if (err)
		return err;
	while (from < t.n_units && t.units[from].start < fp->body_start)
		from++;
	for (end = from; end < t.n_units && t.units[end].end <= fp->body_end;)
		end++;
	*ret = (struct stretch){ t.units + from, end - from };
	return 0;
}

static int find_passages(struct explainer *e, const struct record *a, const struct record *b,
			 struct nd_str text_a, struct nd_str text_b)
{
	struct stretch body_a, body_b;
	int err;

	e->passages.n = 0;
	if (!text_a.at || !text_b.at)
		return 0;
	err = body_of(e->folders[0], record_fingerprint(a), text_a, &body_a);
	if (!err)
		err = body_of(e->folders[1], record_fingerprint(b), text_b, &body_b);
	return err ? err : passages_find(&e->passages, body_a, body_b);
}

static float share(const struct evidence *e, uint32_t of)
{
	return e->same_text ? 1 : of ? (float)e->shared / (float)of : 0;
}

static void tell_counts(const struct pair *p, struct nd_explanation *ret)
{
	const struct evidence *e = &p->evidence;

	ret->shingles_a = e->b; /* an evidence's a is the later article */
	ret->shingles_b = e->a;
	ret->shared = e->shared;
	ret->rare_a = e->rare_b;
	ret->rare_b = e->rare_a;
	ret->rare_shared = e->rare_shared;
	ret->rare_containment = judge_rare_containment(e);
	ret->lead = e->lead;
	ret->simhash_distance = p->simhash_distance;
	ret->days = e->days;
	ret->days_known = p->days_known;
	ret->match.similarity = share(e, e->a + e->b - e->shared);
	ret->match.containment = share(e, e->a);
	ret->match.contained = share(e, e->b);
}

int explainer_run(struct explainer *e, const struct library *l, const struct record *a, const struct record *b,
		  struct nd_str text_a, struct nd_str text_b, struct nd_explanation *ret)
{
	struct nd_explanation x = { .match.article = ND_NONE };
	struct judgement j;
	struct pair p;
	int err = pair_measure(l, b, a, &p);

	if (!err)
		err = find_passages(e, a, b, text_a, text_b);
	if (err)
		return err;
	j = judge_pair(&p.evidence, &p.circumstances);
	reason_say(&j, e->reason, sizeof(e->reason));
	tell_counts(&p, &x);
	x.a = record_article(a);
	x.b = record_article(b);
	x.relation = x.match.relation = j.relation;
	x.reason = e->reason;
	x.n_thresholds = judge_thresholds(&p.evidence, &p.circumstances, x.thresholds);
	x.passages = (const struct nd_passage *)e->passages.at;
	x.n_passages = e->passages.n;
	*ret = x;
	return 0;
}
