/*
 * Replies and events of the daemon, told to people.
 */
#ifndef ND_DAEMON_TOLD_H
#define ND_DAEMON_TOLD_H

#include <stdio.h>

#include "newsdup_client.h"

/* A line for an article: id, verdict, story, best match. */
void told_article(FILE *to, const struct nd_client_reply *reply);

/* A lead story, a line for each article. Errors: as told_fields. */
int told_lead(FILE *to, const struct nd_client_reply *item);

/* A line for an event. */
void told_event(FILE *to, const struct nd_client_reply *event);

/* Every field of a reply, a line each; what is null or empty is left out. Errors: -EBADMSG, -ENOMEM. */
int told_fields(FILE *to, const struct nd_client_reply *reply);

#endif
