/*
 * A page of outlets and of what flows between them, told in pieces.
 */
#ifndef ND_DAEMON_TELL_OUTLETS_H
#define ND_DAEMON_TELL_OUTLETS_H

#include "daemon/telling.h"

/* Answers a call. Errors: -ENOMEM. */
int tell_outlets_new(const struct call *c, struct telling **ret);

#endif
