#include "index/around.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "index/arrival.h"

#define EXPECT_MAX 128u    /* paragraphs fetched ahead */
#define HEADLINE_UNITS 40u /* the most of a short line */
#define HEADLINES_MIN 3u   /* titles in a run of short lines */
#define SCRAP_UNITS 8u     /* the most of a piece that is too short to be learned, */
#define SCRAPS 3u          /* and so many in a row that go with others */

void around_init(struct around *x)
{
	memset(x, 0, sizeof(*x));
	buf_init(&x->record, UINT32_MAX);
	arranger_init(&x->arranger);
}

void around_done(struct around *x)
{
	if (!x)
		return;
	free(x->lines);
	free(x->learned);
	free(x->crossed);
	buf_done(&x->record);
	arranger_done(&x->arranger);
}

/* --- lines --- */

void around_expect(const struct library *l, const struct record *r)
{
	const struct fingerprint *fp = record_fingerprint(r);

	for (uint32_t i = 0; i < fp->n_paragraphs && i < EXPECT_MAX; i++)
		if (fp_may_be_furniture(&fp_paragraphs(fp)[i]))
			table_prefetch(&l->furniture.table, fp_paragraphs(fp)[i].hash);
}

static bool among(const struct line *lines, size_t n, uint64_t hash)
{
	for (size_t i = 0; i < n; i++)
		if (lines[i].hash == hash)
			return true;
	return false;
}

static inline bool is_short(const struct fp_paragraph *p)
{
	return p->units <= HEADLINE_UNITS && fp_may_be_furniture(p);
}

/* The distinct paragraphs: a bit for each hash tells most of the new ones. */
static void draw_lines(struct around *x, const struct library *l, const struct fingerprint *fp)
{
	uint64_t seen[8] = { 0 };
	uint32_t run = 0;
	size_t n = 0;

	x->has_run = false;
	for (uint32_t i = 0; i < fp->n_paragraphs && n < AROUND_LINES_MAX; i++) {
		const struct fp_paragraph *p = &fp_paragraphs(fp)[i];
		uint64_t bit = (uint64_t)1 << p->hash % 64, *word = &seen[p->hash / 64 % 8];

		run = is_short(p) ? run + 1 : 0;
		x->has_run |= run >= HEADLINES_MIN;
		if (!fp_may_be_furniture(p) || (*word & bit && among(x->lines, n, p->hash)))
			continue;
		*word |= bit;
		x->lines[n] = (struct line){ p->hash, table_find(&l->furniture.table, p->hash), i, p->units, around_length(fp, i), false,
						false };
		if (x->lines[n].slot)
			furniture_prefetch(&l->furniture, x->lines[n].slot);
		n++;
	}
	x->n_lines = n;
	x->moves = l->furniture.table.moves;
}

static uint32_t *slot_of(const struct around *x, const struct library *l, const struct line *line)
{
	return x->moves == l->furniture.table.moves ? line->slot : table_find(&l->furniture.table, line->hash);
}

/* --- furniture --- */

static void mark_line(struct around *x, const struct fingerprint *fp, const struct line *line)
{
	for (uint32_t i = line->paragraph; i < fp->n_paragraphs; i++) {
		const struct fp_paragraph *p = &fp_paragraphs(fp)[i];

		if (p->hash == line->hash && fp_may_be_furniture(p))
			x->learned[i] = PART_FURNITURE;
	}
}

static bool is_furniture(const struct library *l, const struct record *r, const struct line *line)
{
	struct sightings single;

	return line->slot && furniture_is(furniture_read(&l->furniture, line->slot, l->n, &single), r->source, line->length);
}

/* Whether so much of the article is lines that differ from furniture in numbers that it is a form made of these. */
static bool is_form(const struct around *x, const struct library *l, const struct record *r)
{
	const struct fp_paragraph *p = fp_paragraphs(record_fingerprint(r));
	uint32_t masked = 0, all = 0;

	for (size_t i = 0; i < x->n_lines; i++) {
		all += x->lines[i].units;
		if (p[x->lines[i].paragraph].masked && is_furniture(l, r, &x->lines[i]))
			masked += x->lines[i].units;
	}
	return judge_form(masked, all);
}

/* --- glued lines --- */

/* A piece that is too short to be learned goes with those around it. */
static bool is_scrap(const struct fp_paragraph *p)
{
	return p->units <= SCRAP_UNITS;
}

/* Marks the scraps between two of the pieces [from, end) that are furniture, or between one and an end of the line. */
static void mark_scraps(const struct fingerprint *fp, uint8_t *learned, uint32_t from, uint32_t end)
{
	uint32_t scraps = from; /* the first behind furniture, or of the line; end: they are none */

	for (uint32_t i = from; i <= end; i++) {
		if (i < end && !learned[i]) {
			if (!is_scrap(&fp_paragraphs(fp)[i]) || i - scraps >= SCRAPS)
				scraps = end;
			continue;
		}
		if (scraps < i && (i < end || scraps > from))
			memset(learned + scraps, PART_FURNITURE, i - scraps);
		scraps = i + 1;
	}
}

/* A line whose pieces all are furniture is furniture. */
static void mark_glued(const struct fingerprint *fp, uint8_t *learned)
{
	uint32_t from, end;

	for (from = 1; from < fp->n_paragraphs; from = end + 1) {
		for (end = from; end < fp->n_paragraphs && fp_is_piece(fp, end);)
			end++;
		if (end == from)
			continue;
		mark_scraps(fp, learned, from, end);
		if (!memchr(learned + from, 0, end - from))
			learned[from - 1] = PART_FURNITURE;
	}
}

static bool mark_furniture(struct around *x, const struct library *l, const struct record *r)
{
	const struct fp_paragraph *p = fp_paragraphs(record_fingerprint(r));
	bool any = false, known = false, form = false;

	for (size_t i = 0; i < x->n_lines; i++) {
		const struct line *line = &x->lines[i];
		bool masked;

		if (!is_furniture(l, r, line))
			continue;
		masked = p[line->paragraph].masked;
		if (masked && !known)
			form = is_form(x, l, r);
		known |= masked;
		if (masked && form)
			continue;
		mark_line(x, record_fingerprint(r), line);
		any = true;
	}
	if (any)
		mark_glued(record_fingerprint(r), x->learned);
	return any;
}

/* --- headlines --- */

/* Where the run of short lines that starts at i ends. */
static uint32_t run_end(const struct fingerprint *fp, uint32_t i)
{
	while (i < fp->n_paragraphs && is_short(&fp_paragraphs(fp)[i]))
		i++;
	return i;
}

static bool is_title(const struct library *l, const struct fingerprint *fp, uint32_t i)
{
	uint64_t hash = fp_paragraphs(fp)[i].hash;

	return hash != fp->title_hash && table_find(&l->names, hash);
}

/* In a run of short lines, the stretch from the first title to the last one, when it is made of titles. */
static bool find_titles(const struct library *l, const struct fingerprint *fp, uint32_t from, uint32_t end,
			uint32_t *ret_from, uint32_t *ret_end)
{
	uint32_t titles = 0;

	for (uint32_t i = from; i < end; i++) {
		if (!is_title(l, fp, i))
			continue;
		*ret_from = titles++ ? *ret_from : i;
		*ret_end = i + 1;
	}
	return titles >= HEADLINES_MIN && 2 * titles >= *ret_end - *ret_from;
}

/* learned NULL: only whether there are any that do not have the role yet. */
static bool mark_headlines(const struct library *l, const struct fingerprint *fp, uint8_t *learned)
{
	uint32_t from, end, first, last;
	bool any = false;

	for (from = 0; from < fp->n_paragraphs; from = end + 1) {
		end = run_end(fp, from);
		if (end - from < HEADLINES_MIN || !find_titles(l, fp, from, end, &first, &last))
			continue;
		for (uint32_t i = first; i < last; i++) {
			any |= learned || !fp_paragraphs(fp)[i].learned;
			if (learned && !learned[i])
				learned[i] = PART_RELATED;
		}
	}
	return any;
}

bool around_has_new_headlines(const struct library *l, const struct record *r)
{
	return mark_headlines(l, record_fingerprint(r), NULL);
}

/* --- looking --- */

static int arrange(struct around *x, const struct record **r)
{
	struct record *copy;
	int err;

	buf_clear(&x->record);
	err = buf_add(&x->record, *r, record_size(*r));
	if (err)
		return err;
	copy = (struct record *)(void *)x->record.at;
	err = arranger_run(&x->arranger, (struct fingerprint *)(void *)((char *)copy + copy->fp_at), x->learned);
	if (!err)
		*r = copy;
	return err;
}

int around_look(struct around *x, const struct library *l, const struct record **r)
{
	const struct fingerprint *fp = record_fingerprint(*r);
	size_t n = fp->n_paragraphs;
	int err = array_reserve(&x->lines, &x->cap_lines, n < AROUND_LINES_MAX ? n : AROUND_LINES_MAX, sizeof(*x->lines));
	bool any;

	x->n_crossed = 0;
	if (!err)
		err = array_reserve(&x->learned, &x->cap_learned, n, sizeof(*x->learned));
	if (err)
		return err;
	draw_lines(x, l, fp);
	if (n)
		memset(x->learned, 0, n);
	any = mark_furniture(x, l, *r);
	any |= x->has_run && mark_headlines(l, fp, x->learned);
	return any || fp->arranged ? arrange(x, r) : 0;
}

/* --- counting --- */

/* What is furniture everywhere is counted each time: which of its articles are kept depends on who has left. */
static bool has_story(const struct library *l, const struct sightings *s, uint32_t story)
{
	for (uint32_t i = 0; i < s->kept && s->count <= FURNITURE_SURE; i++) {
		const struct entry *e = &l->entries[s->article[i]];

		if (e->story == story && !e->waits)
			return true;
	}
	return false;
}

/* A piece counts once a story: prose is cut into pieces, too, and copies of it begin with menus that differ. */
static void choose(struct around *x, const struct library *l, struct line *line, uint32_t story, bool adds_nothing)
{
	uint32_t *slot = slot_of(x, l, line);
	struct sightings single;
	const struct sightings *s;

	line->chosen = true;
	if (!slot)
		return;
	s = furniture_read(&l->furniture, slot, l->n, &single);
	line->chosen = !((adds_nothing || line->length == FP_UNITS_MAX) && has_story(l, s, story));
	line->shown = line->chosen && s->count && s->count < FURNITURE_KEEP;
}

void around_choose(struct around *x, const struct library *l, const struct record *r, uint32_t story,
		   bool adds_nothing, bool retired)
{
	const struct fp_paragraph *p = fp_paragraphs(record_fingerprint(r));

	for (size_t i = 0; i < x->n_lines; i++) {
		struct line *line = &x->lines[i];

		line->chosen = line->shown = false;
		if (!retired && !p[line->paragraph].counted)
			choose(x, l, line, story, adds_nothing);
	}
}

/* Whether an excerpt goes into the record that is written: it was there before, or its paragraph is to be shown. */
static bool is_shown(const struct around *x, const struct record *given, uint32_t excerpt)
{
	uint32_t paragraph = record_excerpts(given)[excerpt].paragraph;

	if (given->judged)
		return true;
	for (size_t i = 0; i < x->n_lines; i++)
		if (x->lines[i].paragraph == paragraph)
			return x->lines[i].shown;
	return false;
}

uint32_t around_excerpts(const struct around *x, const struct record *given, struct excerpt *ret)
{
	uint32_t n = 0, any = given->judged;

	for (size_t i = 0; i < x->n_lines && !any; i++)
		any = x->lines[i].shown;
	for (uint32_t i = 0; i < given->n_excerpts && any; i++) {
		if (!is_shown(x, given, i))
			continue;
		if (ret)
			ret[n] = record_excerpts(given)[i];
		n++;
	}
	return n;
}

bool around_is_same(const struct around *x, const struct record *given, const struct record *now)
{
	for (size_t i = 0; i < x->n_lines; i++)
		if (x->lines[i].chosen)
			return false;
	return given == now || !memcmp(given, now, given->bytes);
}

/* furniture_source_fn */
static struct source source_of(const void *arg, uint32_t article)
{
	const struct library *l = arg;

	return l->known ? l->known[article].source : library_record(l, article)->source;
}

/* The articles of a paragraph that has become furniture. */
static int note_crossed(struct around *x, const struct sightings *s)
{
	int err = array_reserve(&x->crossed, &x->cap_crossed, x->n_crossed + s->kept, sizeof(*x->crossed));

	for (uint32_t i = 0; i < s->kept && !err; i++)
		x->crossed[x->n_crossed++] = s->article[i];
	return err;
}

static int count_line(struct around *x, struct library *l, const struct line *line, uint32_t seq, struct source from)
{
	struct furniture *f = &l->furniture;
	uint32_t *slot = slot_of(x, l, line);
	struct sightings single;
	bool was = slot && furniture_is(furniture_read(f, slot, seq, &single), from, line->length);
	int err = furniture_add(f, slot, line->hash, seq, from, source_of, l);
	const struct sightings *now;

	if (err || was || !slot)
		return err;
	now = furniture_read(f, slot, seq, &single);
	if (furniture_is(now, from, line->length))
		err = note_crossed(x, now);
	if (err)
		furniture_remove(f, slot, line->hash, seq);
	return err;
}

static void set_counted(struct record *r, uint32_t paragraph, bool counted)
{
	struct fingerprint *fp = (struct fingerprint *)(void *)((char *)r + r->fp_at);

	((struct fp_paragraph *)(fp + 1))[paragraph].counted = counted;
}

static void discount(struct library *l, uint64_t hash, uint32_t seq)
{
	uint32_t *slot = table_find(&l->furniture.table, hash);

	if (slot)
		furniture_remove(&l->furniture, slot, hash, seq);
}

int around_count(struct around *x, struct library *l, struct record *written, uint32_t seq)
{
	size_t i;
	int err = 0;

	x->n_crossed = 0;
	for (i = 0; i < x->n_lines && !err; i += !err) {
		if (!x->lines[i].chosen)
			continue;
		err = count_line(x, l, &x->lines[i], seq, written->source);
		if (!err)
			set_counted(written, x->lines[i].paragraph, true);
	}
	if (!err)
		return 0;
	while (i--) {
		if (!x->lines[i].chosen)
			continue;
		discount(l, x->lines[i].hash, seq);
		set_counted(written, x->lines[i].paragraph, false);
	}
	x->n_crossed = 0;
	return err;
}

void around_discount(struct library *l, const struct record *r, const struct record *before, uint32_t seq)
{
	const struct fingerprint *fp = record_fingerprint(r), *old = before ? record_fingerprint(before) : NULL;

	for (uint32_t i = 0; i < fp->n_paragraphs; i++) {
		const struct fp_paragraph *p = &fp_paragraphs(fp)[i];

		if (p->counted && !(old && i < old->n_paragraphs && fp_paragraphs(old)[i].counted))
			discount(l, p->hash, seq);
	}
}

void around_recount(struct library *l, const struct record *r, uint32_t seq)
{
	const struct fingerprint *fp = record_fingerprint(r);

	for (uint32_t i = 0; i < fp->n_paragraphs; i++) {
		uint64_t hash = fp_paragraphs(fp)[i].hash;

		if (fp_paragraphs(fp)[i].counted)
			furniture_add(&l->furniture, table_find(&l->furniture.table, hash), hash, seq, r->source,
				      source_of, l);
	}
}

/* Whether the paragraph, a row, is furniture somewhere that it would not be without one of its stories. */
static bool hangs_on(const struct sightings *s, uint32_t seq, uint32_t units)
{
	struct sightings without = *s;
	bool ret = false;

	sightings_remove(&without, seq);
	for (uint32_t i = 0; i < s->kept && !ret; i++)
		ret = furniture_is(s, s->from[i], units) && !furniture_is(&without, s->from[i], units);
	return ret;
}

int around_leave_reserve(struct around *x)
{
	return array_reserve(&x->crossed, &x->cap_crossed, (size_t)AROUND_LINES_MAX * FURNITURE_KEEP, sizeof(*x->crossed));
}

static void note_uncrossed(struct around *x, const struct library *l, const struct fingerprint *fp, uint32_t paragraph,
			   uint32_t seq)
{
	const struct fp_paragraph *p = &fp_paragraphs(fp)[paragraph];
	const uint32_t *slot = table_find(&l->furniture.table, p->hash);
	struct sightings single;
	const struct sightings *s = furniture_read(&l->furniture, slot, l->n, &single);

	if (s->count > 1 && hangs_on(s, seq, around_length(fp, paragraph)))
		note_crossed(x, s);
}

void around_leave(struct around *x, struct library *l, const struct record *r, uint32_t seq)
{
	const struct fingerprint *fp = record_fingerprint(r);

	x->n_crossed = 0;
	for (uint32_t i = 0; i < fp->n_paragraphs; i++)
		if (fp_paragraphs(fp)[i].counted)
			note_uncrossed(x, l, fp, i, seq);
	around_discount(l, r, NULL, seq);
}

void around_retire(struct around *x, struct library *l, const struct record *given, struct record *written,
		   uint32_t seq)
{
	around_leave(x, l, given, seq);
	for (uint32_t i = 0; i < record_fingerprint(written)->n_paragraphs; i++)
		set_counted(written, i, false);
}

int around_return(struct library *l, uint32_t *slot, uint64_t hash, uint32_t seq)
{
	return furniture_add(&l->furniture, slot, hash, seq, source_of(l, seq), source_of, l);
}
