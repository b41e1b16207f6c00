#include "text/line.h"

#include <string.h>

#include "base/hash.h"

#define CORE_MIN 8u    /* bytes that must be left */
#define TAG_MAX 24u    /* bytes between two brackets */
#define TAIL_MAX 36u   /* of an outlet or a section, behind a dash or a bar */
#define LETTERS_MIN 2u /* bytes of words next to numbers */

static bool is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

static bool is_sign(char c)
{
	switch (c) {
	case ' ':
	case '\t':
	case '-':
	case '*':
	case '>':
	case '|':
	case '.':
	case ':':
	case ',':
	case '~':
	case '=':
	case '_':
		return true;
	default:
		return false;
	}
}

/* Bytes of the mark that text begins with, 0: none. Quotation marks, brackets and signs of money are a line's own. */
static size_t mark_at(const char *at, size_t len)
{
	unsigned char c = (unsigned char)*at, next = len > 1 ? (unsigned char)at[1] : 0;

	if (c < 0x80)
		return is_sign(*at);
	if (c == 0xC2 && next == 0xB7) /* middle dot */
		return 2;
	if (c == 0xE2 && next != 0x82 && len > 2) /* U+2000 to 2FFF but for currency: punctuation, arrows, shapes */
		return 3;
	if (c == 0xEF && next == 0xB8 && len > 2) /* variation selectors */
		return 3;
	return c == 0xF0 && next == 0x9F && len > 3 ? 4 : 0; /* pictures */
}

/* Bytes of an ordinal: "1. ", "12) "; not of "1.5". */
static size_t ordinal_at(const char *at, size_t len)
{
	size_t n = 0;

	while (n < len && n < 3 && is_digit(at[n]))
		n++;
	if (!n || n == 3 || n + 1 >= len || (at[n] != '.' && at[n] != ')') || is_digit(at[n + 1]))
		return 0;
	return n + 1;
}

struct bracket {
	const char *open, *close;
};

static const struct bracket brackets[] = {
	{ "[", "]" }, { "(", ")" }, { "<", ">" }, { "\xe3\x80\x90", "\xe3\x80\x91" }, { "\xe3\x80\x88", "\xe3\x80\x89" },
	{ "\xe3\x80\x8a", "\xe3\x80\x8b" },
};

#define BRACKETS (sizeof(brackets) / sizeof(brackets[0]))

static bool begins(const char *at, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && !memcmp(at, with, n);
}

/* Most lines begin with a letter: neither with a mark nor with an ordinal nor with a tag. */
static bool begins_with_word(const char *at)
{
	unsigned char c = (unsigned char)*at;

	return (unsigned char)(c - 'a') < 26 || (c >= 0xC3 && c != 0xE2 && c != 0xE3 && c < 0xEF);
}

/* Bytes of the tag in brackets that text begins with, 0: none. */
static size_t tag_at(const char *at, size_t len)
{
	for (size_t b = 0; b < BRACKETS; b++) {
		size_t i = strlen(brackets[b].open);

		if (*at != *brackets[b].open || !begins(at, len, brackets[b].open))
			continue;
		for (; i < len && i <= TAG_MAX; i++)
			if (begins(at + i, len - i, brackets[b].close))
				return i + strlen(brackets[b].close);
	}
	return 0;
}

/* The same of one that it ends with. */
static size_t tag_before(const char *at, size_t len)
{
	if (!len || !strchr("])>\x91\x89\x8b", at[len - 1]))
		return 0;
	for (size_t b = 0; b < BRACKETS; b++) {
		size_t close = strlen(brackets[b].close), n = close;

		if (len < close || memcmp(at + len - close, brackets[b].close, close))
			continue;
		for (; n < len && n <= TAG_MAX; n++)
			if (begins(at + len - n - 1, n + 1, brackets[b].open))
				return n + 1;
	}
	return 0;
}

/* Bytes of a short name at the end with the bar, or the dash between blanks, before it. */
static size_t name_before(const char *at, size_t len)
{
	for (size_t n = 2; n < len && n <= TAIL_MAX; n++) {
		const char *sep = at + len - n;

		if (*sep == '|' || (*sep == '-' && sep[1] == ' ' && n < len && sep[-1] == ' '))
			return len - n >= 2 * CORE_MIN && len >= 2 * n ? n : 0;
	}
	return 0;
}

static size_t trim(const char *at, size_t len)
{
	while (len > 1 && at[len - 1] == ' ')
		len--;
	return len;
}

/* Bytes before the core. */
static size_t skip(const char *at, size_t len)
{
	size_t from = 0;
	bool ordinal = false;

	while (len - from > CORE_MIN && !begins_with_word(at + from)) {
		size_t n = mark_at(at + from, len - from);

		if (!n)
			n = tag_at(at + from, len - from);
		if (!n && !ordinal) {
			n = ordinal_at(at + from, len - from);
			ordinal = n > 0;
		}
		if (!n)
			break;
		from += n;
	}
	return len - from < CORE_MIN ? 0 : from;
}

/* Whether it ends with a full stop: then nothing hangs on behind. */
static bool is_sentence(const char *at, size_t len)
{
	return len && (at[len - 1] == '.' || at[len - 1] == '?' || at[len - 1] == '!');
}

struct line_core line_core(const char *folded, size_t len)
{
	size_t from, end = len, n;

	if (len > LINE_BYTES)
		return (struct line_core){ folded, len };
	from = skip(folded, len);
	if (is_sentence(folded, len))
		return (struct line_core){ folded + from, end - from };
	n = name_before(folded + from, end - from);
	end = from + trim(folded + from, end - from - n);
	while ((n = tag_before(folded + from, end - from)) && end - from - n >= CORE_MIN)
		end = from + trim(folded + from, end - from - n);
	return (struct line_core){ folded + from, end - from };
}

/* Behind the number that starts at i: digits, and what joins them. */
static size_t number_end(const char *at, size_t i, size_t len)
{
	while (i < len && (is_digit(at[i]) || (i + 1 < len && strchr(".,:/-", at[i]) && is_digit(at[i + 1]))))
		i++;
	return i;
}

static bool is_letter(char c)
{
	return (unsigned char)(c - 'a') < 26;
}

/* A line with its numbers masked. */
struct masked {
	char at[LINE_BYTES];
	size_t len, letters; /* letters: bytes of other things than numbers, blanks and signs */
	bool any;
};

/* Puts a 0 for each number. One that stands behind a letter is part of a name or a code: "f16", "covid19". */
static void mask(const char *at, size_t len, struct masked *ret)
{
	ret->len = ret->letters = 0;
	ret->any = false;
	for (size_t i = 0, end; i < len; i = end) {
		bool digit = is_digit(at[i]);

		end = digit ? number_end(at, i, len) : i + 1;
		if (digit && !(i && is_letter(at[i - 1]))) {
			ret->at[ret->len++] = '0';
			ret->any = true;
			continue;
		}
		ret->letters += !digit && ((unsigned char)at[i] >= 0x80 || is_letter(at[i]));
		memcpy(ret->at + ret->len, at + i, end - i);
		ret->len += end - i;
	}
}

typedef uint8_t sixteen __attribute__((vector_size(16)));
typedef uint64_t two __attribute__((vector_size(16)));

static bool has_digit(const char *at, size_t len)
{
	size_t i = 0;

	for (; i + sizeof(sixteen) <= len; i += sizeof(sixteen)) {
		sixteen some;
		two digits;

		memcpy(&some, at + i, sizeof(some));
		digits = (two)(some - '0' < 10);
		if (digits[0] | digits[1])
			return true;
	}
	for (; i < len; i++)
		if (is_digit(at[i]))
			return true;
	return false;
}

struct line_key line_key(const char *folded, size_t len, size_t units)
{
	struct line_core core = line_core(folded, len);
	struct masked masked;

	masked.any = false;
	if (core.len <= LINE_BYTES && units <= LINE_UNITS && has_digit(core.at, core.len))
		mask(core.at, core.len, &masked);
	if (masked.any && masked.letters >= LETTERS_MIN)
		return (struct line_key){ hash_bytes(masked.at, masked.len), true, false };
	return (struct line_key){ hash_bytes(core.at, core.len), false, core.len == len };
}
