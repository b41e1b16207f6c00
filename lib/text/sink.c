#include "text/sink.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "newsdup.h"

/* NFKC makes at most 18 code points, 33 bytes, of one of 3 bytes (U+FDFA). */
#define EXPANSION 12u
/* The word breaker gets runs of at most this many code points. */
#define RUN_MAX 4096u

void sink_init(struct sink *s)
{
	*s = (struct sink){ 0 };
	buf_init(&s->out, (size_t)EXPANSION * ND_TEXT_MAX + 2 * SINK_ROOM);
}

void sink_done(struct sink *s)
{
	if (!s)
		return;
	words_done(&s->words);
	buf_done(&s->out);
	free(s->units);
	free(s->paragraphs);
	free(s->marks);
	free(s->run);
	free(s->run_cps);
	free(s->run_cuts);
}

static int units_reserve(struct sink *s, size_t n)
{
	return array_reserve(&s->units, &s->cap_units, s->n_units + n, sizeof(*s->units));
}

int sink_grow(struct sink *s)
{
	int err = buf_reserve(&s->out, SINK_ROOM);

	return err ? err : units_reserve(s, SINK_UNITS);
}

int sink_begin(struct sink *s, size_t len)
{
	int err;

	buf_clear(&s->out);
	s->n_units = s->n_paragraphs = s->n_marks = s->n_run = 0;
	s->line = 1;
	s->text_end = 0;
	s->open = false;
	s->blank = true;
	s->token = CHAR_OTHER;
	err = buf_reserve(&s->out, len + 2 * SINK_ROOM);
	return err ? err : units_reserve(s, len / 5 + SINK_UNITS);
}

int sink_mark(struct sink *s, uint32_t at)
{
	int err;

	if (s->n_marks == FOLD_MARKS_MAX)
		return 0;
	err = array_reserve(&s->marks, &s->cap_marks, s->n_marks + 1, sizeof(*s->marks));
	if (!err)
		s->marks[s->n_marks++] = at;
	return err;
}

/* --- unspaced runs --- */

static int run_reserve(struct sink *s)
{
	if (!s->run)
		s->run = malloc(RUN_MAX * sizeof(*s->run));
	if (!s->run_cps)
		s->run_cps = malloc(RUN_MAX * sizeof(*s->run_cps));
	if (!s->run_cuts)
		s->run_cuts = malloc(RUN_MAX * sizeof(*s->run_cuts));
	return s->run && s->run_cps && s->run_cuts ? 0 : -ENOMEM;
}

static void run_add(struct sink *s, uint32_t cp, uint32_t start, uint32_t end)
{
	s->run_cps[s->n_run] = cp;
	s->run[s->n_run++] = (struct run_char){ start, end, (uint32_t)s->out.len };
}

static int run_close(struct sink *s)
{
	int n = words_cut(&s->words, s->run_cps, s->n_run, s->run_cuts), err;
	size_t from = 0;

	if (n < 0)
		return n;
	err = units_reserve(s, (size_t)n + SINK_UNITS);
	if (err)
		return err;
	for (int i = 0; i < n; i++) {
		size_t to = s->run_cuts[i];
		uint32_t fold = s->run[from].fold, end = to < s->n_run ? s->run[to].fold : (uint32_t)s->out.len;

		sink_put_unit(&s->units[s->n_units++], sink_hash_word(s->out.at + fold, end - fold),
			      s->run[from].start, s->run[to - 1].end, UNIT_WORD);
		from = to;
	}
	s->n_run = 0;
	return 0;
}

/* --- tokens --- */

int sink_close_token(struct sink *s)
{
	enum char_class token = s->token;
	int err;

	if (token == CHAR_OTHER)
		return 0;
	err = sink_room(s);
	if (err)
		return err;
	s->token = CHAR_OTHER;
	if (token == CHAR_UNSPACED)
		return run_close(s);
	sink_put_unit(&s->units[s->n_units++],
		      sink_hash_word(s->out.at + s->token_fold, s->out.len - s->token_fold), s->token_start,
		      s->text_end, UNIT_WORD);
	return sink_room(s);
}

/* Whether a character of this class extends the open token. */
static bool extends(const struct sink *s, enum char_class class)
{
	return (s->token == class || class == CHAR_MARK) && s->n_run < RUN_MAX;
}

static void open_token(struct sink *s, enum char_class class, uint32_t start)
{
	s->token = class;
	s->token_start = start;
	s->token_fold = (uint32_t)s->out.len;
}

/* --- paragraphs --- */

int sink_open_paragraph(struct sink *s, uint32_t start)
{
	int err;

	if (s->n_paragraphs >= ND_PARAGRAPHS_MAX)
		return -E2BIG;
	err = array_reserve(&s->paragraphs, &s->cap_paragraphs, s->n_paragraphs + 1, sizeof(*s->paragraphs));
	if (err)
		return err;
	s->paragraphs[s->n_paragraphs++] = (struct paragraph){
		.line = s->line,
		.start = start,
		.fold = (uint32_t)s->out.len,
		.unit = (uint32_t)s->n_units,
	};
	s->open = true;
	return 0;
}

int sink_close_paragraph(struct sink *s)
{
	struct paragraph *p;
	int err;

	if (!s->open)
		return 0;
	err = sink_close_token(s);
	if (!err)
		err = sink_room(s);
	if (err)
		return err;
	if (s->blank)
		s->out.len--;
	p = &s->paragraphs[s->n_paragraphs - 1];
	p->end = s->text_end;
	p->fold_end = (uint32_t)s->out.len;
	p->unit_end = (uint32_t)s->n_units;
	s->open = false;
	s->blank = true;
	buf_put(&s->out, '\n');
	return 0;
}

/* --- characters --- */

int sink_blank(struct sink *s)
{
	int err = sink_close_token(s);

	if (err || s->blank)
		return err;
	err = sink_room(s);
	if (err)
		return err;
	s->blank = true;
	buf_put(&s->out, ' ');
	return 0;
}

/* What the character is to the tokens. */
static int put_token(struct sink *s, uint32_t cp, enum char_class class, uint32_t start, uint32_t end)
{
	int err;

	if (class == CHAR_SYLLABLE) {
		sink_put_unit(&s->units[s->n_units++], sink_hash_syllable(cp), start, end, UNIT_SYLLABLE);
		return 0;
	}
	if (class == CHAR_UNSPACED) {
		err = run_reserve(s);
		if (err)
			return err;
	}
	if (s->token == CHAR_OTHER && (class == CHAR_WORD || class == CHAR_UNSPACED))
		open_token(s, class, start);
	if (s->token == CHAR_UNSPACED)
		run_add(s, cp, start, end);
	return 0;
}

int sink_char(struct sink *s, uint32_t cp, enum char_class class, uint32_t start, uint32_t end)
{
	int err = sink_room(s);

	if (!err && !s->open)
		err = sink_open_paragraph(s, start);
	if (!err && s->token != CHAR_OTHER && !extends(s, class))
		err = sink_close_token(s);
	if (!err)
		err = put_token(s, cp, class, start, end);
	if (err)
		return err;
	if (cp == '"')
		err = sink_mark(s, start);
	s->out.len += utf8_encode(s->out.at + s->out.len, cp);
	s->text_end = end;
	s->blank = false;
	return err;
}
