#include "text/credits_part.h"

#include <string.h>

#include "text/chars.h"

#define HEAD_UNITS 24u     /* that are asked for agencies */
#define INNER_UNITS 100u   /* in which a dateline is looked for behind a caption */
#define DATELINE_BYTES 64u /* in which one ends */

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

typedef uint8_t sixteen __attribute__((vector_size(16)));

static inline sixteen load(const uint8_t *at)
{
	sixteen ret;

	memcpy(&ret, at, sizeof(ret));
	return ret;
}

/* Of 16 bytes and the two behind them: whether one may end a dateline. */
static inline sixteen dateline_marks(const uint8_t *at)
{
	sixteen a = load(at), b = load(at + 1);

	return (sixteen)((a == '(') | (a == '/') | (a == '[') | (a == '=') | (a == 0xE7) | (a == 0xE8) |
			 ((a == '-') & (b == ' ')) | ((a == 0xE3) & (b == 0x80) & (load(at + 2) == 0x90)));
}

/* Whether anything in the first bytes may end a dateline: a bracket, a slash, a dash before a blank, U+3010; a
 * Chinese one may have no mark at all. */
static bool maybe_dateline(const char *text, uint32_t from, uint32_t to)
{
	const uint8_t *at = (const uint8_t *)text + from;
	uint8_t copy[DATELINE_BYTES + 16] = { 0 };
	uint64_t any[2];
	sixteen all = { 0 };

	if (to - from < sizeof(copy))
		at = memcpy(copy, at, to - from);
	for (unsigned i = 0; i < DATELINE_BYTES; i += 16)
		all |= dateline_marks(at + i);
	memcpy(any, &all, sizeof(any));
	return any[0] | any[1];
}

static bool tells_more(const struct match_found *m, const struct match_found *than)
{
	return m->name.end && !than->name.end && (m->agency >= 0 || than->agency < 0);
}

/* The longest of a group of heads, when it is longer than what was found before, or as long and names somebody. */
static const struct rule *best_of(const struct rules *r, struct rule_group group, const struct window *w, unsigned at,
				  struct match_found *best)
{
	const struct rule *ret = NULL;

	for (const struct rule *rule = r->rules + group.first, *end = rule + group.n; rule < end; rule++) {
		struct match_found m;

		if (rule->marks & ~w->marks || (rule->agency && !w->agency))
			continue;
		if (!match_rule(r, rule, w, at, false, &m) || !credit_border(w, m.end < w->n ? m.end : 0))
			continue;
		if (m.end < best->end || (m.end == best->end && !tells_more(&m, best)))
			continue;
		*best = m;
		ret = rule;
	}
	return ret;
}

/* The longest head at the beginning of the window. */
static const struct rule *best_head(const struct rules *r, const struct window *w, struct match_found *best)
{
	const struct rule *ret = NULL, *longer;

	*best = (struct match_found){ .agency = -1 };
	for (size_t i = 0; i < r->n_heads; i++) {
		if (r->heads[i].tag && r->heads[i].tag != w->cp[0])
			continue;
		longer = best_of(r, r->heads[i], w, 0, best);
		ret = longer ? longer : ret;
	}
	return ret;
}

/* Whether one of the first units may name an agency. */
static bool names_agency(const struct rules *r, const struct unit *u, const struct unit *end, ptrdiff_t within)
{
	const struct unit *to = end - u > within ? u + within : end;

	for (; u < to; u++)
		if (rules_agency(r, rules_anchor(u, end)))
			return true;
	return false;
}

/* A dateline in brackets behind a caption or a summary that is glued to the text: of an agency, at a place. */
static const struct rule *inner_head(const struct rules *r, const struct window *w, struct match_found *best)
{
	for (unsigned at = 1; at < w->n; at++) {
		if (w->cp[at] != '(' && w->cp[at] != '[' && w->cp[at] != 0x3010)
			continue;
		for (size_t i = 0; i < r->n_heads; i++) {
			const struct rule *rule;

			*best = (struct match_found){ .agency = -1 };
			rule = r->heads[i].tag == w->cp[at] ? best_of(r, r->heads[i], w, at, best) : NULL;
			if (rule && rule->kind == RULE_DATELINE && best->agency >= 0 && best->place.end)
				return rule;
		}
	}
	return NULL;
}

/* What stands up to the head's end leaves the text. */
static bool cut_head(const struct folded *t, const struct paragraph *p, const struct window *w, const struct rule *rule,
		     struct match_found *m, struct credits *ret, struct credit_names *names)
{
	int n;

	while (m->end < w->n && w->class[m->end] == MATCH_BLANK)
		m->end++;
	n = credit_units(t->text, ret->fold, w->at[m->end]);
	if (n < 0 || ret->unit + (uint32_t)n > ret->unit_end)
		return false;
	credit_tell(t, p, rule, m, names);
	ret->dateline |= rule->kind == RULE_DATELINE && (m->agency >= 0 || m->place.end);
	ret->unit += (uint32_t)n;
	ret->fold = w->at[m->end];
	if (ret->of == CREDIT_NONE)
		ret->of = CREDIT_PART;
	return true;
}

static bool take_head(const struct rules *r, const struct folded *t, const struct paragraph *p, const char *source,
		      struct credits *ret, struct credit_names *names)
{
	const struct rule *rule;
	struct match_found m;
	struct window w;

	window_head(&w, t->text, ret->fold, ret->fold_end, MATCH_HEAD);
	w.capitals = ret->fold == p->fold && in_capitals(source, p->start, p->end);
	w.agency = names_agency(r, t->units + ret->unit, t->units + ret->unit_end, HEAD_UNITS);
	rule = w.n ? best_head(r, &w, &m) : NULL;
	return rule && cut_head(t, p, &w, rule, &m, ret, names);
}

/* Nearly no text has this sign in its first sentences but a dateline of this kind. */
static bool has_equals(const char *text, uint32_t from, uint32_t to)
{
	uint32_t n = to - from < 3 * MATCH_WINDOW ? to - from : 3 * MATCH_WINDOW;

	return memchr(text + from, '=', n) != NULL;
}

void credits_inner(const struct rules *r, const struct folded *t, size_t i, struct credits *ret,
		   struct credit_names *names)
{
	const struct paragraph *p = &t->paragraphs[i];
	const struct rule *rule;
	struct match_found m;
	struct window w;

	if (ret->dateline || !has_equals(t->text, ret->fold, ret->fold_end))
		return;
	if (!names_agency(r, t->units + ret->unit, t->units + ret->unit_end, INNER_UNITS))
		return;
	window_head(&w, t->text, ret->fold, ret->fold_end, MATCH_WINDOW);
	w.agency = true;
	rule = inner_head(r, &w, &m);
	if (rule)
		cut_head(t, p, &w, rule, &m, ret, names);
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
