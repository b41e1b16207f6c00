#include "text/credits.h"

#include <string.h>

#include "text/chars.h"
#include "text/utf8.h"

#define TAIL_UNITS 72u    /* of the end of a paragraph that are asked for anchors */
#define HEAD_UNITS 24u    /* of its beginning */
#define LINE_UNITS 130u   /* a longer paragraph is no caption */
#define CREDIT_WEIGHT 200u /* ... and no other credit: 40 words, 66 syllables */
#define RULES_TRIED 96u   /* of a paragraph */
#define ANCHORS_TRIED 24u
#define STARTS_TRIED 24u  /* of a rule before one anchor */
#define STARTS_BACK 48u   /* characters */
#define DATELINE_BYTES 90u /* in which one ends */
#define REST_MAX 120u     /* characters behind an address or a copyright that belong to it */
#define LEFT_MIN 12u      /* weight of a paragraph that is worth keeping beside its credit */

/* --- whether to look --- */

static bool ends_sentence(const char *text, uint32_t from, uint32_t to)
{
	if (to > from + 1 && text[to - 1] == '"')
		to--;
	if (to == from)
		return false;
	if (text[to - 1] == '.' || text[to - 1] == '?' || text[to - 1] == '!')
		return true;
	return to - from >= 3 && !memcmp(text + to - 3, "\xe3\x80\x82", 3);
}

/* A first character that is no letter, digit, quote or bracket of a sentence: a bullet, an arrow. */
static bool starts_marked(const char *text, uint32_t from)
{
	uint8_t c = (uint8_t)text[from];

	if (c == 0xE2)
		return (uint8_t)text[from + 1] >= 0x84;
	return c < '0' ? c != '"' && c != '\'' : c == '<' || c == '[' || c == 0xC2;
}

static bool worth_a_look(const struct rules *r, const struct folded *t, const struct paragraph *p)
{
	const struct unit *u = t->units + p->unit, *end = t->units + p->unit_end;

	if (u == end)
		return false;
	return !ends_sentence(t->text, p->fold, p->fold_end) || starts_marked(t->text, p->fold) ||
	       rules_bit(r->finals, rules_final(u, end)) || rules_bit(r->firsts, rules_first(u, end));
}

/* --- which rules --- */

struct tried {
	uint32_t rules[RULES_TRIED];
	uint64_t anchors[ANCHORS_TRIED];
	unsigned n, n_anchors;
};

static void hang_up(const struct rules *r, uint64_t anchor, struct tried *ret)
{
	for (unsigned i = 0; i < ret->n_anchors; i++)
		if (ret->anchors[i] == anchor)
			return;
	if (ret->n_anchors == ANCHORS_TRIED)
		return;
	ret->anchors[ret->n_anchors++] = anchor;
	for (uint32_t k = rules_find(r, anchor); k && ret->n < RULES_TRIED; k = r->rules[k - 1].next)
		ret->rules[ret->n++] = k - 1;
}

static void ask_units(const struct rules *r, const struct unit *u, const struct unit *to, const struct unit *end,
		      struct tried *ret)
{
	for (; u < to; u++) {
		uint64_t anchor = rules_anchor(u, end);

		if (rules_bit(r->anchors, anchor))
			hang_up(r, anchor, ret);
		if (rules_agency(r, anchor))
			hang_up(r, RULES_AGENCY, ret);
	}
}

static void ask_paragraph(const struct rules *r, const struct folded *t, const struct paragraph *p, struct tried *ret)
{
	const struct unit *u = t->units + p->unit, *end = t->units + p->unit_end;

	if (rules_bit(r->firsts, rules_first(u, end)))
		hang_up(r, rules_first(u, end), ret);
	if (end - u > (ptrdiff_t)(HEAD_UNITS + TAIL_UNITS)) {
		ask_units(r, u, u + HEAD_UNITS, end, ret);
		u = end - TAIL_UNITS;
	}
	ask_units(r, u, end, end, ret);
	if (memchr(t->text + p->fold, '@', p->fold_end - p->fold))
		hang_up(r, RULES_EMAIL, ret);
	if (memmem(t->text + p->fold, p->fold_end - p->fold, "\xc2\xa9", 2))
		hang_up(r, RULES_RIGHTS, ret);
}

/* --- units of folded text --- */

/* How many units a stretch of folded text makes; -1: only ICU knows. */
static int count_units(const char *text, uint32_t from, uint32_t to)
{
	bool open = false;
	int n = 0;

	while (from < to) {
		unsigned len;
		uint32_t cp = utf8_decode((const uint8_t *)text + from, &len);
		enum char_class class = chars_class(cp);

		from += len;
		if (class == CHAR_UNSPACED)
			return -1;
		if (class == CHAR_MARK)
			continue;
		n += class == CHAR_SYLLABLE || (class == CHAR_WORD && !open);
		open = class == CHAR_WORD;
	}
	return n;
}

/* Source bytes of folded bytes of paragraph p. */
static bool source_of(const struct folded *t, const struct paragraph *p, struct match_part part, uint32_t *ret,
		      uint32_t *ret_end)
{
	int before = count_units(t->text, p->fold, part.from), n = count_units(t->text, part.from, part.end);
	uint32_t first;

	if (before < 0 || n <= 0)
		return false;
	first = p->unit + (uint32_t)before;
	if (first + (uint32_t)n > p->unit_end)
		return false;
	*ret = t->units[first].start;
	*ret_end = t->units[first + (uint32_t)n - 1].end;
	return true;
}

static void tell(const struct folded *t, const struct paragraph *p, const struct rule *rule,
		 const struct match_found *m, struct credit_names *names)
{
	if (rule->kind != RULE_DATELINE && rule->kind != RULE_BYLINE)
		return;
	if (m->agency >= 0 && names->agency < 0)
		names->agency = m->agency;
	if (m->name.end && !names->byline_end)
		source_of(t, p, m->name, &names->byline, &names->byline_end);
	if (m->place.end && !names->dateline_end && rule->kind == RULE_DATELINE)
		source_of(t, p, m->place, &names->dateline, &names->dateline_end);
}

/* --- the end of a paragraph --- */

static inline bool wordy(const struct window *w, unsigned i)
{
	return w->class[i] == CHAR_WORD || w->class[i] == CHAR_MARK || w->class[i] == MATCH_DIGIT;
}

/* Whether a credit may start here: no word goes on over it. */
static bool border(const struct window *w, unsigned i)
{
	if (!i)
		return true;
	if (wordy(w, i))
		return !wordy(w, i - 1);
	return w->class[i] != CHAR_SYLLABLE || w->class[i - 1] != CHAR_SYLLABLE;
}

/* Whether what stands from i to `to` is nothing but blanks and marks. */
static bool nothing_between(const struct window *w, unsigned i, unsigned to)
{
	for (; i < to; i++)
		if (w->class[i] != CHAR_OTHER && w->class[i] != MATCH_BLANK)
			return false;
	return true;
}

/* Where the rule's anchor, its literal from `before` on, stands at or behind i; w->n: nowhere. */
static unsigned find_literal(const struct rules *r, const struct rule *rule, const struct window *w, unsigned i)
{
	const struct element *e = r->elements + rule->elements + rule->before;
	uint32_t first = e->cp, second = rule->before + 1u < rule->n && e[1].type == ELEMENT_CHAR ? e[1].cp : 0;

	if (rule->anchor == RULES_EMAIL)
		first = '@', second = 0;
	for (; i < w->n; i++)
		if (w->cp[i] == first && (!second || (i + 1 < w->n && w->cp[i + 1] == second)))
			break;
	return i;
}

struct cut {
	unsigned at, end;
	const struct rule *rule;
	struct match_found found;
};

/* The match of a rule around the anchor at `anchor` that starts earliest. */
static bool match_around(const struct rules *r, const struct rule *rule, const struct window *w, unsigned anchor,
			 struct cut *ret)
{
	unsigned start = anchor > STARTS_BACK ? anchor - STARTS_BACK : 0, tried = 0;

	if (!rule->before && rule->anchor != RULES_EMAIL)
		start = anchor;
	for (; start <= anchor && tried < STARTS_TRIED; start++) {
		if (!border(w, start) || w->class[start] == MATCH_BLANK)
			continue;
		tried++;
		if (!match_rule(r, rule, w, start, false, &ret->found) || ret->found.end <= anchor)
			continue;
		ret->at = start;
		ret->end = ret->found.end;
		ret->rule = rule;
		return true;
	}
	return false;
}

/* Whether what the rule found reaches to the end that is left, or takes the rest with it. */
static bool reaches(const struct window *w, const struct cut *c, unsigned end)
{
	if (c->end > end)
		return false;
	return nothing_between(w, c->end, end) ||
	       ((c->rule->email || c->rule->kind == RULE_RIGHTS) && end - c->end <= REST_MAX);
}

/* The cut of a tail rule that ends at `end` and starts earliest. */
static bool best_tail(const struct rules *r, const struct tried *tried, const struct window *w, unsigned end,
		      struct cut *best)
{
	bool ret = false;

	for (unsigned k = 0; k < tried->n; k++) {
		const struct rule *rule = &r->rules[tried->rules[k]];
		struct cut c;

		if (rule->place != RULE_TAIL)
			continue;
		for (unsigned i = find_literal(r, rule, w, 0); i < end; i = find_literal(r, rule, w, i + 1)) {
			if (!match_around(r, rule, w, i, &c) || !reaches(w, &c, end))
				continue;
			if (!ret || c.at < best->at)
				*best = c;
			ret = true;
			break;
		}
	}
	return ret;
}

static uint32_t weight_of(const struct unit *u, uint32_t n)
{
	uint32_t ret = 0;

	for (uint32_t i = 0; i < n && ret < 1000; i++)
		ret += u[i].weight;
	return ret;
}

/* Cuts [at, the end) off a paragraph. */
static void cut_off(const struct folded *t, const struct paragraph *p, uint32_t at, struct credits *ret)
{
	int n = count_units(t->text, at, ret->fold_end);

	if (n < 0 || ret->unit_end - ret->unit < (uint32_t)n)
		return;
	ret->of = CREDIT_PART;
	ret->unit_end -= (uint32_t)n;
	ret->fold_end = at;
	while (ret->fold_end > p->fold && strchr(" [(</|-", t->text[ret->fold_end - 1]))
		ret->fold_end--;
}

static void take_tails(const struct rules *r, const struct folded *t, const struct paragraph *p,
		       const struct tried *tried, struct window *w, struct credits *ret, struct credit_names *names)
{
	unsigned end = w->n;
	bool photo = false, told = false;
	struct cut c;

	for (int round = 0; round < 4 && end && best_tail(r, tried, w, end, &c); round++) {
		tell(t, p, c.rule, &c.found, names);
		photo |= c.rule->kind == RULE_PHOTO;
		told = true;
		cut_off(t, p, w->at[c.at], ret);
		for (end = c.at; end && w->class[end - 1] == MATCH_BLANK;)
			end--;
	}
	if (!told || ret->of != CREDIT_PART)
		return;
	if (weight_of(t->units + ret->unit, ret->unit_end - ret->unit) < LEFT_MIN)
		ret->of = photo ? CREDIT_PHOTO : CREDIT_LINE;
	else if (photo && p->unit_end - p->unit <= LINE_UNITS)
		ret->of = CREDIT_PHOTO;
}

/* A sentence is no byline, unless the rule says so to its end. */
static bool plausible(const struct rules *r, const struct rule *rule, const struct folded *t, const struct paragraph *p)
{
	enum element_type last = r->elements[rule->elements + rule->n - 1u].type;

	if (rule->kind != RULE_PHOTO &&
	    weight_of(t->units + p->unit, p->unit_end - p->unit) > CREDIT_WEIGHT)
		return false;
	return last == ELEMENT_CHAR || last == ELEMENT_ANY || t->text[p->fold_end - 1] != '.';
}

static bool take_line(const struct rules *r, const struct folded *t, const struct paragraph *p,
		      const struct tried *tried, const struct window *w, struct credits *ret,
		      struct credit_names *names)
{
	unsigned end = w->n;

	while (end && w->cp[end - 1] == '.')
		end--;
	for (unsigned k = 0; k < tried->n; k++) {
		const struct rule *rule = &r->rules[tried->rules[k]];
		struct match_found m;

		if (rule->place != RULE_LINE || !plausible(r, rule, t, p) ||
		    !match_rule(r, rule, w, 0, false, &m) || m.end < end)
			continue;
		tell(t, p, rule, &m, names);
		ret->of = rule->kind == RULE_PHOTO ? CREDIT_PHOTO : CREDIT_LINE;
		return true;
	}
	return false;
}

void credits_tail(const struct rules *r, const struct folded *t, size_t i, struct credits *ret,
		  struct credit_names *names)
{
	const struct paragraph *p = &t->paragraphs[i];
	struct tried tried;
	struct window w;

	*ret = (struct credits){ CREDIT_NONE, p->unit, p->unit_end, p->fold, p->fold_end, false };
	if (!worth_a_look(r, t, p))
		return;
	tried.n = tried.n_anchors = 0;
	ask_paragraph(r, t, p, &tried);
	if (!tried.n)
		return;
	window_tail(&w, t->text, p->fold, p->fold_end);
	if (w.at[0] == p->fold && p->unit_end - p->unit <= LINE_UNITS &&
	    take_line(r, t, p, &tried, &w, ret, names))
		return;
	take_tails(r, t, p, &tried, &w, ret, names);
}

/* --- its beginning --- */

/* Whether the first letters are capitals, three or more of them before anything else. */
static bool in_capitals(const char *source, uint32_t from, uint32_t end)
{
	unsigned n = 0;

	for (; from < end; from++) {
		if (source[from] >= 'A' && source[from] <= 'Z')
			n++;
		else if (source[from] != '.')
			break;
	}
	return n >= 3 && from < end && (source[from] == ' ' || source[from] == ',');
}

/* Whether anything in the first bytes may end a dateline: a Chinese one may have no mark at all. */
static bool maybe_dateline(const char *text, uint32_t from, uint32_t to)
{
	static const uint8_t marks[256] = {
		['('] = 1, ['/'] = 1, ['['] = 1, ['='] = 1, ['-'] = 2, [0xE3] = 3, [0xE7] = 1, [0xE8] = 1,
	};
	uint32_t end = to - from > DATELINE_BYTES ? from + DATELINE_BYTES : to;

	for (; from < end; from++) {
		uint8_t mark = marks[(uint8_t)text[from]];

		if (__builtin_expect(!mark, 1))
			continue;
		if (mark == 1 || (mark == 2 && from + 1 < end && text[from + 1] == ' ') ||
		    (mark == 3 && from + 2 < end && (uint8_t)text[from + 1] == 0x80 && (uint8_t)text[from + 2] == 0x90))
			return true;
	}
	return false;
}

/* The longest head at the beginning of the window. */
static const struct rule *best_head(const struct rules *r, const struct window *w, struct match_found *best)
{
	const struct rule *ret = NULL;

	for (size_t i = 0; i < r->n_heads; i++) {
		const struct rule *rule = &r->rules[r->heads[i]];
		const struct element *e = r->elements + rule->elements;
		struct match_found m;

		if ((e->type == ELEMENT_CHAR && e->cp != w->cp[0]) || (e->type == ELEMENT_CAPITALS && !w->capitals) ||
		    (rule->agency && !w->agency))
			continue;
		if (!match_rule(r, rule, w, 0, false, &m) || !border(w, m.end < w->n ? m.end : 0))
			continue;
		if (ret && m.end <= best->end)
			continue;
		*best = m;
		ret = rule;
	}
	return ret;
}

static bool names_agency(const struct rules *r, const struct unit *u, const struct unit *end)
{
	const struct unit *to = end - u > (ptrdiff_t)HEAD_UNITS ? u + HEAD_UNITS : end;

	for (; u < to; u++)
		if (rules_agency(r, rules_anchor(u, end)))
			return true;
	return false;
}

static bool take_head(const struct rules *r, const struct folded *t, const struct paragraph *p, const char *source,
		      struct credits *ret, struct credit_names *names)
{
	const struct rule *rule;
	struct match_found m;
	struct window w;
	int n;

	window_head(&w, t->text, ret->fold, ret->fold_end);
	w.capitals = ret->fold == p->fold && in_capitals(source, p->start, p->end);
	w.agency = names_agency(r, t->units + ret->unit, t->units + ret->unit_end);
	rule = w.n ? best_head(r, &w, &m) : NULL;
	if (!rule)
		return false;
	while (m.end < w.n && w.class[m.end] == MATCH_BLANK)
		m.end++;
	n = count_units(t->text, ret->fold, w.at[m.end]);
	if (n < 0 || ret->unit + (uint32_t)n > ret->unit_end)
		return false;
	tell(t, p, rule, &m, names);
	ret->dateline |= rule->kind == RULE_DATELINE && (m.agency >= 0 || m.place.end);
	ret->unit += (uint32_t)n;
	ret->fold = w.at[m.end];
	if (ret->of == CREDIT_NONE)
		ret->of = CREDIT_PART;
	return true;
}

void credits_head(const struct rules *r, const struct folded *t, size_t i, const char *source, struct credits *ret,
		  struct credit_names *names)
{
	const struct paragraph *p = &t->paragraphs[i];

	for (int round = 0; round < 3; round++)
		if (!maybe_dateline(t->text, ret->fold, ret->fold_end) ||
		    !take_head(r, t, p, source, ret, names))
			break;
}
