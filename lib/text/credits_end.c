#include "text/credits_part.h"

#include <string.h>

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

/* Whether it is one without a word that says so: a surname and what follows, or more than one word of letters. */
static bool is_whole_name(const struct folded *t, const struct paragraph *p, const struct window *w, unsigned at,
			  struct match_part name, const char *source)
{
	if (!credit_is_name(t, p, name, source))
		return false;
	while (w->at[at] < name.from)
		at++;
	if (w->class[at] != CHAR_SYLLABLE)
		return memchr(t->text + name.from, ' ', name.end - name.from) != NULL;
	return w->cp[at] - 0xAC00u >= 11172u || proper_is_surname(w->cp[at]);
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
		    (m.name.end && !is_whole_name(t, p, &w, at, m.name, source)))
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
