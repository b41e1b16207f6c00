#include "sketch/paragraphs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "text/quotes.h"

void paragraphs_init(struct paragraphs *p)
{
	memset(p, 0, sizeof(*p));
}

void paragraphs_done(struct paragraphs *p)
{
	free(p->pieces);
	free(p->cuts);
	paragraphs_init(p);
}

/* --- pieces --- */

static inline bool in_body(const struct part *x)
{
	return part_in_body(x->role) && x->unit < x->unit_end;
}

static int add_pieces(struct paragraphs *p, uint32_t paragraph, const struct piece *pieces, uint32_t n)
{
	if (p->n_pieces + n > p->cap_pieces) {
		size_t cap = 2 * (p->n_pieces + n);
		struct placed_piece *at = realloc(p->pieces, cap * sizeof(*at));

		if (!at)
			return -ENOMEM;
		p->pieces = at;
		p->cap_pieces = cap;
	}
	for (uint32_t i = 0; i < n; i++)
		p->pieces[p->n_pieces++] = (struct placed_piece){ paragraph, pieces[i] };
	return 0;
}

/* Those of all glued lines, until there are PIECES_MAX. */
static int cut_pieces(struct paragraphs *p, const struct folded *t, const struct page *page, const char *source)
{
	struct piece pieces[PIECES_MAX];
	int err = 0;

	p->n_pieces = 0;
	for (uint32_t i = 0; i < t->n_paragraphs && p->n_pieces < PIECES_MAX && !err; i++) {
		const struct part *x = &page->parts[i];

		if (in_body(x) && (uint64_t)(x->unit_end - x->unit) * UNIT_WORD >= PIECES_WEIGHT)
			err = add_pieces(p, i, pieces, pieces_cut(t->units, x->unit, x->unit_end, source, pieces));
	}
	return err;
}

/* --- paragraphs --- */

static bool outweighs(const struct unit *u, uint32_t n, uint32_t weight)
{
	uint32_t sum = 0;

	if (n * UNIT_SYLLABLE > weight || n * UNIT_WORD <= weight)
		return n * UNIT_SYLLABLE > weight;
	for (uint32_t i = 0; i < n; i++)
		sum += u[i].weight;
	return sum > weight;
}

static struct fp_paragraph whole(const struct folded *t, const struct page *page, uint32_t i)
{
	const struct paragraph *p = &t->paragraphs[i];
	const struct part *x = &page->parts[i];
	uint32_t units = part_in_body(x->role) ? x->unit_end - x->unit : p->unit_end - p->unit;

	return (struct fp_paragraph){
		.hash = x->hash,
		.line = p->line,
		.start = p->start,
		.end = p->end,
		.role = x->role & 15,
		.masked = x->masked,
		.is_long = outweighs(t->units + p->unit, p->unit_end - p->unit, FP_FURNITURE_WEIGHT),
		.units = (units < FP_UNITS_MAX ? units : FP_UNITS_MAX) & FP_UNITS_MAX,
	};
}

static struct fp_paragraph of_piece(const struct folded *t, const struct page *page, const char *source,
				    const struct placed_piece *piece)
{
	struct line_key key = piece_key(t->units, piece->units, source);
	uint32_t from = piece->units.unit, n = piece->units.unit_end - from;
	const struct unit *u = t->units + from;

	return (struct fp_paragraph){
		.hash = key.hash,
		.line = t->paragraphs[piece->paragraph].line,
		.start = u[0].start,
		.end = u[n - 1].end,
		.role = page->parts[piece->paragraph].role & 15,
		.masked = key.masked,
		.is_long = !outweighs(u, n, FP_PIECE_WEIGHT) || outweighs(u, n, FP_FURNITURE_WEIGHT),
		.units = (n < FP_UNITS_MAX ? n : FP_UNITS_MAX) & FP_UNITS_MAX,
	};
}

/* What paragraph i adds to the hash of the whole text: its own is that of what it says. */
static uint64_t hash_paragraph(const struct folded *t, const struct page *page, size_t i, uint64_t text_hash)
{
	const struct paragraph *p = &t->paragraphs[i];
	const struct part *x = &page->parts[i];

	return hash_step(text_hash, x->plain ? x->hash : hash_bytes(t->text + p->fold, p->fold_end - p->fold));
}

/* --- cuts --- */

static int add_cut(struct paragraphs *p, uint32_t unit, uint32_t paragraph, bool quoted)
{
	if (p->n_cuts && p->cuts[p->n_cuts - 1].unit == unit)
		p->n_cuts--;
	if (p->n_cuts == p->cap_cuts) {
		size_t cap = p->cap_cuts ? 2 * p->cap_cuts : 64;
		struct cut *at = realloc(p->cuts, cap * sizeof(*at));

		if (!at)
			return -ENOMEM;
		p->cuts = at;
		p->cap_cuts = cap;
	}
	p->cuts[p->n_cuts++] = (struct cut){ unit, { 0, paragraph & 0x7FFFFFFF, quoted } };
	return 0;
}

/* The first of units [from, end) that starts at a source byte or behind it. */
static uint32_t unit_at(const struct unit *u, uint32_t from, uint32_t end, uint32_t byte)
{
	while (from < end) {
		uint32_t middle = from + (end - from) / 2;

		if (u[middle].start < byte)
			from = middle + 1;
		else
			end = middle;
	}
	return from;
}

/* A part of the body whose spans are told. */
struct cutting {
	const struct folded *t;
	struct quotes quotes;
	uint32_t unit, unit_end; /* of the paragraph */
	uint32_t base;           /* of the body's units, that which the paragraph starts at */
	uint32_t place;          /* in the fingerprint: its paragraph, or its first piece */
	const struct placed_piece *pieces;
	uint32_t n_pieces, piece; /* all, and that at hand */
};

/* Cuts at the pieces that start up to a unit, and at this unit. */
static int cut_up_to(struct paragraphs *p, struct cutting *c, uint32_t unit, bool was_quoted, bool quoted)
{
	int err = 0;

	while (!err && c->piece + 1 < c->n_pieces && c->pieces[c->piece + 1].units.unit <= unit) {
		c->piece++;
		err = add_cut(p, c->base + c->pieces[c->piece].units.unit - c->unit, c->place + c->piece, was_quoted);
	}
	return err ? err : add_cut(p, c->base + unit - c->unit, c->place + c->piece, quoted);
}

static int cut_part(struct paragraphs *p, struct cutting *c, const struct paragraph *of)
{
	struct quote quote;
	int err = add_cut(p, c->base, c->place, false);

	while (!err && quotes_next(&c->quotes, of->start, of->end, &quote)) {
		uint32_t from = unit_at(c->t->units, c->unit, c->unit_end, quote.start);
		uint32_t end = unit_at(c->t->units, from, c->unit_end, quote.end);

		if (from == end)
			continue;
		err = cut_up_to(p, c, from, false, true);
		if (!err)
			err = cut_up_to(p, c, end, true, false);
	}
	while (!err && c->piece + 1 < c->n_pieces)
		err = cut_up_to(p, c, c->pieces[c->piece + 1].units.unit, false, false);
	return err;
}

static uint32_t pieces_of(const struct paragraphs *p, size_t from, uint32_t paragraph)
{
	uint32_t n = 0;

	while (from + n < p->n_pieces && p->pieces[from + n].paragraph == paragraph)
		n++;
	return n;
}

static int cut_body(struct paragraphs *p, const struct folded *t, const struct page *page, const char *source)
{
	struct cutting c = { .t = t, .quotes = { .text = source, .marks = t->marks, .n = t->n_marks } };
	uint32_t place = 0, pieces = 0;
	int err = 0;

	p->n_cuts = 0;
	for (uint32_t i = 0; i < t->n_paragraphs && !err; i++, place++) {
		const struct part *x = &page->parts[i];

		if (!in_body(x))
			continue;
		c.n_pieces = pieces_of(p, pieces, i);
		c.pieces = p->pieces + pieces;
		c.piece = 0;
		c.place = place + (c.n_pieces > 0);
		c.unit = x->unit;
		c.unit_end = x->unit_end;
		err = cut_part(p, &c, &t->paragraphs[i]);
		c.base += x->unit_end - x->unit;
		pieces += c.n_pieces;
		place += c.n_pieces;
	}
	return err;
}

/* --- putting --- */

int paragraphs_put(struct paragraphs *p, const struct folded *t, const struct page *page, const char *source,
		   struct buf *out, struct fingerprint *head)
{
	const struct placed_piece *piece, *end;
	struct fp_paragraph *to;
	size_t n;
	int err = cut_pieces(p, t, page, source);

	n = t->n_paragraphs + p->n_pieces;
	if (!err)
		err = buf_reserve(out, n * sizeof(*to));
	if (err)
		return err;
	to = (struct fp_paragraph *)(void *)(out->at + out->len);
	out->len += n * sizeof(*to);
	head->n_paragraphs = (uint32_t)n;
	piece = p->pieces;
	end = piece + p->n_pieces;
	for (uint32_t i = 0; i < t->n_paragraphs; i++) {
		struct fp_paragraph *line = to;

		*to++ = whole(t, page, i);
		for (; piece < end && piece->paragraph == i; piece++) {
			line->units = 0;
			*to++ = of_piece(t, page, source, piece);
		}
		head->text_hash = hash_paragraph(t, page, i, head->text_hash);
	}
	head->text_hash = hash_finish(head->text_hash);
	return cut_body(p, t, page, source);
}

int paragraphs_put_spans(const struct paragraphs *p, struct buf *out, struct fingerprint *head)
{
	struct fp_span *to;

	if (buf_reserve(out, p->n_cuts * sizeof(*to)))
		return -ENOMEM;
	to = (struct fp_span *)(out->at + out->len);
	for (size_t i = 0; i < p->n_cuts; i++) {
		struct fp_span span = p->cuts[i].span;
		uint32_t end = i + 1 < p->n_cuts ? p->cuts[i + 1].span.place : head->n_shingles;

		if (end <= span.place)
			continue;
		to[head->n_spans++] = span;
		head->n_quoted += span.quoted ? end - span.place : 0;
	}
	out->len += head->n_spans * sizeof(*to);
	return 0;
}
