/*
 * When a store makes itself a dictionary, and of what: of its first texts, once it has a thousand of them.
 */
#ifndef ND_STORE_TRAIN_H
#define ND_STORE_TRAIN_H

#include "store/backend.h"

#define TRAIN_TEXTS 1000u               /* fewer make a worse dictionary, more a slower training */
#define TRAIN_MIN 200u                  /* of those that are of use */
#define TRAIN_BYTES ((size_t)8 << 20)
#define TRAIN_SAMPLE ((size_t)16 << 10) /* of a text, its beginning */

/* For a store that has just been opened. */
void train_begin(struct store *s);

#endif
