/*
 * A page of the paragraphs that are furniture, told in pieces.
 */
#ifndef ND_DAEMON_TELL_FURNITURE_H
#define ND_DAEMON_TELL_FURNITURE_H

#include "daemon/telling.h"

/* Answers a call. Errors: -ENOMEM, -EINVAL (after is none that a page has ended with). */
int tell_furniture_new(const struct call *c, struct telling **ret);

#endif
