#include "text/match.h"

#include <string.h>

#include "text/chars.h"
#include "text/utf8.h"

#define STEPS_MAX 3000u
#define WORDS_LEN 60u
#define ANY_LEN 200u
#define INITIALS 4u

/* --- the window --- */

static inline uint8_t class_of(uint32_t cp)
{
	static const uint8_t ascii[128] = { [' '] = MATCH_BLANK, ['0' ... '9'] = MATCH_DIGIT, ['A' ... 'Z'] = CHAR_WORD,
					    ['a' ... 'z'] = CHAR_WORD };

	if (cp < 0x80)
		return ascii[cp];
	if (cp - 0xAC00u < 11172u || cp - 0x4E00u < 0x5200u || cp - 0x3041u < 0x56u || cp - 0x30A1u < 0x5Au)
		return CHAR_SYLLABLE;
	if (cp - 0x410u < 0x70u || cp - 0xDFu < 0x18u || cp - 0x620u < 0x2Bu)
		return CHAR_WORD;
	if (cp - 0x2010u < 0x60u || cp - 0x3008u < 0x19u || cp == 0xB7)
		return CHAR_OTHER;
	return (uint8_t)chars_class(cp);
}

uint8_t match_class(uint32_t cp)
{
	return class_of(cp);
}

static void fill(struct window *w, const char *text, uint32_t from, uint32_t to, unsigned max)
{
	w->n = 0;
	w->marks = 0;
	w->capitals = w->agency = false;
	while (from < to && w->n < max) {
		unsigned len;

		w->cp[w->n] = utf8_decode((const uint8_t *)text + from, &len);
		w->class[w->n] = class_of(w->cp[w->n]);
		if (w->class[w->n] == CHAR_OTHER)
			w->marks |= rules_mark(w->cp[w->n]);
		w->at[w->n++] = from;
		from += len;
	}
	w->at[w->n] = from;
}

void window_head(struct window *w, const char *text, uint32_t from, uint32_t to, unsigned max)
{
	fill(w, text, from, to, max);
}

void window_tail(struct window *w, const char *text, uint32_t from, uint32_t to, unsigned max)
{
	uint32_t start = to - from > max ? to : from;

	for (unsigned n = 0; start > from && n < max; n++)
		do
			start--;
		while (start > from && ((uint8_t)text[start] & 0xC0) == 0x80);
	fill(w, text, start, to, max);
}

/* --- kinds of word: each tells the character behind the longest one at `at`, or `at` --- */

static inline bool letter(const struct window *w, unsigned i)
{
	return i < w->n && (w->class[i] == CHAR_WORD || w->class[i] == CHAR_MARK);
}

static inline bool alnum(const struct window *w, unsigned i)
{
	return i < w->n && (w->class[i] == CHAR_WORD || w->class[i] == CHAR_MARK || w->class[i] == MATCH_DIGIT);
}

static inline bool syllable(const struct window *w, unsigned i)
{
	return i < w->n && w->class[i] == CHAR_SYLLABLE;
}

static inline bool is(const struct window *w, unsigned i, uint32_t cp)
{
	return i < w->n && w->cp[i] == cp;
}

static unsigned syllables(const struct window *w, unsigned i, unsigned max)
{
	unsigned end = i;

	while (end - i < max && syllable(w, end))
		end++;
	return end;
}

/* A word of letters, with dashes, apostrophes and full stops inside. */
static unsigned letters(const struct window *w, unsigned i)
{
	unsigned end = i;

	for (;; end++) {
		while (letter(w, end))
			end++;
		if (end == i || !(is(w, end, '-') || is(w, end, '\'') || is(w, end, '.')) || !letter(w, end + 1))
			break;
	}
	return end > i && is(w, end, '.') && end - i <= 3 ? end + 1 : end; /* an initial */
}

/* The ends of a person's name, longest first. */
static unsigned name_ends(const struct window *w, unsigned i, unsigned *ret)
{
	unsigned n = 0, end = i, ends[5];

	if (syllable(w, i)) {
		bool kana = w->cp[i] - 0x3040u < 0xC0u;

		for (end = syllables(w, i, kana ? 12 : 5); end >= i + 2 && n < 5; end--)
			ret[n++] = end;
		return n;
	}
	while (n < 4) {
		unsigned stop = letters(w, end);

		if (stop == end)
			break;
		ends[n++] = stop;
		end = is(w, stop, ' ') ? stop + 1 : stop;
		if (end == stop)
			break;
	}
	for (unsigned k = 0; k < n; k++)
		ret[k] = ends[n - 1 - k];
	return n;
}

/* What may stand between two names: where the second starts; 0 when nothing does. */
static unsigned names_joined(const struct window *w, unsigned i)
{
	static const char *const words[] = { "and ", "und ", "et ", "y ", "e ", "и " };
	unsigned k = is(w, i, ' ') ? i + 1 : i;

	if (k < w->n && (w->cp[k] == ',' || w->cp[k] == 0xB7 || w->cp[k] == '/' || w->cp[k] == '&' ||
			 w->cp[k] == 0x3001 || w->cp[k] == 0x30FB)) {
		k++;
		return is(w, k, ' ') ? k + 1 : k;
	}
	for (size_t word = 0; k > i && word < sizeof(words) / sizeof(words[0]); word++) {
		const uint8_t *at = (const uint8_t *)words[word];
		unsigned m = k, len;

		for (; *at && is(w, m, utf8_decode(at, &len)); m++)
			at += len;
		if (!*at)
			return m;
	}
	return 0;
}

static unsigned place_end(const struct window *w, unsigned i)
{
	unsigned end = i, words = 0, from = i;

	while (end < w->n && end - i < 40) {
		if (alnum(w, end) || syllable(w, end) || is(w, end, '\'') || is(w, end, '/') || is(w, end, 0xB7)) {
			end++;
			continue;
		}
		if (is(w, end, '-') && end > from && (letter(w, end + 1)))
			end++;
		else if ((is(w, end, ' ') || is(w, end, ',') || (is(w, end, '.') && letter(w, end - 1))) &&
			 end > from && ++words < 8)
			from = ++end;
		else
			break;
	}
	while (end > i && w->class[end - 1] != CHAR_WORD && w->class[end - 1] != CHAR_SYLLABLE &&
	       w->class[end - 1] != CHAR_MARK)
		end--;
	return end;
}

static bool breaks_words(uint32_t cp)
{
	switch (cp) {
	case '(': case ')': case '[': case ']': case '<': case '>': case '"': case '?': case '!': case ';':
	case 0x3002: case 0x3010: case 0x3011:
		return true;
	default:
		return false;
	}
}

/* A full stop, be the next sentence glued to it as Korean ones are. */
static bool ends_words(const struct window *w, unsigned i)
{
	return w->cp[i] == '.' && (is(w, i + 1, ' ') || (i && syllable(w, i - 1) && syllable(w, i + 1)));
}

static unsigned words_end(const struct window *w, unsigned i)
{
	unsigned end = i;

	while (end < w->n && end - i < WORDS_LEN && !breaks_words(w->cp[end]) && !ends_words(w, end))
		end++;
	return end;
}

static inline bool address_char(uint32_t cp)
{
	return (cp >= 'a' && cp <= 'z') || (cp >= '0' && cp <= '9') || cp == '.' || cp == '_' || cp == '-' || cp == '+';
}

/* Whether nothing but a bracket follows: outlets leave their own name out. */
static bool is_cut_short(const struct window *w, unsigned i)
{
	return i == w->n || is(w, i, ')') || is(w, i, ']') || is(w, i, '>');
}

static unsigned email_end(const struct window *w, unsigned i)
{
	unsigned end = i, dots = 0, from;

	if (is(w, i, '.') || is(w, i, '-')) /* they end what stands before */
		return i;
	while (end < w->n && address_char(w->cp[end]))
		end++;
	if (end == i || !is(w, end, '@'))
		return i;
	from = ++end;
	if (is_cut_short(w, end))
		return end;
	for (; end < w->n && address_char(w->cp[end]); end++)
		dots += w->cp[end] == '.';
	while (end > from && w->cp[end - 1] == '.') {
		end--;
		dots--;
	}
	return end > from && dots ? end : i;
}

/* --- rows of elements --- */

struct trial {
	const struct rules *rules;
	const struct element *e;
	const struct window *w;
	unsigned n, steps;
	bool whole;
	struct match_found found;
};

static bool match_from(struct trial *t, unsigned i, unsigned at);

static bool captured(struct trial *t, struct match_part *part, unsigned i, unsigned at, unsigned end)
{
	struct match_part was = *part;

	if (!was.end) /* of several, the first tells */
		*part = (struct match_part){ t->w->at[at], t->w->at[end] };
	if (match_from(t, i + 1, end))
		return true;
	*part = was;
	return false;
}

static bool match_name(struct trial *t, unsigned i, unsigned at, unsigned start, unsigned more)
{
	unsigned ends[8], n = name_ends(t->w, at, ends);

	for (unsigned k = 0; k < n && t->steps < STEPS_MAX; k++) {
		unsigned next = more ? names_joined(t->w, ends[k]) : 0;

		t->steps++;
		if (next && match_name(t, i, next, start, more - 1))
			return true;
		if (captured(t, &t->found.name, i, start, ends[k]))
			return true;
	}
	return false;
}

static bool match_place(struct trial *t, unsigned i, unsigned at, unsigned end)
{
	for (; end > at && t->steps < STEPS_MAX; end--)
		if ((!alnum(t->w, end) || !alnum(t->w, end - 1)) && captured(t, &t->found.place, i, at, end))
			return true;
	return false;
}

/* From the shortest to the longest run. */
static bool match_run(struct trial *t, unsigned i, unsigned at, unsigned min, unsigned end)
{
	if (i + 1 == t->n)
		return end >= at + min && match_from(t, i + 1, end);
	for (unsigned stop = at + min; stop <= end && t->steps < STEPS_MAX; stop++)
		if ((t->e[i + 1].type != ELEMENT_CHAR || is(t->w, stop, t->e[i + 1].cp)) && match_from(t, i + 1, stop))
			return true;
	return false;
}

/* Longest name first; letters may not go on behind it. */
static bool match_agency(struct trial *t, unsigned i, unsigned at)
{
	const struct rules *r = t->rules;
	const struct window *w = t->w;
	int was = t->found.agency;

	if (at >= w->n)
		return false;
	for (uint32_t k = r->by_cp[w->cp[at] % 64]; k; k = r->next_name[k - 1]) {
		const struct agency_name *name = &r->names[k - 1];
		unsigned end = at + name->n;

		if (end > w->n || memcmp(r->cps + name->cps, w->cp + at, name->n * sizeof(uint32_t)))
			continue;
		if (alnum(w, end) && alnum(w, end - 1))
			continue;
		if (was < 0)
			t->found.agency = (int)name->key;
		if (match_from(t, i + 1, end))
			return true;
	}
	t->found.agency = was;
	return false;
}

static bool match_from(struct trial *t, unsigned i, unsigned at)
{
	const struct window *w = t->w;
	unsigned end;

	while (i < t->n && (t->e[i].type == ELEMENT_CHAR || t->e[i].type == ELEMENT_BLANK)) {
		if (t->e[i].type == ELEMENT_BLANK)
			at += is(w, at, ' ');
		else if (!is(w, at, t->e[i].cp))
			return false;
		else
			at++;
		i++;
	}
	if (t->steps++ >= STEPS_MAX)
		return false;
	if (i == t->n) {
		t->found.end = at;
		return !t->whole || at == w->n;
	}
	end = at;
	switch ((enum element_type)t->e[i].type) {
	case ELEMENT_NAME:
		return match_name(t, i, at, at, 0);
	case ELEMENT_NAMES:
		return match_name(t, i, at, at, 5);
	case ELEMENT_CAPITALS:
		return w->capitals && at == 0 && match_place(t, i, at, place_end(w, at));
	case ELEMENT_PLACE:
		return match_place(t, i, at, place_end(w, at));
	case ELEMENT_WORDS:
		return match_run(t, i, at, 1, words_end(w, at));
	case ELEMENT_NUMBER:
		for (end = at; end < w->n && w->class[end] == MATCH_DIGIT;)
			end++;
		return end > at && match_from(t, i + 1, end);
	case ELEMENT_EMAIL:
		end = email_end(w, at);
		return end > at && match_from(t, i + 1, end);
	case ELEMENT_AGENCY:
		return match_agency(t, i, at);
	case ELEMENT_ANY:
		return match_run(t, i, at, 0, i + 1 == t->n || w->n - at < ANY_LEN ? w->n : at + ANY_LEN);
	case ELEMENT_SPACE:
		return is(w, at, ' ') && match_from(t, i + 1, at + 1);
	case ELEMENT_MARKS:
		while (end < w->n && end - at < 4 && !is(w, end, '"') && !is(w, end, '\'') &&
		       (w->class[end] == CHAR_OTHER || w->class[end] == MATCH_BLANK))
			end++;
		return match_run(t, i, at, 0, end);
	case ELEMENT_INITIALS:
		while (end < w->n && end - at <= INITIALS && letter(w, end))
			end++;
		return end - at >= 2 && end - at <= INITIALS && match_from(t, i + 1, end);
	case ELEMENT_CHAR:
	case ELEMENT_BLANK:
		break;
	}
	return false;
}

bool match_rule(const struct rules *r, const struct rule *rule, const struct window *w, unsigned at, bool whole,
		struct match_found *ret)
{
	struct trial t = { r, r->elements + rule->elements, w, rule->n, 0, whole, { .agency = -1 } };

	if (rule->marks & ~w->marks || !match_from(&t, 0, at))
		return false;
	*ret = t.found;
	return true;
}
