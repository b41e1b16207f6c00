/*
 * The public store: the store of store/store.h, opened for this library's profile.
 */
#ifndef ND_STORE_FACE_H
#define ND_STORE_FACE_H

#include "newsdup_store.h"
#include "store/store.h"

struct nd_store {
	struct store *core;
	struct store_item *items; /* a commit's, in the core's shape; the writer's */
	size_t cap;
};

#endif
