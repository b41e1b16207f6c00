/*
 * How a record stands in a store: the same, without what follows from the rest, in as few bytes as reading it at once
 * allows. A record of 3.3 KB takes some 2.2 KB.
 *
 *     varint  FP_VERSION, bytes of the record
 *     head    flags, strings (the length + 1 of each, then the bytes), gone, verdict, source, times
 *     others  the articles that it names, matches, excerpts, posted
 *     print   the fingerprint: its numbers, then list after list
 *
 * varint: seven bits a byte, the low ones first (LEB128). Numbers that follow each other are differences. Shingles take
 * FP_SHINGLE_BITS each; hashes are as they are. Later versions keep the first two numbers and the head, so that reindex
 * can read them.
 */
#ifndef ND_INDEX_PACK_H
#define ND_INDEX_PACK_H

#include "base/buf.h"
#include "newsdup.h"
#include "store/store.h"

#define PACKED_FROM 9u /* the FP_VERSION from which on records are packed */

/* Appends a record, packed. Errors: -EINVAL (it is none of this version, or not whole), -E2BIG, -ENOMEM; nothing has
 * been appended then. */
int record_pack(const void *at, size_t bytes, struct buf *to);

/* Fills an empty buffer with the record; of one of an earlier version, with its head and strings alone. Whatever stands
 * there, nothing outside of it is read. Errors: -EBADMSG, -EPROTO (another version), -E2BIG, -ENOMEM. */
int record_unpack(const void *at, size_t bytes, struct buf *to);

/* The id of a record, of whose first bytes some are there, wherever they are damaged: it may be any. Absent: it has none
 * that can be read. */
struct nd_str record_packed_id(const void *at, size_t bytes);

/* Packing and unpacking, for a store that keeps records. */
extern const struct store_codec record_codec;

#endif
