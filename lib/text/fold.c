#include "text/fold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "newsdup.h"
#include "text/ascii.h"
#include "text/chars.h"
#include "text/utf8.h"
#include "text/words.h"
#include "text/wrap.h"

/* NFKC makes at most 18 code points of one, and every one takes at most 4 bytes. */
#define FOLD_EXPANSION 24u
/* The word breaker gets runs of at most this many code points. */
#define UNSPACED_MAX 4096u

struct folder {
	struct chars chars;
	struct words words;
	ascii_block_fn *block;
	struct buf out;
	struct unit *units;
	size_t n_units, cap_units;
	struct paragraph *paragraphs;
	size_t n_paragraphs, cap_paragraphs;

	/* the text at hand */
	const uint8_t *from, *end;
	struct wrap wrap;
	uint32_t line;       /* number of this line, from 1 */
	uint32_t line_start; /* its first byte */
	bool open;           /* a paragraph is open: the last of paragraphs */
	bool blank;          /* white space stands last in out, or nothing of the paragraph does */

	/* the token at hand */
	enum char_class token;             /* CHAR_WORD, CHAR_UNSPACED, or CHAR_OTHER when none */
	uint32_t token_fold, token_source; /* where it starts */
	uint32_t *run_cps, *run_source, *run_cuts; /* code points of an unspaced run */
	size_t n_run;
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
	buf_init(&f->out, (size_t)FOLD_EXPANSION * ND_TEXT_MAX);
	f->block = ascii_block_pick();
	*ret = f;
	return 0;
}

void folder_free(struct folder *f)
{
	if (!f)
		return;
	chars_done(&f->chars);
	words_done(&f->words);
	buf_done(&f->out);
	free(f->units);
	free(f->paragraphs);
	free(f->run_cps);
	free(f->run_source);
	free(f->run_cuts);
	free(f);
}

/* Room for n more elements of an array that grows by halves. */
static int array_reserve(void **at, size_t *cap, size_t len, size_t n, size_t size)
{
	size_t want = len + n;
	void *grown;

	if (want <= *cap)
		return 0;
	if (want < *cap + *cap / 2)
		want = *cap + *cap / 2;
	grown = realloc(*at, want * size);
	if (!grown)
		return -ENOMEM;
	*at = grown;
	*cap = want;
	return 0;
}

static inline int units_reserve(struct folder *f, size_t n)
{
	if (f->n_units + n <= f->cap_units)
		return 0;
	return array_reserve((void **)&f->units, &f->cap_units, f->n_units, n, sizeof(*f->units));
}

static inline uint32_t source_of(const struct folder *f, const uint8_t *p)
{
	return (uint32_t)(p - f->from);
}

/* Room must have been reserved. */
static inline void unit_put(struct folder *f, uint64_t hash, uint32_t start, uint32_t end, uint32_t weight)
{
	f->units[f->n_units++] = (struct unit){ hash, start, end & 0xFFFFFFFu, weight & 15u };
}

static inline uint64_t syllable_hash(uint32_t cp)
{
	uint64_t x = cp * 0x9E3779B97F4A7C15u;

	return x ^ x >> 32;
}

/* --- tokens --- */

static int run_add(struct folder *f, uint32_t cp, uint32_t source)
{
	if (!f->run_cps) {
		f->run_cps = malloc(UNSPACED_MAX * sizeof(uint32_t));
		f->run_source = malloc(UNSPACED_MAX * sizeof(uint32_t));
		f->run_cuts = malloc(UNSPACED_MAX * sizeof(uint32_t));
		if (!f->run_cps || !f->run_source || !f->run_cuts)
			return -ENOMEM;
	}
	f->run_cps[f->n_run] = cp;
	f->run_source[f->n_run++] = source;
	return 0;
}

/* The units of an unspaced run that ends before source byte `end`. */
static int run_close(struct folder *f, uint32_t end)
{
	uint32_t from = 0, source;
	int n = words_cut(&f->words, f->run_cps, f->n_run, f->run_cuts), err;

	if (n < 0)
		return n;
	err = units_reserve(f, (size_t)n);
	if (err)
		return err;
	for (int i = 0; i < n; i++) {
		uint32_t to = f->run_cuts[i];

		source = to < f->n_run ? f->run_source[to] : end;
		unit_put(f, hash_bytes(f->run_cps + from, (to - from) * sizeof(*f->run_cps)),
			 f->run_source[from], source, UNIT_WORD);
		from = to;
	}
	f->n_run = 0;
	return 0;
}

/* Ends the open token before source byte `end`. */
static int token_close(struct folder *f, uint32_t end)
{
	int err = 0;

	if (f->token == CHAR_WORD) {
		err = units_reserve(f, 1);
		if (!err)
			unit_put(f, hash_bytes(f->out.at + f->token_fold, f->out.len - f->token_fold),
				 f->token_source, end, UNIT_WORD);
	} else if (f->token == CHAR_UNSPACED) {
		err = run_close(f, end);
	}
	f->token = CHAR_OTHER;
	return err;
}

/* --- paragraphs --- */

static int paragraph_open(struct folder *f, uint32_t source)
{
	int err;

	if (f->n_paragraphs >= ND_PARAGRAPHS_MAX)
		return -E2BIG;
	err = array_reserve((void **)&f->paragraphs, &f->cap_paragraphs, f->n_paragraphs, 1,
			    sizeof(*f->paragraphs));
	if (err)
		return err;
	f->paragraphs[f->n_paragraphs++] = (struct paragraph){
		.line = f->line,
		.start = source,
		.fold = (uint32_t)f->out.len,
		.unit = (uint32_t)f->n_units,
	};
	f->open = true;
	return 0;
}

/* Where the text before source byte `end` stops: behind its last byte that is no white space. */
static uint32_t trim(const struct folder *f, uint32_t start, uint32_t end)
{
	const uint8_t *at = f->from;

	for (;;) {
		if (end > start && at[end - 1] <= ' ')
			end--;
		else if (end > start + 2 && at[end - 3] == 0xE3 && at[end - 2] == 0x80 && at[end - 1] == 0x80)
			end -= 3;
		else if (end > start + 1 && at[end - 2] == 0xC2 && at[end - 1] == 0xA0)
			end -= 2;
		else
			return end;
	}
}

static int paragraph_close(struct folder *f, uint32_t end)
{
	struct paragraph *p;
	int err;

	if (!f->open)
		return 0;
	err = token_close(f, end);
	if (err)
		return err;
	p = &f->paragraphs[f->n_paragraphs - 1];
	if (f->blank && f->out.len > p->fold)
		f->out.len--;
	p->end = trim(f, p->start, end);
	p->fold_end = (uint32_t)f->out.len;
	p->unit_end = (uint32_t)f->n_units;
	f->open = false;
	f->blank = true;
	err = buf_reserve(&f->out, 1);
	if (!err)
		buf_put(&f->out, '\n');
	return err;
}

/* --- one folded code point --- */

static int put_blank(struct folder *f, uint32_t source)
{
	int err = token_close(f, source);

	if (err || f->blank)
		return err;
	f->blank = true;
	err = buf_reserve(&f->out, 1);
	if (!err)
		buf_put(&f->out, ' ');
	return err;
}

/* Source bytes [start, end) folded to cp; it may be one of several. */
static int put_char(struct folder *f, uint32_t cp, enum char_class class, uint32_t start, uint32_t end)
{
	int err = 0;

	if (!f->open)
		err = paragraph_open(f, start);
	if (!err && f->token != CHAR_OTHER && (f->token != class || f->n_run == UNSPACED_MAX))
		err = token_close(f, start);
	if (!err)
		err = buf_reserve(&f->out, 4);
	if (!err && class == CHAR_SYLLABLE)
		err = units_reserve(f, 1);
	if (err)
		return err;
	f->blank = false;
	if (class == CHAR_SYLLABLE) {
		unit_put(f, syllable_hash(cp), start, end, UNIT_SYLLABLE);
	} else if (class != CHAR_OTHER) {
		if (f->token == CHAR_OTHER) {
			f->token_fold = (uint32_t)f->out.len;
			f->token_source = start;
		}
		f->token = class;
		if (class == CHAR_UNSPACED)
			err = run_add(f, cp, start);
	}
	f->out.len += utf8_encode(f->out.at + f->out.len, cp);
	return err;
}

/* As put_char, for what ICU returns: its class, and whether it is white space, is looked up. */
static int put_looked_up(struct folder *f, uint32_t cp, uint32_t start, uint32_t end)
{
	if (cp == ' ')
		return put_blank(f, start);
	return put_char(f, cp, chars_class(cp), start, end);
}

static int put_newline(struct folder *f, const uint8_t *p)
{
	uint32_t at = source_of(f, p);
	int err;

	if (f->wrap.wrapped && f->open &&
	    !wrap_ends_paragraph(&f->wrap, (const char *)f->from, (size_t)(f->end - f->from), f->line_start, at))
		err = put_blank(f, at);
	else
		err = paragraph_close(f, at);
	f->line++;
	f->line_start = at + 1;
	return err;
}

static int put_entry(struct folder *f, const struct char_entry *e, const uint8_t *p, unsigned n)
{
	uint32_t start = source_of(f, p);
	const uint32_t *many;
	int err = 0;

	switch ((enum char_kind)e->kind) {
	case CHAR_ONE:
		return put_char(f, e->value, e->class, start, start + n);
	case CHAR_SPACE:
		return put_blank(f, start);
	case CHAR_BREAK:
		return put_newline(f, p);
	case CHAR_MANY:
		many = f->chars.many + e->value;
		for (uint32_t i = 1; i <= many[0] && !err; i++)
			err = put_looked_up(f, f->chars.many[e->value + i], start, start + n);
		return err;
	case CHAR_NONE:
	case CHAR_JOINS:
		break;
	}
	return 0;
}

/* --- code points that stand with others --- */

static int entry_at(struct folder *f, const uint8_t *p, uint32_t *cp, unsigned *n, const struct char_entry **ret)
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
	uint32_t in[CHARS_SEQUENCE], out[CHARS_SEQUENCE_OUT], cp;
	const uint8_t *start = *p;
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
		err = put_looked_up(f, out[i], source_of(f, start), source_of(f, *p));
	return err;
}

/* Folds code points from p on, up to and with the first that has only ASCII behind it. */
static int fold_chars(struct folder *f, const uint8_t **ret)
{
	const struct char_entry *e, *next = NULL;
	const uint8_t *p = *ret;
	uint32_t cp, next_cp = 0;
	unsigned n, next_n = 0;
	int err = entry_at(f, p, &cp, &n, &e);

	while (!err) {
		bool more = p + n < f->end && p[n] >= 0x80;

		if (more) {
			err = entry_at(f, p + n, &next_cp, &next_n, &next);
			if (err)
				break;
		}
		if (e->kind == CHAR_JOINS || (more && next->kind == CHAR_JOINS && !chars_kept(chars_hand(cp)))) {
			err = put_sequence(f, &p);
			break;
		}
		err = put_entry(f, e, p, n);
		p += n;
		if (!more)
			break;
		cp = next_cp;
		n = next_n;
		e = next;
	}
	*ret = p;
	return err;
}

/* --- blocks of ASCII --- */

/* The words in the n bytes that have just been folded to out.len; p is their source. */
static void ascii_tokens(struct folder *f, const uint8_t *p, uint64_t word, unsigned n)
{
	uint32_t source = source_of(f, p), fold = (uint32_t)f->out.len;
	const uint8_t *out = f->out.at + fold;
	uint64_t ends;

	if (n < 64)
		word &= ((uint64_t)1 << n) - 1;
	ends = ~word;
	if (f->token == CHAR_WORD && (ends & 1)) {
		unit_put(f, hash_bytes(f->out.at + f->token_fold, fold - f->token_fold), f->token_source,
			 source, UNIT_WORD);
		f->token = CHAR_OTHER;
	}
	while (word) {
		unsigned at = f->token == CHAR_WORD ? 0 : (unsigned)__builtin_ctzll(word), stop;

		ends &= ~(uint64_t)0 << at;
		stop = ends ? (unsigned)__builtin_ctzll(ends) : 64;
		if (f->token != CHAR_WORD) {
			f->token_fold = fold + at;
			f->token_source = source + at;
			f->token = CHAR_WORD;
		}
		if (stop >= n)
			return;
		unit_put(f, hash_bytes(f->out.at + f->token_fold, (size_t)(out + stop - (f->out.at + f->token_fold))),
			 f->token_source, source + stop, UNIT_WORD);
		f->token = CHAR_OTHER;
		word &= ~(uint64_t)0 << stop;
	}
}

/* How many bytes of the block can be taken as they are: up to the first that needs a closer look,
 * less one when what follows might combine with it. */
static unsigned ascii_usable(const struct folder *f, const uint8_t *p, const struct ascii_bits *bits)
{
	uint64_t stop = bits->other | bits->hand | (bits->blank & (bits->blank << 1 | f->blank));
	size_t left = (size_t)(f->end - p);
	unsigned n = stop ? (unsigned)__builtin_ctzll(stop) : ASCII_BLOCK;

	if (n >= left)
		return (unsigned)left;
	return n && p[n] >= 0x80 ? n - 1 : n;
}

/* Folds up to 64 bytes of ASCII at *p; takes none when the first needs a closer look. */
static int fold_ascii(struct folder *f, const uint8_t **p)
{
	uint8_t tail[ASCII_BLOCK] = { 0 };
	const uint8_t *from = *p;
	struct ascii_bits bits;
	unsigned n;
	int err = buf_reserve(&f->out, ASCII_BLOCK);

	if (!err)
		err = units_reserve(f, ASCII_BLOCK / 2 + 1);
	if (err)
		return err;
	if (f->end - from < ASCII_BLOCK) {
		memcpy(tail, from, (size_t)(f->end - from));
		from = tail;
	}
	f->block(from, f->out.at + f->out.len, &bits);
	n = ascii_usable(f, *p, &bits);
	if (!n)
		return 0;
	if (f->token == CHAR_UNSPACED)
		err = token_close(f, source_of(f, *p));
	if (!err && !f->open)
		err = paragraph_open(f, source_of(f, *p));
	if (err)
		return err;
	ascii_tokens(f, *p, bits.word, n);
	f->blank = bits.blank >> (n - 1) & 1;
	f->out.len += n;
	*p += n;
	return 0;
}

static bool ascii_ahead(const struct folder *f, const uint8_t *p)
{
	uint64_t word;

	if (f->end - p < 8)
		return false;
	memcpy(&word, p, sizeof(word));
	return !(word & 0x8080808080808080u);
}

static int fold_all(struct folder *f)
{
	const uint8_t *p = f->from, *was;
	int err = 0;

	while (p < f->end && !err) {
		was = p;
		if (ascii_ahead(f, p))
			err = fold_ascii(f, &p);
		if (p == was && !err)
			err = fold_chars(f, &p);
	}
	return err ? err : paragraph_close(f, source_of(f, f->end));
}

int fold_text(struct folder *f, const char *text, size_t len, struct folded *ret)
{
	int err;

	if (len > ND_TEXT_MAX)
		return -E2BIG;
	if (utf8_valid(text, len) != len)
		return -EILSEQ;
	buf_clear(&f->out);
	f->n_units = f->n_paragraphs = f->n_run = 0;
	f->from = (const uint8_t *)text;
	f->end = f->from + len;
	f->wrap = wrap_detect(text, len);
	f->line = 1;
	f->line_start = 0;
	f->open = false;
	f->blank = true;
	f->token = CHAR_OTHER;
	err = fold_all(f);
	if (err)
		return err;
	*ret = (struct folded){ (const char *)f->out.at, f->out.len,  f->units,
				f->n_units,		 f->paragraphs, f->n_paragraphs };
	return 0;
}
