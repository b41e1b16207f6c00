/*
 * What is kept of an article's text, as bytes: for the files of the public face.
 */
#ifndef ND_TEXTS_FACE_H
#define ND_TEXTS_FACE_H

#include "base/buf.h"
#include "newsdup.h"

/* Empty, and not much larger than it must be. */
void texts_face_clear(struct buf *b);

/* The parts of an unpacked text. Errors: -EBADMSG. */
int texts_face_part(const struct buf *b, struct nd_kept *ret);

#endif
