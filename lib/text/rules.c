#include "text/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "text/chars.h"
#include "text/match.h"
#include "text/rules_index.h"
#include "text/rules_part.h"
#include "text/utf8.h"

#define CHOICES_MAX 400u /* rules of one line */
#define LINE_MAX_BYTES 1000u
#define BARE_LETTERS 3u  /* by, von, par, por */
#define TELLING_FIRST 5u /* a shorter first word is an anchor only when there is no other */

int rules_refuse(struct reading *rd, const char *reason)
{
	rd->fault.reason = reason;
	return -EINVAL;
}

/* --- a rule: its elements --- */

static const struct {
	const char *name;
	enum element_type type;
} kinds_of_word[] = {
	{ "name", ELEMENT_NAME },     { "names", ELEMENT_NAMES },   { "place", ELEMENT_PLACE },
	{ "capitals", ELEMENT_CAPITALS }, { "words", ELEMENT_WORDS }, { "number", ELEMENT_NUMBER },
	{ "email", ELEMENT_EMAIL },   { "agency", ELEMENT_AGENCY }, { "any", ELEMENT_ANY },
	{ "marks", ELEMENT_MARKS },   { "blank", ELEMENT_SPACE },   { "initials", ELEMENT_INITIALS },
};

static int add_element(struct reading *rd, enum element_type type, uint32_t cp)
{
	struct rules *r = rd->rules;
	int err = array_reserve(&r->elements, &r->cap_elements, r->n_elements + 1, sizeof(*r->elements));

	if (!err)
		r->elements[r->n_elements++] = (struct element){ (uint8_t)type, cp & 0xFFFFFF };
	return err;
}

/* <name> and its like; *at is behind the bracket. */
static int read_kind_of_word(struct reading *rd, const char **at, const char *end)
{
	const char *close = memchr(*at, '>', (size_t)(end - *at));
	size_t n = close ? (size_t)(close - *at) : 0;

	for (size_t i = 0; i < sizeof(kinds_of_word) / sizeof(kinds_of_word[0]); i++) {
		const char *name = kinds_of_word[i].name;

		if (n != strlen(name) || memcmp(*at, name, n))
			continue;
		*at = close + 1;
		return add_element(rd, kinds_of_word[i].type, 0);
	}
	return rules_refuse(rd, "no such kind of word in < >");
}

static int read_elements(struct reading *rd, const char *at, const char *end)
{
	bool blank = true; /* none at the beginning, never two */
	int err = 0;

	while (at < end && !err) {
		unsigned n = 1;
		uint32_t cp = utf8_decode((const uint8_t *)at, &n);

		at += n;
		if (cp == '<')
			err = read_kind_of_word(rd, &at, end);
		else if (cp != ' ')
			err = add_element(rd, ELEMENT_CHAR, cp);
		else if (!blank)
			err = add_element(rd, ELEMENT_BLANK, 0);
		blank = cp == ' ';
	}
	return err;
}

/* --- a rule: its anchor --- */

static size_t literal_end(const struct element *e, size_t i, size_t n)
{
	while (i < n && (e[i].type == ELEMENT_CHAR || e[i].type == ELEMENT_BLANK))
		i++;
	return i;
}

/* Folds the literal [from, to) of a rule. */
static int fold_literal(struct reading *rd, const struct element *e, size_t from, size_t to, struct folded *ret)
{
	char text[4 * RULE_ELEMENTS_MAX];
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		n += utf8_encode((uint8_t *)text + n, e[i].type == ELEMENT_BLANK ? ' ' : e[i].cp);
	return fold_text(rd->folder, text, n, ret);
}

/* Elements of e from `from` on that stand before the byte `start` of their text. */
static uint16_t elements_before(const struct element *e, size_t from, uint32_t start)
{
	uint8_t bytes[4];
	size_t i = from;

	for (uint32_t n = 0; n < start; i++)
		n += e[i].type == ELEMENT_BLANK ? 1 : utf8_encode(bytes, e[i].cp);
	return (uint16_t)i;
}

/* Takes the anchor of the literal [i, to), when it is better than the one there is. */
static int try_anchor(struct reading *rd, struct rule *rule, size_t i, size_t to, uint32_t *best)
{
	const struct element *e = rd->rules->elements + rule->elements;
	const struct unit *end;
	struct folded t;
	int err = fold_literal(rd, e, i, to, &t);

	if (err || !t.n_units)
		return err;
	end = t.units + t.n_units;
	if (to == rule->n)
		rules_set_bit(rd->rules->finals, rules_final(t.units, end));
	if (rule->place == RULE_LINE && i == 0 && rules_telling(t.units, end) >= TELLING_FIRST) {
		rule->anchor = rules_first(t.units, end);
		*best = UINT32_MAX;
	} else if (rule->place == RULE_LINE && i == 0 && rules_first_two(t.units, end)) {
		rule->anchor = rules_first_two(t.units, end);
		*best = UINT32_MAX;
	}
	for (const struct unit *u = t.units; u < end; u++) {
		if (rules_telling(u, end) <= *best)
			continue;
		*best = rules_telling(u, end);
		rule->anchor = rules_anchor(u, end);
		rule->before = elements_before(e, i, u->start);
	}
	return 0;
}

/* The most telling word of its literals; one of three letters or less tells less than an agency or an address. */
static int find_anchor(struct reading *rd, struct rule *rule)
{
	const struct element *e = rd->rules->elements + rule->elements;
	uint32_t best = 0;
	struct folded t;
	int err = 0;

	for (size_t i = 0; i < rule->n; i++) {
		if (e[i].type == ELEMENT_CHAR && match_class(e[i].cp) == CHAR_OTHER)
			rule->marks |= rules_mark(e[i].cp);
		if (e[i].type == ELEMENT_EMAIL)
			rule->marks |= rules_mark('@');
		rule->email |= e[i].type == ELEMENT_EMAIL;
		rule->somebody |= e[i].type == ELEMENT_NAME || e[i].type == ELEMENT_NAMES ||
				  e[i].type == ELEMENT_EMAIL || e[i].type == ELEMENT_AGENCY ||
				  e[i].type == ELEMENT_NUMBER;
		rule->agency |= e[i].type == ELEMENT_AGENCY;
	}
	if (rule->place == RULE_HEAD || rule->place == RULE_END) /* known by where they stand */
		return 0;
	if (rule->email || rule->agency)
		best = 3;
	for (size_t i = 0, to; i < rule->n && !err; i = to + (to == i)) {
		to = literal_end(e, i, rule->n);
		if (to > i)
			err = try_anchor(rd, rule, i, to, &best);
	}
	if (!err && rule->place == RULE_LINE && best <= 3 && !rule->email && !rule->agency && literal_end(e, 0, rule->n)) {
		err = fold_literal(rd, e, 0, literal_end(e, 0, rule->n), &t);
		if (!err && t.n_units && (t.units->weight == UNIT_WORD || t.n_units > 1)) {
			rule->anchor = rules_first(t.units, t.units + t.n_units);
			best = UINT32_MAX;
		}
	}
	if (best == UINT32_MAX)
		rules_set_bit(rd->rules->firsts, rule->anchor);
	return err;
}

static uint64_t begins_with(const struct rules *r, const struct rule *rule, uint32_t cp)
{
	const struct element *e = r->elements + rule->elements;

	return e->type == ELEMENT_CHAR && e->cp == cp ? RULES_RIGHTS : 0;
}

/* Whether a byline is a name and nothing that says so, but for a word as short as "by". An address says little. */
static bool is_bare(const struct rules *r, const struct rule *rule)
{
	const struct element *e = r->elements + rule->elements;
	unsigned letters = 0, longest = 0;
	bool names = false;

	for (size_t i = 0; i < rule->n; i++) {
		uint8_t class = e[i].type == ELEMENT_CHAR ? match_class(e[i].cp) : CHAR_OTHER;

		if (class == CHAR_SYLLABLE)
			return false;
		names |= e[i].type == ELEMENT_NAMES;
		letters = class == CHAR_WORD ? letters + 1 : 0;
		longest = letters > longest ? letters : longest;
	}
	return names && rule->kind == RULE_BYLINE && (longest <= BARE_LETTERS || rule->email);
}

/* A word that tells who speaks: the first of the pattern. */
static int add_word(struct reading *rd, const char *at, const char *end)
{
	struct folded t;
	int err = fold_text(rd->folder, at, (size_t)(end - at), &t);

	if (err)
		return err;
	if (!t.n_units)
		return rules_refuse(rd, "a word without a letter");
	if (voice_add(rd->kind == RULE_REPORT ? &rd->rules->report : &rd->rules->reader,
		      rules_anchor(t.units, t.units + t.n_units)))
		return rules_refuse(rd, "too many words");
	return 0;
}

static bool is_pair(const struct rules *r, const struct rule *rule)
{
	unsigned n = 0;

	for (size_t i = 0; i < rule->n; i++)
		n += r->elements[rule->elements + i].type == ELEMENT_AGENCY;
	return n == 2 && rule->kind == RULE_BYLINE;
}

/* Whether another kind of credit looks the same in the same place: one of them could never be told. */
static bool is_doubtful(struct reading *rd, const struct rule *rule)
{
	const struct rules *r = rd->rules;
	const struct element *e = r->elements + rule->elements;
	size_t size = rule->n * sizeof(*e), at = (hash_bytes(e, size) + rule->place) % RULES_SEEN;

	for (; rd->seen[at]; at = (at + 1) % RULES_SEEN) {
		const struct rule *other = &r->rules[rd->seen[at] - 1];

		if (other->place == rule->place && other->n == rule->n &&
		    !memcmp(r->elements + other->elements, e, size))
			return other->kind != rule->kind;
	}
	rd->seen[at] = (uint16_t)(r->n + 1);
	return false;
}

static int add_rule(struct reading *rd, const char *at, const char *end)
{
	struct rules *r = rd->rules;
	struct rule rule = { .elements = (uint32_t)r->n_elements, .number = (uint32_t)r->n, .kind = rd->kind & 0xFF,
			     .place = rd->place & 0xFF };
	enum element_type last;
	int err;

	if (r->n == RULES_MAX || rd->choices++ == CHOICES_MAX)
		return rules_refuse(rd, "too many choices");
	err = array_reserve(&r->rules, &r->cap, r->n + 1, sizeof(*r->rules));
	if (!err)
		err = read_elements(rd, at, end);
	if (err)
		return err;
	while (r->n_elements > rule.elements && r->elements[r->n_elements - 1].type == ELEMENT_BLANK)
		r->n_elements--;
	if (r->n_elements - rule.elements > RULE_ELEMENTS_MAX)
		return rules_refuse(rd, "too long");
	rule.n = (uint16_t)(r->n_elements - rule.elements);
	if (!rule.n)
		return rules_refuse(rd, "a choice that is empty");
	if (is_doubtful(rd, &rule))
		return rules_refuse(rd, "the same pattern stands above as another kind");
	last = (enum element_type)r->elements[r->n_elements - 1].type;
	rule.to_the_end = last == ELEMENT_CHAR || last == ELEMENT_ANY;
	err = find_anchor(rd, &rule);
	rule.bare = is_bare(r, &rule);
	rule.pair = is_pair(r, &rule);
	if (err)
		return err;
	if (rule.place == RULE_END) {
		rule.anchor = RULES_END;
	} else if (rule.place != RULE_HEAD) {
		if (!rule.anchor)
			rule.anchor = rule.email ? RULES_EMAIL : rule.agency ? RULES_AGENCY : begins_with(r, &rule, 0xA9);
		if (!rule.anchor)
			return rules_refuse(rd, "no word to look for");
		rules_set_bit(r->anchors, rule.anchor);
		if (rule.place == RULE_LINE && rule.to_the_end && rule.before && rule.kind >= RULE_RIGHTS)
			rules_set_bit(r->notices, rule.anchor);
		rules_set_bit(r->words, rule.anchor);
	}
	r->rules[r->n++] = rule;
	return 0;
}

/* --- choices --- */

/* The } that closes the { at `open`, and how many | stand directly inside; NULL: none does. */
static const char *closing(const char *open, const char *end)
{
	int depth = 0;

	for (const char *at = open; at < end; at++) {
		depth += *at == '{';
		depth -= *at == '}';
		if (!depth)
			return at;
	}
	return NULL;
}

static const char *choice_end(const char *at, const char *close)
{
	int depth = 0;

	for (; at < close; at++) {
		depth += *at == '{';
		depth -= *at == '}';
		if (*at == '|' && !depth)
			break;
	}
	return at;
}

/* Multiplies out the first choice, then what that leaves. */
static int read_choices(struct reading *rd, const char *text, size_t len)
{
	const char *end = text + len, *open = memchr(text, '{', len), *close;
	char one[LINE_MAX_BYTES];
	int err = 0;

	if (!open)
		return memchr(text, '}', len) ? rules_refuse(rd, "a } without its {")
		       : rd->place == RULE_WORD ? add_word(rd, text, end)
						: add_rule(rd, text, end);
	close = closing(open, end);
	if (!close)
		return rules_refuse(rd, "a { without its }");
	for (const char *at = open + 1, *stop; !err; at = stop + 1) {
		size_t before = (size_t)(open - text), mine, after = (size_t)(end - close - 1);

		stop = choice_end(at, close);
		mine = (size_t)(stop - at);
		memcpy(one, text, before);
		memcpy(one + before, at, mine);
		memcpy(one + before + mine, close + 1, after);
		err = read_choices(rd, one, before + mine + after);
		if (stop == close)
			break;
	}
	return err;
}

/* --- lines --- */

/* The next word of a line, cut off its beginning. */
static size_t word(const char **at, const char *end, const char **ret)
{
	while (*at < end && **at == ' ')
		++*at;
	*ret = *at;
	while (*at < end && **at != ' ')
		++*at;
	return (size_t)(*at - *ret);
}

static int which(const char *const *names, int n, const char *at, size_t len)
{
	for (int i = 0; i < n; i++)
		if (strlen(names[i]) == len && !memcmp(names[i], at, len))
			return i;
	return -1;
}

static int read_rule(struct reading *rd, const char *at, const char *end)
{
	static const char *const kinds[RULE_KINDS] = { "dateline", "byline", "photo", "rights", "notice", "report",
						 "reader" };
	static const char *const places[RULE_PLACES] = { "head", "line", "tail", "end", "word" };
	const char *w;
	size_t n = word(&at, end, &w);
	int kind = which(kinds, RULE_KINDS, w, n), place;

	if (kind < 0)
		return rules_refuse(rd, "a rule begins with dateline, byline, photo, rights or notice");
	n = word(&at, end, &w);
	place = which(places, RULE_PLACES, w, n);
	if (place < 0)
		return rules_refuse(rd, "the second word is head, line, tail or end");
	if ((place == RULE_WORD) != (kind >= RULE_REPORT))
		return rules_refuse(rd, "report and reader have words, and nothing else has");
	rd->kind = (enum rule_kind)kind;
	rd->place = (enum rule_place)place;
	rd->choices = 0;
	while (at < end && *at == ' ')
		at++;
	return at == end ? rules_refuse(rd, "nothing behind the second word") : read_choices(rd, at, (size_t)(end - at));
}

/* character | reading | word | word ... */
static int read_hanja(struct reading *rd, const char *at, const char *end)
{
	int err = hanja_add(&rd->rules->hanja, at, (size_t)(end - at));

	if (err == -EEXIST)
		return rules_refuse(rd, "the same characters stand above with another reading");
	return err == -EINVAL ? rules_refuse(rd, "characters, a reading, then words, with | between them") : err;
}

static int read_site(struct reading *rd, const struct folded *line)
{
	int err = site_add(&rd->rules->site, line);

	if (err == -EEXIST)
		return rules_refuse(rd, "the same phrase stands above as another kind");
	if (err == -E2BIG)
		return rules_refuse(rd, "too many phrases, or one that is too long");
	return err == -EINVAL ? rules_refuse(rd, "site or wall, then the words of a phrase") : err;
}

/* A line as it stands in folded text; comments and blank lines say nothing. */
static int read_line(struct reading *rd, const char *at, size_t len, enum rules_kind kind)
{
	char line[LINE_MAX_BYTES];
	struct folded t;
	int err;

	if (len && at[len - 1] == '\r')
		len--;
	if (memchr(at, 0, len))
		return rules_refuse(rd, "a NUL byte");
	if (memchr(at, '\r', len))
		return rules_refuse(rd, "a carriage return within a line");
	if (!len || *at == '#')
		return 0;
	if (len >= sizeof(line) / 2)
		return rules_refuse(rd, "too long");
	err = fold_text(rd->folder, at, len, &t);
	if (err == -EILSEQ)
		return rules_refuse(rd, "no UTF-8");
	if (err || !t.n_paragraphs)
		return err;
	if (kind == RULES_SITE)
		return read_site(rd, &t);
	len = t.paragraphs[0].fold_end;
	if (len >= sizeof(line))
		return rules_refuse(rd, "too long");
	memcpy(line, t.text, len);
	line[len] = 0;
	if (kind == RULES_HANJA)
		return read_hanja(rd, line, line + len);
	return kind == RULES_AGENCIES ? rules_read_agency(rd, line, line + len) : read_rule(rd, line, line + len);
}

static int read_file(struct reading *rd, const struct rules_file *file)
{
	const char *at = file->text, *end = at + file->len, *stop;
	int err = 0;

	rd->fault = (struct rules_fault){ .file = file->name };
	if (file->len >= 3 && !memcmp(at, "\xEF\xBB\xBF", 3)) /* a byte order mark */
		at += 3;
	for (; at < end && !err; at = stop + 1) {
		stop = memchr(at, '\n', (size_t)(end - at));
		stop = stop ? stop : end;
		rd->fault.line++;
		err = read_line(rd, at, (size_t)(stop - at), file->kind);
	}
	return err;
}

int rules_new(struct folder *f, const struct rules_file *files, size_t n, struct rules **ret,
	      struct rules_fault *ret_fault)
{
	struct reading *rd = calloc(1, sizeof(*rd));
	struct rules *r = calloc(1, sizeof(*r));
	int err = rd && r ? 0 : -ENOMEM;

	if (!err)
		*rd = (struct reading){ .rules = r, .folder = f };
	for (size_t i = 0; i < n && !err; i++)
		err = read_file(rd, &files[i]);
	if (!err)
		err = rules_index(r);
	if (err && rd)
		*ret_fault = rd->fault;
	free(rd);
	if (err)
		rules_free(r);
	else
		*ret = r;
	return err;
}

void rules_free(struct rules *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n_keys; i++)
		free(r->keys[i]);
	free(r->keys);
	free(r->rules);
	free(r->elements);
	free(r->names);
	free(r->next_name);
	free(r->heads);
	free(r->slots);
	free(r->cps);
	hanja_done(&r->hanja);
	site_done(&r->site);
	free(r);
}
