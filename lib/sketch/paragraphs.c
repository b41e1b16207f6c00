#include "sketch/paragraphs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
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

/* Those of a line of the body, if it is glued; until there are PIECES_MAX. */
static int add_pieces(struct paragraphs *p, const struct folded *t, const struct part *x, const char *source,
		      uint32_t paragraph)
{
	struct piece pieces[PIECES_MAX];
	uint32_t n = pieces_cut(t->units, x->unit, x->unit_end, source, pieces);

	if (p->n_pieces + n > PIECES_MAX)
		return 0;
	if (!p->pieces && n)
		p->pieces = malloc(PIECES_MAX * sizeof(*p->pieces));
	if (!p->pieces && n)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		p->pieces[p->n_pieces++] = (struct placed_piece){ paragraph, pieces[i] };
	return 0;
}

/* --- paragraphs --- */

static inline bool outweighs(const struct unit *u, uint32_t n, uint32_t weight)
{
	return units_weigh(u, n, weight + 1);
}

static inline struct fp_paragraph whole(const struct folded *t, const struct page *page, uint32_t i)
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

static inline int add_cut(struct paragraphs *p, uint32_t unit, uint32_t paragraph, bool quoted)
{
	if (p->n_cuts && p->cuts[p->n_cuts - 1].unit == unit)
		p->n_cuts--;
	if (array_reserve(&p->cuts, &p->cap_cuts, p->n_cuts + 1, sizeof(*p->cuts)))
		return -ENOMEM;
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
	const struct unit *units;
	const struct part *part;
	uint32_t base;  /* of the body's units, that which the part starts at */
	uint32_t place; /* in the fingerprint: its paragraph, or its piece at hand */
	const struct placed_piece *next, *end; /* the pieces behind this */
};

/* Cuts at the pieces that start up to a unit. */
static int cut_pieces(struct paragraphs *p, struct cutting *c, uint32_t unit, bool quoted)
{
	int err = 0;

	for (; !err && c->next < c->end && c->next->units.unit <= unit; c->next++)
		err = add_cut(p, c->base + c->next->units.unit - c->part->unit, ++c->place, quoted);
	return err;
}

/* The same, and at this unit, from which on it is quoted or is no more. */
static int cut_quote(struct paragraphs *p, struct cutting *c, uint32_t unit, bool opens)
{
	int err = cut_pieces(p, c, unit, !opens);

	return err ? err : add_cut(p, c->base + unit - c->part->unit, c->place, opens);
}

static int cut_part(struct paragraphs *p, struct cutting *c, struct quotes *q, const struct paragraph *of)
{
	struct quote quote;
	int err = add_cut(p, c->base, c->place, false);

	while (!err && quotes_next(q, of->start, of->end, &quote)) {
		uint32_t from = unit_at(c->units, c->part->unit, c->part->unit_end, quote.start);
		uint32_t end = unit_at(c->units, from, c->part->unit_end, quote.end);

		if (from == end)
			continue;
		err = cut_quote(p, c, from, true);
		if (!err)
			err = cut_quote(p, c, end, false);
	}
	return err ? err : cut_pieces(p, c, UINT32_MAX, false);
}

/* --- putting --- */

/* Paragraph i of the text, whose place in the fingerprint is *to, and its pieces. */
static int put_paragraph(struct paragraphs *p, const struct folded *t, const struct page *page, const char *source,
			 uint32_t i, struct fp_paragraph **to)
{
	const struct part *x = &page->parts[i];
	struct fp_paragraph *line = *to;
	size_t k = p->n_pieces;
	int err;

	*(*to)++ = whole(t, page, i);
	if ((uint64_t)(x->unit_end - x->unit) * UNIT_WORD < PIECES_WEIGHT || !in_body(x) || k == PIECES_MAX)
		return 0;
	err = add_pieces(p, t, x, source, i);
	for (; k < p->n_pieces && !err; k++) {
		line->units = 0;
		*(*to)++ = of_piece(t, page, source, &p->pieces[k]);
	}
	return err;
}

int paragraphs_put(struct paragraphs *p, const struct folded *t, const struct page *page, const char *source,
		   struct buf *out, struct fingerprint *head)
{
	struct quotes quotes = { .text = source, .marks = t->marks, .n = t->n_marks };
	struct fp_paragraph *first, *to;
	uint64_t text_hash = head->text_hash;
	uint32_t base = 0;
	int err = buf_reserve(out, (t->n_paragraphs + PIECES_MAX) * sizeof(*to));

	if (err)
		return err;
	to = first = (struct fp_paragraph *)(void *)(out->at + out->len);
	p->n_pieces = p->n_cuts = 0;
	for (uint32_t i = 0; i < t->n_paragraphs && !err; i++) {
		const struct part *x = &page->parts[i];
		size_t pieces = p->n_pieces;
		struct cutting c = { t->units, x, base, (uint32_t)(to - first), NULL, NULL };

		text_hash = hash_paragraph(t, page, i, text_hash);
		err = put_paragraph(p, t, page, source, i, &to);
		if (err || !in_body(x))
			continue;
		if (p->n_pieces > pieces) {
			c.place++;
			c.next = p->pieces + pieces + 1;
			c.end = p->pieces + p->n_pieces;
		}
		err = cut_part(p, &c, &quotes, &t->paragraphs[i]);
		base += x->unit_end - x->unit;
	}
	head->text_hash = hash_finish(text_hash);
	head->n_paragraphs = (uint32_t)(to - first);
	out->len += (size_t)(to - first) * sizeof(*to);
	return err;
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
