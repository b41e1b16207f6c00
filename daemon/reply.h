/*
 * The envelope of every reply: {"id":ID,"ok":true, fields } or {"id":ID,"ok":false,"error":{...}}
 */
#ifndef ND_DAEMON_REPLY_H
#define ND_DAEMON_REPLY_H

#include "newsdup.h"
#include "wire/out.h"

#define REPLY_ID_AT 6 /* bytes that stand before the id */

/* id: JSON as it came; absent: null. The object is left open for fields. */
void reply_begin(struct out *o, struct nd_str id);
void reply_end(struct out *o);

/* A whole reply. retry_ms 0: it is not told. */
void reply_error(struct out *o, struct nd_str id, const char *code, struct nd_str message, uint64_t retry_ms);

#endif
