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

/* A block is read in place when this much is left: a word is loaded as 16 bytes. */
#define BLOCK_READ (BLOCK + 16)

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
	struct folder *f = calloc(1, sizeof(*f));
	int err;

	if (!f)
		return -ENOMEM;
	err = chars_init(&f->chars);
	if (err) {
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

/* Corner brackets fold to single quotes, but quote as double ones do. */
static inline bool is_corner(uint32_t cp)
{
	return cp == 0x300C || cp == 0x300D;
}

static int put_entry(struct folder *f, const struct char_entry *e, uint32_t start, uint32_t end)
{
	uint32_t n;
	int err = 0;

	switch ((enum char_kind)e->kind) {
	case CHAR_ONE:
		return sink_char(&f->sink, e->value, e->class, start, end);
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
		if (!err && is_corner(cp))
			err = sink_mark(&f->sink, at);
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

/* A word is read from where it came: what has just been written as vectors is slow to read as words. */
static inline struct unit *put_word(struct unit *u, const uint8_t *from, const uint8_t *out, unsigned at, unsigned stop,
				    uint32_t source)
{
	uint64_t hash = __builtin_expect(stop - at > 16, 0) ? hash_bytes(out + at, stop - at)
							    : sink_hash_ascii(from + at, stop - at);

	sink_put_unit(u, hash, source + at, source + stop, UNIT_WORD);
	return u + 1;
}

static inline struct unit *put_syllable(struct unit *u, const uint8_t *from, unsigned at, uint32_t source)
{
	uint32_t w, cp;

	memcpy(&w, from + at, sizeof(w));
	w = le32toh(w);
	cp = (w & 0xF) << 12 | (w >> 2 & 0xFC0) | (w >> 16 & 0x3F);
	sink_put_unit(u, sink_hash_syllable(cp), source + at, source + at + 3, UNIT_SYLLABLE);
	return u + 1;
}

/* The words and syllables of a block, none of which reaches out of it. from and out are its bytes. */
static void block_units(struct sink *s, const uint8_t *from, uint64_t word, uint64_t syllable, uint32_t source)
{
	const uint8_t *out = s->out.at + s->out.len;
	struct unit *u = s->units + s->n_units;
	uint64_t ends = ~word & word << 1, starts = word & ~(word << 1), all = starts | syllable;

	if (!syllable) {
		for (; starts; starts &= starts - 1, ends &= ends - 1)
			u = put_word(u, from, out, (unsigned)__builtin_ctzll(starts), (unsigned)__builtin_ctzll(ends),
				     source);
	} else if (!word) {
		for (; syllable; syllable &= syllable - 1)
			u = put_syllable(u, from, (unsigned)__builtin_ctzll(syllable), source);
	} else {
		for (; all; all &= all - 1) {
			unsigned at = (unsigned)__builtin_ctzll(all);

			if (syllable >> at & 1) {
				u = put_syllable(u, from, at, source);
			} else {
				u = put_word(u, from, out, at, (unsigned)__builtin_ctzll(ends), source);
				ends &= ends - 1;
			}
		}
	}
	s->n_units = (size_t)(u - s->units);
}

/* Where the run of bits that ends at n - 1 starts; n when that bit is none. */
static unsigned last_run(uint64_t bits, unsigned n)
{
	uint64_t gaps = ~bits & low_bits(n);

	return gaps ? 64 - (unsigned)__builtin_clzll(gaps) : 0;
}

/* The units in n bytes, at most 64, that have just been written behind out.len; source is their place. */
static int block_tokens(struct sink *s, const uint8_t *from, const struct block_bits *bits, unsigned n, uint32_t source)
{
	uint64_t word = bits->word & low_bits(n), syllable = bits->syllable & low_bits(n);
	unsigned at;
	int err;

	if (s->token != CHAR_OTHER) {
		if (s->token == CHAR_WORD && word == low_bits(n)) /* it goes on to the end */
			return 0;
		at = s->token == CHAR_WORD && word & 1 ? (unsigned)__builtin_ctzll(~word) : 0;
		s->out.len += at;
		s->text_end = at ? source + at : s->text_end;
		err = sink_close_token(s);
		s->out.len -= at;
		if (err)
			return err;
		word &= ~low_bits(at);
	}
	at = last_run(word, n);
	block_units(s, from, word & low_bits(at), syllable, source);
	if (at < n) {
		s->token = CHAR_WORD;
		s->token_start = source + at;
		s->token_fold = (uint32_t)s->out.len + at;
	}
	return 0;
}

/* Whether the character at p changes with what stands before it, as far as is known. */
static bool may_join(const struct folder *f, const uint8_t *p)
{
	const struct char_entry *e;
	unsigned n;

	if (p >= f->end || *p < 0x80)
		return false;
	e = chars_peek(&f->chars, utf8_decode(p, &n));
	return !e || e->kind == CHAR_JOINS;
}

/* How many bytes of the block at p can be taken as they are: whole characters up to the first that needs
 * a closer look, less one when what follows might combine with it. */
static unsigned block_usable(const struct folder *f, const uint8_t *p, const struct block_bits *bits)
{
	uint64_t stop = bits->stop | (bits->blank & (bits->blank << 1 | f->sink.blank));
	size_t left = (size_t)(f->end - p);
	unsigned n = stop ? (unsigned)__builtin_ctzll(stop) : BLOCK;

	if (n >= left)
		return (unsigned)left;
	if (n && may_join(f, p + n))
		n -= n >= 3 && bits->syllable >> (n - 3) & 1 ? 3 : 1;
	return n;
}

/* Of a full block, what its last word leaves: the next one begins with the word, which needs no joining. */
static unsigned whole_words(const struct block_bits *bits, unsigned n)
{
	unsigned at = n == BLOCK ? last_run(bits->word, n) : 0;

	return at ? at : n;
}

/* Folds up to 64 bytes at *p; takes none when the first needs a closer look. */
static int fold_block(struct folder *f, const uint8_t **p)
{
	uint8_t tail[BLOCK_READ] = { 0 };
	struct sink *s = &f->sink;
	const uint8_t *from = *p;
	uint32_t source = source_of(f, *p);
	struct block_bits bits;
	unsigned n;
	int err = sink_room(s);

	if (err)
		return err;
	if (f->end - from < BLOCK_READ) {
		memcpy(tail, from, (size_t)(f->end - from));
		from = tail;
	}
	f->block(from, s->out.at + s->out.len, &bits);
	n = block_usable(f, *p, &bits);
	if (!n)
		return 0;
	n = whole_words(&bits, n);
	if (!s->open)
		err = sink_open_paragraph(s, source);
	if (!err)
		err = block_tokens(s, from, &bits, n, source);
	if (err)
		return err;
	for (bits.quote &= low_bits(n); bits.quote && !err; bits.quote &= bits.quote - 1)
		err = sink_mark(s, source + (uint32_t)__builtin_ctzll(bits.quote));
	s->blank = bits.blank >> (n - 1) & 1;
	s->text_end = source + n - s->blank;
	s->out.len += n;
	*p += n;
	return err;
}

/* Whether a block at p is worth a try: its first characters can be taken as they are. */
static inline bool block_ahead(const struct folder *f, const uint8_t *p)
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
	int err = 0;

	while (p < f->end && !err) {
		was = p;
		if (block_ahead(f, p))
			err = fold_block(f, &p);
		if (p == was && !err)
			err = fold_chars(f, &p);
	}
	return err ? err : sink_close_paragraph(&f->sink);
}

int fold_text(struct folder *f, const char *text, size_t len, struct folded *ret)
{
	if (len <= ND_TEXT_MAX && utf8_valid(text, len) != len)
		return -EILSEQ;
	return fold_utf8(f, text, len, ret);
}

int fold_utf8(struct folder *f, const char *text, size_t len, struct folded *ret)
{
	struct sink *s = &f->sink;
	int err;

	if (len > ND_TEXT_MAX)
		return -E2BIG;
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
	*ret = (struct folded){ (const char *)s->out.at, s->out.len,	     s->units, s->n_units,
				s->paragraphs,		 s->n_paragraphs, s->marks, s->n_marks };
	return 0;
}
