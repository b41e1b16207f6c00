#include "text/credits_part.h"

#include <string.h>
#include <uchar.h>

#include "text/chars.h"
#include "text/proper.h"

#define END_MAX 64u /* characters, the brackets among them */

/* The bracket that opens what the window's last character closes; w->n: none does. */
static unsigned opening(const struct window *w)
{
	static const uint32_t brackets[][2] = { { '(', ')' }, { '[', ']' }, { 0x3010, 0x3011 } };

	for (size_t b = 0; b < sizeof(brackets) / sizeof(brackets[0]); b++) {
		unsigned i = w->n - 1;

		if (w->cp[i] != brackets[b][1])
			continue;
		while (i && w->cp[i] != brackets[b][0])
			i--;
		return w->cp[i] == brackets[b][0] ? i : w->n;
	}
	return w->n;
}

/* What places, parties and offices end with, and hardly a name. */
static bool is_of_office(uint32_t cp)
{
	static const char32_t ends[] = U"도당대시군구청党卒大省市県国社部府局庁课課报報";

	for (size_t i = 0; ends[i]; i++)
		if (ends[i] == cp)
			return true;
	return false;
}

/* Whether a run of n syllables is as long as names are, and begins with a surname in Hangul. */
static bool is_run_a_name(const uint32_t *cp, unsigned n)
{
	if (!n || is_of_office(cp[n - 1]))
		return false;
	return cp[0] - 0xAC00u >= 11172u || (n == 3 && proper_is_surname(cp[0]));
}

/* Whether they are names without a word that says so: of syllables; of letters more than one word. */
static bool are_whole_names(const struct folded *t, const struct paragraph *p, const struct window *w, unsigned at,
			    struct match_part name, const char *source)
{
	unsigned end;

	if (!credit_is_name(t, p, name, source))
		return false;
	while (w->at[at] < name.from)
		at++;
	if (w->class[at] != CHAR_SYLLABLE)
		return memchr(t->text + name.from, ' ', name.end - name.from) != NULL;
	for (; at < w->n && w->at[at] < name.end; at = end + (end == at)) {
		for (end = at; end < w->n && w->at[end] < name.end && w->class[end] == CHAR_SYLLABLE;)
			end++;
		if (end > at && !is_run_a_name(w->cp + at, end - at))
			return false;
	}
	return true;
}

/* Whether the bracket at folded byte `at` stands behind a sentence, or nothing. */
static bool is_behind_sentence(const char *text, uint32_t from, uint32_t at)
{
	while (at > from && text[at - 1] == ' ')
		at--;
	return at == from || credits_sentence(text, from, at);
}

bool credits_end(const struct rules *r, const struct folded *t, size_t i, const char *source, struct credits *c,
		 struct credit_names *names)
{
	const struct paragraph *p = &t->paragraphs[i];
	struct rule_group group = rules_find(r, RULES_END);
	struct window w;
	unsigned at;

	if (!credits_may_end(t->text, c->fold, c->fold_end))
		return false;
	window_tail(&w, t->text, c->fold, c->fold_end, END_MAX);
	at = opening(&w);
	if (at == w.n || !is_behind_sentence(t->text, c->fold, w.at[at]))
		return false;
	for (const struct rule *rule = r->rules + group.first, *end = rule + group.n; rule < end; rule++) {
		struct match_found m;

		if (!match_rule(r, rule, &w, at, true, &m) ||
		    (m.name.end && !are_whole_names(t, p, &w, at, m.name, source)))
			continue;
		credit_cut_off(t, p, w.at[at], c);
		if (c->of == CREDIT_NONE)
			return false;
		credit_tell(t, p, rule, &m, names);
		if (c->unit == c->unit_end)
			c->of = CREDIT_LINE;
		return true;
	}
	return false;
}
