#include "daemon/grid.h"

#include <stdarg.h>
#include <string.h>

#include "daemon/clean.h"

#define WIDEST 48u /* a longer cell pushes the rest of its row, not of all rows */
#define CELL_MAX 256

void grid_init(struct grid *g, const char *align)
{
	*g = (struct grid){ .align = align, .n_columns = (unsigned)strlen(align) };
	buf_init(&g->text, (size_t)1 << 31);
}

void grid_done(struct grid *g)
{
	buf_done(&g->text);
}

/* One character, its bytes; of what is no UTF-8 a byte. */
static uint32_t decode(struct nd_str text, size_t i, size_t *ret_bytes)
{
	unsigned char first = (unsigned char)text.at[i];
	size_t n = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
	uint32_t c = n == 1 ? first : first & (0x7Fu >> n);

	*ret_bytes = 1;
	if (n > text.len - i)
		return first;
	for (size_t k = 1; k < n; k++)
		c = c << 6 | ((unsigned char)text.at[i + k] & 0x3F);
	*ret_bytes = n;
	return c;
}

/* Hangul, Han, Kana and full-width forms; marks that stand above or below others take no column. */
static unsigned width_of(uint32_t c)
{
	static const struct { uint32_t from, to; } wide[] = {
		{ 0x1100, 0x115F }, { 0x2E80, 0x303E }, { 0x3041, 0xA4CF }, { 0xA960, 0xA97C }, { 0xAC00, 0xD7A3 },
		{ 0xF900, 0xFAFF }, { 0xFE30, 0xFE6F }, { 0xFF00, 0xFF60 }, { 0xFFE0, 0xFFE6 }, { 0x1F300, 0x1FAFF },
		{ 0x20000, 0x3FFFD },
	};
	static const struct { uint32_t from, to; } none[] = {
		{ 0x0300, 0x036F }, { 0x0E31, 0x0E31 }, { 0x0E34, 0x0E3A }, { 0x0E47, 0x0E4E }, { 0x064B, 0x065F },
		{ 0x1160, 0x11FF }, { 0x200B, 0x200F }, { 0xFE00, 0xFE0F },
	};

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (c >= none[i].from && c <= none[i].to)
			return 0;
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (c >= wide[i].from && c <= wide[i].to)
			return 2;
	return 1;
}

unsigned grid_width(struct nd_str text)
{
	unsigned ret = 0;
	size_t bytes;

	for (size_t i = 0; i < text.len; i += bytes)
		ret += width_of(decode(text, i, &bytes));
	return ret;
}

void grid_add(struct grid *g, struct nd_str cell)
{
	unsigned *width = &g->widths[g->n_cells % g->n_columns], own = grid_width(cell);

	if (!g->err)
		g->err = buf_add(&g->text, cell.at, cell.len);
	if (!g->err)
		g->err = buf_add(&g->text, "", 1);
	if (g->err)
		return;
	g->n_cells++;
	own = own < WIDEST ? own : WIDEST;
	*width = own > *width ? own : *width;
}

void grid_add_text(struct grid *g, const char *cell)
{
	grid_add(g, (struct nd_str){ cell, strlen(cell) });
}

void grid_addf(struct grid *g, const char *format, ...)
{
	char text[CELL_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	grid_add(g, (struct nd_str){ text, strlen(text) });
}

void grid_print(const struct grid *g, FILE *to)
{
	const char *cell = (const char *)g->text.at;

	for (size_t i = 0; i < g->n_cells; i++, cell += strlen(cell) + 1) {
		struct nd_str text = { cell, strlen(cell) };
		unsigned column = (unsigned)(i % g->n_columns), width = grid_width(text);
		int blanks = (int)(width < g->widths[column] ? g->widths[column] - width : 0);
		bool last = column + 1 == g->n_columns, left = g->align[column] == 'l';

		fprintf(to, "%*s", left ? 0 : blanks, "");
		clean_print(to, text);
		if (last)
			fputc('\n', to);
		else
			fprintf(to, "%*s", left ? blanks + 2 : 2, "");
	}
}
