/*
 * What a line says, apart from what changes from page to page: the key by which a paragraph is known as furniture, or
 * as the title of an article.
 *
 *     "▶ [속보] Harbour wall to be mended - Tolland Courier"   ->  "harbour wall to be mended"
 *     "read by 1,204 people", "updated 2026-01-02 10:33"       ->  "read by 0 people", "updated 0 0"
 *
 * Long paragraphs are prose: they are taken as they stand.
 */
#ifndef ND_TEXT_LINE_H
#define ND_TEXT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_BYTES 256u /* of a line; a longer one is taken as it stands */
#define LINE_UNITS 24u  /* in which numbers are counters and dates; in a longer one they are facts */

/* Folded text, without a leading bullet, ordinal or tag in brackets, and without a tag in brackets or a short name
 * behind a dash or a bar at the end: a part of it, never empty unless it was. */
struct line_core {
	const char *at;
	size_t len;
};

struct line_core line_core(const char *folded, size_t len);

struct line_key {
	uint64_t hash; /* XXH3-64 of its core, with one number in place of each when there are words besides */
	bool masked;   /* there are */
	bool plain;    /* it is that of the whole line as it stands */
};

struct line_key line_key(const char *folded, size_t len, size_t units);

#endif
