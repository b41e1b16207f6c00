#include "text/chars.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/utf16.h>

int chars_init(struct chars *c)
{
	UErrorCode status = U_ZERO_ERROR;

	memset(c, 0, sizeof(*c));
	c->nfkc = unorm2_getNFKCCasefoldInstance(&status);
	return U_FAILURE(status) ? -ENOTSUP : 0;
}

void chars_done(struct chars *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < CHAR_PAGES; i++)
		free(c->pages[i]);
	free(c->many);
	memset(c, 0, sizeof(*c));
}

/* Half-width jamo (U+FFA0 to U+FFDC) by what Unicode calls their compatibility characters. */
static uint32_t hand_halfwidth(uint32_t cp)
{
	static const uint16_t vowels[] = { 0, 0, 0x314F, 0x3150, 0x3151, 0x3152, 0x3153, 0x3154, 0, 0,
					   0x3155, 0x3156, 0x3157, 0x3158, 0x3159, 0x315A, 0, 0,
					   0x315B, 0x315C, 0x315D, 0x315E, 0x315F, 0x3160, 0, 0,
					   0x3161, 0x3162, 0x3163 };

	if (cp <= 0xFFBE)
		return cp == 0xFFA0 ? ' ' : 0x3131 + (cp - 0xFFA1);
	if (cp >= 0xFFC0 && cp <= 0xFFDC && vowels[cp - 0xFFC0])
		return vowels[cp - 0xFFC0];
	return cp;
}

static uint32_t hand_punctuation(uint32_t cp)
{
	switch (cp) {
	case 0x3164:
		return ' ';
	case 0x60: case 0xB4: case 0x2B9: case 0x2BB: case 0x2BC: case 0x2BD: case 0x2018: case 0x2019:
	case 0x201A: case 0x201B: case 0x2032: case 0x2035: case 0x2039: case 0x203A: case 0xFF07:
	case 0x300C: case 0x300D: case 0xFF62: case 0xFF63: case 0x3008: case 0x3009:
		return '\'';
	case 0xAB: case 0xBB: case 0x2BA: case 0x201C: case 0x201D: case 0x201E: case 0x201F: case 0x2033:
	case 0x2036: case 0x300E: case 0x300F: case 0x300A: case 0x300B: case 0x301D: case 0x301E:
	case 0x301F: case 0xFF02:
		return '"';
	case 0x2010: case 0x2011: case 0x2012: case 0x2013: case 0x2014: case 0x2015: case 0x2043:
	case 0x2212: case 0x223C: case 0x2500: case 0x301C: case 0xFE58: case 0xFE63: case 0xFF0D:
	case 0xFF5E: case '~':
		return '-';
	case 0x387: case 0x2022: case 0x2027: case 0x2219: case 0x22C5: case 0x30FB: case 0xFF65:
	case 0x318D: case 0x119E:
		return 0xB7;
	}
	return cp;
}

uint32_t chars_hand(uint32_t cp)
{
	if (cp >= 0xFFA0 && cp <= 0xFFDC)
		return hand_halfwidth(cp);
	return hand_punctuation(cp);
}

static enum char_class class_of_script(uint32_t cp)
{
	UErrorCode status = U_ZERO_ERROR;

	switch (uscript_getScript((UChar32)cp, &status)) {
	case USCRIPT_HANGUL:
	case USCRIPT_HAN:
	case USCRIPT_HIRAGANA:
	case USCRIPT_KATAKANA:
	case USCRIPT_BOPOMOFO:
		return CHAR_SYLLABLE;
	case USCRIPT_THAI:
	case USCRIPT_LAO:
	case USCRIPT_KHMER:
	case USCRIPT_MYANMAR:
		return CHAR_UNSPACED;
	default:
		return CHAR_WORD;
	}
}

enum char_class chars_class(uint32_t cp)
{
	uint32_t type = U_MASK(u_charType((UChar32)cp));
	enum char_class ret;

	if (cp == 0x30FC) /* the prolonged sound mark belongs to two scripts */
		return CHAR_SYLLABLE;
	if (type & (U_GC_ND_MASK | U_GC_NL_MASK | U_GC_NO_MASK))
		return CHAR_WORD;
	if (!(type & (U_GC_L_MASK | U_GC_M_MASK)))
		return CHAR_OTHER;
	ret = class_of_script(cp);
	return type & U_GC_M_MASK && ret != CHAR_UNSPACED ? CHAR_MARK : ret;
}

int chars_fold_sequence(const struct chars *c, const uint32_t *in, size_t n, uint32_t *ret)
{
	UChar from[2 * CHARS_SEQUENCE], to[2 * CHARS_SEQUENCE_OUT];
	UErrorCode status = U_ZERO_ERROR;
	int32_t n_from = 0, n_to, i = 0;
	int n_ret = 0;

	for (size_t k = 0; k < n; k++) {
		uint32_t cp = chars_hand(in[k]);

		U16_APPEND_UNSAFE(from, n_from, cp);
	}
	n_to = unorm2_normalize(c->nfkc, from, n_from, to, 2 * CHARS_SEQUENCE_OUT, &status);
	if (U_FAILURE(status))
		return -EIO;
	while (i < n_to) {
		UChar32 cp;

		U16_NEXT_UNSAFE(to, i, cp);
		ret[n_ret++] = (uint32_t)cp;
	}
	return n_ret;
}

static int many_add(struct chars *c, const uint32_t *cps, uint32_t n, uint32_t *ret)
{
	if (c->n_many + n + 1 > c->cap_many) {
		uint32_t cap = c->cap_many ? 2 * c->cap_many : 256;
		uint32_t *at = realloc(c->many, cap * sizeof(*at));

		if (!at)
			return -ENOMEM;
		c->many = at;
		c->cap_many = cap;
	}
	*ret = c->n_many;
	c->many[c->n_many++] = n;
	memcpy(c->many + c->n_many, cps, n * sizeof(*cps));
	c->n_many += n;
	return 0;
}

static void entry_one(struct char_entry *e, uint32_t folded)
{
	e->kind = folded == ' ' || u_isUWhiteSpace((UChar32)folded) ? CHAR_SPACE : CHAR_ONE;
	e->value = folded & 0x1FFFFF;
	e->class = chars_class(folded);
}

static int entry_build(struct chars *c, uint32_t cp, struct char_entry *e)
{
	uint32_t out[CHARS_SEQUENCE_OUT], hand = chars_hand(cp), place = 0;
	int n, err = 0;

	if (cp == '\n') {
		e->kind = CHAR_BREAK;
	} else if (u_isUWhiteSpace((UChar32)hand) || cp == 0) {
		e->kind = CHAR_SPACE;
	} else if (chars_kept(hand)) {
		entry_one(e, hand);
	} else if (!unorm2_hasBoundaryBefore(c->nfkc, (UChar32)hand)) {
		e->kind = CHAR_JOINS;
	} else {
		n = chars_fold_sequence(c, &cp, 1, out);
		if (n < 0)
			return n;
		if (n == 1)
			entry_one(e, out[0]);
		else if (n == 0)
			e->kind = CHAR_NONE;
		else
			err = many_add(c, out, (uint32_t)n, &place);
		if (n > 1) {
			e->kind = CHAR_MANY;
			e->value = place & 0x1FFFFF;
		}
	}
	return err;
}

int chars_build(struct chars *c, uint32_t cp)
{
	struct char_entry *page = calloc(256, sizeof(*page));
	int err = 0;

	if (!page)
		return -ENOMEM;
	for (uint32_t i = 0; i < 256 && !err; i++)
		err = entry_build(c, (cp & ~255u) + i, &page[i]);
	if (err) {
		free(page);
		return err;
	}
	c->pages[cp >> 8] = page;
	return 0;
}
