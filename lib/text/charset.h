/*
 * Raw bytes of a named charset to UTF-8.
 */
#ifndef ND_TEXT_CHARSET_H
#define ND_TEXT_CHARSET_H

#include "base/buf.h"
#include "newsdup.h"

/*
 * Appends raw, decoded, to ret. A byte order mark is believed before any name. charset absent or empty: UTF-8,
 * then ICU's detector.
 * Errors: -EILSEQ (a sequence that the charset does not have: never U+FFFD), -ENOTSUP (unknown charset),
 * -E2BIG past ret->max, -ENOMEM.
 */
int charset_decode(struct nd_str raw, struct nd_str charset, struct buf *ret);

#endif
