#include "text/voice.h"

#include <errno.h>
#include <string.h>

#include "text/rules.h"
#include "text/utf8.h"

#define HANGUL_FIRST 0xAC00u
#define HANGUL_N 11172u
#define HANGUL_FINALS 28u
#define FINAL_PAST 20u /* two s: did, was, had */
#define LONG_WEIGHT 66u /* 13 words, 22 syllables */

int voice_add(struct voice *v, uint64_t anchor)
{
	uint64_t at = anchor % VOICE_SLOTS;

	if (v->n >= VOICE_SLOTS / 2)
		return -E2BIG;
	while (v->slots[at] && v->slots[at] != anchor)
		at = (at + 1) % VOICE_SLOTS;
	v->n += !v->slots[at];
	v->slots[at] = anchor;
	return 0;
}

static bool has(const struct voice *v, uint64_t anchor)
{
	uint64_t at = anchor % VOICE_SLOTS;

	while (v->slots[at] && v->slots[at] != anchor)
		at = (at + 1) % VOICE_SLOTS;
	return v->slots[at] != 0;
}

bool voice_speaks(const struct voice *v, const struct unit *u, const struct unit *end)
{
	for (; u < end; u++)
		if (has(v, rules_anchor(u, end)))
			return true;
	return false;
}

static bool ends_with(const char *text, uint32_t from, uint32_t to, const char *word)
{
	size_t n = strlen(word);

	return to - from >= n && !memcmp(text + to - n, word, n);
}

/* The end without the full stop. */
static uint32_t last_of(const char *text, uint32_t from, uint32_t to)
{
	while (to > from && (text[to - 1] == '.' || text[to - 1] == ' '))
		to--;
	return to;
}

bool voice_is_past(const char *text, uint32_t from, uint32_t to)
{
	uint32_t cp;
	unsigned len;

	to = last_of(text, from, to);
	if (to - from < 6 || !ends_with(text, from, to, "다"))
		return false;
	cp = utf8_decode((const uint8_t *)text + to - 6, &len);
	return len == 3 && cp - HANGUL_FIRST < HANGUL_N && (cp - HANGUL_FIRST) % HANGUL_FINALS == FINAL_PAST &&
	       !ends_with(text, from, to, "있다");
}

bool voice_is_plain(const char *text, uint32_t from, uint32_t to)
{
	to = last_of(text, from, to);
	return ends_with(text, from, to, "다") && !ends_with(text, from, to, "니다") && !ends_with(text, from, to, "수 있다");
}

bool voice_reports(const struct rules *r, const struct folded *t, const struct unit *u, const struct unit *end,
		   uint32_t from, uint32_t to)
{
	return voice_speaks(&r->report, u, end) || voice_is_plain(t->text, from, to);
}

bool voice_is_long(const struct rules *r, const struct unit *u, const struct unit *end)
{
	return units_weigh(u, (uint32_t)(end - u), LONG_WEIGHT) && !voice_speaks(&r->reader, u, end);
}
