/*
 * Public rules: those of text/rules.h, from the files of a directory, counted.
 */
#ifndef ND_RULES_FACE_H
#define ND_RULES_FACE_H

#include <stdatomic.h>

#include "newsdup.h"
#include "text/rules.h"

struct nd_rules {
	struct rules *core;
	uint64_t hash; /* of what the files say */
	atomic_uint held;
};

/* nd_rules_hash of those that are built in. */
uint64_t rules_face_builtin(void);

#endif
