#include "text/credits_part.h"

#include <string.h>

#include "text/chars.h"
#include "text/utf8.h"

#define NAME_SYLLABLES 4u /* the most of a Korean or Chinese one */
#define SENTENCE_WORDS 4u /* before its last one */
#define NAME_CASELESS 3u  /* words of one in letters that know no capitals */

static bool is_hangul(uint32_t cp)
{
	return cp - 0xAC00u < 11172u;
}

static bool is_kana(uint32_t cp)
{
	return cp - 0x3041u < 0xBFu;
}

static bool is_hiragana(uint32_t cp)
{
	return cp - 0x3041u < 0x56u;
}

/* Whether a run of Hangul ends as nouns with a particle and verbs do, and names do not. */
static bool ends_like_speech(uint32_t cp)
{
	switch (cp) {
	case 0xB294: /* neun */
	case 0xB97C: /* reul */
	case 0xB2E4: /* da */
	case 0xC694: /* yo */
	case 0xAE4C: /* kka */
	case 0xC9C0: /* ji */
	case 0xC5D0: /* e */
	case 0xC11C: /* seo */
		return true;
	default:
		return false;
	}
}

/* Words of an address, where a name might stand. */
static bool is_address_word(const char *text, uint32_t len)
{
	static const char *const words[] = { "이메일", "메일", "주소", "문의", "제보", "접수", "신청", "메일주소",
					     "홈페이지", "メール", "邮箱", "郵箱", "信箱" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == len && !memcmp(words[i], text, len))
			return true;
	return false;
}

/* A run of syllables [from, to) of folded text. */
static bool syllables_name(const char *text, uint32_t from, uint32_t to)
{
	bool hangul = false, kana = false, hiragana = false;
	uint32_t cp = 0;
	unsigned n = 0, len;

	for (uint32_t at = from; at < to; at += len, n++) {
		cp = utf8_decode((const uint8_t *)text + at, &len);
		hangul |= is_hangul(cp);
		kana |= is_kana(cp);
		hiragana |= is_hiragana(cp);
	}
	if (n < 2 || is_address_word(text + from, to - from))
		return false;
	if (hangul)
		return n <= NAME_SYLLABLES && !(n > 2 && ends_like_speech(cp));
	return kana ? !hiragana : n <= NAME_SYLLABLES + 1;
}

/* Whether a word stands in a list of words, with a blank around each. */
static bool stands_in(const char *words, size_t size, const char *word, uint32_t len)
{
	char padded[16];

	if (len > sizeof(padded) - 2)
		return false;
	padded[0] = padded[len + 1] = ' ';
	memcpy(padded + 1, word, len);
	return memmem(words, size - 1, padded, len + 2) != NULL;
}

/* Whether a name may have this small word in it. */
static bool is_particle(const char *word, uint32_t len)
{
	static const char words[] = " de von van da di del der den la le el al bin dos das do du y e and und et ten ter zu "
				    "della ibn и та і ";

	return stands_in(words, sizeof(words), word, len);
}

enum word_of { WORD_NO_NAME, WORD_PARTICLE, WORD_CASELESS, WORD_CAPITAL };

/* What a word of letters, folded and as it was written, is in a name. */
static enum word_of word_of(const char *folded, uint32_t len, const char *source)
{
	unsigned n;
	uint32_t cp = utf8_decode((const uint8_t *)folded, &n);

	if (cp - 0x590u < 0x2B0u || cp - 0x900u < 0x700u)
		return WORD_CASELESS;
	if (memcmp(folded, source, n))
		return cp >= '0' && cp <= '9' ? WORD_NO_NAME : WORD_CAPITAL;
	return is_particle(folded, len) ? WORD_PARTICLE : WORD_NO_NAME;
}

/* The end of the word of letters at `from`. */
static uint32_t letters_end(const char *text, uint32_t from, uint32_t to)
{
	while (from < to) {
		unsigned len;
		uint8_t class = match_class(utf8_decode((const uint8_t *)text + from, &len));

		if (class != CHAR_WORD && class != CHAR_MARK && class != MATCH_DIGIT)
			break;
		from += len;
	}
	return from;
}

/* The end of the run of syllables at `from`. */
static uint32_t syllables_end(const char *text, uint32_t from, uint32_t to)
{
	while (from < to) {
		unsigned len;

		if (match_class(utf8_decode((const uint8_t *)text + from, &len)) != CHAR_SYLLABLE)
			break;
		from += len;
	}
	return from;
}

static bool joined_on(const char *text, uint32_t at)
{
	return at && (text[at - 1] == '-' || text[at - 1] == '\'');
}

bool credit_is_name(const struct folded *t, const struct paragraph *p, struct match_part name, const char *source)
{
	int before = credit_units(t->text, p->fold, name.from);
	unsigned capitals = 0, caseless = 0, runs = 0;
	const struct unit *u, *stop = t->units + p->unit_end;
	uint32_t end;

	if (before < 0)
		return false;
	u = t->units + p->unit + before;
	for (uint32_t at = name.from; at < name.end; at = end) {
		unsigned len;

		utf8_decode((const uint8_t *)t->text + at, &len);
		end = syllables_end(t->text, at, name.end);
		if (end > at) {
			if (!syllables_name(t->text, at, end))
				return false;
			u += credit_units(t->text, at, end);
			runs++;
			continue;
		}
		end = letters_end(t->text, at, name.end);
		if (end == at) {
			end = at + len;
			continue;
		}
		if (u >= stop)
			return false;
		switch (word_of(t->text + at, end - at, source + u->start)) {
		case WORD_CAPITAL:
			capitals++;
			break;
		case WORD_CASELESS:
			caseless++;
			break;
		case WORD_NO_NAME:
			if (!joined_on(t->text, at))
				return false;
			break;
		case WORD_PARTICLE:
			break;
		}
		u++;
	}
	return runs || capitals || (caseless && caseless <= NAME_CASELESS);
}

bool credit_is_free(const struct window *w, unsigned at, uint32_t from)
{
	while (at && w->class[at - 1] == MATCH_BLANK)
		at--;
	return at ? w->class[at - 1] == CHAR_OTHER : w->at[0] == from;
}

static bool is_wordy(const struct window *w, unsigned i)
{
	return w->class[i] == CHAR_WORD || w->class[i] == CHAR_MARK || w->class[i] == MATCH_DIGIT ||
	       w->class[i] == CHAR_SYLLABLE;
}

/* Words that an address follows. */
static bool leads_to_address(const char *word, uint32_t len)
{
	static const char words[] = " at to via mail email contact write address an unter adresse kontakt correo presso ";

	return stands_in(words, sizeof(words), word, len);
}

static bool joins_words(uint32_t cp)
{
	return cp == ' ' || cp == ',' || cp == '\'' || cp == '-';
}

/* How many words of its sentence stand before character i, SENTENCE_WORDS at most. */
static unsigned words_before(const struct window *w, unsigned i)
{
	unsigned n = 0;

	for (; i && n < SENTENCE_WORDS && (is_wordy(w, i - 1) || joins_words(w->cp[i - 1])); i--)
		n += is_wordy(w, i - 1) && (i < 2 || !is_wordy(w, i - 2));
	return n;
}

bool credit_is_glued(const struct window *w, unsigned at, const char *text)
{
	unsigned dot = at, end = at, from;

	while (dot < w->n && is_wordy(w, dot))
		dot++;
	if (dot == w->n || w->cp[dot] != '.')
		return false;
	while (end && w->class[end - 1] == MATCH_BLANK)
		end--;
	for (from = end; from && is_wordy(w, from - 1);)
		from--;
	return from < end && words_before(w, end) == SENTENCE_WORDS &&
	       !leads_to_address(text + w->at[from], w->at[end] - w->at[from]);
}
