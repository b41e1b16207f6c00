#include "text/roles.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/line.h"
#include "text/roles_part.h"

/* Weights: a syllable 3, a word 5 (fold.h). */
#define LEAD_WEIGHT 60u       /* the least of a lead, when there is such a paragraph: 12 words, 20 syllables */
#define LINE_WEIGHT 25u       /* the least of a line that says anything: 5 words */
#define SUBHEAD_WEIGHT 120u   /* the most of a short line */
#define HEADLINE_WEIGHT 150u  /* the most of a headline */
#define REPEAT_WEIGHT 45u     /* the least that repeats */
#define BESIDES_TITLE 45u     /* the least next to the title for it to be no part of the text: 9 words, 15 syllables */
#define TITLE_WITHIN 60u      /* paragraphs in which the title is looked for */
#define TITLE_READ_WITHIN 12u /* in which it is looked for in other characters, with other blanks and quotation marks */
#define TITLE_MARKS 24u       /* bytes around it: tags, an outlet */
#define REPEATS_WITHIN 10u    /* paragraphs that may repeat later ones */
#define REPEATED_WITHIN 24u   /* how far behind it the repeated one is looked for */
#define PROSE_SENTENCES 3u    /* of a text with a picture's credit behind it, to be more than its caption */
#define KEPT_SENTENCES 2u     /* long ones, of a text that rules took for nothing but credits */
#define HEADS 8u              /* paragraphs of the text that may begin with a dateline, */
#define HEAD_UNITS 12u        /* of so many units, */
#define ABOVE_BYLINE 2u       /* long paragraphs above the line that says who wrote the text: captions, summaries */
#define BEHIND_BYLINE 2u      /* the least below it */
#define HEADS_WITHIN 60u      /* among so many of the page */
#define INNER 2u              /* of these, so many may have one behind a glued caption */
#define RELATED_MIN 3u        /* headlines in a row, */
#define RELATED_WEIGHT 27u    /* each at least of this weight, */
#define RELATED_BEHIND 2u     /* behind so many paragraphs that end with a sentence */

void page_init(struct page *p)
{
	memset(p, 0, sizeof(*p));
}

void page_done(struct page *p)
{
	if (!p)
		return;
	free(p->parts);
	page_init(p);
}

static int reserve(struct page *p, size_t n)
{
	if (n <= p->cap)
		return 0;
	free(p->parts);
	p->cap = n + n / 2 + 16;
	p->parts = malloc(p->cap * sizeof(*p->parts));
	if (!p->parts)
		p->cap = 0;
	return p->parts ? 0 : -ENOMEM;
}

/* --- what is asked of a paragraph --- */

static inline bool weighs(const struct folded *t, const struct part *x, uint32_t least)
{
	return units_weigh(t->units + x->unit, x->unit_end - x->unit, least);
}

/* Results, tables, accounts: more than a sixth of the line is digits. */
static bool is_figures(const struct folded *t, const struct part *x)
{
	uint32_t digits = 0;

	for (uint32_t i = x->fold; i < x->fold_end; i++)
		digits += t->text[i] >= '0' && t->text[i] <= '9';
	return 6 * digits > x->fold_end - x->fold;
}

/* A line that no sentence ends: a full stop, not a quotation that does. */
static bool is_short_line(const struct folded *t, const struct part *x, uint32_t max)
{
	const char *end = t->text + x->fold_end;

	if (x->sentence && end[-1] != '"' && end[-1] != '\'')
		return false;
	return !weighs(t, x, max);
}

/* --- title --- */

static void begin_parts(struct page *p, const struct folded *t)
{
	for (size_t i = 0; i < t->n_paragraphs; i++) {
		const struct paragraph *from = &t->paragraphs[i];
		struct line_key key =
			line_key(t->text + from->fold, from->fold_end - from->fold, from->unit_end - from->unit);

		p->parts[i] = (struct part){
			.hash = key.hash,
			.masked = key.masked,
			.plain = key.plain,
			.role = PART_BODY,
			.unit = from->unit,
			.unit_end = from->unit_end,
			.fold = from->fold,
			.fold_end = from->fold_end,
			.sentence = credits_sentence(t->text, from->fold, from->fold_end),
		};
	}
}

struct page_title page_title(const struct rules *r, const struct folded *t)
{
	const struct paragraph *p = t->paragraphs;
	struct line_core core;

	if (!t->n_paragraphs)
		return (struct page_title){ 0 };
	core = line_core(t->text + p->fold, p->fold_end - p->fold);
	return (struct page_title){
		.hash = line_key(t->text + p->fold, p->fold_end - p->fold, p->unit_end - p->unit).hash,
		.read = hanja_line(&r->hanja, core.at, core.len),
		.len = (uint32_t)core.len,
	};
}

/* Whether a line is the title: as it stands, or near the top read out, where it may be half or twice as long. */
static bool is_title(const struct page *p, const struct rules *r, const struct folded *t, size_t i,
		     const struct page_title *title)
{
	const struct paragraph *x = &t->paragraphs[i];
	size_t len = x->fold_end - x->fold;
	struct line_core core;

	if (p->parts[i].hash == title->hash)
		return true;
	if (i >= TITLE_READ_WITHIN || !title->read || 2 * len < title->len || len > 2 * title->len + TITLE_MARKS)
		return false;
	core = line_core(t->text + x->fold, len);
	return hanja_line(&r->hanja, core.at, core.len) == title->read;
}

/* Whether next to the title there is hardly anything: a flash, and that more will follow. */
static bool is_flash(const struct page *p, const struct rules *r, const struct folded *t, const struct page_title *title)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < t->n_paragraphs && sum < BESIDES_TITLE; i++) {
		const struct part *x = &p->parts[i];
		bool besides = !is_title(p, r, t, i, title);

		for (uint32_t k = x->unit; k < x->unit_end && besides && sum < BESIDES_TITLE; k++)
			sum += t->units[k].weight;
	}
	return sum < BESIDES_TITLE;
}

/* Whether a lead stands among the first n paragraphs: the title below is a pull quote. */
static bool has_prose(const struct page *p, const struct folded *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p->parts[i].sentence && weighs(t, &p->parts[i], LEAD_WEIGHT))
			return true;
	return false;
}

/* Marks the title, each time, and what stands above it; returns the paragraph behind it. A text that is nothing else
 * keeps it, and so does a flash that sets it off by marks. */
static size_t mark_title(struct page *p, const struct rules *r, const struct folded *t, const struct page_title *title)
{
	size_t i = 0, n = t->n_paragraphs < TITLE_WITHIN ? t->n_paragraphs : TITLE_WITHIN;

	while (title->hash && i < n && !is_title(p, r, t, i, title))
		i++;
	if (!title->hash || i == n || i + 1 == t->n_paragraphs || (!p->parts[i].plain && is_flash(p, r, t, title)))
		return 0;
	for (size_t k = i; k < n; k++)
		if (is_title(p, r, t, k, title))
			p->parts[k].role = PART_TITLE;
	if (has_prose(p, t, i))
		return 0;
	for (size_t k = 0; k < i; k++)
		p->parts[k].role = PART_FURNITURE;
	return i + 1;
}

/* --- credits --- */

/* Whether sentences enough for a report stand there: a Korean caption has one or two; the English ones of agencies run
 * on. Dates end none. */
static bool is_prose(const struct folded *t, const struct credits *c)
{
	unsigned n = 0;

	if (c->unit == c->unit_end || t->units[c->unit].weight != UNIT_SYLLABLE)
		return false;
	for (uint32_t i = c->fold + 1; i < c->fold_end && n < PROSE_SENTENCES; i++)
		n += t->text[i] == '.' && (unsigned char)t->text[i - 1] >= 0x80;
	return n == PROSE_SENTENCES;
}

/* Whether a line that begins with "By" goes on with nobody: "By region, exports rose". */
static bool is_by_nobody(const struct folded *t, const struct part *x, const char *source)
{
	const struct unit *u = t->units + x->unit, *end = t->units + x->unit_end;
	bool comma = false;

	if (end - u < 2 || memcmp(source + u->start, "By ", 3))
		return false;
	for (u++; u < end && !comma; u++) {
		unsigned char c = (unsigned char)source[u->start];

		if (c < 'a' || c > 'z')
			return false;
		comma = u + 1 < end && source[u->end] == ',';
	}
	return comma;
}

static void take_credits(const struct folded *t, struct part *x, const struct credits *c)
{
	bool behind = c->unit_end < x->unit_end; /* the credit stands behind a text */
	bool part = c->of == CREDIT_PART ||
		    (c->of == CREDIT_PHOTO && behind && is_prose(t, c));

	x->byline = c->byline;
	if (c->of == CREDIT_LINE)
		x->role = PART_CREDIT;
	else if (c->of == CREDIT_PHOTO && !part)
		x->role = PART_CAPTION;
	if (!part)
		return;
	x->unit = c->unit;
	x->unit_end = c->unit_end;
	x->fold = c->fold;
	x->fold_end = c->fold_end;
	x->dateline = c->dateline;
	x->sentence = credits_sentence(t->text, x->fold, x->fold_end);
}

/* Credits at the beginning of the heads-th paragraph that is long enough for one. */
static void take_heads(const struct rules *r, const struct folded *t, size_t i, const char *source, size_t heads,
		       struct credits *c, struct credit_names *names)
{
	credits_head(r, t, i, source, c, names);
	if (heads < INNER)
		credits_inner(r, t, i, c, names);
}

static void mark_credits(struct page *p, const struct rules *r, const struct folded *t, const char *source,
			 size_t from)
{
	size_t heads = 0;

	p->names = (struct credit_names){ .agency = -1 };
	for (size_t i = from; i < t->n_paragraphs; i++) {
		struct credits c;

		if (p->parts[i].role != PART_BODY || is_by_nobody(t, &p->parts[i], source))
			continue;
		credits_tail(r, t, i, source, p->parts[i].sentence, &c, &p->names);
		if (heads < HEADS && i < from + HEADS_WITHIN && c.of <= CREDIT_PART && c.unit_end - c.unit >= HEAD_UNITS)
			take_heads(r, t, i, source, heads++, &c, &p->names);
		if (c.of != CREDIT_NONE)
			take_credits(t, &p->parts[i], &c);
	}
}

/* Marks names in brackets that end the text: behind them stand other credits or nothing. */
static void mark_closing(struct page *p, const struct rules *r, const struct folded *t, const char *source, size_t from)
{
	for (size_t i = t->n_paragraphs; i-- > from;) {
		struct part *x = &p->parts[i];
		struct credits c = { CREDIT_NONE, x->unit, x->unit_end, x->fold, x->fold_end, x->dateline, x->byline };

		if (x->role == PART_CREDIT || x->role == PART_CAPTION)
			continue;
		if (x->role != PART_BODY || !credits_may_end(t->text, x->fold, x->fold_end) ||
		    !credits_end(r, t, i, source, &c, &p->names))
			return;
		take_credits(t, x, &c);
		if (c.of == CREDIT_PART)
			return;
	}
}

/* Long sentences that rules took for credits: two of them are no credits when there is nothing else. */
static void keep_sentences(struct page *p, const struct folded *t, size_t from)
{
	unsigned n = 0;

	for (size_t i = from; i < t->n_paragraphs; i++)
		n += p->parts[i].role == PART_CREDIT && p->parts[i].sentence && weighs(t, &p->parts[i], LEAD_WEIGHT);
	for (size_t i = from; i < t->n_paragraphs && n >= KEPT_SENTENCES; i++)
		if (p->parts[i].role == PART_CREDIT && p->parts[i].sentence && weighs(t, &p->parts[i], LEAD_WEIGHT))
			p->parts[i].role = PART_BODY;
}

/* A text that is nothing but captions and credits keeps those that say something. */
static void keep_captions(struct page *p, const struct folded *t, size_t from)
{
	bool kept = false;

	for (size_t i = from; i < t->n_paragraphs; i++)
		if (p->parts[i].role == PART_BODY && p->parts[i].unit < p->parts[i].unit_end)
			return;
	for (size_t i = from; i < t->n_paragraphs; i++)
		if (p->parts[i].role == PART_CAPTION && weighs(t, &p->parts[i], LEAD_WEIGHT)) {
			p->parts[i].role = PART_BODY;
			kept = true;
		}
	if (!kept)
		keep_sentences(p, t, from);
}

/* --- repeats --- */

/* Whether all of x stands at the beginning of y. */
static bool begins(const struct folded *t, const struct part *x, const struct part *y)
{
	uint32_t n = x->unit_end - x->unit;
	const struct unit *u = t->units + x->unit, *v = t->units + y->unit;

	if (n > y->unit_end - y->unit || u->hash != v->hash)
		return false;
	for (uint32_t i = 1; i < n; i++)
		if (u[i].hash != v[i].hash)
			return false;
	return true;
}

static inline bool is_text(const struct part *x)
{
	return x->role == PART_BODY && x->unit < x->unit_end;
}

/* Which of the paragraphs [from, end) begin with a unit that one of those behind them begins with, perhaps: a bit each. */
static uint32_t maybe_repeats(const struct page *p, const struct folded *t, size_t from, size_t end)
{
	size_t i = end + REPEATED_WITHIN < t->n_paragraphs ? end + REPEATED_WITHIN : t->n_paragraphs;
	uint64_t seen[4] = { 0 };
	uint32_t ret = 0;

	while (i-- > from) {
		const struct part *x = &p->parts[i];
		uint64_t hash, bit, *word;

		if (!is_text(x))
			continue;
		hash = t->units[x->unit].hash;
		bit = (uint64_t)1 << hash % 64;
		word = &seen[hash / 64 % 4];
		if (i < end && *word & bit)
			ret |= (uint32_t)1 << (i - from);
		*word |= bit;
	}
	return ret;
}

/* The paragraph that repeats what stands in paragraph i; n: none does. */
static size_t repeated_at(const struct page *p, const struct folded *t, size_t i)
{
	size_t n = t->n_paragraphs, stop = i + REPEATED_WITHIN < n ? i + REPEATED_WITHIN : n, k = i + 1;

	while (k < stop && !(is_text(&p->parts[k]) && begins(t, &p->parts[i], &p->parts[k])))
		k++;
	return k < stop ? k : n;
}

/* Marks paragraphs that repeat later ones; returns the first that is repeated, n when none is. */
static size_t mark_repeats(struct page *p, const struct folded *t, size_t from)
{
	size_t n = t->n_paragraphs, ret = n, end = from + REPEATS_WITHIN < n ? from + REPEATS_WITHIN : n;

	for (uint32_t maybe = maybe_repeats(p, t, from, end); maybe; maybe &= maybe - 1) {
		size_t i = from + (size_t)__builtin_ctz(maybe), k = repeated_at(p, t, i);

		if (k == n || !weighs(t, &p->parts[i], REPEAT_WEIGHT))
			continue;
		p->parts[i].role = PART_REPEAT;
		if (k < ret && p->parts[k].sentence && weighs(t, &p->parts[k], LEAD_WEIGHT))
			ret = k;
	}
	return ret;
}

/* --- lead --- */

/*
 * The first paragraph that is long enough and ends a sentence; one behind a byline or with a dateline, when it
 * follows soon. Where there
 * is none, one that is long enough, or the first when any says anything or it is all that there is: menus have no lead.
 */
static size_t find_lead(const struct page *p, const struct folded *t, size_t from)
{
	size_t n = t->n_paragraphs, any = n, longer = n, first = n, before = n;
	size_t end = from + HEADS_WITHIN < n ? from + HEADS_WITHIN : n;
	unsigned heads = 0, texts = 0;
	bool says = false;

	for (size_t i = from; i < n && (first == n || (i < end && heads < HEADS)); i++) {
		const struct part *x = &p->parts[i];

		if (x->byline && first != n && before == n && heads <= ABOVE_BYLINE) {
			before = first;
			first = n;
			heads = 0;
		}
		if (!is_text(x))
			continue;
		any = any == n ? i : any;
		says |= x->sentence || weighs(t, x, LINE_WEIGHT);
		texts++;
		if (!weighs(t, x, LEAD_WEIGHT))
			continue;
		longer = longer == n ? i : longer;
		heads += x->sentence;
		if (x->dateline && x->sentence)
			return i;
		if (x->sentence && first == n)
			first = i;
	}
	if (before != n && heads < BEHIND_BYLINE)
		first = before;
	if (first != n || longer != n)
		return first != n ? first : longer;
	return says || texts == 1 ? any : n;
}

/* --- related headlines, subheads --- */

/* Whether enough sentences stand from the lead up to paragraph `end` for them to be an article. */
static bool article_before(const struct page *p, size_t end)
{
	unsigned n = 0;

	for (size_t i = p->lead; i < end && n < RELATED_BEHIND; i++)
		n += p->parts[i].role == PART_BODY && p->parts[i].sentence;
	return n == RELATED_BEHIND;
}

/* Marks the headlines at the end, behind the article; credits and shorter lines may stand among them. */
static void mark_related(struct page *p, const struct folded *t)
{
	size_t i = t->n_paragraphs, headlines = 0;

	while (i > p->lead + 1) {
		const struct part *x = &p->parts[i - 1];

		if (x->role == PART_BODY && (!is_short_line(t, x, HEADLINE_WEIGHT) || is_figures(t, x)))
			break;
		headlines += x->role == PART_BODY && weighs(t, x, RELATED_WEIGHT);
		i--;
	}
	if (headlines < RELATED_MIN || !article_before(p, i))
		return;
	for (; i < t->n_paragraphs; i++)
		if (p->parts[i].role == PART_BODY)
			p->parts[i].role = PART_RELATED;
}

static void mark_subheads(struct page *p, const struct folded *t, size_t from)
{
	for (size_t i = from; i < t->n_paragraphs; i++) {
		struct part *x = &p->parts[i];

		if (x->role == PART_BODY && is_short_line(t, x, SUBHEAD_WEIGHT))
			x->role = PART_SUBHEAD;
	}
}

int page_read(struct page *p, const struct rules *r, const struct folded *t, const char *source,
	      const struct page_title *title)
{
	size_t from, repeated, n = t->n_paragraphs;
	int err = reserve(p, n);

	if (err)
		return err;
	begin_parts(p, t);
	from = mark_title(p, r, t, title);
	mark_credits(p, r, t, source, from);
	mark_closing(p, r, t, source, from);
	if (roles_mark_site(p, r, t, source, from)) {
		p->lead = n;
		return 0;
	}
	roles_mark_listings(p, t, from);
	keep_captions(p, t, from);
	repeated = mark_repeats(p, t, from);
	p->lead = repeated < n ? repeated : find_lead(p, t, from);
	if (p->lead < n)
		mark_related(p, t);
	mark_subheads(p, t, from);
	if (p->lead < n)
		p->parts[p->lead].role = PART_LEAD;
	return 0;
}
