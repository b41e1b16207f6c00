/*
 * What a reader is made of, and the article as a part of a line: for the readers of this folder.
 */
#ifndef ND_WIRE_READER_H
#define ND_WIRE_READER_H

#include "base/buf.h"
#include "wire/article.h"
#include "wire/walk.h"

struct wire_reader {
	struct wire_limits limits;
	struct walk *walk;
	struct buf raw; /* what was in text_base64 */
};

/* An article that is a field of the line that is being walked. Errors: as wire_read_article. */
int reader_article(struct wire_reader *r, struct walk_value *v, struct wire_article *ret, struct wire_error *error);

#endif
