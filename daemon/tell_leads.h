/*
 * A page of lead stories, told in pieces.
 *
 * Nothing lists the articles of a lead story: two walks over all articles do, first for the lead stories of the page,
 * then for their members.
 */
#ifndef ND_DAEMON_TELL_LEADS_H
#define ND_DAEMON_TELL_LEADS_H

#include "daemon/telling.h"

/* Answers a call; of: only those that this article takes part in, ND_NONE: all. Errors: -ENOMEM, -EINVAL (after is
 * no number). */
int tell_leads_new(const struct call *c, nd_seq of, struct telling **ret);

#endif
