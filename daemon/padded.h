/*
 * A reply as what reads JSON wants it: with room behind.
 */
#ifndef ND_DAEMON_PADDED_H
#define ND_DAEMON_PADDED_H

#include "base/buf.h"
#include "newsdup_client.h"

#define REPLY_MAX ((size_t)1 << 30)

/* Copies it into b, which is made; buf_done ends it. Errors: -ENOMEM, -E2BIG. */
int padded_init(struct buf *b, const struct nd_client_reply *reply);

#endif
