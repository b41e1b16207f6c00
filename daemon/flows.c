#include "daemon/flows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/table.h"
#include "base/when.h"
#include "daemon/clock.h"
#include "daemon/fields.h"
#include "daemon/quantile.h"

#define NAME_MAX_BYTES ND_ID_MAX /* of an outlet; a longer one is cut */
#define VERSIONS_MAX 128u        /* of an id that are asked when they were published */
#define WALK_STEP 512u           /* articles looked at in a step */
#define MEASURE_STEP 16384u      /* copies whose figures are made in a step */
#define ORDER_STEP 16384u        /* outlets put in order in a step */
#define MANY 0x7FFFFFFEu         /* of anything: what a table can name */
#define UNKNOWN UINT32_MAX
#define SHARE 1000000u           /* containments are kept in millionths */

/* A copy, until the figures of its pair are made. */
struct copy {
	uint32_t next;  /* of the same pair, + 1 */
	uint32_t delay; /* seconds */
	uint32_t share; /* containment */
};

enum stage { WALK, MEASURE, ORDER, WHOLE };

struct flows {
	flows_takes *takes; /* NULL: all count */
	const void *arg;
	unsigned holders;
	enum stage stage;
	nd_seq at;        /* the next article */
	uint32_t measured; /* pairs */
	struct buf names; /* of outlets and agencies */
	struct table outlet_of, pair_of; /* hash -> number + 1 */
	struct flow_outlet *outlets;
	struct flow_agency *agencies;
	struct flow_pair *pairs;
	struct copy *copies;
	uint32_t *scratch;
	uint32_t n_outlets, n_agencies, n_pairs, n_copies;
	size_t cap_outlets, cap_agencies, cap_pairs, cap_copies;
	struct order order;
};

int flows_new(struct flows **ret)
{
	struct flows *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->holders = 1;
	buf_init(&f->names, SIZE_MAX / 2);
	table_init(&f->outlet_of);
	table_init(&f->pair_of);
	*ret = f;
	return 0;
}

void flows_only(struct flows *f, flows_takes *takes, const void *arg)
{
	f->takes = takes;
	f->arg = arg;
}

struct flows *flows_hold(struct flows *f)
{
	f->holders++;
	return f;
}

void flows_release(struct flows *f)
{
	if (!f || --f->holders)
		return;
	buf_done(&f->names);
	table_done(&f->outlet_of);
	table_done(&f->pair_of);
	free(f->outlets);
	free(f->agencies);
	free(f->pairs);
	free(f->copies);
	free(f->scratch);
	order_done(&f->order);
	free(f);
}

/* Room for one more element behind n. */
static int more(void *at, size_t *cap, uint32_t n, size_t size)
{
	return n == MANY ? -EOVERFLOW : array_reserve(at, cap, (size_t)n + 1, size);
}

/* --- outlets --- */

static struct nd_str name_at(const struct flows *f, size_t at, uint32_t len)
{
	return (struct nd_str){ (const char *)f->names.at + at, len };
}

static bool same(struct nd_str a, struct nd_str b)
{
	return a.len == b.len && !memcmp(a.at, b.at, a.len);
}

static struct nd_str cut(struct nd_str name)
{
	if (name.len > NAME_MAX_BYTES)
		for (name.len = NAME_MAX_BYTES; name.len && ((uint8_t)name.at[name.len] & 0xC0) == 0x80;)
			name.len--;
	return name;
}

/* The outlet of a name; n_outlets when it is new. *ret_key is where the table has it, or would. */
static uint32_t find_outlet(const struct flows *f, struct nd_str name, uint64_t *ret_key)
{
	const uint32_t *slot;

	for (*ret_key = hash_bytes(name.at, name.len); (slot = table_find(&f->outlet_of, *ret_key)) != NULL; ++*ret_key) {
		const struct flow_outlet *x = &f->outlets[table_value(slot) - 1];

		if (same(name, name_at(f, x->name, x->name_len)))
			return table_value(slot) - 1;
	}
	return f->n_outlets;
}

static int outlet_of(struct flows *f, struct nd_str name, uint32_t *ret)
{
	struct flow_outlet x = { .name = f->names.len };
	uint64_t key;
	int err;

	name = cut(name);
	*ret = find_outlet(f, name, &key);
	if (*ret < f->n_outlets)
		return 0;
	x.name_len = (uint32_t)name.len;
	err = more(&f->outlets, &f->cap_outlets, f->n_outlets, sizeof(x));
	if (!err)
		err = buf_add(&f->names, name.at, name.len);
	if (!err)
		err = table_insert(&f->outlet_of, key, f->n_outlets + 1);
	if (!err)
		f->outlets[f->n_outlets++] = x;
	return err;
}

/* There are few agencies to an outlet. */
static int count_agency(struct flows *f, struct flow_outlet *x, struct nd_str name)
{
	struct flow_agency a = { .name = f->names.len, .name_len = (uint32_t)name.len, .articles = 1, .next = x->agency };
	int err;

	for (uint32_t i = x->agency; i; i = f->agencies[i - 1].next) {
		struct flow_agency *known = &f->agencies[i - 1];

		if (!same(name, flows_agency_name(f, known)))
			continue;
		known->articles++;
		return 0;
	}
	err = more(&f->agencies, &f->cap_agencies, f->n_agencies, sizeof(a));
	if (!err)
		err = buf_add(&f->names, name.at, name.len);
	if (err)
		return err;
	f->agencies[f->n_agencies++] = a;
	x->agency = f->n_agencies;
	return 0;
}

/* --- pairs --- */

static int pair_of(struct flows *f, uint32_t from, uint32_t to, uint32_t *ret)
{
	struct flow_pair p = { .from = from, .to = to };
	uint64_t key = hash_finish((uint64_t)from << 32 | to);
	const uint32_t *slot;
	int err;

	for (; (slot = table_find(&f->pair_of, key)) != NULL; key++) {
		*ret = table_value(slot) - 1;
		if (f->pairs[*ret].from == from && f->pairs[*ret].to == to)
			return 0;
	}
	err = more(&f->pairs, &f->cap_pairs, f->n_pairs, sizeof(p));
	if (!err)
		err = table_insert(&f->pair_of, key, f->n_pairs + 1);
	if (err)
		return err;
	p.next_from = f->outlets[from].from;
	p.next_to = f->outlets[to].to;
	*ret = f->n_pairs;
	f->pairs[f->n_pairs++] = p;
	f->outlets[from].from = f->outlets[to].to = f->n_pairs;
	return 0;
}

/* When it was published. The time of its arrival, which the daemon gives to what has no time, is none. */
static struct when time_of(struct nd_index *ix, const struct nd_report *r)
{
	struct nd_str published = r->article.published;
	int64_t received = nd_index_received(ix, r->seq);
	char arrival[CLOCK_TEXT];

	clock_print(received, arrival);
	if (received && same(published, (struct nd_str){ arrival, strlen(arrival) }))
		return (struct when){ .kind = WHEN_UNKNOWN };
	return when_parse(published.at, published.len);
}

/* When the first of the versions was published that say mostly the same: of these, the origin is the first as well. */
static struct when first_time_of(struct nd_index *ix, const struct nd_report *r)
{
	struct when ret = time_of(ix, r);
	nd_seq seq = nd_index_alike(ix, r->seq);
	struct nd_report earlier;

	for (unsigned n = 0; seq != ND_NONE && n < VERSIONS_MAX; n++, seq = nd_index_alike(ix, seq)) {
		struct when time;

		if (nd_index_get(ix, seq, &earlier))
			break;
		time = time_of(ix, &earlier);
		if (time.kind == WHEN_INSTANT && (ret.kind != WHEN_INSTANT || time.second < ret.second))
			ret = time;
	}
	return ret;
}

/* Both must have a time of the day; the origin is never the later one then, but for clocks that contradict a date. */
static uint32_t delay_of(struct nd_index *ix, const struct nd_report *copy, const struct nd_report *origin)
{
	struct when a = first_time_of(ix, origin), b = first_time_of(ix, copy);
	int64_t delay = b.second - a.second;

	if (a.kind != WHEN_INSTANT || b.kind != WHEN_INSTANT || delay < 0 || delay >= UNKNOWN)
		return UNKNOWN;
	return (uint32_t)delay;
}

static uint32_t share_of(float containment)
{
	return (uint32_t)((double)containment * SHARE + 0.5);
}

/* How much of the copy stands in the origin, which need not have been there when the copy came; when the two were
 * never compared, in what else it is in the story for. */
static uint32_t share_in(struct nd_index *ix, const struct nd_report *copy, const struct nd_report *origin)
{
	const struct nd_match *tie;

	for (size_t i = 0; i < copy->n_matches; i++)
		if (copy->matches[i].article == origin->seq)
			return share_of(copy->matches[i].containment);
	for (size_t i = 0; i < origin->n_matches; i++)
		if (origin->matches[i].article == copy->seq)
			return share_of(origin->matches[i].contained);
	tie = fields_tie(ix, copy);
	return tie ? share_of(tie->containment) : UNKNOWN;
}

static int add_copy(struct flows *f, struct nd_index *ix, const struct nd_report *r, const struct nd_report *origin,
		    uint32_t from, uint32_t to)
{
	struct copy c = { .delay = delay_of(ix, r, origin), .share = share_in(ix, r, origin) };
	struct flow_pair *p;
	uint32_t pair;
	int err = more(&f->copies, &f->cap_copies, f->n_copies, sizeof(c));

	if (!err)
		err = pair_of(f, from, to, &pair);
	if (err)
		return err;
	p = &f->pairs[pair];
	c.next = p->first;
	f->copies[f->n_copies++] = c;
	p->first = f->n_copies;
	p->copies++;
	p->timed += c.delay != UNKNOWN;
	p->shared += c.share != UNKNOWN;
	return 0;
}

/* --- the walk --- */

static int count_origin(struct flows *f, struct nd_index *ix, const struct nd_report *r, uint32_t to)
{
	struct nd_report origin;
	uint32_t from;
	int err = r->origin == r->seq ? 0 : nd_index_get(ix, r->origin, &origin);

	if (err)
		return err;
	if (r->origin == r->seq || same(r->article.id, origin.article.id)) {
		f->outlets[to].original++;
		return 0;
	}
	if (!origin.article.outlet.len) {
		f->outlets[to].copied++;
		return 0;
	}
	err = outlet_of(f, origin.article.outlet, &from);
	if (err)
		return err;
	if (from == to) {
		f->outlets[to].repeated++;
		return 0;
	}
	f->outlets[to].copied++;
	return add_copy(f, ix, r, &origin, from, to);
}

static int count_article(struct flows *f, struct nd_index *ix, nd_seq seq)
{
	struct nd_report r;
	uint32_t to;
	int err = nd_index_get(ix, seq, &r);

	if (err || r.superseded || !r.article.outlet.len)
		return err == -ENOENT ? 0 : err; /* it has been taken out */
	err = outlet_of(f, r.article.outlet, &to);
	if (!err && r.agency.len)
		err = count_agency(f, &f->outlets[to], r.agency);
	if (err)
		return err;
	f->outlets[to].articles++;
	return count_origin(f, ix, &r, to);
}

static int walk(struct flows *f, struct nd_index *ix)
{
	nd_seq end = nd_index_count(ix), to = end - f->at > WALK_STEP ? f->at + WALK_STEP : end;
	int err = 0;

	if (f->at > end) /* what was not in the store yet has left again */
		to = f->at = end;
	for (; f->at < to && !err; f->at += !err)
		err = f->takes && !f->takes(f->arg, f->at) ? 0 : count_article(f, ix, f->at);
	if (!err && f->at == end) {
		f->stage = MEASURE;
		f->scratch = malloc(((size_t)f->n_copies + 1) * sizeof(*f->scratch));
		err = f->scratch ? 0 : -ENOMEM;
	}
	return err;
}

/* --- the figures --- */

static size_t gather(const struct flows *f, const struct flow_pair *p, bool delays)
{
	size_t n = 0;

	for (uint32_t i = p->first; i; i = f->copies[i - 1].next) {
		uint32_t value = delays ? f->copies[i - 1].delay : f->copies[i - 1].share;

		if (value != UNKNOWN)
			f->scratch[n++] = value;
	}
	return n;
}

static void measure_pair(const struct flows *f, struct flow_pair *p)
{
	size_t n = gather(f, p, true);

	if (n) {
		p->delay_median = quantile_median(f->scratch, n);
		p->delay_p90 = quantile_p90(f->scratch, n);
	}
	n = gather(f, p, false);
	if (n)
		p->containment_median = quantile_median(f->scratch, n) / SHARE;
	p->first = 0;
}

static void forget(struct flows *f)
{
	free(f->copies);
	free(f->scratch);
	table_done(&f->pair_of);
	table_init(&f->pair_of);
	f->copies = NULL;
	f->scratch = NULL;
	f->cap_copies = f->n_copies = 0;
}

static int measure(struct flows *f)
{
	uint32_t done = 0;

	while (f->measured < f->n_pairs && done < MEASURE_STEP) {
		struct flow_pair *p = &f->pairs[f->measured++];

		done += p->copies;
		measure_pair(f, p);
	}
	if (f->measured < f->n_pairs)
		return 0;
	forget(f);
	f->stage = ORDER;
	return order_init(&f->order, f->n_outlets);
}

static int compare_names(struct nd_str a, struct nd_str b)
{
	int ret = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);

	return ret ? ret : (a.len > b.len) - (a.len < b.len);
}

static int by_name(const struct flows *f, const struct flow_outlet *a, const struct flow_outlet *b)
{
	return compare_names(flows_name(f, a), flows_name(f, b));
}

static bool outlet_before(const void *arg, uint32_t a, uint32_t b)
{
	const struct flows *f = arg;
	const struct flow_outlet *x = &f->outlets[a], *y = &f->outlets[b];

	return x->articles != y->articles ? x->articles > y->articles : by_name(f, x, y) < 0;
}

int flows_step(struct flows *f, struct nd_index *ix)
{
	int err = 0;

	switch (f->stage) {
	case WALK:
		err = walk(f, ix);
		break;
	case MEASURE:
		err = measure(f);
		break;
	case ORDER:
		if (!order_step(&f->order, outlet_before, f, ORDER_STEP))
			f->stage = WHOLE;
		break;
	case WHOLE:
		break;
	}
	return err ? err : f->stage != WHOLE;
}

/* --- what came out --- */

size_t flows_count(const struct flows *f)
{
	return f->n_outlets;
}

const struct flow_outlet *flows_outlet(const struct flows *f, size_t place)
{
	return &f->outlets[f->order.at[place]];
}

struct nd_str flows_name(const struct flows *f, const struct flow_outlet *x)
{
	return name_at(f, x->name, x->name_len);
}

size_t flows_find(const struct flows *f, struct nd_str name)
{
	uint64_t key;
	uint32_t found = find_outlet(f, cut(name), &key);
	size_t low = 0, high = f->n_outlets;

	if (found == f->n_outlets)
		return found;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (outlet_before(f, f->order.at[mid], found))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct nd_str flows_agency_name(const struct flows *f, const struct flow_agency *a)
{
	return name_at(f, a->name, a->name_len);
}

const struct flow_outlet *flows_from(const struct flows *f, const struct flow_pair *p)
{
	return &f->outlets[p->from];
}

const struct flow_outlet *flows_to(const struct flows *f, const struct flow_pair *p)
{
	return &f->outlets[p->to];
}

static int compare_agencies(const void *x, const void *y, void *arg)
{
	const struct flow_agency *a = *(const struct flow_agency *const *)x, *b = *(const struct flow_agency *const *)y;

	if (a->articles != b->articles)
		return a->articles > b->articles ? -1 : 1;
	return compare_names(flows_agency_name(arg, a), flows_agency_name(arg, b));
}

int flows_agencies(const struct flows *f, const struct flow_outlet *x, struct flow_agencies *ret)
{
	size_t n = 0;

	for (uint32_t i = x->agency; i; i = f->agencies[i - 1].next)
		n++;
	ret->at = malloc((n + 1) * sizeof(*ret->at));
	ret->n = 0;
	if (!ret->at)
		return -ENOMEM;
	for (uint32_t i = x->agency; i; i = f->agencies[i - 1].next)
		ret->at[ret->n++] = &f->agencies[i - 1];
	qsort_r(ret->at, n, sizeof(*ret->at), compare_agencies, (void *)f);
	return 0;
}

/* --- pairs, in order --- */

static bool pair_before(const void *arg, uint32_t x, uint32_t y)
{
	const struct flow_pairs *p = arg;
	const struct flow_pair *a = p->at[x], *b = p->at[y];
	const struct flows *f = p->flows;

	if (a->copies != b->copies)
		return a->copies > b->copies;
	if (a->from != b->from)
		return by_name(f, flows_from(f, a), flows_from(f, b)) < 0;
	return by_name(f, flows_to(f, a), flows_to(f, b)) < 0;
}

/* Puts them into at, unless it is NULL; returns how many. */
static size_t list_pairs(const struct flows *f, const struct flow_outlet *x, const struct flow_pair **at)
{
	size_t n = 0;

	for (uint32_t i = x ? x->from : 0; i; i = f->pairs[i - 1].next_from, n++)
		if (at)
			at[n] = &f->pairs[i - 1];
	for (uint32_t i = x ? x->to : 0; i; i = f->pairs[i - 1].next_to, n++)
		if (at)
			at[n] = &f->pairs[i - 1];
	for (uint32_t i = 0; !x && i < f->n_pairs; i++, n++)
		if (at)
			at[n] = &f->pairs[i];
	return n;
}

int flows_pairs(const struct flows *f, const struct flow_outlet *x, struct flow_pairs *ret)
{
	size_t n = list_pairs(f, x, NULL);
	int err = order_init(&ret->order, n);

	if (err)
		return err;
	ret->flows = f;
	ret->at = malloc((n + 1) * sizeof(*ret->at));
	if (!ret->at) {
		order_done(&ret->order);
		return -ENOMEM;
	}
	list_pairs(f, x, ret->at);
	return 0;
}

void flow_pairs_done(struct flow_pairs *p)
{
	free(p->at);
	order_done(&p->order);
	memset(p, 0, sizeof(*p));
}

bool flow_pairs_step(struct flow_pairs *p, size_t max)
{
	return order_step(&p->order, pair_before, p, max);
}
