#include "text/fold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "newsdup.h"
#include "text/block.h"
#include "text/chars.h"
#include "text/sink.h"
#include "text/utf8.h"
#include "text/wrap.h"

/* A block of the text. It is read once, and used up to where a character needs a closer look, again
 * behind that, and so on. */
struct window {
	const uint8_t *at;   /* its place in the text */
	const uint8_t *from; /* its bytes: at, or tail */
	unsigned n;          /* bytes that can be used: whole characters, mostly whole words */
	struct block_bits bits;
	uint8_t low[2 * BLOCK]; /* in lower case; the second half is never looked at */
	uint8_t tail[BLOCK_READ];
};

struct folder {
	struct chars chars;
	struct sink sink;
	block_fn *block;

	/* the text at hand */
	const uint8_t *from, *end;
	struct wrap wrap;
	uint32_t line_start; /* first byte of this line */
};

int folder_new(struct folder **ret)
{
	static const uint32_t shrinking[] = { 0x2000, 0x3000, 0xFF00 }; /* the pages of block_shrinks */
	struct folder *f = calloc(1, sizeof(*f));
	int err;

	if (!f)
		return -ENOMEM;
	err = chars_init(&f->chars);
	for (size_t i = 0; i < 3 && !err; i++)
		err = chars_build(&f->chars, shrinking[i]);
	if (err) {
		chars_done(&f->chars);
		free(f);
		return err;
	}
	sink_init(&f->sink);
	f->block = block_pick();
	*ret = f;
	return 0;
}

void folder_free(struct folder *f)
{
	if (!f)
		return;
	chars_done(&f->chars);
	sink_done(&f->sink);
	free(f);
}

static inline uint32_t source_of(const struct folder *f, const uint8_t *p)
{
	return (uint32_t)(p - f->from);
}

/* --- one character, or one sequence --- */

/* As sink_char, for what ICU returns: its class, and whether it is white space, is looked up. */
static int put_looked_up(struct folder *f, uint32_t cp, uint32_t start, uint32_t end)
{
	if (cp == ' ')
		return sink_blank(&f->sink);
	return sink_char(&f->sink, cp, chars_class(cp), start, end);
}

static int put_newline(struct folder *f, uint32_t at)
{
	struct sink *s = &f->sink;
	int err;

	if (f->wrap.wrapped && s->open &&
	    !wrap_ends_paragraph(&f->wrap, (const char *)f->from, (size_t)(f->end - f->from), f->line_start, at))
		err = sink_blank(s);
	else
		err = sink_close_paragraph(s);
	s->line++;
	f->line_start = at + 1;
	return err;
}

static int put_entry(struct folder *f, const struct char_entry *e, uint32_t start, uint32_t end)
{
	uint32_t n;
	int err = 0;

	switch ((enum char_kind)e->kind) {
	case CHAR_ONE:
		return sink_char_fast(&f->sink, e->value, e->class, start, end);
	case CHAR_SPACE:
		return sink_blank(&f->sink);
	case CHAR_BREAK:
		return put_newline(f, start);
	case CHAR_MANY:
		n = f->chars.many[e->value];
		for (uint32_t i = 1; i <= n && !err; i++)
			err = put_looked_up(f, f->chars.many[e->value + i], start, end);
		return err;
	case CHAR_NONE:
	case CHAR_JOINS:
		break;
	}
	return 0;
}

static inline int entry_at(struct folder *f, const uint8_t *p, uint32_t *cp, unsigned *n,
			   const struct char_entry **ret)
{
	int err;

	*cp = utf8_decode(p, n);
	*ret = chars_peek(&f->chars, *cp);
	if (*ret)
		return 0;
	err = chars_build(&f->chars, *cp);
	if (!err)
		*ret = chars_peek(&f->chars, *cp);
	return err;
}

/* Folds the code point at *p together with all behind it that may change with it. */
static int put_sequence(struct folder *f, const uint8_t **p)
{
	uint32_t in[CHARS_SEQUENCE], out[CHARS_SEQUENCE_OUT], cp, start = source_of(f, *p);
	const struct char_entry *e;
	unsigned n;
	size_t n_in = 0;
	int n_out, err;

	do {
		err = entry_at(f, *p, &cp, &n, &e);
		if (err)
			return err;
		if (n_in && e->kind != CHAR_JOINS)
			break;
		in[n_in++] = cp;
		*p += n;
	} while (*p < f->end && **p >= 0x80 && n_in < CHARS_SEQUENCE);
	n_out = chars_fold_sequence(&f->chars, in, n_in, out);
	if (n_out < 0)
		return n_out;
	for (int i = 0; i < n_out && !err; i++)
		err = put_looked_up(f, out[i], start, source_of(f, *p));
	return err;
}

/* Nothing composes with white space, and a newline that ICU got would be lost. */
static inline bool may_compose(const struct char_entry *e, uint32_t cp)
{
	return e->kind != CHAR_SPACE && e->kind != CHAR_BREAK && !chars_kept(chars_hand(cp));
}

/* Folds characters from *p on, up to the first behind which a block may begin. */
static int fold_chars(struct folder *f, const uint8_t **p)
{
	const struct char_entry *e, *next = NULL;
	uint32_t cp, next_cp = 0, at = source_of(f, *p);
	unsigned n, next_n = 0;
	int err = entry_at(f, *p, &cp, &n, &e);

	while (!err) {
		bool more = *p + n < f->end && (*p)[n] >= 0x80;

		if (more) {
			err = entry_at(f, *p + n, &next_cp, &next_n, &next);
			if (err)
				break;
		}
		if (e->kind == CHAR_JOINS || (more && next->kind == CHAR_JOINS && may_compose(e, cp)))
			return put_sequence(f, p);
		err = put_entry(f, e, at, at + n);
		*p += n;
		at += n;
		if (!more || block_syllable(next_cp))
			break;
		cp = next_cp;
		n = next_n;
		e = next;
	}
	return err;
}

/* --- blocks --- */

static inline uint64_t low_bits(unsigned n)
{
	return n < 64 ? ((uint64_t)1 << n) - 1 : ~(uint64_t)0;
}

/* The place of the lowest bit, 63 when there is none. */
static inline size_t lowest(uint64_t bits)
{
	return (size_t)__builtin_ctzll(bits | (uint64_t)1 << 63);
}

/* from is the window's source, low the same in lower case: a letter of ASCII and its capital differ by one bit
 * which digits have, too, so what has just been written need not be read back. */
static inline void put_word(struct unit *u, const uint8_t *from, const uint8_t *low, size_t at, size_t stop,
			    uint32_t source)
{
	uint64_t hash = __builtin_expect(stop - at > 16, 0) ?
				hash_bytes(low + at, stop - at) :
				sink_hash_short(from + at, stop - at, 0x2020202020202020u);

	sink_put_unit(u, hash, source + (uint32_t)at, source + (uint32_t)stop, UNIT_WORD);
}

static inline void put_syllable(struct unit *u, const uint8_t *from, size_t at, uint32_t source)
{
	uint32_t w, cp;

	memcpy(&w, from + at, sizeof(w));
	w = le32toh(w);
	cp = (w & 0xF) << 12 | (w >> 2 & 0xFC0) | (w >> 16 & 0x3F);
	source += (uint32_t)at;
	sink_put_unit(u, sink_hash_syllable(cp), source, source + 3, UNIT_SYLLABLE);
}

/* By fours: how many words a block has is a guess that often fails. What is put for none is overwritten. */
static size_t put_words(struct unit *u, const uint8_t *from, const uint8_t *low, uint64_t starts, uint64_t ends,
			uint32_t source)
{
	size_t n = (size_t)__builtin_popcountll(starts);

	for (size_t i = 0; i < n; i += 4)
		for (size_t k = 0; k < 4; k++) {
			put_word(u + i + k, from, low, lowest(starts), lowest(ends), source);
			starts &= starts - 1;
			ends &= ends - 1;
		}
	return n;
}

static size_t put_syllables(struct unit *u, const uint8_t *from, uint64_t syllable, uint32_t source)
{
	size_t n = (size_t)__builtin_popcountll(syllable);

	for (size_t i = 0; i < n; i += 4)
		for (size_t k = 0; k < 4; k++) {
			put_syllable(u + i + k, from, lowest(syllable), source);
			syllable &= syllable - 1;
		}
	return n;
}

static size_t put_both(struct unit *u, const uint8_t *from, const uint8_t *low, uint64_t starts, uint64_t ends,
		       uint64_t syllable, uint32_t source)
{
	size_t n = 0;

	for (uint64_t all = starts | syllable; all; all &= all - 1, n++) {
		size_t at = lowest(all);

		if (syllable >> at & 1) {
			put_syllable(u + n, from, at, source);
		} else {
			put_word(u + n, from, low, at, lowest(ends), source);
			ends &= ends - 1;
		}
	}
	return n;
}

/* Words and syllables at from, none of which goes on behind it. */
static inline void put_units(struct sink *s, const uint8_t *from, const uint8_t *low, uint64_t word,
			     uint64_t syllable, uint32_t source)
{
	struct unit *u = s->units + s->n_units;
	uint64_t ends = ~word & word << 1, starts = word & ~(word << 1);

	if (!syllable)
		s->n_units += put_words(u, from, low, starts, ends, source);
	else if (!word)
		s->n_units += put_syllables(u, from, syllable, source);
	else
		s->n_units += put_both(u, from, low, starts, ends, syllable, source);
}

/* Where the run of bits that ends at n - 1 starts; n when that bit is none. */
static unsigned last_run(uint64_t bits, unsigned n)
{
	uint64_t gaps = ~bits & low_bits(n);

	return gaps ? 64 - (unsigned)__builtin_clzll(gaps) : 0;
}

/* Ends the token that was open before the block, whose first bytes may belong to it. Returns in *ret
 * where the rest begins. */
static int end_token(struct sink *s, uint64_t word, uint32_t source, unsigned *ret)
{
	unsigned at = s->token == CHAR_WORD ? (unsigned)__builtin_ctzll(~word) : 0;
	int err;

	if (at)
		s->text_end = source + at;
	s->out.len += at;
	err = sink_close_token(s);
	s->out.len -= at;
	*ret = at;
	return err;
}

/*
 * The tokens in n bytes, at most 64, of a window from byte `at` on; source is their place. Returns where in
 * them an open word starts, n when none is, or a negative errno. Their text has been written behind out.len.
 */
static int put_tokens(struct sink *s, const struct window *w, unsigned at, unsigned n, uint32_t source, bool goes_on)
{
	uint64_t word = w->bits.word >> at & low_bits(n), syllable = w->bits.syllable >> at & low_bits(n);
	unsigned from = 0, open;
	int err;

	if (s->token != CHAR_OTHER) {
		if (s->token == CHAR_WORD && word == low_bits(n))
			return (int)n;
		err = end_token(s, word, source, &from);
		if (err)
			return err;
		word &= ~low_bits(from);
	}
	open = goes_on ? last_run(word, n) : n;
	put_units(s, w->from + at, w->low + at, word & low_bits(open), syllable, source);
	return (int)open;
}

/* --- windows --- */

/* n less what is cut off at the end of 64 bytes: a character, or a word where another one ends before it. */
static unsigned whole(const uint8_t *from, uint64_t word, unsigned n)
{
	unsigned at;

	if (n < BLOCK)
		return n;
	if (from[n - 1] >= 0x80) {
		n -= from[n - 1] >= 0xC0 ? 1 : from[n - 2] >= 0xE0 ? 2 : from[n - 3] >= 0xF0 ? 3 : 0;
		return n;
	}
	at = word >> 63 ? last_run(word, n) : n;
	return at ? at : n;
}

static void window_read(struct window *w, const struct folder *f, const uint8_t *p)
{
	size_t left = (size_t)(f->end - p);

	w->at = w->from = p;
	if (left < BLOCK_READ) {
		memset(w->tail, 0, sizeof(w->tail));
		memcpy(w->tail, p, left);
		w->from = w->tail;
	}
	f->block(w->from, w->low, &w->bits);
	w->bits.stop |= w->bits.blank & w->bits.blank << 1;
	w->n = whole(w->from, w->bits.word, left < BLOCK ? (unsigned)left : BLOCK);
}

/* Whether the character at p changes with what stands before it, as far as is known. */
static bool may_join(const struct folder *f, const uint8_t *p)
{
	const struct char_entry *e;
	unsigned n;

	e = chars_peek(&f->chars, utf8_decode(p, &n));
	return !e || e->kind == CHAR_JOINS;
}

/* How many bytes of the window from byte `at` on can be taken as they are: up to the first that needs a closer
 * look, less one character when what follows might join it. */
static unsigned usable(const struct folder *f, const struct window *w, unsigned at)
{
	uint64_t stop = w->bits.stop >> at;
	unsigned n = stop ? (unsigned)__builtin_ctzll(stop) : BLOCK;
	const uint8_t *p = w->at + at;

	if (n > w->n - at)
		n = w->n - at;
	if (f->sink.blank && *p == ' ')
		return 0;
	if (n && p + n < f->end && p[n] >= 0x80 && may_join(f, p + n))
		n -= p[n - 1] >= 0x80 ? 3 : 1;
	return n;
}

/* Writes n bytes of the window from byte `at` on behind out.len; returns what they have shrunk to. */
static size_t put_text(struct folder *f, const struct window *w, unsigned at, unsigned n)
{
	uint64_t shrink = w->bits.shrink >> at & low_bits(n);
	uint8_t *out = f->sink.out.at + f->sink.out.len, *to = out;
	size_t from = at;

	for (; shrink; shrink &= shrink - 1) {
		size_t next = at + lowest(shrink);
		unsigned len;

		memcpy(to, w->low + from, BLOCK);
		to += next - from;
		*to++ = (uint8_t)chars_peek(&f->chars, utf8_decode(w->from + next, &len))->value;
		from = next + 3;
	}
	memcpy(to, w->low + from, BLOCK);
	return (size_t)(to - out) + at + n - from;
}

/* Folds what can be taken as it is at *p, in the window; that may be none. */
static int fold_window(struct folder *f, const struct window *w, const uint8_t **p)
{
	struct sink *s = &f->sink;
	uint32_t source = source_of(f, *p);
	unsigned at = (unsigned)(*p - w->at), n = usable(f, w, at);
	const uint8_t *end = *p + n;
	bool goes_on = n == BLOCK || w->bits.word >> at >> n & 1 || (end < f->end && *end >= 0x80);
	int err = n ? sink_room(s) : 0, open;
	size_t len;

	if (n && !err && !s->open)
		err = sink_open_paragraph(s, source);
	if (!n || err)
		return err;
	len = put_text(f, w, at, n);
	open = put_tokens(s, w, at, n, source, goes_on);
	if (open < 0)
		return open;
	s->blank = end[-1] == ' ';
	s->text_end = source + n - s->blank;
	s->out.len += len;
	*p = end;
	if ((unsigned)open < n) {
		s->token = CHAR_WORD;
		s->token_start = source + (unsigned)open;
		s->token_fold = (uint32_t)s->out.len - (n - (unsigned)open);
	}
	return 0;
}

/* Whether a window at p is worth a try: its first characters can be taken as they are. */
static inline bool plain_ahead(const struct folder *f, const uint8_t *p)
{
	uint8_t a = p[0], b;

	if (a >= 0xE3)
		return a <= 0xED;
	if (a < ' ' || a > '}' || p + 1 == f->end)
		return false;
	b = p[1];
	return (b >= ' ' && b <= '}') || (b >= 0xE3 && b <= 0xED);
}

static int fold_all(struct folder *f)
{
	const uint8_t *p = f->from, *was;
	struct window w = { .at = p };
	int err = 0;

	while (p < f->end && !err) {
		was = p;
		if (p >= w.at + w.n) {
			w.n = 0;
			if (plain_ahead(f, p))
				window_read(&w, f, p);
		}
		if (p < w.at + w.n)
			err = fold_window(f, &w, &p);
		if (p == was && !err)
			err = fold_chars(f, &p);
	}
	return err ? err : sink_close_paragraph(&f->sink);
}

int fold_text(struct folder *f, const char *text, size_t len, struct folded *ret)
{
	struct sink *s = &f->sink;
	int err;

	if (len > ND_TEXT_MAX)
		return -E2BIG;
	if (utf8_valid(text, len) != len)
		return -EILSEQ;
	err = sink_begin(s, len);
	if (err)
		return err;
	f->from = (const uint8_t *)(len ? text : "");
	f->end = f->from + len;
	f->wrap = wrap_detect(text, len);
	f->line_start = 0;
	err = fold_all(f);
	if (err)
		return err;
	*ret = (struct folded){ (const char *)s->out.at, s->out.len,	s->units,
				s->n_units,		 s->paragraphs, s->n_paragraphs };
	return 0;
}
