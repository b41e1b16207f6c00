/*
 * Room: by how much the memory of an index grows when the next articles come. Its parts grow by leaps, each when it is
 * full; who must stay within a limit looks ahead of the next ones.
 */
#ifndef ND_INDEX_ROOM_H
#define ND_INDEX_ROOM_H

#include "index/arrival.h"

/* Bytes that may come to index_bytes when so many keys more come to each of the tables, or a few beyond. */
size_t room_growth(const struct library *l, size_t keys);

#endif
