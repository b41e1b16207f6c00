/*
 * Salvage: every record of a damaged store that can still be read, whether the tree leads to it or not. A record whose
 * frame and checksum are right is one, wherever it stands. Of pages that the tree does not lead to any more, those that
 * are free are left alone: they hold what was replaced, or taken out.
 */
#ifndef ND_STORE_SALVAGE_H
#define ND_STORE_SALVAGE_H

#include "store/store.h"

struct salvage;

/*
 * The store's file stays as it is; nobody may write to it meanwhile. Errors: -ESTALE, -EPROTO (another version's),
 * -ENOENT, -ENOMEM, -EIO.
 */
int salvage_open(const char *dir, uint64_t profile, struct salvage **ret);
void salvage_free(struct salvage *s);

/* Records that there were, as far as anything tells. */
uint64_t salvage_count(const struct salvage *s);

/* Whether there may have been more: what tells how many there were is lost itself. And whether the same goes for texts. */
bool salvage_maybe_more(const struct salvage *s);
bool salvage_maybe_more_texts(const struct salvage *s);

/* Records found outside of the tree, and how many of them there were in several versions, one of which was taken. */
uint64_t salvage_strays(const struct salvage *s);
uint64_t salvage_doubts(const struct salvage *s);

/* One record, until the next call. Errors: -ENOENT (it is lost; *ret is what stands in its place when that can be read,
 * else its `at` is NULL), -EIO, -ENOMEM. */
int salvage_get(struct salvage *s, uint64_t seq, struct store_item *ret);

/* Dictionary `number`, from 1 on, until the next call. Errors: -ENOENT (there is none, or it is damaged), -EIO, -ENOMEM. */
int salvage_dictionary(struct salvage *s, unsigned number, struct store_item *ret);
unsigned salvage_dictionaries(const struct salvage *s);

/* The packed text of a record, until the next call; seqs may only ascend from call to call. Errors: -ENOENT (it has none),
 * -EBADMSG (it is lost), -ENOMEM. */
int salvage_text(struct salvage *s, uint64_t seq, const struct text_head **ret);

#endif
