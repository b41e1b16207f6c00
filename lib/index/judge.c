#include "index/judge.h"

#include <math.h>

/* Stories that a shingle may stand in and still tell which story a text belongs to. */
#define RARE_MAX 10u
/* Fewer distinct shingles cannot be judged; fewer rare ones in the shorter text say nothing. */
#define SHINGLES_MIN 12u
#define RARE_MIN 6u

/* What a quoted shingle weighs, in quarters. */
#define QUOTE_WEIGHT 1u

/* Containment of the rare shingles of the text that has fewer of them, and what is asked for besides, divided by
 * the root of their number: a share of few is uncertain (a standard error is half of that). */
#define COPY_MIN 0.40f
#define COPY_MIN_SAME_LEAD 0.36f
#define EXCERPT_MIN 0.55f
#define PARTIAL_MIN 0.20f
#define UNCERTAIN 0.6f
#define PARTIAL_RARE_MIN 30u

/* Ratio of their rare shingles below which the longer text holds the shorter one. */
#define EXCERPT_RATIO 0.30f
/* ... and below which an excerpt is listed, but does not join the story. */
#define JOIN_RATIO 0.15f
/* Of the rare shingles of a later, longer text, the part that is new in a digest; and of the other's, the part it holds. One
 * that holds less of it and adds still more shares a passage. */
#define ADDED_MIN 0.50f
#define HELD_MIN 0.65f
#define ADDED_MOST 0.75f

/* Of the keys that a passage of the least share leaves in the sample on average, the part that must be
 * there, and how much may be missing besides. */
#define COMPARE_PART 0.5f
#define COMPARE_SLACK 0.5f

/* Of either of two versions of one id, the share in the other that makes the later one no younger. */
#define ALIKE_MIN 0.50f

/* Of a lead, weighted; and to lower the bar for a copy. */
#define LEAD_MIN 0.50f
#define LEAD_MIN_COPY 0.30f /* where the texts are copies */
#define LEAD_MIN_FAR 0.90f  /* where TEMPLATE_DAYS lie between them */
#define LEAD_COPY_MIN 0.55f
/* Of its words besides a quotation that the other head has, too; with more, both quote the same speech. */
#define LEAD_UNSHARED_MAX 0.70f
/* Of a lead in the other lead; with less, they are two leads, one behind the other. */
#define LEAD_ALONE_MIN 0.10f
#define LEAD_COUNT_HALF 3.0f
#define LEAD_UNITS_MIN 6u
#define NOTHING_NEW_MIN 0.90f

/* Of a lead's body shingles, in the body of another text; and how many there must be. Below these it is a quotation
 * that both have, or a form. */
#define WITHIN_MIN 0.60f
#define WITHIN_SHINGLES_MIN 20u
/* Leads that agree so far, each in its place, need not be looked for elsewhere. */
#define WITHIN_LEAD_MAX 0.50f

/* Days apart after which the same words are a yearly form, unless nearly all is the same. */
#define TEMPLATE_DAYS 5
#define TEMPLATE_COPY_MIN 0.90f
#define TEMPLATE_RARE_MIN 60u

/* Stories of one outlet or host, and of all, that make a paragraph furniture. One that is as long as prose may have been
 * copied as often, so more are needed. */
#define FURNITURE_SITE 3u
#define FURNITURE_ALL 5u
#define FURNITURE_LONG_SITE 4u
#define FURNITURE_LONG_ALL 7u
#define FURNITURE_LONG_UNITS 24u

/* Of an article's units, the part in lines that differ from furniture in numbers alone, from which on it is a form. */
#define FURNITURE_FORM 0.30f

/* Until then it is remembered for so many articles, or for this part of all that have come. */
#define FURNITURE_WINDOW 65536u
#define FURNITURE_PART 8u

/* A form is short, and other numbers make it another notice. */
#define FORM_RARE_MAX 120u
#define FORM_NUMBERS_MIN 3u
#define FORM_NUMBERS_SHARED 0.6f

/* A longer one is full of them: a draw, a bulletin, a market's day; and most of them are others. */
#define TABLE_NUMBERS_MIN 6u
#define TABLE_SHINGLES 25u /* at most, for each number */
#define TABLE_NUMBERS_SHARED 0.5f

/* What stands at the same places of two texts says more: copies have the same numbers there, but for what was corrected, or
 * has changed since. Of few that is uncertain, as above. */
#define PLACES_MIN 4u
#define PLACES_SAME 0.85f

/* One figure is corrected: so many of its numbers are others, as 1,204.5 are three; at one place; and most else is the same. */
#define CORRECTED_NUMBERS 2u
#define CORRECTED_PLACES 1u
#define CORRECTED_NAMES 1u
#define CORRECTED_SHARED 0.75f

/* The same of its names, which the same notice has about as many of. */
#define FORM_NAMES_MIN 3u
#define FORM_NAMES_SHARED 0.5f
#define FORM_NAMES_SHARED_LONG 0.25f /* of a text longer than most forms: reports of one event name others, too */
#define FORM_NAMES_RATIO 2u

/* How two texts of one site begin and end is a frame, if that is all they share, each has as much for itself, and the
 * frame is no longer than menus are: reports are brought up to date at their beginning, too. With less for itself an
 * article may be either: it joins, but what it shares is counted as another story's, so that more such pages tell. */
#define FRAME_MAX 300u
#define FRAME_REST_MIN 12u
#define FRAME_REST_PART 0.30f
#define FRAME_REST_MAYBE 0.10f
#define FRAME_NUMBERS 5u /* where one in so many shared shingles is of a number of both, they share facts */

uint32_t judge_rare_max(void)
{
	return RARE_MAX;
}

uint32_t judge_quote_weight(void)
{
	return QUOTE_WEIGHT;
}

static inline uint32_t smaller(uint32_t x, uint32_t y)
{
	return x < y ? x : y;
}

/* Of the rare shingles of the text that has fewer, the share that both have. */
static float rare_containment(const struct evidence *e)
{
	uint32_t min = smaller(e->rare_a, e->rare_b);

	if (min < RARE_MIN)
		return 0;
	return e->rare_shared > min ? 1 : (float)e->rare_shared / (float)min;
}

/* What a containment must reach. */
static float surely(float min, const struct evidence *e)
{
	uint32_t n = smaller(e->rare_a, e->rare_b);

	return n ? min + UNCERTAIN / sqrtf((float)n) : 1;
}

static float rare_ratio(const struct evidence *e)
{
	uint32_t min = smaller(e->rare_a, e->rare_b), max = e->rare_a + e->rare_b - min;

	return max ? (float)min / (float)max : 0;
}

bool judge_worth_comparing(float keys, uint32_t shingles, uint32_t scale)
{
	return keys + COMPARE_SLACK > PARTIAL_MIN * COMPARE_PART * (float)shingles / (float)scale;
}

static bool far_in_time(const struct evidence *e, float containment)
{
	return e->days >= TEMPLATE_DAYS &&
	       !(containment >= TEMPLATE_COPY_MIN && smaller(e->rare_a, e->rare_b) >= TEMPLATE_RARE_MIN);
}

/* Of the numbers of the text that has fewer, the share that both have; 1 when these are too few to tell. */
static float numbers_shared(const struct evidence *e)
{
	uint32_t min = smaller(e->numbers_a, e->numbers_b);

	return min < FORM_NUMBERS_MIN ? 1 : (float)e->numbers_shared / (float)min;
}

static bool other_numbers(const struct evidence *e)
{
	uint32_t rare = smaller(e->rare_a, e->rare_b), n = smaller(e->numbers_a, e->numbers_b);

	if (rare < FORM_RARE_MAX)
		return numbers_shared(e) < FORM_NUMBERS_SHARED;
	return n >= TABLE_NUMBERS_MIN && n * TABLE_SHINGLES >= rare && numbers_shared(e) <= TABLE_NUMBERS_SHARED;
}

/* Of the numbers that stand at the same place of both, the share that are the same; 1 when they are too few. */
static float places_same(const struct evidence *e)
{
	return e->places < PLACES_MIN ? 1 : (float)e->places_same / (float)e->places;
}

/* What that share must reach. */
static float places_min(const struct evidence *e)
{
	return e->places ? PLACES_SAME - UNCERTAIN / sqrtf((float)e->places) : 0;
}

/* Whether the texts are forms, full of numbers, most of which are others: prose has some, and they change. */
static bool other_at_places(const struct evidence *e)
{
	return e->places * TABLE_SHINGLES >= smaller(e->a, e->b) && places_same(e) < places_min(e);
}

/* Likewise, and so many that it does not matter what else they share. */
static bool other_table(const struct evidence *e)
{
	return e->places >= TABLE_NUMBERS_MIN && other_at_places(e);
}

/* Likewise; 1 when there are too few, or when the two do not have about as many. */
static float names_shared(const struct evidence *e)
{
	uint32_t min = smaller(e->names_a, e->names_b), max = e->names_a + e->names_b - min;

	return min < FORM_NAMES_MIN || max > FORM_NAMES_RATIO * min ? 1 : (float)e->names_shared / (float)min;
}

/* What that share must reach. */
static float names_min(const struct evidence *e)
{
	return smaller(e->rare_a, e->rare_b) < FORM_RARE_MAX ? FORM_NAMES_SHARED : FORM_NAMES_SHARED_LONG;
}

static bool other_names(const struct evidence *e)
{
	return names_shared(e) < names_min(e);
}

/* The least that either text has for itself beside a frame, as a share of the text; 0: they share more than that. */
static float rest_share(const struct evidence *e)
{
	float a, b;

	if (smaller(e->rest_a, e->rest_b) < FRAME_REST_MIN || e->shared > FRAME_MAX ||
	    FRAME_NUMBERS * e->numbers_shared >= e->shared)
		return 0;
	a = (float)e->rest_a / (float)e->a;
	b = (float)e->rest_b / (float)e->b;
	return a < b ? a : b;
}

/*
 * No, when all of b is of like size with the rare part of a and most of that is shared; nor when they share
 * too little even if only one in four shingles of b were rare.
 */
bool judge_needs_rare_b(const struct evidence *e)
{
	float most = (float)e->rare_shared, b = (float)e->b / 4;

	if (e->same_text || e->rare_a < RARE_MIN)
		return false;
	if (most < PARTIAL_MIN * (float)e->rare_a && most < PARTIAL_MIN * b)
		return false;
	if (e->places_same < e->places || e->days >= TEMPLATE_DAYS || numbers_shared(e) < FORM_NUMBERS_SHARED ||
	    names_shared(e) < FORM_NAMES_SHARED)
		return true;
	return e->rare_shared < RARE_MIN || most < 0.7f * (float)e->rare_a || e->b >= 2 * e->rare_a ||
	       e->rare_a >= 2 * e->b;
}

/* Why so little is shared that the texts are nothing to each other. */
static inline __attribute__((always_inline)) struct judgement
too_little(const struct evidence *e, float containment, float min)
{
	uint32_t rare = smaller(e->rare_a, e->rare_b);

	if (rare < RARE_MIN)
		return (struct judgement){ ND_NEW, JUDGED_NOTHING_RARE, (float)rare, (float)RARE_MIN };
	if (containment >= surely(PARTIAL_MIN, e))
		return (struct judgement){ ND_NEW, JUDGED_SHORT_PASSAGE, (float)e->rare_shared,
					   (float)PARTIAL_RARE_MIN };
	return (struct judgement){ ND_NEW, JUDGED_LITTLE, containment, min };
}

/* Of a, the later text, the share of its rare shingles that it adds to b, when it is longer. */
static float added(const struct evidence *e)
{
	return e->rare_a > e->rare_b ? 1 - (float)e->rare_shared / (float)e->rare_a : 0;
}

/* Whether it holds most of b, too. */
static bool holds(const struct evidence *e)
{
	return (float)e->rare_shared >= HELD_MIN * (float)e->rare_b;
}

/* Forced into both of its callers: judge(), which comes with every candidate, pays for the relation alone. */
static inline __attribute__((always_inline)) struct judgement judged(const struct evidence *e)
{
	float containment = rare_containment(e);
	bool inside = rare_ratio(e) < EXCERPT_RATIO;
	float min = surely(inside ? EXCERPT_MIN : e->lead >= LEAD_COPY_MIN ? COPY_MIN_SAME_LEAD : COPY_MIN, e);

	if (e->same_text)
		return (struct judgement){ ND_IDENTICAL, JUDGED_SAME_TEXT, 1, 1 };
	if (smaller(e->a, e->b) < SHINGLES_MIN)
		return (struct judgement){ ND_NEW, JUDGED_TOO_SHORT, (float)smaller(e->a, e->b), (float)SHINGLES_MIN };
	if (containment >= min) {
		if (far_in_time(e, containment))
			return (struct judgement){ ND_TEMPLATE, JUDGED_FAR_IN_TIME, (float)e->days, TEMPLATE_DAYS };
		if (other_at_places(e))
			return (struct judgement){ ND_TEMPLATE, JUDGED_OTHER_AT_PLACES, places_same(e), places_min(e) };
		if (other_numbers(e))
			return (struct judgement){ ND_TEMPLATE, JUDGED_OTHER_NUMBERS, numbers_shared(e),
						   FORM_NUMBERS_SHARED };
		if (other_names(e))
			return (struct judgement){ ND_TEMPLATE, JUDGED_OTHER_NAMES, names_shared(e), names_min(e) };
		if (rest_share(e) >= FRAME_REST_PART)
			return (struct judgement){ e->rare_shared >= PARTIAL_RARE_MIN ? ND_PARTIAL : ND_NEW, JUDGED_FRAME,
						   rest_share(e), FRAME_REST_PART };
		if (!inside && holds(e) && added(e) > ADDED_MIN)
			return (struct judgement){ ND_DIGEST, JUDGED_MOSTLY_ADDS, added(e), ADDED_MIN };
		if (!inside && added(e) > ADDED_MOST && e->rare_shared >= PARTIAL_RARE_MIN)
			return (struct judgement){ ND_PARTIAL, JUDGED_MOSTLY_ADDS, added(e), ADDED_MOST };
		if (!inside)
			return (struct judgement){ ND_COPY, JUDGED_MOSTLY_SHARED, containment, min };
		return (struct judgement){ e->rare_a < e->rare_b ? ND_EXCERPT : ND_DIGEST, JUDGED_INSIDE,
					   containment, min };
	}
	if (containment >= surely(PARTIAL_MIN, e) && other_table(e))
		return (struct judgement){ ND_TEMPLATE, JUDGED_OTHER_AT_PLACES, places_same(e), places_min(e) };
	if (containment >= surely(PARTIAL_MIN, e) && e->rare_shared >= PARTIAL_RARE_MIN)
		return (struct judgement){ ND_PARTIAL, JUDGED_PASSAGE, containment, surely(PARTIAL_MIN, e) };
	return too_little(e, containment, min);
}

enum nd_relation judge(const struct evidence *e)
{
	return judged(e).relation;
}

static bool is_copy(enum nd_relation relation)
{
	return relation == ND_IDENTICAL || relation == ND_COPY || relation == ND_EXCERPT || relation == ND_DIGEST ||
	       relation == ND_REVISION;
}

/* Whether what two leads share is a quotation and hardly more; copies share all of it. */
static bool shares_a_quotation(const struct evidence *e, enum nd_relation relation)
{
	return e->lead_unshared > LEAD_UNSHARED_MAX && !is_copy(relation);
}

static float lead_min(const struct evidence *e, enum nd_relation relation)
{
	return is_copy(relation) ? LEAD_MIN_COPY : e->days >= TEMPLATE_DAYS ? LEAD_MIN_FAR : LEAD_MIN;
}

static bool others_at_most(uint32_t a, uint32_t b, uint32_t shared, uint32_t max)
{
	return a <= shared + max && b <= shared + max;
}

bool judge_corrects(const struct evidence *e)
{
	return others_at_most(e->numbers_a, e->numbers_b, e->numbers_shared, CORRECTED_NUMBERS) &&
	       others_at_most(e->names_a, e->names_b, e->names_shared, CORRECTED_NAMES) &&
	       e->places <= e->places_same + CORRECTED_PLACES &&
	       (float)e->shared >= CORRECTED_SHARED * (float)(e->a > e->b ? e->a : e->b);
}

struct judgement judge_pair(const struct evidence *e, const struct circumstances *c)
{
	struct judgement j = judged(e);

	if (j.relation == ND_NEW && judge_same_lead(e, ND_NEW, c->n_lead))
		j = (struct judgement){ ND_SAME_LEAD, JUDGED_SAME_LEAD, e->lead, lead_min(e, ND_NEW) };
	if (c->same_id)
		return (struct judgement){ ND_REVISION, JUDGED_SAME_ID, 1, 1 };
	if (j.relation == ND_IDENTICAL)
		return j;
	if (c->same_url)
		return (struct judgement){ ND_REVISION, JUDGED_SAME_URL, 1, 1 };
	if (c->same_title && j.relation != ND_NEW &&
	    (j.relation != ND_TEMPLATE || (c->same_day && judge_corrects(e))))
		return (struct judgement){ ND_REVISION, JUDGED_SAME_TITLE, 1, 1 };
	if (j.relation == ND_NEW && judge_lead_within(e->within))
		return (struct judgement){ ND_SAME_LEAD, JUDGED_LEAD_WITHIN, e->within, WITHIN_MIN };
	if (j.relation == ND_NEW && judge_too_short(e->a))
		j.relation = ND_TOO_SHORT;
	return j;
}

/* What holds for texts of unlike size holds for no others. */
static size_t content_thresholds(const struct evidence *e, struct nd_threshold *ret)
{
	float containment = rare_containment(e), ratio = rare_ratio(e);
	bool lead = e->lead >= LEAD_COPY_MIN;
	size_t n = 0;

	ret[n++] = (struct nd_threshold){ "rare_shingles", (float)smaller(e->rare_a, e->rare_b), RARE_MIN, false };
	ret[n++] = (struct nd_threshold){ "size_ratio", ratio, EXCERPT_RATIO, true };
	if (ratio < EXCERPT_RATIO)
		ret[n++] = (struct nd_threshold){ "excerpt", containment, surely(EXCERPT_MIN, e), true };
	else
		ret[n++] = (struct nd_threshold){ lead ? "copy_same_lead" : "copy", containment,
					       surely(lead ? COPY_MIN_SAME_LEAD : COPY_MIN, e), true };
	ret[n++] = (struct nd_threshold){ "partial", containment, surely(PARTIAL_MIN, e), true };
	ret[n++] = (struct nd_threshold){ "partial_shared", (float)e->rare_shared, PARTIAL_RARE_MIN, false };
	return n;
}

size_t judge_thresholds(const struct evidence *e, const struct circumstances *c, struct nd_threshold *ret)
{
	bool lead = c->n_lead >= LEAD_UNITS_MIN && !shares_a_quotation(e, judge(e));
	size_t n = content_thresholds(e, ret);

	ret[n++] = (struct nd_threshold){ "lead", lead ? e->lead : 0,
					       lead_min(e, judge(e)), true };
	ret[n++] = (struct nd_threshold){ "template_days", (float)e->days, TEMPLATE_DAYS, false };
	ret[n++] = (struct nd_threshold){ "too_short", (float)e->a, SHINGLES_MIN, false };
	return n;
}

bool judge_alike(float containment, float contained)
{
	return containment >= ALIKE_MIN || contained >= ALIKE_MIN;
}

float judge_rare_containment(const struct evidence *e)
{
	return rare_containment(e);
}

bool judge_is_like(const struct evidence *e)
{
	struct judgement j = judged(e);

	return j.rule == JUDGED_MOSTLY_SHARED || (j.rule == JUDGED_MOSTLY_ADDS && j.relation == ND_DIGEST);
}

bool judge_joins(const struct evidence *e, enum nd_relation relation)
{
	switch (relation) {
	case ND_IDENTICAL:
	case ND_COPY:
		return true;
	case ND_EXCERPT:
		return rare_ratio(e) >= JOIN_RATIO;
	default:
		return false;
	}
}

bool judge_may_be_frame(const struct evidence *e)
{
	return rest_share(e) >= FRAME_REST_MAYBE;
}

bool judge_adds_nothing(const struct evidence *e)
{
	return e->same_text || e->lead >= LEAD_COPY_MIN ||
	       (float)e->shared >= NOTHING_NEW_MIN * (float)smaller(e->a, e->b);
}

bool judge_lead_worth_comparing(float keys, uint32_t keys_lead)
{
	return keys > LEAD_MIN * COMPARE_PART * (float)keys_lead;
}

float judge_lead_weight(uint32_t count)
{
	return !count ? 1 : 1 / (1 + (float)count / LEAD_COUNT_HALF);
}

bool judge_may_share_lead(float lead, uint32_t n_lead)
{
	return n_lead >= LEAD_UNITS_MIN && lead >= LEAD_MIN;
}

bool judge_lead_elsewhere(const struct evidence *e)
{
	return e->lead_alone < LEAD_ALONE_MIN && !judge_is_like(e) && !e->same_text;
}

bool judge_lead_within_worth(const struct evidence *e, uint32_t shingles)
{
	return shingles >= WITHIN_SHINGLES_MIN && (float)e->rare_shared >= WITHIN_MIN * (float)shingles;
}

bool judge_needs_within(const struct evidence *e)
{
	return !e->same_text && e->lead_alone < WITHIN_LEAD_MAX && judge_lead_within_worth(e, WITHIN_SHINGLES_MIN);
}

bool judge_lead_within(float within)
{
	return within >= WITHIN_MIN;
}

bool judge_same_lead(const struct evidence *e, enum nd_relation relation, uint32_t n_lead)
{
	bool form = relation == ND_TEMPLATE || ((relation == ND_NEW || relation == ND_PARTIAL) && other_table(e));

	return !form && n_lead >= LEAD_UNITS_MIN && e->lead >= lead_min(e, relation) &&
	       !shares_a_quotation(e, relation);
}

bool judge_too_short(uint32_t shingles)
{
	return shingles < SHINGLES_MIN;
}

bool judge_furniture(uint32_t stories, uint32_t of_site, uint32_t units)
{
	bool is_long = units > FURNITURE_LONG_UNITS;

	return stories >= (is_long ? FURNITURE_LONG_ALL : FURNITURE_ALL) ||
	       of_site >= (is_long ? FURNITURE_LONG_SITE : FURNITURE_SITE);
}

bool judge_form(uint32_t masked, uint32_t all)
{
	return (float)masked > FURNITURE_FORM * (float)all;
}

bool judge_forgotten(uint32_t ago, uint32_t n)
{
	return ago >= FURNITURE_WINDOW && ago >= n / FURNITURE_PART;
}
