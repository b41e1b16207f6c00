#include "text/proper.h"

#include <string.h>
#include <uchar.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf8.h>

#include "base/hash.h"

#define ACRONYM_MAX 5u  /* letters of a word all in capitals that is a name, not a shout */
#define NAME_SYLLABLES 3u
#define WORD_SYLLABLES 8u /* of a Hangul word that are looked at */
#define GAP_MAX 8u      /* bytes between two words that are looked at */

/* --- scripts with capitals --- */

static UChar32 char_at(const char *source, uint32_t at, uint32_t end, uint32_t *ret_next)
{
	const uint8_t *s = (const uint8_t *)source;
	int32_t i = (int32_t)at;
	UChar32 c;

	U8_NEXT(s, i, (int32_t)end, c);
	*ret_next = (uint32_t)i;
	return c;
}

/* Whether a sentence, a quotation or a line begins between the two bytes. */
static bool sentence_between(const char *source, uint32_t from, uint32_t to)
{
	if (to - from > GAP_MAX)
		return true;
	for (; from < to; from++) {
		unsigned char c = (unsigned char)source[from];

		if (c != ' ' && c != ',' && c != '-' && c != '\'' && c != '(' && c != ')' && c != '/' && c != '&')
			return true;
	}
	return false;
}

static bool is_upper(UChar32 c)
{
	return c < 0x80 ? c >= 'A' && c <= 'Z' : u_isupper(c) != 0;
}

/* Not a word all in capitals, unless it is short. */
static bool is_capitalised(const char *source, uint32_t at, uint32_t end)
{
	uint32_t next;
	unsigned letters = 1;
	bool shouts = true;

	if (!is_upper(char_at(source, at, end, &next)))
		return false;
	for (; next < end && letters <= ACRONYM_MAX + 1; letters++)
		shouts &= is_upper(char_at(source, next, end, &next));
	return letters > 1 && (!shouts || letters <= ACRONYM_MAX);
}

/* --- Hangul --- */

static const char32_t surnames[] =
	U"김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허남심노하곽성차주우구민진나지엄채원천방공현함변염여추석선설"
	U"마길연왕";

/* What stands before or behind a name; the shorter of two that begin or end alike is enough. */
static const char32_t *const titles[] = {
	U"씨",   U"군",   U"양",   U"옹",   U"여사", U"대표", U"사장", U"회장", U"전무", U"상무", U"이사", U"부장",
	U"차장", U"과장", U"대리", U"실장", U"국장", U"팀장", U"소장", U"원장", U"총장", U"학장", U"교수", U"교장",
	U"교사", U"의원", U"위원", U"장관", U"차관", U"총리", U"지사", U"시장", U"군수", U"청장", U"서장", U"감독",
	U"코치", U"선수", U"기자", U"판사", U"검사", U"박사", U"작가", U"감사", U"관장", U"단장", U"대사", U"목사",
	U"신부", U"스님", U"본부장", U"센터장", U"대통령", U"변호사", U"사무관", U"서기관", U"대변인", U"연구원",
};

#define TITLES (sizeof(titles) / sizeof(titles[0]))

/* The syllable of a unit, composed or not; 0: it is none. */
static char32_t syllable_of(const struct unit *u, const char *source)
{
	uint32_t next;
	UChar32 c = char_at(source, u->start, u->end, &next), v, t;

	if (c >= 0xAC00 && c <= 0xD7A3)
		return (char32_t)c;
	if (c < 0x1100 || c > 0x1112 || next >= u->end)
		return 0;
	v = char_at(source, next, u->end, &next);
	t = next < u->end ? char_at(source, next, u->end, &next) : 0x11A7;
	if (v < 0x1161 || v > 0x1175 || t < 0x11A7 || t > 0x11C2)
		return 0;
	return (char32_t)(0xAC00 + ((c - 0x1100) * 21 + v - 0x1161) * 28 + t - 0x11A7);
}

/* A run of syllables without a blank: what is looked at of it. */
struct word {
	char32_t at[WORD_SYLLABLES];
	size_t n;
};

static struct word word_from(const struct unit *u, size_t i, size_t end, const char *source)
{
	struct word w = { .n = 0 };

	while (i < end && w.n < WORD_SYLLABLES && (!w.n || u[i].start == u[i - 1].end)) {
		char32_t c = syllable_of(&u[i++], source);

		if (!c)
			break;
		w.at[w.n++] = c;
	}
	return w;
}

/* The last syllables of the word that ends at unit i. */
static struct word word_before(const struct unit *u, size_t from, size_t i, const char *source)
{
	size_t first = i;

	while (first > from && i - first < WORD_SYLLABLES && (first == i || u[first - 1].end == u[first].start) &&
	       syllable_of(&u[first - 1], source))
		first--;
	return word_from(u, first, i, source);
}

static size_t length(const char32_t *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

static bool has_title(const struct word *w, size_t from, bool at_end)
{
	for (size_t i = 0; i < TITLES; i++) {
		size_t n = length(titles[i]);

		if (w->n < from + n)
			continue;
		if (!memcmp(at_end ? w->at + w->n - n : w->at + from, titles[i], n * sizeof(char32_t)))
			return true;
	}
	return false;
}

bool proper_is_surname(uint32_t c)
{
	for (size_t i = 0; surnames[i]; i++)
		if (surnames[i] == c)
			return true;
	return false;
}

/* Whether a name of three syllables that is a word of its own is followed or preceded by what names are. */
static bool is_beside_title(const struct unit *u, size_t from, size_t i, size_t end, const char *source)
{
	size_t behind = i + NAME_SYLLABLES;
	uint32_t at = u[behind - 1].end, next = behind < end ? (uint32_t)u[behind].start : at;
	struct word w;

	if (behind < end)
		next = u[behind].start;
	if (next > at && (source[at] == '(' || source[at] == ',' || source[at] == '=' || source[at] == ')' ||
			  !memcmp(source + at, "\xc2\xb7", 2)))
		return true;
	w = word_from(u, behind, end, source);
	if (next == at + 1 && source[at] == ' ' && has_title(&w, 0, false))
		return true;
	w = word_before(u, from, i, source);
	return i > from && u[i].start - u[i - 1].end == 1 && source[u[i].start - 1] == ' ' && has_title(&w, 0, true);
}

static size_t hangul_name(const struct unit *u, size_t from, size_t i, size_t end, const char *source)
{
	struct word w;

	if (i > from && u[i - 1].end == u[i].start)
		return 0;
	w = word_from(u, i, end, source);
	if (w.n < NAME_SYLLABLES || !proper_is_surname(w.at[0]) || has_title(&w, 0, false))
		return 0;
	if (w.n > NAME_SYLLABLES)
		return has_title(&w, NAME_SYLLABLES, false) ? NAME_SYLLABLES : 0;
	return is_beside_title(u, from, i, end, source) ? NAME_SYLLABLES : 0;
}

uint32_t proper_weight(const struct unit *u, size_t from, size_t end)
{
	size_t words = 0;

	for (size_t i = from; i < end; i++)
		words += u[i].weight == UNIT_WORD;
	return 2 * words > end - from ? UNIT_WORD : UNIT_SYLLABLE;
}

size_t proper_at(uint32_t weight, const struct unit *u, size_t from, size_t i, size_t end, const char *source)
{
	if (u[i].weight != weight)
		return 0;
	if (weight == UNIT_SYLLABLE)
		return hangul_name(u, from, i, end, source);
	if (i == from || !is_capitalised(source, u[i].start, u[i].end))
		return 0;
	return !sentence_between(source, u[i - 1].end, u[i].start);
}

/* --- as names are kept --- */

#define LETTERS 8u /* of a word that are told */

/* Letters that are written in one way or another. */
static UChar32 plain(UChar32 c)
{
	c = c < 0x80 ? c | 0x20 : u_tolower(c);
	return c == 0x451 ? 0x435 : c; /* yo is written as ye */
}

/* A letter and the mark behind it. */
static UChar32 with_mark(UChar32 letter, UChar32 mark)
{
	UErrorCode err = U_ZERO_ERROR;
	const UNormalizer2 *nfc = unorm2_getNFCInstance(&err);
	UChar32 c = U_SUCCESS(err) ? unorm2_composePair(nfc, letter, mark) : U_SENTINEL;

	return c < 0 ? letter : plain(c);
}

/* The first letters of a word; returns how many it has. */
static uint32_t letters_of(const struct unit *u, const char *source, UChar32 ret[LETTERS])
{
	uint32_t n = 0, next;

	for (uint32_t at = u->start; at < u->end; at = next) {
		UChar32 c = char_at(source, at, u->end, &next);
		bool mark = c >= 0x300 && c < 0x370 && n;

		if (mark && n <= LETTERS)
			ret[n - 1] = with_mark(ret[n - 1], c);
		if (mark)
			continue;
		if (n < LETTERS)
			ret[n] = plain(c);
		n++;
	}
	return n;
}

uint32_t proper_key(const struct unit *u, size_t n, const char *source, uint64_t hash)
{
	UChar32 letters[LETTERS] = { 0 };
	uint32_t len, ret;

	if (n > 1 || u->weight == UNIT_SYLLABLE)
		return (uint32_t)hash & ~15u;
	len = letters_of(u, source, letters);
	ret = (uint32_t)(hash_bytes(letters, 4 * sizeof(*letters)) >> 52) << 20;
	for (uint32_t i = 4; i < LETTERS; i++)
		ret |= (uint32_t)letters[i] * 0x9E3779B1u >> 28 << (16 - 4 * (i - 4));
	return ret | (len < 15 ? len : 15);
}
