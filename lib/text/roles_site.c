#include "text/roles_part.h"

#include <string.h>

#include "text/listing.h"

#define ABOUT_PHRASE 14u /* units besides a phrase of a site, of a report about it */
#define ABOUT_QUOTED 8u  /* when it is quoted */
#define MENU_NAMES 6u    /* the least of a page that is one */

/* Whether a quotation mark of any kind is the last character before `at`, or the first from there on. */
static bool is_quote(const char *source, uint32_t at, bool before)
{
	const unsigned char *s = (const unsigned char *)source + at;

	if (before) {
		if (at && (s[-1] == '"' || s[-1] == '\''))
			return true;
		if (at >= 2 && s[-2] == 0xC2)
			return s[-1] == 0xAB || s[-1] == 0xBB;
		s -= at >= 3 ? 3 : 0;
	}
	return *s == '"' || *s == '\'' || !memcmp(s, "\xc2\xab", 2) || !memcmp(s, "\xc2\xbb", 2) ||
	       (s[0] == 0xE2 && s[1] == 0x80 && s[2] >= 0x98 && s[2] <= 0x9F) ||
	       (s[0] == 0xE3 && s[1] == 0x80 && s[2] >= 0x88 && s[2] <= 0x8F);
}

/* Whether a paragraph that has a phrase of a site is a report about it: it has a verb of reports, or is much longer and
 * says nothing to its reader; not so much longer, when the phrase is quoted. */
static bool is_about(const struct rules *r, const struct folded *t, const struct part *x, const char *source,
		     const struct site_found *found)
{
	const struct unit *u = t->units + x->unit, *end = t->units + x->unit_end;
	size_t besides = (size_t)(end - u) - (found->end - found->from);
	bool words = u->weight == UNIT_WORD, quoted;

	if (!x->sentence)
		return false;
	if (voice_reports(r, t, u, end, x->fold, x->fold_end))
		return true;
	quoted = found->from > x->unit && found->end < x->unit_end && is_quote(source, t->units[found->from].start, true) &&
		 is_quote(source, t->units[found->end - 1].end, false);
	if (besides < (quoted ? ABOUT_QUOTED : ABOUT_PHRASE) || (!words && !quoted))
		return false;
	return !voice_speaks(&r->reader, u, end);
}

/* Whether anyone reports anything on the page. */
static bool has_report(const struct page *p, const struct rules *r, const struct folded *t, size_t from)
{
	for (size_t i = from; i < t->n_paragraphs; i++) {
		const struct part *x = &p->parts[i];

		if (x->role == PART_BODY && x->sentence &&
		    voice_reports(r, t, t->units + x->unit, t->units + x->unit_end, x->fold, x->fold_end))
			return true;
	}
	return false;
}

bool roles_mark_site(struct page *p, const struct rules *r, const struct folded *t, const char *source, size_t from)
{
	bool is_short = t->n_units <= SITE_WALL_UNITS, wall = false;

	for (size_t i = from; i < t->n_paragraphs; i++) {
		struct part *x = &p->parts[i];
		struct site_found found;

		if (x->role != PART_BODY)
			continue;
		if (!x->sentence && listing_is_links(t->text + x->fold, t->text + x->fold_end)) {
			x->role = PART_FURNITURE;
			continue;
		}
		if (!is_short && x->unit_end - x->unit > SITE_UNITS)
			continue;
		found = site_find(&r->site, t->units, x->unit, x->unit_end);
		if (found.word == SITE_NOTHING || is_about(r, t, x, source, &found))
			continue;
		wall = wall || found.word == SITE_WALL;
		x->role = PART_FURNITURE;
	}
	if (!wall || !is_short || has_report(p, r, t, from))
		return false;
	for (size_t i = 0; i < t->n_paragraphs; i++)
		p->parts[i].role = PART_FURNITURE;
	return true;
}

static bool has_sentence(const struct page *p, const struct folded *t, size_t from)
{
	for (size_t i = from; i < t->n_paragraphs; i++)
		if (p->parts[i].role == PART_BODY && p->parts[i].sentence)
			return true;
	return false;
}

void roles_mark_listings(struct page *p, const struct folded *t, size_t from)
{
	bool other = false; /* a line that is no menu */
	unsigned names = 0;

	if (has_sentence(p, t, from))
		return;
	for (size_t i = from; i < t->n_paragraphs; i++) {
		const struct part *x = &p->parts[i];
		const char *at = t->text + x->fold, *end = t->text + x->fold_end;
		unsigned n;

		other |= x->role == PART_FURNITURE;
		if (x->role != PART_BODY)
			continue;
		if (listing_is_numbers(at, end)) {
			other = true;
			continue;
		}
		n = listing_names(at, end, t->units + x->unit, x->unit_end - x->unit);
		if (!n)
			return;
		names += n;
	}
	if (names ? names < MENU_NAMES : !other)
		return;
	for (size_t i = from; i < t->n_paragraphs; i++)
		if (p->parts[i].role == PART_BODY)
			p->parts[i].role = PART_FURNITURE;
}
