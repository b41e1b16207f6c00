/*
 * A delete: articles are taken out in slices, and the reply tells how many when all of it is stored.
 */
#ifndef ND_DAEMON_TELL_DELETE_H
#define ND_DAEMON_TELL_DELETE_H

#include "daemon/telling.h"

/* What the request selects; of a key, the article must be there. Errors: -ENOMEM. */
int tell_delete_new(const struct call *c, struct telling **ret);

#endif
