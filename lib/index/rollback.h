/*
 * Rollback: what is not committed leaves the library again, as if it had never been: articles that came, rulings, what was
 * judged again, what was taken out.
 */
#ifndef ND_INDEX_ROLLBACK_H
#define ND_INDEX_ROLLBACK_H

#include "index/entrance.h"

/* The article that has just entered leaves, as if it had never come. */
void entrance_leave(struct library *l, const struct undo *u);

/*
 * The newest n writes have never been: none of them is committed, and all that are not are among them. When articles
 * have been judged again since, this reads records of others. Errors: -EIO, -EBADMSG: one cannot be read, and the library
 * is not good for anything any more.
 */
int entrance_rollback(struct library *l, const struct undo *log, size_t n);

#endif
