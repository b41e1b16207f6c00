/*
 * A story, told in pieces, with all its members.
 */
#ifndef ND_DAEMON_TELL_STORY_H
#define ND_DAEMON_TELL_STORY_H

#include "daemon/telling.h"

/* The rest of a reply that fields_story_begin has begun. NULL without memory. */
struct telling *tell_story_new(nd_seq leader);

#endif
