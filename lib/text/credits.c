#include "text/credits.h"

#include <string.h>

#include "text/chars.h"
#include "text/credits_part.h"
#include "text/utf8.h"

#define TAIL_UNITS 72u    /* of the end of a paragraph that are asked for anchors */
#define HEAD_UNITS 24u    /* of its beginning */
#define AGENCY_UNITS 16u  /* of the end of a long one that are asked for agencies */
#define LINE_UNITS 130u   /* a longer paragraph is no caption */
#define CREDIT_WEIGHT 200u /* ... and no other credit: 40 words, 66 syllables */
#define RULES_TRIED 256u   /* of a paragraph */
#define ANCHORS_TRIED 24u
#define STARTS_TRIED 24u  /* of a rule before one anchor */
#define STARTS_BACK 48u   /* characters */
#define LATE 4            /* the last paragraphs, in which a notice may look like any sentence */
#define TAILS_MAX 8       /* credits behind one text */
#define REST_MAX 120u     /* characters behind an address or a copyright that belong to it */
#define LEFT_MIN 18u      /* weight of a paragraph that is worth keeping beside its credit */

/* --- whether to look --- */

/* A first character that is no letter, digit, quote or bracket of a sentence: a bullet, an arrow. */
static inline __attribute__((always_inline)) bool starts_marked(const char *text, uint32_t from)
{
	uint8_t c = (uint8_t)text[from];

	if (c == 0xE2)
		return (uint8_t)text[from + 1] >= 0x84 || !memcmp(text + from + 1, "\x80\xbb", 2);
	return c < '0' ? c != '"' && c != '\'' : c == '<' || c == '[' || c == 0xC2;
}

/* A rule that is known by a line's beginning is one of whole lines: none of a paragraph that is too long for them. */
static bool known_by_first(const struct rules *r, const struct unit *u, const struct unit *end)
{
	return end - u <= (ptrdiff_t)LINE_UNITS &&
	       (rules_bit(r->firsts, rules_first(u, end)) || rules_bit(r->firsts, rules_first_two(u, end)));
}

/* Whether a sentence is short enough for a notice and has a word of one. */
static bool may_be_notice(const struct rules *r, const struct unit *u, const struct unit *end)
{
	if ((size_t)(end - u) * u->weight > CREDIT_WEIGHT)
		return false;
	for (; u < end; u++)
		if (rules_bit(r->notices, rules_anchor(u, end)))
			return true;
	return false;
}

static bool worth_a_look(const struct rules *r, const struct folded *t, const struct paragraph *p, bool sentence,
			 bool late)
{
	const struct unit *u = t->units + p->unit, *end = t->units + p->unit_end;

	if (u == end)
		return false;
	return !sentence || starts_marked(t->text, p->fold) ||
	       rules_bit(r->finals, rules_final(u, end)) || known_by_first(r, u, end) ||
	       (late && may_be_notice(r, u, end));
}

/* --- which rules --- */

struct tried {
	const struct folded *t;
	const struct paragraph *p;
	const char *source;
	uint32_t rules[RULES_TRIED];
	uint64_t anchors[ANCHORS_TRIED];
	unsigned n, n_anchors;
	const char *text, *text_end; /* the paragraph, or its end when it is long */
	uint64_t marks; /* that may stand there; 0: not known yet */
	bool sentence; /* the paragraph ends with one */
	bool line, brief, full_stop; /* short enough for a caption; for any other credit; how the paragraph ends */
};

static void need_marks(const struct rules *r, struct tried *t)
{
	uint64_t marks = rules_mark(' ');

	for (const char *at = t->text; !t->marks && at < t->text_end; at++)
		marks |= r->byte_marks[(uint8_t)*at];
	t->marks |= marks;
}

static void begin_trying(const struct folded *t, const struct paragraph *p, const char *source, bool sentence,
			 struct tried *ret)
{
	uint32_t n = p->unit_end - p->unit, bytes = p->fold_end - p->fold;

	ret->t = t;
	ret->p = p;
	ret->source = source;
	ret->sentence = sentence;
	ret->n = ret->n_anchors = 0;
	ret->line = n <= LINE_UNITS;
	ret->text = t->text + (ret->line || bytes < 4 * MATCH_TAIL ? p->fold : p->fold_end - 4 * MATCH_TAIL);
	ret->text_end = t->text + p->fold_end;
	ret->marks = 0;
	ret->brief = !units_weigh(t->units + p->unit, n, CREDIT_WEIGHT + 1);
	ret->full_stop = t->text[p->fold_end - 1] == '.';
}

/* A sentence is no byline, unless the rule says so to its end. */
static bool plausible(const struct rule *rule, const struct tried *tried)
{
	if (rule->marks & ~tried->marks)
		return false;
	if (rule->place != RULE_LINE)
		return true;
	return (rule->kind == RULE_PHOTO ? tried->line : tried->brief) && (!tried->full_stop || rule->to_the_end);
}

static void hang_up(const struct rules *r, uint64_t anchor, struct tried *ret)
{
	struct rule_group group;

	for (unsigned i = 0; i < ret->n_anchors; i++)
		if (ret->anchors[i] == anchor)
			return;
	if (ret->n_anchors == ANCHORS_TRIED)
		return;
	ret->anchors[ret->n_anchors++] = anchor;
	group = rules_find(r, anchor);
	if (group.n)
		need_marks(r, ret);
	for (uint32_t k = group.first; k < (uint32_t)group.first + group.n && ret->n < RULES_TRIED; k++)
		if (plausible(&r->rules[k], ret))
			ret->rules[ret->n++] = k;
}

/* Agencies behind a long text stand at its very end. */
static void ask_units(const struct rules *r, const struct unit *u, const struct unit *to, const struct unit *end,
		      struct tried *ret)
{
	const struct unit *agencies = ret->line || end - u < (ptrdiff_t)AGENCY_UNITS ? u : end - AGENCY_UNITS;

	for (; u < to; u++) {
		uint64_t anchor = rules_anchor(u, end);

		if (u->weight == UNIT_SYLLABLE && rules_bit(r->anchors, u->hash | 1))
			hang_up(r, u->hash | 1, ret);
		if (!rules_bit(r->words, anchor))
			continue;
		if (rules_bit(r->anchors, anchor))
			hang_up(r, anchor, ret);
		if (u >= agencies && rules_agency(r, anchor))
			hang_up(r, RULES_AGENCY, ret);
	}
}

/* Whether a character of two bytes, of which the first is a rare one, stands in [from, to). */
static bool holds(const char *text, uint32_t from, uint32_t to, const char *two)
{
	const char *at = text + from, *end = text + to;

	while ((at = memchr(at, two[0], (size_t)(end - at))))
		if (*++at == two[1])
			return true;
	return false;
}

static void ask_paragraph(const struct rules *r, const struct folded *t, const struct paragraph *p, struct tried *ret)
{
	const struct unit *u = t->units + p->unit, *end = t->units + p->unit_end;

	if (known_by_first(r, u, end)) {
		hang_up(r, rules_first(u, end), ret);
		hang_up(r, rules_first_two(u, end), ret);
	}
	if (end - u > (ptrdiff_t)(HEAD_UNITS + TAIL_UNITS)) {
		ask_units(r, u, u + HEAD_UNITS, end, ret);
		u = end - TAIL_UNITS;
	}
	ask_units(r, u, end, end, ret);
	if (memchr(t->text + p->fold, '@', p->fold_end - p->fold))
		hang_up(r, RULES_EMAIL, ret);
	if (holds(t->text, p->fold, p->fold_end, "\xc2\xa9"))
		hang_up(r, RULES_RIGHTS, ret);
}

/* --- units of folded text --- */

int credit_units(const char *text, uint32_t from, uint32_t to)
{
	bool open = false;
	int n = 0;

	while (from < to) {
		unsigned len;
		uint32_t cp = utf8_decode((const uint8_t *)text + from, &len);
		uint8_t class = match_class(cp);
		bool word = class == CHAR_WORD || class == MATCH_DIGIT;

		from += len;
		if (class == CHAR_UNSPACED)
			return -1;
		if (class == CHAR_MARK)
			continue;
		n += class == CHAR_SYLLABLE || (word && !open);
		open = word;
	}
	return n;
}

/* Source bytes of folded bytes of paragraph p. */
static bool source_of(const struct folded *t, const struct paragraph *p, struct match_part part, uint32_t *ret,
		      uint32_t *ret_end)
{
	int before = credit_units(t->text, p->fold, part.from), n = credit_units(t->text, part.from, part.end);
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

void credit_tell(const struct folded *t, const struct paragraph *p, const struct rule *rule,
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

bool credit_border(const struct window *w, unsigned i)
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

/* Two characters that stand side by side in the window; second 0: only the first. */
struct pair {
	uint32_t first, second;
};

/* What the rule's anchor begins with. */
static struct pair anchor_pair(const struct rules *r, const struct rule *rule)
{
	const struct element *e = r->elements + rule->elements + rule->before;

	if (rule->anchor == RULES_EMAIL)
		return (struct pair){ '@', 0 };
	return (struct pair){ e->cp, rule->before + 1u < rule->n && e[1].type == ELEMENT_CHAR ? e[1].cp : 0 };
}

/* Where they stand at or behind i; w->n: nowhere. */
static unsigned find_pair(const struct window *w, struct pair p, unsigned i)
{
	for (; i < w->n; i++)
		if (w->cp[i] == p.first && (!p.second || (i + 1 < w->n && w->cp[i + 1] == p.second)))
			break;
	return i;
}

struct cut {
	unsigned at, end;
	const struct rule *rule;
	struct match_found found;
};

/* Whether the names that a rule without any other word found are some. */
static bool names_somebody(const struct tried *tried, const struct rule *rule, const struct match_found *m)
{
	return !rule->bare || credit_is_name(tried->t, tried->p, m->name, tried->source);
}

static bool is_address(const struct rules *r, const struct rule *rule)
{
	return r->elements[rule->elements].type == ELEMENT_EMAIL;
}

/* The match of a rule around the anchor at `anchor` that starts earliest. */
static bool match_around(const struct rules *r, const struct tried *t, const struct rule *rule, const struct window *w,
			 unsigned anchor, struct cut *ret)
{
	unsigned start = anchor > STARTS_BACK ? anchor - STARTS_BACK : 0, tried = 0;

	if (!rule->before && rule->anchor != RULES_EMAIL)
		start = anchor;
	for (; start <= anchor && tried < STARTS_TRIED; start++) {
		if (!credit_border(w, start) || w->class[start] == MATCH_BLANK)
			continue;
		if (start < anchor && is_address(r, rule) && credit_is_glued(w, start, t->t->text))
			continue;
		if (rule->bare && !credit_is_free(w, start, t->p->fold)) /* no sentence runs into a name */
			continue;
		tried++;
		if (!match_rule(r, rule, w, start, false, &ret->found) || ret->found.end <= anchor ||
		    !names_somebody(t, rule, &ret->found))
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

static bool has_hangul(const struct window *w, unsigned from, unsigned end)
{
	for (; from < end; from++)
		if (w->cp[from] - 0xAC00u < 11172u)
			return true;
	return false;
}

/* Of two cuts that start at the same place: a picture's credit wins, but two agencies are a text's, except in Korea; then
 * one that names an agency. */
static int rank(const struct window *w, const struct cut *c)
{
	if (c->rule->pair)
		return has_hangul(w, c->at, c->end) ? 0 : 3;
	return c->rule->kind == RULE_PHOTO ? 2 : c->found.agency >= 0;
}

/* Whether it names who wrote the text behind the picture's credit in brackets: "[photo: ...] By ...". */
static bool is_behind_bracket(const struct window *w, const struct cut *c)
{
	unsigned i = c->at;

	while (i && w->class[i - 1] == MATCH_BLANK)
		i--;
	return c->rule->kind == RULE_BYLINE && i && (w->cp[i - 1] == ']' || w->cp[i - 1] == ')');
}

/* The cut of a tail rule that ends at `end` and starts earliest; a picture's credit takes no byline with it. */
static bool best_tail(const struct rules *r, const struct tried *tried, const struct window *w, unsigned end,
		      struct cut *best)
{
	struct pair pair, last = { 0, 0 }; /* rules of one anchor follow one another */
	struct cut byline = { .end = 0 };
	unsigned first = w->n;
	bool ret = false;

	for (unsigned k = 0; k < tried->n; k++) {
		const struct rule *rule = &r->rules[tried->rules[k]];
		struct cut c;

		if (rule->place != RULE_TAIL || rule->marks & ~w->marks)
			continue;
		pair = anchor_pair(r, rule);
		if (pair.first != last.first || pair.second != last.second)
			first = find_pair(w, pair, 0);
		last = pair;
		for (unsigned i = first; i < end; i = find_pair(w, pair, i + 1)) {
			if (!match_around(r, tried, rule, w, i, &c) || !reaches(w, &c, end))
				continue;
			if (rule->kind == RULE_RIGHTS && voice_is_past(tried->t->text, w->at[c.at], w->at[end]))
				break;
			if (!ret || c.at < best->at || (c.at == best->at && rank(w, &c) > rank(w, best)))
				*best = c;
			if (is_behind_bracket(w, &c) && (!byline.end || c.at < byline.at))
				byline = c;
			ret = true;
			break;
		}
	}
	if (ret && best->rule->kind == RULE_PHOTO && byline.end && byline.at > best->at)
		*best = byline;
	return ret;
}

void credit_cut_off(const struct folded *t, const struct paragraph *p, uint32_t at, struct credits *ret)
{
	int n = credit_units(t->text, at, ret->fold_end);

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
	bool photo = false, told = false, byline = false; /* behind the photo */
	struct cut c;

	for (int round = 0; round < TAILS_MAX && end && best_tail(r, tried, w, end, &c); round++) {
		credit_tell(t, p, c.rule, &c.found, names);
		byline |= !photo && is_behind_bracket(w, &c);
		photo |= c.rule->kind == RULE_PHOTO;
		told = true;
		credit_cut_off(t, p, w->at[c.at], ret);
		for (end = c.at; end && w->class[end - 1] == MATCH_BLANK;)
			end--;
		w->n = end; /* for what takes all to the end */
	}
	if (!told || ret->of != CREDIT_PART)
		return;
	if (!units_weigh(t->units + ret->unit, ret->unit_end - ret->unit, LEFT_MIN))
		ret->of = photo && !byline ? CREDIT_PHOTO : CREDIT_LINE;
	else if (photo && !byline && p->unit_end - p->unit <= LINE_UNITS)
		ret->of = CREDIT_PHOTO;
}

/* Whether the paragraph that a rule of whole lines took is news in which its words stand. Where a rule names nobody, no
 * telephone and no address, a notice is short or says something to its reader. */
static bool is_news(const struct rules *r, const struct rule *rule, const struct tried *tried)
{
	const struct paragraph *p = tried->p;
	const struct folded *t = tried->t;
	const struct unit *u = t->units + p->unit, *end = t->units + p->unit_end;

	if (!tried->sentence || rule->kind == RULE_PHOTO)
		return false;
	if (rule->kind != RULE_RIGHTS && voice_reports(r, t, u, end, p->fold, p->fold_end))
		return true;
	return !rule->somebody && rule->kind != RULE_RIGHTS && !starts_marked(t->text, p->fold) &&
	       !memchr(t->text + p->fold, ':', p->fold_end - p->fold) && voice_is_long(r, u, end);
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

		if (rule->place != RULE_LINE ||
		    !match_rule(r, rule, w, 0, false, &m) || m.end < end || !names_somebody(tried, rule, &m))
			continue;
		if (is_news(r, rule, tried))
			return false;
		credit_tell(t, p, rule, &m, names);
		ret->of = rule->kind == RULE_PHOTO ? CREDIT_PHOTO : CREDIT_LINE;
		ret->byline = rule->kind == RULE_BYLINE;
		return true;
	}
	return false;
}

void credits_tail(const struct rules *r, const struct folded *t, size_t i, const char *source, bool sentence,
		  struct credits *ret, struct credit_names *names)
{
	const struct paragraph *p = &t->paragraphs[i];
	struct tried tried;
	struct window w;

	*ret = (struct credits){ CREDIT_NONE, p->unit, p->unit_end, p->fold, p->fold_end, false, false };
	if (!worth_a_look(r, t, p, sentence, t->n_paragraphs - i <= LATE))
		return;
	begin_trying(t, p, source, sentence, &tried);
	ask_paragraph(r, t, p, &tried);
	if (!tried.n)
		return;
	window_tail(&w, t->text, p->fold, p->fold_end, tried.line ? MATCH_WINDOW : MATCH_TAIL);
	if (tried.line && w.at[0] == p->fold && take_line(r, t, p, &tried, &w, ret, names))
		return;
	take_tails(r, t, p, &tried, &w, ret, names);
}
