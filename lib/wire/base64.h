/*
 * Base64 as in RFC 4648, section 4, read strictly.
 */
#ifndef ND_WIRE_BASE64_H
#define ND_WIRE_BASE64_H

#include "base/buf.h"
#include "newsdup.h"

/*
 * Appends the bytes that `in` stands for. White space is skipped, the padding may be left out as a
 * whole, unused bits must be zero. Errors: -EINVAL, -E2BIG, -ENOMEM; *b may hold a part then.
 */
int base64_decode(struct buf *b, struct nd_str in);

/* Appends the digits of n bytes, padded. Errors: -E2BIG, -ENOMEM. */
int base64_encode(struct buf *b, const void *at, size_t n);

#endif
