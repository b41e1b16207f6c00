/*
 * The growth alarm: a story that becomes larger than any should, or that an article joins which is hardly like it, may be
 * a template or furniture that was taken for news.
 */
#ifndef ND_DAEMON_GROWTH_H
#define ND_DAEMON_GROWTH_H

#include "newsdup.h"

struct service;

/* Looks at the story of an article that was put; tells events and metrics. ticket: of the put. */
void growth_look(struct service *sv, const struct nd_report *r, uint64_t ticket);

#endif
