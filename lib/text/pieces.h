/*
 * Pieces: what a line is cut into that is too long for a paragraph, as where a page has lost its line breaks. Menus,
 * notices and lists of other articles stand glued to the text there; a piece that many pages have is found again
 * wherever it stands, as each cut depends on nothing but what stands next to it.
 *
 *     "... said on Monday. | Read more: ... | Sign up for our letters. | [Tolland Courier, | all rights reserved]"
 *
 * Cuts are the ends of sentences, and bars, arrows, brackets and signs that furniture is set off by. Menus have none of
 * these: the beginning and the end of the line, and what no sentence ends for long, are cut between two units whose
 * hashes say so (content-defined chunking: Muthitacharoen, Chen, Mazieres: A Low-bandwidth Network File System, 2001).
 */
#ifndef ND_TEXT_PIECES_H
#define ND_TEXT_PIECES_H

#include "text/fold.h"
#include "text/line.h"

#define PIECES_WEIGHT 600u /* of a line from which on it is cut: 120 words, 200 syllables */
#define PIECES_MAX 512u    /* of a line; the last is the rest */

struct piece {
	uint32_t unit, unit_end;
};

/* Cuts units [from, end) of a text into at most PIECES_MAX pieces, all of them; source: what was folded. Returns how
 * many; 0: it is short, or nothing in it cuts. */
uint32_t pieces_cut(const struct unit *units, uint32_t from, uint32_t end, const char *source,
		    struct piece ret[PIECES_MAX]);

/* What a piece says: XXH3-64 of its units' hashes, of which numbers are masked as in a line (line.h); never plain. */
struct line_key piece_key(const struct unit *units, struct piece piece, const char *source);

#endif
